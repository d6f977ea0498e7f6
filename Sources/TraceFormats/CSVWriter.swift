/// Comma- or tab-separated values (RFC 4180 with line feeds): a field is quoted when it holds the separator, a quote
/// or a line break, or is empty; a null is nothing between two separators.
package struct CSVWriter {
    private let separator: Character

    package init(separator: Character = ",") { self.separator = separator }

    /// One record with its line feed.
    package func record(_ fields: [String?]) -> String {
        fields.map { $0.map(field) ?? "" }.joined(separator: String(separator)) + "\n"
    }

    private func field(_ text: String) -> String {
        let special = text.unicodeScalars.contains {
            $0 == "\"" || $0 == "\n" || $0 == "\r" || Character($0) == separator
        }
        guard special || text.isEmpty || text.first == " " || text.last == " " else { return text }
        // By scalars: a quote may carry a combining mark.
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted.append(scalar) }
            quoted.append(scalar)
        }
        quoted.append("\"")
        return String(quoted)
    }
}
