/// Finds a text in bytes, with ASCII letters in either case: Horspool's search, which mostly skips as many bytes as the text
/// has.
///
/// Reads only inside the buffer that it is given, and keeps no pointer.
package struct ByteSearch: Sendable {
    /// Of the text, letters small.
    package let count: Int
    private let text: [UInt8]
    /// By byte: how far the window may go on when its last byte is that.
    private let skips: [Int]

    private static let small: [UInt8] = (0...255).map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 0x20 : $0 }

    /// - Precondition: The text is not empty.
    package init(_ text: String) {
        precondition(!text.isEmpty, "nothing is everywhere")
        let text = text.utf8.map { Self.small[Int($0)] }
        var skips = [Int](repeating: text.count, count: 256)
        for (place, byte) in text.dropLast().enumerated() {
            skips[Int(byte)] = text.count - 1 - place
            if byte >= 0x61, byte <= 0x7A { skips[Int(byte) - 0x20] = text.count - 1 - place }
        }
        self.text = text
        self.skips = skips
        count = text.count
    }

    /// Where it begins first.
    package func firstIndex(in bytes: UnsafeRawBufferPointer) -> Int? {
        text.withUnsafeBufferPointer { text in
            skips.withUnsafeBufferPointer { skips in
                Self.small.withUnsafeBufferPointer { small in
                    var start = 0
                    while start + count <= bytes.count {
                        var place = count - 1
                        while small[Int(bytes[start + place])] == text[place] {
                            if place == 0 { return start }
                            place -= 1
                        }
                        start += skips[Int(bytes[start + count - 1])]
                    }
                    return nil
                }
            }
        }
    }

    package func isIn(_ bytes: UnsafeRawBufferPointer) -> Bool { firstIndex(in: bytes) != nil }

    package func isIn(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { isIn($0) } }

    /// The UTF-8 offset where it begins first.
    package func firstOffset(in text: String) -> Int? {
        var text = text
        return text.withUTF8 { firstIndex(in: UnsafeRawBufferPointer($0)) }
    }
}
