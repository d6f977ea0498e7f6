/// Finds where each top-level JSON value ends in a stream that arrives in pieces, without reading the values.
///
/// It serves JSON lines, concatenated values and one value spread over many lines alike.
package struct JSONBoundary {
    private var depth = 0
    private var inString = false
    private var afterBackslash = false
    private var started = false

    package init() {}

    /// - Parameter depth: Brackets that are open already, whose last one ends what is looked for.
    package init(insideBrackets depth: Int) {
        self.depth = depth
        started = depth > 0
    }

    /// Looks at the bytes from `start`.
    ///
    /// - Returns: The index after the end of the first value that is complete there, or `nil` when all bytes were
    ///   taken in and the value goes on in the next piece.
    package mutating func endOfValue(in bytes: [UInt8], from start: Int) -> Int? {
        for index in start..<bytes.count {
            if take(bytes[index]) {
                self = JSONBoundary()
                return index + 1
            }
        }
        return nil
    }

    /// Whether a value has begun that is not complete.
    package var isInsideValue: Bool { started }

    private mutating func take(_ byte: UInt8) -> Bool {
        if inString {
            if afterBackslash {
                afterBackslash = false
            } else if byte == UInt8(ascii: "\\") {
                afterBackslash = true
            } else if byte == UInt8(ascii: "\"") {
                inString = false
            }
            return false
        }
        switch byte {
        case UInt8(ascii: "\""):
            inString = true
            started = true
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            started = true
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            started = true
            return depth <= 0
        case 0x0A:
            // A line that is no bracketed value: hand it over, so that the error names its place.
            return started && depth == 0
        case 0x20, 0x0D, 0x09: break
        default: started = true
        }
        return false
    }
}
