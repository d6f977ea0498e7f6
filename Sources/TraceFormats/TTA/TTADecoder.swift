import JSONText
import TraceModel
import TraceOTLP

/// Decodes a line of TTA.dev's `traces.jsonl`: one flat span with times in nanoseconds. It has no kind, events, links,
/// scope and resource; keys that are not known become attributes.
struct TTADecoder {
    private var keeper: LimitKeeper
    private var span = TraceSpan(traceID: TraceID(high: 0, low: 0), spanID: SpanID(value: 0))
    private var ids = (trace: "", span: "", parent: "")
    private var start: UInt64?
    private var duration: UInt64?
    private var resource = Resource()
    private var others: [Attribute] = []

    /// - Throws: `JSONSyntaxError` where it is no JSON.
    static func read(_ reader: inout JSONReader, limits: DecodingLimits) throws -> [ReadSpan] {
        [
            try reader.readSpan { reader in
                var decoder = TTADecoder(limits)
                return try decoder.span(&reader)
            }
        ]
    }

    private init(_ limits: DecodingLimits) {
        keeper = LimitKeeper(limits)
        resource.attributes = [Attribute("service.name", .string("tta"))]
    }

    private mutating func span(_ reader: inout JSONReader) throws -> ReadSpan {
        try reader.object { try member(&$0, $1) }
        span.traceID = try PaddedID.traceID(ids.trace)
        span.spanID = try PaddedID.spanID(ids.span)
        span.parentSpanID = try PaddedID.parentSpanID(ids.parent)
        guard let start else { throw RejectedSpan(.timeMissing) }
        span.startNanos = start
        // 0 stands for an unfinished span's.
        let isTold = duration.map { $0 == 0 || start &+ $0 == span.endNanos } ?? true
        if !isTold, let duration { others.append(Attribute("duration_ns", .int(Int64(clamping: duration)))) }
        span.attributes += others
        if let reason = keeper.violation { throw RejectedSpan(reason) }
        return .kept(span, resource, Scope())
    }

    private mutating func member(_ reader: inout JSONReader, _ key: String) throws {
        switch key {
        case "trace_id": ids.trace = try reader.text()
        case "span_id": ids.span = try reader.text()
        case "parent_span_id": ids.parent = try reader.text()
        case "name": span.name = try reader.text()
        case "start_time": start = try reader.nanoseconds()
        case "end_time": span.endNanos = try reader.nanoseconds() ?? 0
        case "duration_ns": duration = try reader.nanoseconds()
        case "attributes":
            if try reader.takeNull() { return }
            try reader.object { try $0.append($1, to: &span.attributes, &keeper) }
        case "status": if try !reader.takeNull() { try status(&reader) }
        // Attributes of its resource, which the file has on each line.
        case "tta_agent_id": try reader.append("tta.agent_id", to: &resource.attributes, &keeper)
        case "tta_agent_tool": try reader.append("tta.agent_tool", to: &resource.attributes, &keeper)
        default: try reader.append(key, to: &others, &keeper)
        }
    }

    private mutating func status(_ reader: inout JSONReader) throws {
        try reader.object { reader, key in
            switch key {
            case "status_code":
                let word = try reader.text()
                if let code = Self.codes.firstIndex(of: word) {
                    span.status.code = Int32(code)
                } else {
                    others.append(Attribute("status.status_code", .string(word)))
                }
            case "description": span.status.message = try reader.text()
            default: try reader.append("status.\(key)", to: &others, &keeper)
            }
        }
    }

    private static let codes = ["UNSET", "OK", "ERROR"]
}
