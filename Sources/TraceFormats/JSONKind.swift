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

    enum Recognised: Equatable {
        case known(JSONKind)
        /// Nothing that is read: what stands there instead, in words.
        case unknown(String)
    }

    static let expected =
        "OTLP, Jaeger JSON, Zipkin v2 JSON or TTA.dev's JSON lines, plain or gzip"

    var format: InputFormat {
        switch self {
        case .otlp: .otlp
        case .jaegerAnswer, .jaegerTrace, .jaegerSpan: .jaeger
        case .zipkin: .zipkin
        case .tta: .tta
        }
    }

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
            var reader = JSONReader(bytes, range: range)
            var kind = JSONKind.jaegerSpan
            try reader.object { reader, key in
                if key == "data" { kind = .jaegerAnswer } else if key == "spans" { kind = .jaegerTrace }
                try reader.skip()
            }
            return kind
        }
    }

    /// - Throws: `JSONSyntaxError` when the value is no JSON as far as it had to be read.
    static func recognise(_ bytes: [UInt8], range: Range<Int>) throws -> Recognised {
        var reader = JSONReader(bytes, range: range)
        if try reader.peek() == .object { return try recogniseObject(&reader) }
        return try isListOfZipkin(&reader) ? .known(.zipkin) : .unknown("a JSON list")
    }

    /// - Parameter isInData: Whether the object stands under `data` itself: it is not looked into deeper.
    private static func recogniseObject(_ reader: inout JSONReader, isInData: Bool = false) throws -> Recognised {
        var seen = SeenKeys()
        do {
            try reader.object { reader, key in
                seen.add(key)
                if key == "data", !isInData, try isListOfJaeger(reader) { seen.addTraces() }
                if seen.kind != nil { throw Stop() }
                try reader.skip()
            }
        } catch is Stop {}
        return seen.kind.map { .known($0) } ?? seen.unknown
    }

    /// Whether the value that comes next is a list that begins with a trace: other programs' answers have `data` too.
    private static func isListOfJaeger(_ reader: JSONReader) throws -> Bool {
        var reader = reader
        guard try reader.peek() == .array else { return false }
        var isJaeger = false
        do {
            try reader.array { reader in
                isJaeger =
                    try reader.peek() == .object
                    && recogniseObject(&reader, isInData: true) == .known(.jaegerTrace)
                throw Stop()
            }
        } catch is Stop {}
        return isJaeger
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
        (["traceId", "id"], .zipkin),
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

    /// `data` holds traces.
    mutating func addTraces() { kind = .jaegerAnswer }

    /// An object without keys is an empty OTLP request.
    var unknown: JSONKind.Recognised {
        if isEmpty { return .known(.otlp(.traces)) }
        return .unknown("an object with " + first.prefix(4).joined(separator: ", ") + (first.count > 4 ? ", …" : ""))
    }
}
