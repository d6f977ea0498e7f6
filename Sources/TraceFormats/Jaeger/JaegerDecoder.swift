import JSONText
import TraceModel
import TraceOTLP

/// Decodes traces of Jaeger's query API and its UI's downloads: OpenTelemetry's transformation to Jaeger, the other way
/// round.
struct JaegerDecoder {
    private let limits: DecodingLimits
    private var spans: [Result<JaegerSpan, RejectedSpan>] = []
    private var processes: [String: JaegerProcess] = [:]
    private var traceID = ""
    private var warnings: [AttributeValue] = []

    /// Reads an object with traces under `data`.
    ///
    /// - Throws: `JSONSyntaxError` where it is no JSON or no such object.
    static func readAnswer(_ reader: inout JSONReader, limits: DecodingLimits) throws -> [ReadSpan] {
        var spans: [ReadSpan] = []
        try reader.object { reader, key in
            guard key == "data" else { return try reader.skip() }
            try reader.list { spans += try readTrace(&$0, limits: limits) }
        }
        return spans
    }

    /// Reads an object with `spans` and their `processes`. A span that can't be read is rejected alone.
    ///
    /// - Throws: `JSONSyntaxError` where it is no JSON or no such object.
    static func readTrace(_ reader: inout JSONReader, limits: DecodingLimits) throws -> [ReadSpan] {
        var decoder = JaegerDecoder(limits)
        try reader.object { try decoder.member(&$0, $1) }
        return decoder.finish()
    }

    /// Reads one span, which has its `process` inside.
    ///
    /// - Throws: `JSONSyntaxError` where it is no JSON.
    static func readSpan(_ reader: inout JSONReader, limits: DecodingLimits) throws -> [ReadSpan] {
        var decoder = JaegerDecoder(limits)
        decoder.spans = [try reader.span { try JaegerSpan(&$0, limits: limits) }]
        return decoder.finish()
    }

    private init(_ limits: DecodingLimits) { self.limits = limits }

    private mutating func member(_ reader: inout JSONReader, _ key: String) throws {
        switch key {
        case "traceID": traceID = try reader.text()
        case "spans":
            try reader.list { reader in spans.append(try reader.span { try JaegerSpan(&$0, limits: limits) }) }
        case "processes":
            if try reader.takeNull() { return }
            try reader.object { processes[$1] = try JaegerProcess(&$0, limits: limits) }
        case "warnings": warnings = try reader.jaegerWarnings()
        default: try reader.skip()
        }
    }

    /// Processes stand behind the spans.
    private func finish() -> [ReadSpan] {
        var waiting = warnings
        return spans.map { span in
            do throws(RejectedSpan) {
                var (span, resource, scope) = try span.get().complete(processes: processes, traceID: traceID)
                // The trace's own warnings: its first span has them.
                if !waiting.isEmpty { span.attributes.append(Attribute("jaeger.trace.warnings", .array(waiting))) }
                waiting = []
                return .kept(span, resource, scope)
            } catch {
                return .rejected(error.reason)
            }
        }
    }
}

/// What an answer of Jaeger's says beside its traces.
enum JaegerAnswer {
    /// Reads an object of which only `errors` matters.
    ///
    /// - Throws: `JSONSyntaxError` when it has errors, or is no JSON.
    static func checkErrors(_ reader: inout JSONReader) throws {
        try reader.object { reader, key in
            guard key == "errors" else { return try reader.skip() }
            try reader.list { reader in
                let place = reader.position
                var code: Int64?
                try reader.object { reader, key in
                    if key == "code" { code = try reader.int64() } else { try reader.skip() }
                }
                throw JSONSyntaxError(
                    offset: place, expected: "an answer with all traces",
                    found: "an error of the server's" + (code.map { ", code \($0)" } ?? ""))
            }
        }
    }
}

/// What made spans: a service with the tags of its process.
struct JaegerProcess {
    private(set) var resource = Resource()
    private(set) var violation: SpanRejection.Reason?
    /// What Jaeger writes for a resource without `service.name`.
    static let noName = "OTLPResourceNoServiceName"

    init(_ reader: inout JSONReader, limits: DecodingLimits) throws {
        var keeper = LimitKeeper(limits)
        var name = ""
        var tags: [Attribute] = []
        try reader.object { reader, key in
            switch key {
            case "serviceName": name = try reader.text()
            case "tags": try reader.appendJaegerTags(to: &tags, &keeper)
            default: try reader.append("jaeger.\(key)", to: &tags, &keeper)
            }
        }
        if !name.isEmpty, name != Self.noName {
            tags.removeAll { $0.key == "service.name" && $0.value.string == name }
            tags.insert(Attribute("service.name", .string(name)), at: 0)
        }
        resource.attributes = tags
        violation = keeper.violation
    }
}
