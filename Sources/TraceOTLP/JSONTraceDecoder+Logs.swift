import JSONText
import TraceModel

extension JSONTraceDecoder {
    /// Decodes the logs request that stands in `range` of `bytes`.
    ///
    /// - Throws: `JSONSyntaxError` with its offset in `bytes`; then nothing of the request is given out.
    package static func decodeLogs(
        _ bytes: [UInt8], range: Range<Int>? = nil, limits: DecodingLimits = .standard
    ) throws -> LogBatch {
        var decoder = JSONTraceDecoder(limits: limits)
        var reader = JSONReader(bytes, range: range)
        try decoder.request(&reader)
        try reader.finish()
        return decoder.logs
    }

    mutating func rejectLogs(from first: Int, _ reason: SpanRejection.Reason, _ firstItem: Int) {
        for group in logs.groups[first...] {
            for _ in group.records { logs.rejections.add(reason, index: firstItem) }
        }
        logs.groups.removeSubrange(first...)
    }

    /// The record, or `nil` once it has been counted as rejected.
    mutating func record(_ reader: inout JSONReader) throws -> LogRecord? {
        keeper = LimitKeeper(limits)
        var record = LogRecord()
        var ids: (trace: RawID?, span: RawID?) = (RawID(), RawID())
        var times: (event: UInt64?, observed: UInt64?) = (0, 0)
        try reader.object { reader, key in
            switch key {
            case "timeUnixNano": times.event = try reader.nanos()
            case "observedTimeUnixNano": times.observed = try reader.nanos()
            case "severityNumber": record.severityNumber = try reader.enumeration("SEVERITY_NUMBER_", severities)
            case "severityText": record.severityText = try reader.text()
            case "eventName": record.eventName = try reader.text()
            case "body":
                _ = keeper.takeAttribute(after: 0)
                if try !reader.takeNull() { record.body = try value(&reader, depth: 0) }
            case "attributes": try reader.list { try append(to: &record.attributes, &$0) }
            case "droppedAttributesCount": record.droppedAttributesCount = try reader.uint32()
            case "flags": record.flags = try reader.uint32()
            case "traceId": ids.trace = Hex.decode(try reader.text()).map { RawID($0) }
            case "spanId": ids.span = Hex.decode(try reader.text()).map { RawID($0) }
            default: try reader.skip()
            }
        }
        defer { index += 1 }
        var reason = record.setIDs(trace: ids.trace, span: ids.span) ?? keeper.violation
        if let event = times.event, let observed = times.observed {
            (record.timeNanos, record.observedNanos) = (event, observed)
        } else {
            reason = reason ?? .timeOutOfRange
        }
        guard let reason else { return record }
        logs.rejections.add(reason, index: index)
        return nil
    }
}

private let severities =
    ["UNSPECIFIED"]
    + ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap { [$0, $0 + "2", $0 + "3", $0 + "4"] }
