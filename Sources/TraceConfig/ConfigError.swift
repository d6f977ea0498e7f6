/// What is wrong in a file of settings: where, what was expected, what was found.
package struct ConfigError: Error, Hashable, Sendable {
    package let place: ConfigPlace
    package let expected: String
    package let found: String
    /// A name that was perhaps meant.
    package let nearest: String?

    package init(_ place: ConfigPlace, expected: String, found: String, nearest: String? = nil) {
        self.place = place
        self.expected = expected
        self.found = found
        self.nearest = nearest
    }
}

/// Where something stands in a file of settings.
package struct ConfigPlace: Hashable, Sendable {
    package let file: String
    /// From 1; 0 for the whole file.
    package let line: Int
    /// From 1, in Unicode scalars.
    package let column: Int
    /// Keys and places in lists from the top: `slos[0].target`; empty at the top.
    package let path: String

    package init(file: String, line: Int = 0, column: Int = 0, path: String = "") {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
    }
}
