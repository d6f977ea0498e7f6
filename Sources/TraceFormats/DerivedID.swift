import TraceModel

/// Ids of 16 and 8 bytes made of the texts that other systems have for ids, always the same of the same text, so that
/// what is read twice is one span, and children find their parents.
enum DerivedID {
    /// 32 hexadecimal digits, as they are or with a UUID's hyphens, are the id; any other text is hashed.
    ///
    /// - Throws: ``RejectedSpan`` for an empty text or zero.
    static func traceID(_ text: String) throws(RejectedSpan) -> TraceID {
        if text.isEmpty { throw RejectedSpan(.traceIDLength) }
        if let bytes = bytes(text), bytes.count == 16 {
            guard let id = TraceID(bytes: bytes[...]) else { throw RejectedSpan(.traceIDZero) }
            return id
        }
        return TraceID(high: hash(text, salt: 1), low: hash(text, salt: 2))
    }

    /// 16 hexadecimal digits are the id; of a UUID (or 32 digits) it is the exclusive or of its two halves, since
    /// either half alone may be little but a time; any other text is hashed.
    ///
    /// - Throws: ``RejectedSpan`` for an empty text or zero.
    static func spanID(_ text: String) throws(RejectedSpan) -> SpanID {
        if text.isEmpty { throw RejectedSpan(.spanIDLength) }
        switch bytes(text) {
        case let bytes? where bytes.count == 8:
            guard let id = SpanID(bytes: bytes[...]), !id.isZero else { throw RejectedSpan(.spanIDZero) }
            return id
        case let bytes? where bytes.count == 16:
            guard let id = TraceID(bytes: bytes[...]) else { throw RejectedSpan(.spanIDZero) }
            // Two equal halves.
            return SpanID(value: id.high == id.low ? hash(text, salt: 0) : id.high ^ id.low)
        default: return SpanID(value: hash(text, salt: 0))
        }
    }

    /// `nil` for an empty text, which means a root.
    ///
    /// - Throws: ``RejectedSpan`` for zero.
    static func parentSpanID(_ text: String) throws(RejectedSpan) -> SpanID? {
        text.isEmpty ? nil : try spanID(text)
    }

    /// Of hexadecimal digits, or of a UUID.
    private static func bytes(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count == 36 else { return [16, 32].contains(characters.count) ? Hex.decode(text) : nil }
        let hyphens = [8, 13, 18, 23]
        guard hyphens.allSatisfy({ characters[$0] == UInt8(ascii: "-") }) else { return nil }
        let digits = characters.indices.filter { !hyphens.contains($0) }.map { characters[$0] }
        return Hex.decode(String(decoding: digits, as: UTF8.self))
    }

    /// FNV-1a (64 bits) of the text, mixed; never 0.
    private static func hash(_ text: String, salt: UInt64) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var numbers = SplitMix64(seed: hash ^ salt << 32)
        var mixed = numbers.next()
        while mixed == 0 { mixed = numbers.next() }
        return mixed
    }
}
