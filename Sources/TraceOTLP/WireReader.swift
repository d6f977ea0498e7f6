/// Bytes that are no protobuf message.
package struct WireError: Error, Equatable {
    /// Bytes from the start of the request.
    package let offset: Int
    package let expected: String
    package let found: String

    package init(offset: Int, expected: String, found: String) {
        self.offset = offset
        self.expected = expected
        self.found = found
    }
}

/// Reads protobuf's wire format (https://protobuf.dev/programming-guides/encoding/) straight from the bytes of one
/// message: fields in the order they stand, unknown ones skipped.
///
/// It points into the request's bytes, because an array would be retained for each of some forty messages a span.
/// Invariants: `0 <= position <= end <= bytes.count`; every read first checks that it ends at `end` or before; a
/// reader over an embedded message lies inside its parent; no reader outlives `withUnsafeBytes` of the request, which
/// only `decode` functions call.
struct WireReader {
    enum WireType: UInt8 {
        case varint = 0, fixed64 = 1, lengthDelimited = 2, startGroup = 3, endGroup = 4, fixed32 = 5
    }

    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    let end: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes, range: 0..<bytes.count)
    }

    private init(_ bytes: UnsafeRawBufferPointer, range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field's number and wire type, `nil` at the end of the message.
    mutating func nextField() throws(WireError) -> (number: UInt32, type: WireType)? {
        if position == end { return nil }
        let start = position
        let tag = try varint()
        let number = tag >> 3
        guard number > 0, number < 1 << 29, let type = WireType(rawValue: UInt8(tag & 7)) else {
            throw WireError(
                offset: start, expected: "a field tag", found: "field \(number) of wire type \(tag & 7)")
        }
        return (UInt32(number), type)
    }

    mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        let start = position
        while position < end {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 {
                throw WireError(offset: start, expected: "a varint of at most 10 bytes", found: "a longer one")
            }
        }
        throw WireError(offset: start, expected: "a varint", found: "the end of the message")
    }

    mutating func fixed64() throws(WireError) -> UInt64 {
        let start = try take(8, "8 bytes").lowerBound
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
    }

    mutating func fixed32() throws(WireError) -> UInt32 {
        let start = try take(4, "4 bytes").lowerBound
        return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
    }

    /// A length-delimited field's content.
    mutating func content() throws(WireError) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[try lengthDelimited()])
    }

    /// The range of a length-delimited field's content.
    mutating func lengthDelimited() throws(WireError) -> Range<Int> {
        let start = position
        let length = try varint()
        guard length <= UInt64(end - position) else {
            throw WireError(
                offset: start, expected: "a length of at most \(end - position), which is what is left",
                found: "\(length)")
        }
        return try take(Int(length), "\(length) bytes")
    }

    /// A reader over an embedded message.
    mutating func message() throws(WireError) -> WireReader {
        WireReader(bytes, range: try lengthDelimited())
    }

    mutating func skip(_ type: WireType) throws(WireError) {
        switch type {
        case .varint: _ = try varint()
        case .fixed64: _ = try take(8, "8 bytes")
        case .fixed32: _ = try take(4, "4 bytes")
        case .lengthDelimited: _ = try lengthDelimited()
        case .startGroup, .endGroup:
            throw WireError(offset: position, expected: "a field of OTLP", found: "a group, which OTLP has none of")
        }
    }

    /// The error for a known field in another wire type.
    func wrongType(_ number: UInt32, _ type: WireType, expected: WireType) -> WireError {
        WireError(
            offset: position, expected: "field \(number) as \(expected)", found: "wire type \(type)")
    }

    private mutating func take(
        _ count: Int, _ expected: @autoclosure () -> String
    ) throws(WireError) -> Range<Int> {
        guard count <= end - position else {
            throw WireError(offset: position, expected: expected(), found: "\(end - position) before the end")
        }
        defer { position += count }
        return position..<position + count
    }
}
