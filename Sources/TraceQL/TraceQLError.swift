/// Why a text is no filter: where, what was expected, what was found.
package struct TraceQLError: Error, Hashable, Sendable {
    package let query: String
    /// The part of the query that is wrong, in Unicode scalars from its beginning; empty at the end.
    package let range: Range<Int>
    package let expected: String
    package let found: String

    package init(_ query: String, _ range: Range<Int>, expected: String, found: String) {
        self.query = query
        self.range = range
        self.expected = expected
        self.found = found
    }

    /// One line of words, then the line of the query with a caret under the place.
    package var text: String {
        let scalars = Array(query.unicodeScalars)
        let start = scalars[..<range.lowerBound].lastIndex(of: "\n").map { $0 + 1 } ?? 0
        let end = scalars[start...].firstIndex(of: "\n") ?? scalars.count
        let line = scalars[..<start].count { $0 == "\n" } + 1
        let column = range.lowerBound - start
        let width = max(1, min(range.upperBound, end) - range.lowerBound)
        let place = scalars.contains("\n") ? "line \(line), column \(column + 1)" : "column \(column + 1)"
        let shown = String(String.UnicodeScalarView(scalars[start..<end].map { $0 == "\t" ? " " : $0 }))
        return "\(place): expected \(expected), found \(found)\n  \(shown)\n  "
            + String(repeating: " ", count: column) + String(repeating: "^", count: width)
    }
}
