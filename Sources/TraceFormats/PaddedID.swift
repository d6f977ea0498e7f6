import TraceModel

/// Ids as text of hexadecimal digits whose leading zeros may be left out, as Jaeger and Zipkin do: 16 digits make a
/// trace id of 64 bits, which stands in the lower half of 128.
enum PaddedID {
    /// - Throws: ``RejectedSpan`` for more than 32 digits, none, other characters, or zero.
    static func traceID(_ text: String) throws(RejectedSpan) -> TraceID {
        let bytes = try padded(text, digits: 32, wrongLength: .traceIDLength)
        guard let id = TraceID(bytes: bytes[...]) else { throw RejectedSpan(.traceIDZero) }
        return id
    }

    /// - Throws: ``RejectedSpan`` for more than 16 digits, none, other characters, or zero.
    static func spanID(_ text: String) throws(RejectedSpan) -> SpanID {
        let bytes = try padded(text, digits: 16, wrongLength: .spanIDLength)
        guard let id = SpanID(bytes: bytes[...]), !id.isZero else { throw RejectedSpan(.spanIDZero) }
        return id
    }

    /// - Returns: `nil` for empty text; zero as it is, which means a root.
    /// - Throws: ``RejectedSpan`` for more than 16 digits or other characters.
    static func parentSpanID(_ text: String) throws(RejectedSpan) -> SpanID? {
        if text.isEmpty { return nil }
        let bytes = try padded(text, digits: 16, wrongLength: .parentSpanIDLength)
        return SpanID(bytes: bytes[...])
    }

    private static func padded(
        _ text: String, digits: Int, wrongLength: SpanRejection.Reason
    ) throws(RejectedSpan) -> [UInt8] {
        let count = text.utf8.count
        guard count > 0, count <= digits else { throw RejectedSpan(wrongLength) }
        guard let bytes = Hex.decode(String(repeating: "0", count: digits - count) + text) else {
            throw RejectedSpan(.idNotHexadecimal)
        }
        return bytes
    }
}
