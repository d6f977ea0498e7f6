/// The 16 bytes that name a trace, big-endian.
package struct TraceID: Hashable, Sendable, Comparable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter bytes: 16 bytes, not all zero; anything else is no trace id.
    package init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count == 16 else { return nil }
        let middle = bytes.startIndex + 8
        self.init(high: bigEndian(bytes[..<middle]), low: bigEndian(bytes[middle...]))
        if high == 0 && low == 0 { return nil }
    }

    package var bytes: [UInt8] { bigEndianBytes(high) + bigEndianBytes(low) }

    /// 32 lowercase digits.
    package var hex: String { Hex.encode(bytes) }

    package static func < (left: TraceID, right: TraceID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

/// The 8 bytes that name a span inside its trace, big-endian.
package struct SpanID: Hashable, Sendable, Comparable {
    package let value: UInt64

    package init(value: UInt64) { self.value = value }

    /// - Parameter bytes: 8 bytes. All zero is read, because some exporters send it for 'no parent': see ``isZero``.
    package init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count == 8 else { return nil }
        self.init(value: bigEndian(bytes))
    }

    package var isZero: Bool { value == 0 }

    package var bytes: [UInt8] { bigEndianBytes(value) }

    /// 16 lowercase digits.
    package var hex: String { Hex.encode(bytes) }

    package static func < (left: SpanID, right: SpanID) -> Bool { left.value < right.value }
}

private func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for byte in bytes { value = value << 8 | UInt64(byte) }
    return value
}

private func bigEndianBytes(_ value: UInt64) -> [UInt8] {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt64($0)) }
}

/// Hexadecimal text: written in lowercase, read in either case.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: `nil` when the length is odd or a character is no digit.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let utf8 = Array(text.utf8)
        guard utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count / 2)
        for index in stride(from: 0, to: utf8.count, by: 2) {
            guard let high = nibble(utf8[index]), let low = nibble(utf8[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
