import TraceModel

/// Reads JSON (RFC 8259) from the front of some bytes, value by value, with no intermediate tree.
///
/// The caller asks for what it expects and skips the rest; key order, repeated keys and the exact digits of numbers
/// reach it as they stand. Bytes that are no UTF-8 and escaped lone surrogates are kept as `ByteText`, whose own escapes
/// are read as what they stand for.
package struct JSONReader {
    package enum Kind { case object, array, string, number, bool, null }

    package let bytes: [UInt8]
    /// Where the next token is looked for.
    package private(set) var position: Int
    private let end: Int
    private var depth = 0
    private let maximumDepth: Int

    package init(_ bytes: [UInt8], range: Range<Int>? = nil, maximumDepth: Int = 512) {
        self.bytes = bytes
        position = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
        self.maximumDepth = maximumDepth
    }

    package init(_ text: String, maximumDepth: Int = 512) {
        self.init(Array(text.utf8), maximumDepth: maximumDepth)
    }

    /// The kind of the next value, which stays unread.
    package mutating func peek() throws(JSONSyntaxError) -> Kind {
        skipSpace()
        guard position < end else { throw error("a value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error("a value")
        }
    }

    /// Reads an object; `body` gets each key and must read or skip its value.
    package mutating func object(_ body: (inout JSONReader, String) throws -> Void) throws {
        try open("{", "an object")
        if take("}") { return close() }
        repeat {
            skipSpace()
            guard position < end, bytes[position] == UInt8(ascii: "\"") else { throw error("a key in quotes") }
            let key = try string()
            try need(":")
            try body(&self, key)
        } while take(",")
        try need("}", or: ",")
        close()
    }

    /// Reads an array; `body` must read or skip each element.
    package mutating func array(_ body: (inout JSONReader) throws -> Void) throws {
        try open("[", "an array")
        if take("]") { return close() }
        repeat { try body(&self) } while take(",")
        try need("]", or: ",")
        close()
    }

    package mutating func string() throws(JSONSyntaxError) -> String {
        skipSpace()
        guard position < end, bytes[position] == UInt8(ascii: "\"") else { throw error("a string") }
        let start = position + 1
        var scan = start
        while scan < end, bytes[scan] != UInt8(ascii: "\""), bytes[scan] != UInt8(ascii: "\\"), bytes[scan] >= 0x20 {
            scan += 1
        }
        if scan < end, bytes[scan] == UInt8(ascii: "\"") {
            position = scan + 1
            return ByteText.text(withEscapes: bytes[start..<scan])
        }
        return try stringWithEscapes(from: start)
    }

    /// The digits of a number, exactly as written.
    package mutating func numberText() throws(JSONSyntaxError) -> Substring {
        skipSpace()
        let start = position
        _ = takeByte(UInt8(ascii: "-"))
        let integerStart = position
        guard skipDigits() else {
            position = start
            throw error("a number")
        }
        if bytes[integerStart] == UInt8(ascii: "0"), position - integerStart > 1 {
            position = start
            throw error("a number without leading zeros")
        }
        if takeByte(UInt8(ascii: ".")), !skipDigits() { throw error("a digit") }
        if takeByte(UInt8(ascii: "e")) || takeByte(UInt8(ascii: "E")) {
            if !takeByte(UInt8(ascii: "+")) { _ = takeByte(UInt8(ascii: "-")) }
            if !skipDigits() { throw error("a digit") }
        }
        return Substring(decoding: bytes[start..<position], as: UTF8.self)
    }

    package mutating func bool() throws(JSONSyntaxError) -> Bool {
        skipSpace()
        if takeWord("true") { return true }
        if takeWord("false") { return false }
        throw error("true or false")
    }

    package mutating func null() throws(JSONSyntaxError) {
        skipSpace()
        if !takeWord("null") { throw error("null") }
    }

    /// Reads any value and forgets it, checking that it is JSON.
    package mutating func skip() throws {
        switch try peek() {
        case .object: try object { reader, _ in try reader.skip() }
        case .array: try array { reader in try reader.skip() }
        case .string: _ = try string()
        case .number: _ = try numberText()
        case .bool: _ = try bool()
        case .null: try null()
        }
    }

    /// Checks that only white space is left.
    package mutating func finish() throws(JSONSyntaxError) {
        skipSpace()
        if position < end { throw error("the end") }
    }

    /// The error at the next byte: what was expected there.
    package func error(_ expected: String) -> JSONSyntaxError {
        JSONSyntaxError(offset: position, expected: expected, found: describe(position))
    }

    // MARK: - Tokens

    private mutating func open(_ bracket: Unicode.Scalar, _ expected: String) throws(JSONSyntaxError) {
        skipSpace()
        guard position < end, UInt32(bytes[position]) == bracket.value else { throw error(expected) }
        guard depth < maximumDepth else {
            throw JSONSyntaxError(
                offset: position, expected: "at most \(maximumDepth) nested brackets", found: "one more")
        }
        depth += 1
        position += 1
    }

    private mutating func close() { depth -= 1 }

    private mutating func skipSpace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        return takeByte(UInt8(truncatingIfNeeded: character.value))
    }

    private mutating func takeByte(_ byte: UInt8) -> Bool {
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func need(_ character: Unicode.Scalar, or other: String? = nil) throws(JSONSyntaxError) {
        if !take(character) { throw error((other.map { "\($0) or " } ?? "") + String(character)) }
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard position + length <= end,
            word.withUTF8Buffer({ $0.elementsEqual(bytes[position..<position + length]) })
        else { return false }
        position += length
        return true
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while position < end, bytes[position] >= 0x30, bytes[position] <= 0x39 { position += 1 }
        return position > start
    }

    private func describe(_ offset: Int) -> String {
        guard offset < end else { return "the end of the text" }
        let byte = bytes[offset]
        return byte > 0x20 && byte < 0x7F ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(Hex.encode([byte]))"
    }
}

// MARK: - Strings with escapes
extension JSONReader {
    private mutating func stringWithEscapes(from start: Int) throws(JSONSyntaxError) -> String {
        var text: [UInt8] = []
        position = start
        while position < end {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return ByteText.text(withEscapes: text[...])
            case UInt8(ascii: "\\"):
                position += 1
                try appendEscape(to: &text)
            case 0..<0x20:
                throw error("an escaped control character or the end of the string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw error("the end of the string")
    }

    private mutating func appendEscape(to text: inout [UInt8]) throws(JSONSyntaxError) {
        guard position < end else { throw error("an escape") }
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            return try appendCodePoint(to: &text)
        default: throw error("one of \" \\ / b f n r t u after a backslash")
        }
        position += 1
    }

    /// A lone surrogate is appended as the three bytes it would have in UTF-8, which ``ByteText`` then keeps.
    private mutating func appendCodePoint(to text: inout [UInt8]) throws(JSONSyntaxError) {
        var value = try fourDigits()
        if (0xD800..<0xDC00).contains(value), position + 1 < end, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        {
            let mark = position
            position += 2
            let low = try fourDigits()
            if (0xDC00..<0xE000).contains(low) {
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            } else {
                position = mark
            }
        }
        if let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) {
            text.append(contentsOf: encoded)
        } else {
            text.append(UInt8(0xE0 | value >> 12))
            text.append(UInt8(0x80 | value >> 6 & 0x3F))
            text.append(UInt8(0x80 | value & 0x3F))
        }
    }

    private mutating func fourDigits() throws(JSONSyntaxError) -> UInt32 {
        guard position + 4 <= end,
            let pair = Hex.decode(String(decoding: bytes[position..<position + 4], as: UTF8.self)),
            pair.count == 2
        else { throw error("four hexadecimal digits") }
        position += 4
        return UInt32(pair[0]) << 8 | UInt32(pair[1])
    }
}
