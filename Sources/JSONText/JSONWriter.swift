/// Writes JSON on one line, commas put where they belong.
///
///     var writer = JSONWriter()
///     writer.object {
///         $0.key("spans")
///         $0.write(20_000)
///     }
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// - Parameter capacity: Bytes to make room for at once.
    package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open("{")
        try body(&self)
        close("}")
    }

    package mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open("[")
        try body(&self)
        close("]")
    }

    /// The next value belongs to `name`.
    package mutating func key(_ name: String) {
        write(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func write(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { JSONBytes.append(UnsafeRawBufferPointer($0), to: &bytes) }
    }

    package mutating func write(_ number: some BinaryInteger) { raw(String(number)) }

    package mutating func write(_ flag: Bool) { raw(flag ? "true" : "false") }

    /// The shortest text that reads back as the same double, always with a point or an exponent.
    ///
    /// - Parameter number: Finite, because JSON has no others.
    package mutating func write(_ number: Double) {
        precondition(number.isFinite, "JSON has no text for \(number)")
        raw(number.description)
    }

    package mutating func null() { raw("null") }

    package mutating func write(_ value: JSONValue) {
        switch value {
        case .object(let members):
            object { writer in
                for member in members {
                    writer.key(member.key)
                    writer.write(member.value)
                }
            }
        case .array(let values): array { writer in values.forEach { writer.write($0) } }
        case .string(let text): write(text)
        case .number(let digits): raw(digits)
        case .bool(let flag): write(flag)
        case .null: null()
        }
    }

    /// Text that is JSON already.
    package mutating func raw(_ json: String) {
        separate()
        bytes.append(contentsOf: json.utf8)
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(truncatingIfNeeded: bracket.value))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(truncatingIfNeeded: bracket.value))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }
}
