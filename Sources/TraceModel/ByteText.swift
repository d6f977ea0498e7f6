/// Text that may not be UTF-8, kept byte for byte inside a Swift string.
///
/// Protobuf strings should be UTF-8, but real exporters send other bytes. A byte that belongs to no valid sequence
/// becomes the scalar U+10FF00 + byte (U+10FF80 through U+10FFFF, the end of the last private-use plane), which tags
/// it and can be turned back. Text that really holds such a scalar has its four bytes escaped one by one, so
/// `bytes(of: text(x)) == x` for every `x`.
package enum ByteText {
    /// The string for `bytes`, whatever they are.
    package static func text(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.withUnsafeBytes { (raw: UnsafeRawBufferPointer) in text(raw) }
    }

    /// The same for bytes that stand elsewhere; they are copied.
    package static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        let valid = bytes.withMemoryRebound(to: UInt8.self) { String(validating: $0, as: UTF8.self) }
        if let valid, !bytes.contains(0xF4) || !hasEscapes(valid) { return valid }
        return escaped(Array(bytes)[...], keepingEscapes: false)
    }

    /// Whether the bytes are their own string's UTF-8: valid, and with nothing in them that would be escaped.
    package static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while place + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            if word & 0x8080_8080_8080_8080 != 0 { return isPlainBeyondASCII(bytes) }
            place += 8
        }
        while place < bytes.count {
            if bytes[place] >= 0x80 { return isPlainBeyondASCII(bytes) }
            place += 1
        }
        return true
    }

    private static func isPlainBeyondASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let valid = bytes.withMemoryRebound(to: UInt8.self) { String(validating: $0, as: UTF8.self) }
        guard let valid else { return false }
        return !bytes.contains(0xF4) || !hasEscapes(valid)
    }

    /// The string for bytes that may hold escapes already, as text that ttaq wrote does: those are kept.
    package static func text(withEscapes bytes: ArraySlice<UInt8>) -> String {
        String(validating: bytes, as: UTF8.self) ?? escaped(bytes, keepingEscapes: true)
    }

    /// The same for bytes that stand elsewhere; they are copied.
    package static func text(withEscapes bytes: UnsafeRawBufferPointer) -> String {
        let valid = bytes.withMemoryRebound(to: UInt8.self) { String(validating: $0, as: UTF8.self) }
        return valid ?? escaped(Array(bytes)[...], keepingEscapes: true)
    }

    private static func escaped(_ bytes: ArraySlice<UInt8>, keepingEscapes: Bool) -> String {
        var text = String.UnicodeScalarView()
        var position = bytes.startIndex
        while position < bytes.endIndex {
            if let (scalar, length) = scalar(in: bytes, at: position), keepingEscapes || !isEscape(scalar) {
                text.append(scalar)
                position += length
            } else {
                text.append(escape(bytes[position]))
                position += 1
            }
        }
        return String(text)
    }

    /// The bytes that ``text(_:)`` was given.
    package static func bytes(of text: String) -> [UInt8] {
        guard hasEscapes(text) else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if isEscape(scalar) {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
            }
        }
        return bytes
    }

    /// Whether any byte of the original was not UTF-8.
    package static func hasEscapes(_ text: String) -> Bool {
        // Every escape is encoded as F4 8F BE|BF xx; F4 alone is rare enough to look closer only then.
        text.utf8.contains(0xF4) && text.unicodeScalars.contains(where: isEscape)
    }

    private static func isEscape(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x10FF80 }

    private static func escape(_ byte: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(0x10FF00 + UInt32(byte)) ?? "\u{FFFD}"
    }

    private static func scalar(in bytes: ArraySlice<UInt8>, at position: Int) -> (Unicode.Scalar, Int)? {
        let length: Int
        switch bytes[position] {
        case 0x00...0x7F: length = 1
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return nil
        }
        guard position + length <= bytes.endIndex,
            let text = String(validating: bytes[position..<position + length], as: UTF8.self),
            let scalar = text.unicodeScalars.first
        else { return nil }
        return (scalar, length)
    }
}
