/// A pattern that cannot be read, and where.
package struct LinearRegexError: Error, Hashable, CustomStringConvertible {
    /// In characters of the pattern; their count where the pattern ends too early.
    package let offset: Int
    package let expected: String
    package let found: String

    package init(offset: Int, expected: String, found: String) {
        self.offset = offset
        self.expected = expected
        self.found = found
    }

    package var description: String { "character \(offset + 1) of the pattern: expected \(expected), found \(found)" }
}
