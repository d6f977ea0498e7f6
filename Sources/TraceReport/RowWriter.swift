import JSONText
import TraceFormats
import TraceModel

/// Which form an answer takes: a table or Markdown for people, the others for programs.
package enum RowFormat: String, Sendable, CaseIterable { case table, json, jsonl, csv, tsv, markdown }

/// Writes the rows of an answer. They come out row by row; but a table needs all of them for its widths.
package struct RowWriter {
    private let columns: [Column]
    private let format: RowFormat
    private let style: TextStyle
    private let csv: CSVWriter
    private var held: [[Cell]] = []
    private var written = 0

    package init(_ columns: [Column], format: RowFormat, style: TextStyle) {
        self.columns = columns
        self.format = format
        self.style = style
        csv = CSVWriter(separator: format == .tsv ? "\t" : ",")
    }

    /// What stands before the first row.
    package func begin() -> String {
        switch format {
        case .table, .jsonl: ""
        case .json: "["
        case .csv, .tsv: csv.record(columns.map(\.name))
        case .markdown:
            markdown(columns.map(\.title)) + markdown(columns.map { $0.unit.isOnRight ? "--:" : "---" })
        }
    }

    package mutating func row(_ cells: [Cell]) -> String {
        defer { written += 1 }
        switch format {
        case .table:
            held.append(cells)
            return ""
        case .json: return (written == 0 ? "\n" : ",\n") + json(cells)
        case .jsonl: return json(cells) + "\n"
        case .csv, .tsv: return csv.record(cells.map(\.machineText))
        case .markdown: return markdown(zip(cells, columns).map { HumanText.cell($0, $1.unit, style) })
        }
    }

    /// What stands behind the last row, and the titles of the columns that the screen had no room for.
    package func end() -> (text: String, hidden: [String]) {
        switch format {
        case .table: return TableText(columns: columns, rows: held, style: style).rendered
        case .json: return (written == 0 ? "]\n" : "\n]\n", [])
        case .jsonl, .csv, .tsv, .markdown: return ("", [])
        }
    }

    private func markdown(_ texts: [String]) -> String {
        let cells = texts.map { text in
            // Markdown takes HTML as HTML.
            ["\\", "|", "[", "*", "`"].reduce(text.replacingEach("<", with: "&lt;")) {
                $0.replacingEach($1, with: "\\\($1)")
            }
        }
        return "| " + cells.joined(separator: " | ") + " |\n"
    }

    private func json(_ cells: [Cell]) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            for (column, cell) in zip(columns, cells) {
                writer.key(column.name)
                writer.write(cell)
            }
        }
        return writer.text
    }
}

extension Cell {
    /// Base units, UTC, full precision; `nil` for null.
    package var machineText: String? {
        switch self {
        case .null: nil
        case .text(let text): text
        case .integer(let value): String(value)
        case .real(let value):
            value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : value.description
        case .flag(let flag): flag ? "true" : "false"
        case .time(let nanos): Timestamp.utcText(nanos)
        }
    }
}

extension JSONWriter {
    /// A number, boolean, string or null; times and non-finite numbers are strings.
    package mutating func write(_ cell: Cell) {
        switch cell {
        case .null: null()
        case .integer(let value): write(value)
        case .real(let value) where value.isFinite: write(value)
        case .flag(let flag): write(flag)
        case .text, .real, .time: write(cell.machineText ?? "")
        }
    }
}

/// Rows as aligned text. Numbers stand on the right; the columns with the highest rank are left out until the rest
/// fits the screen.
struct TableText {
    let columns: [Column]
    let rows: [[Cell]]
    let style: TextStyle
    private static let gap = "  "
    private static let widestText = 60

    var rendered: (text: String, hidden: [String]) {
        let idLengths = columns.indices.map { style.width == nil ? .max : distinctLength($0) }
        let texts = rows.map { row in
            zip(row, columns.indices).map { cell, index in
                let text = HumanText.cell(cell, columns[index].unit, style)
                if columns[index].unit == .id { return String(text.prefix(idLengths[index])) }
                return style.width == nil ? text : DisplayWidth.cut(text, to: Self.widestText)
            }
        }
        var widths = columns.indices.map { index in
            texts.reduce(DisplayWidth.of(columns[index].title)) { max($0, DisplayWidth.of($1[index])) }
        }
        let shown = shownColumns(widths)
        if let width = style.width { shrinkWidestText(&widths, shown, to: width) }
        var lines = [style.bold(line(columns.map(\.title), widths, shown))]
        lines += texts.map { line($0, widths, shown) }
        let hidden = columns.indices.filter { !shown.contains($0) }.map { columns[$0].title }
        return (lines.joined(separator: "\n") + "\n", hidden)
    }

    /// How many digits of an id tell the rows apart, eight at least: what a person needs to type.
    private func distinctLength(_ column: Int) -> Int {
        guard columns[column].unit == .id else { return .max }
        let ids = Set(rows.compactMap { $0[column].machineText }).sorted()
        return zip(ids, ids.dropFirst()).reduce(8) { max($0, zip($1.0, $1.1).prefix { $0 == $1 }.count + 1) }
    }

    private func shownColumns(_ widths: [Int]) -> [Int] {
        var shown = Array(columns.indices)
        guard let width = style.width else { return shown }
        // Text may still be cut, down to a readable rest; the last column, such as a message, further than names.
        func least(_ index: Int) -> Int {
            columns[index].unit == .text ? min(widths[index], index == columns.count - 1 ? 16 : 24) : widths[index]
        }
        while shown.count > 1, shown.reduce(-Self.gap.count, { $0 + least($1) + Self.gap.count }) > width {
            guard let victim = shown.max(by: { columns[$0].rank < columns[$1].rank }),
                columns[victim].rank > 0
            else { break }
            shown.removeAll { $0 == victim }
        }
        return shown
    }

    private func shrinkWidestText(_ widths: inout [Int], _ shown: [Int], to width: Int) {
        var excess = shown.reduce(-Self.gap.count) { $0 + widths[$1] + Self.gap.count } - width
        while excess > 0 {
            let texts = shown.filter { columns[$0].unit == .text && widths[$0] > 8 }
            guard let widest = texts.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
            excess -= 1
        }
    }

    private func line(_ texts: [String], _ widths: [Int], _ shown: [Int]) -> String {
        var line = ""
        for (place, index) in shown.enumerated() {
            if place > 0 { line += Self.gap }
            let text = DisplayWidth.cut(texts[index], to: widths[index])
            line += DisplayWidth.padded(text, to: widths[index], onLeft: columns[index].unit.isOnRight)
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

extension Column.Unit {
    var isOnRight: Bool {
        switch self {
        case .count, .number, .milliseconds, .usd, .ratio, .bytes: true
        case .text, .id, .time, .plain: false
        }
    }
}
