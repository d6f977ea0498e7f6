/// A column of a block: unsigned numbers, each less the column's least one, in as many bytes as the greatest needs.
///
/// One byte says how many bytes (0 to 8), eight are the least number, little-endian; then come the numbers,
/// little-endian, and eight bytes of nothing, so that each can be read with one load of eight bytes.
enum PackedColumn {
    private static let headerBytes = 9
    private static let padding = 8

    static func encode(_ values: [UInt64]) -> [UInt8] {
        guard let least = values.min(), let most = values.max() else { return [] }
        let width = (64 - (most - least).leadingZeroBitCount + 7) / 8
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerBytes + values.count * width + padding)
        bytes.append(UInt8(width))
        withUnsafeBytes(of: least.littleEndian) { bytes.append(contentsOf: $0) }
        if width == 0 { return bytes }
        for value in values {
            var rest = value - least
            for _ in 0..<width {
                bytes.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
        }
        bytes.append(contentsOf: repeatElement(0, count: padding))
        return bytes
    }

    /// How many numbers the bytes hold, `nil` for a column whose numbers are all the same.
    static func count(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count > headerBytes + padding, bytes[0] > 0 else { return nil }
        return (bytes.count - headerBytes - padding) / Int(bytes[0])
    }

    /// - Returns: `nil` when the bytes are not `count` numbers.
    static func decode<Value: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, count: Int, as: Value.Type)
        -> [Value]?
    {
        if count == 0 { return [] }
        guard bytes.count >= headerBytes, bytes[0] <= 8 else { return nil }
        let width = Int(bytes[0])
        let least = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
        if width == 0 { return [Value](repeating: Value(truncatingIfNeeded: least), count: count) }
        guard bytes.count == headerBytes + count * width + padding, let base = bytes.baseAddress else { return nil }
        let first = base + headerBytes
        let mask = UInt64.max >> UInt64(64 - 8 * width)
        return [Value](unsafeUninitializedCapacity: count) { values, filled in
            // Every load ends at or before the padding's end: (count - 1) * width + 8 <= count * width + padding.
            for index in 0..<count {
                let word = UInt64(littleEndian: first.loadUnaligned(fromByteOffset: index * width, as: UInt64.self))
                values[index] = Value(truncatingIfNeeded: least &+ (word & mask))
            }
            filled = count
        }
    }
}
