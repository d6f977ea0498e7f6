import TraceConfig
import TraceQuery

/// How reports say things.
package enum ReportWords {
    /// Between backticks: without line breaks and what would end code in Markdown, and not long.
    static func code(_ text: String) -> String {
        let printable = HumanText.printable(text).replacingEach("`", with: "'")
        return "`\(printable.count > 160 ? printable.prefix(159) + "…" : printable)`"
    }

    /// `18 of 310 (5.8%)`
    static func share(_ part: Int, _ whole: Int) -> String {
        whole == 0
            ? "none"
            : "\(HumanText.count(part)) of \(HumanText.count(whole)) (\(HumanText.percent(Double(part) / Double(whole))))"
    }

    /// For a shell, where it takes quotes.
    package static func argument(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-_./,:=+".utf8.contains(byte)
        }
        return isPlain && !text.isEmpty ? text : "'" + text.replacingEach("'", with: "'\\''") + "'"
    }
}

extension TextStyle {
    /// Of text whose columns matter, on a page.
    var forPages: TextStyle {
        var style = self
        style.width = 100
        style.color = false
        return style
    }
}

extension UnknownFieldError {
    /// `no span in the file has an attribute x; did you mean y?`
    package var text: String {
        "no span in the file has an attribute \(name)" + (nearest.map { "; did you mean \($0)?" } ?? "")
    }
}

extension ServiceLevel {
    /// What reports measure where nobody names an objective.
    package static let usual = ServiceLevel(
        name: "99% of runs", rootsOnly: true, good: .succeeding(withinNanos: nil), target: 0.99)

    /// What asks `slo` for ``usual``.
    package static let usualOptions = "--target 99% --roots"
}

extension ReportDocument {
    /// A table of the first rows, and how many more there are.
    ///
    /// - Parameter noun: Of a row.
    mutating func add(_ columns: [Column], _ rows: [[Cell]], most: Int, _ noun: String) {
        add(.table(ResultTable(columns: columns, rows: Array(rows.prefix(most)))))
        if rows.count > most { add(.text("\(HumanText.plural(rows.count - most, "more \(noun)")).")) }
    }
}
