import TraceModel

extension ProtobufTraceDecoder {
    /// - Throws: ``WireError`` when the bytes can't be read; then nothing of the request is given out.
    package static func decodeLogs(
        _ bytes: [UInt8], limits: DecodingLimits = .standard
    ) throws(WireError) -> LogBatch {
        var decoder = ProtobufTraceDecoder(.logs, limits: limits, requestBytes: bytes.count)
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(WireError) in try decoder.request(WireReader(bytes)) }
        }.get()
        return decoder.logs
    }

    /// The record, or `nil` once it has been counted as rejected.
    mutating func record(
        _ message: WireReader, _ sharedViolation: SpanRejection.Reason?
    ) throws(WireError) -> LogRecord? {
        var reader = message
        var record = LogRecord()
        var ids = (trace: RawID(), span: RawID())
        keeper = LimitKeeper(limits)
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .fixed64): record.timeNanos = try reader.fixed64()
            case (2, .varint): record.severityNumber = Int32(truncatingIfNeeded: try reader.varint())
            case (3, .lengthDelimited): record.severityText = text(try reader.content())
            case (5, .lengthDelimited): record.body = try wholeValue(reader.message())
            case (6, .lengthDelimited): try append(to: &record.attributes, &reader)
            case (7, .varint): record.droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            case (8, .fixed32): record.flags = try reader.fixed32()
            case (9, .lengthDelimited): ids.trace = RawID(try reader.content())
            case (10, .lengthDelimited): ids.span = RawID(try reader.content())
            case (11, .fixed64): record.observedNanos = try reader.fixed64()
            case (12, .lengthDelimited): record.eventName = text(try reader.content())
            case (1, _), (11, _): throw reader.wrongType(field, type, expected: .fixed64)
            case (3, _), (5...6, _), (9...10, _), (12, _):
                throw reader.wrongType(field, type, expected: .lengthDelimited)
            default: try reader.skip(type)
            }
        }
        defer { index += 1 }
        let reason = record.setIDs(trace: ids.trace, span: ids.span)
        guard let reason = reason ?? sharedViolation ?? keeper.violation else { return record }
        logs.rejections.add(reason, index: index)
        return nil
    }
}
