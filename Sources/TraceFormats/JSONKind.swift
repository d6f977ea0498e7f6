import JSONText
import TraceOTLP

/// What a JSON value is, told by its keys.
enum JSONKind: Equatable {
    case otlp(OTLPSignal)
    /// An object with traces under `data`.
    case jaegerAnswer
    case jaegerTrace
    /// A span with its process inside.
    case jaegerSpan
    /// A span, or a list of them.
    case zipkin
    /// A line of TTA.dev's.
    case tta
    /// An object with traces or observations of Langfuse's under `data`.
    case langfuseAnswer
    /// A trace or an observation.
    case langfuse
    /// An object with `runs`.
    case langsmithAnswer
    case langsmithRun

    enum Recognised: Equatable {
        case known(JSONKind)
        /// Nothing that is read: what stands there instead, in words.
        case unknown(String)
    }

    static let expected =
        "OTLP, or JSON of Jaeger, Zipkin v2, TTA.dev, Langfuse or LangSmith; plain, gzip or zlib"

    var format: InputFormat {
        switch self {
        case .otlp: .otlp
        case .jaegerAnswer, .jaegerTrace, .jaegerSpan: .jaeger
        case .zipkin: .zipkin
        case .tta: .tta
        case .langfuseAnswer, .langfuse: .langfuse
        case .langsmithAnswer, .langsmithRun: .langsmith
        }
    }

    /// Whether it may stand in the list of an answer.
    var isOfAnswer: Bool { self == .jaegerTrace || self == .langfuse || self == .langsmithRun }

    /// What a value is, or what of `format` it must be if it is nothing else.
    ///
    /// - Throws: `JSONSyntaxError` when the value is no JSON as far as it had to be read.
    static func recognise(_ bytes: [UInt8], range: Range<Int>, as format: InputFormat?) throws -> Recognised {
        let recognised = try recognise(bytes, range: range)
        guard let format else { return recognised }
        switch recognised {
        case .known(let kind) where kind.format != format: return .unknown(kind.format.name)
        case .known: return recognised
        case .unknown: return .known(try kind(bytes, range: range, of: format))
        }
    }

    private static func kind(_ bytes: [UInt8], range: Range<Int>, of format: InputFormat) throws -> JSONKind {
        switch format {
        case .otlp: return .otlp(.traces)
        case .zipkin: return .zipkin
        case .tta: return .tta
        case .jaeger:
            let keys = try keys(bytes, range)
            return keys.contains("spans") ? .jaegerTrace : keys.contains("data") ? .jaegerAnswer : .jaegerSpan
        case .langfuse: return try keys(bytes, range).contains("data") ? .langfuseAnswer : .langfuse
        case .langsmith: return try keys(bytes, range).contains("runs") ? .langsmithAnswer : .langsmithRun
        }
    }

    private static func keys(_ bytes: [UInt8], _ range: Range<Int>) throws -> Set<String> {
        var reader = JSONReader(bytes, range: range)
        var keys: Set<String> = []
        try reader.object { reader, key in
            if ["data", "spans", "runs"].contains(key) { keys.insert(key) }
            try reader.skip()
        }
        return keys
    }

    /// - Throws: `JSONSyntaxError` when the value is no JSON as far as it had to be read.
    static func recognise(_ bytes: [UInt8], range: Range<Int>) throws -> Recognised {
        var reader = JSONReader(bytes, range: range)
        if try reader.peek() == .object { return try recogniseObject(&reader) }
        return try isListOfZipkin(&reader) ? .known(.zipkin) : .unknown("a JSON list")
    }

    /// - Parameter isInData: Whether the object stands under `data` or `runs` itself: it is not looked into deeper.
    private static func recogniseObject(_ reader: inout JSONReader, isInData: Bool = false) throws -> Recognised {
        var seen = SeenKeys()
        do {
            try reader.object { reader, key in
                seen.add(key)
                if !isInData, key == "data" || key == "runs", let kind = try kindOfFirst(reader) {
                    seen.add(listOf: kind, under: key)
                }
                if seen.kind != nil { throw Stop() }
                try reader.skip()
            }
        } catch is Stop {}
        return seen.kindOfAll.map { .known($0) } ?? seen.unknown
    }

    /// Of a list that comes next: other programs' answers have `data` too.
    private static func kindOfFirst(_ reader: JSONReader) throws -> JSONKind? {
        var reader = reader
        guard try reader.peek() == .array else { return nil }
        var kind: JSONKind?
        do {
            try reader.array { reader in
                if try reader.peek() == .object, case .known(let first) = try recogniseObject(&reader, isInData: true) {
                    kind = first
                }
                throw Stop()
            }
        } catch is Stop {}
        return kind
    }

    /// The answer of Zipkin's search: a list of traces, each a list of spans.
    private static func isListOfZipkin(_ reader: inout JSONReader) throws -> Bool {
        var isZipkin = true
        do {
            try reader.array { reader in
                if try reader.peek() == .object {
                    isZipkin = try recogniseObject(&reader) == .known(.zipkin)
                } else {
                    isZipkin = false
                }
                throw Stop()
            }
        } catch is Stop {}
        return isZipkin
    }

    private struct Stop: Error {}
}

/// The keys of an object as far as it is read.
private struct SeenKeys {
    private(set) var kind: JSONKind?
    private var keys: Set<String> = []
    private var first: [String] = []
    private var isEmpty = true

    private static let patterns: [(keys: Set<String>, kind: JSONKind)] = [
        (["resourceSpans"], .otlp(.traces)), (["resourceMetrics"], .otlp(.metrics)), (["resourceLogs"], .otlp(.logs)),
        (["traceID", "spans"], .jaegerTrace), (["spans", "processes"], .jaegerTrace),
        (["traceID", "spanID"], .jaegerSpan), (["data", "total", "errors"], .jaegerAnswer),
        (["traceId", "id", "startTime", "type"], .langfuse), (["traceId", "id", "parentObservationId"], .langfuse),
        (["trace_id", "id", "start_time", "type"], .langfuse),
        (["trace_id", "id", "parent_observation_id"], .langfuse),
        (["trace", "observations"], .langfuse), (["id", "timestamp", "observations"], .langfuse),
        (["id", "timestamp", "htmlPath"], .langfuse), (["id", "timestamp", "bookmarked"], .langfuse),
        (["id", "timestamp", "sessionId", "userId"], .langfuse),
        (["id", "timestamp", "session_id", "user_id", "release"], .langfuse),
        (["run_type", "id", "start_time"], .langsmithRun), (["run_type", "run_id"], .langsmithRun),
        (["run_type", "trace_id"], .langsmithRun), (["run_type", "dotted_order"], .langsmithRun),
        (["traceId", "id", "duration"], .zipkin), (["traceId", "id", "localEndpoint"], .zipkin),
        (["traceId", "id", "parentId"], .zipkin),
        // Lines of a log have these ids too.
        (["trace_id", "span_id", "name", "start_time"], .tta),
    ]
    private static let relevant = patterns.reduce(into: Set()) { $0.formUnion($1.keys) }

    mutating func add(_ key: String) {
        isEmpty = false
        if first.count < 5 { first.append(key) }
        guard Self.relevant.contains(key) else { return }
        keys.insert(key)
        kind = Self.patterns.first { $0.keys.isSubset(of: keys) }?.kind
    }

    /// What the object is when no more keys come: a span of Zipkin's may have no more than its ids.
    var kindOfAll: JSONKind? { kind ?? (keys.isSuperset(of: ["traceId", "id"]) ? .zipkin : nil) }

    /// The list under `key` begins with a value of that kind.
    mutating func add(listOf first: JSONKind, under key: String) {
        switch (key, first) {
        case ("data", .jaegerTrace): kind = .jaegerAnswer
        case ("data", .langfuse): kind = .langfuseAnswer
        case ("runs", .langsmithRun): kind = .langsmithAnswer
        default: break
        }
    }

    /// An object without keys is an empty OTLP request.
    var unknown: JSONKind.Recognised {
        if isEmpty { return .known(.otlp(.traces)) }
        return .unknown("an object with " + first.prefix(4).joined(separator: ", ") + (first.count > 4 ? ", …" : ""))
    }
}
