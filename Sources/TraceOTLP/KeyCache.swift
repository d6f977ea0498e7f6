import TraceModel

/// Attribute keys seen lately, so that the same bytes give the same string without validating and allocating it again.
///
/// A table of 512 slots by a hash of the bytes; a slot keeps the last key that fell into it.
struct KeyCache {
    private var slots = [(bytes: [UInt8], text: String)?](repeating: nil, count: 512)

    mutating func text(_ bytes: UnsafeRawBufferPointer) -> String {
        // FNV-1a, 32 bits.
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        let slot = Int(hash % 512)
        if let known = slots[slot], known.bytes.count == bytes.count, known.bytes.elementsEqual(bytes) {
            return known.text
        }
        let text = ByteText.text(bytes)
        slots[slot] = (Array(bytes), text)
        return text
    }
}
