/// Text that is not JSON, or nests deeper than allowed.
package struct JSONSyntaxError: Error, Equatable {
    /// Bytes from the start of the text that was given.
    package let offset: Int
    package let expected: String
    package let found: String

    package init(offset: Int, expected: String, found: String) {
        self.offset = offset
        self.expected = expected
        self.found = found
    }
}
