import TraceModel
import TraceQuery
import TraceReport
import TraceStore

/// An answer as rows, with what must be said beside it.
struct Answer {
    var table = ResultTable(columns: [], rows: [])
    /// Whether nothing was found, where rows don't tell it.
    var isEmpty: Bool?
    /// `nil` for what is answered from the spans that are there.
    var coverage: SpanCoverage?
    /// Lines that a screen shows before and behind the table.
    var above: [String] = []
    var below: [String] = []
    /// The answer in a form that is not made of rows, instead of the table.
    var text: String?
    /// What was left out, and why: lines for stderr.
    var notes: [String] = []
    /// Which spans count, where that is not the window of the options.
    var words: String?
}

/// The way of every question: open the store, settle the window, ask, write rows to stdout and words to stderr.
func answer<Format>(
    _ store: StoreOptions, _ spans: SpanOptions, _ output: FormattedOutput<Format>,
    _ ask: (StoreSnapshot, TimeWindow, SpanFilter?) throws -> Answer
) throws {
    let style = output.style
    try Store(path: store.path).read { snapshot in
        if try spans.isExplained(in: snapshot) { return }
        let (range, words) = try spans.window(in: snapshot, style: style)
        let answer = try ask(snapshot, range, spans.filter(in: snapshot))
        if let text = answer.text {
            try write(text, output)
        } else {
            try write(
                answer.table, output.format.rows ?? .table, output, above: answer.above, below: answer.below)
        }
        Console.error("window: \(answer.words ?? words)")
        if answer.isEmpty ?? answer.table.rows.isEmpty, let all = try snapshot.startRange() {
            Console.error(
                "nothing found; the file has spans from \(style.time(all.lowerBound)) to \(style.time(all.upperBound))")
        }
        answer.notes.forEach(Console.error)
        let coverage = try answer.coverage ?? snapshot.coverage(range, nil, isExact: true)
        try coverage.notes(style, snapshot).forEach(Console.error)
    }
}

extension SpanCoverage {
    /// What is to be said where runs have been removed.
    func notes(_ style: TextStyle, _ snapshot: StoreSnapshot) throws -> [String] {
        guard let horizon else { return [] }
        let removed = "runs that ended before \(style.time(horizon)) were removed"
        if hours.isEmpty && cut.isEmpty { return ["left out: \(removed); this question needs their spans"] }
        let first = try max(hours.lowerBound, snapshot.firstRollupHour() ?? 0) * RollupHour.nanos
        let since = hours.isEmpty ? "" : ", here since \(style.time(first))"
        return ["\(removed); rollups count them in whole hours\(since)"]
            + cut.map { part in
                let ends = [part.from, part.to].map { $0.map(style.time) ?? "" }
                return "left out: \(ends[0]) to \(ends[1]), no whole hour"
            }
    }
}

/// A line that says how far off an answer may be.
func estimated(_ what: String) -> String { "\(what): within 0.55% of the nearest rank; --exact counts span by span" }

/// Writes a table in the form that was asked for, and names the columns that the screen had no room for.
func write(_ table: ResultTable, _ output: OutputOptions) throws { try write(table, output.format, output) }

/// Writes a text whole.
func write<Format>(_ text: String, _ output: FormattedOutput<Format>) throws {
    var console = try Console(path: output.output)
    try console.write(text)
    try console.flush()
}

func write<Format>(
    _ table: ResultTable, _ format: RowFormat, _ output: FormattedOutput<Format>, above: [String] = [],
    below: [String] = []
) throws {
    var console = try Console(path: output.output)
    var writer = RowWriter(table.columns, format: format, style: output.style)
    func lines(_ lines: [String]) -> String { format == .table ? lines.map { $0 + "\n" }.joined() : "" }
    try console.write(lines(above))
    try console.write(writer.begin())
    for row in table.rows { try console.write(writer.row(row)) }
    let (text, hidden) = writer.end()
    try console.write(text + lines(below))
    try console.flush()
    if !hidden.isEmpty { Console.error("not shown: \(hidden.joined(separator: ", ")) (--wide shows them)") }
}

/// A line that says how many spans were left out, if any were.
func note(_ count: Int, _ why: String) -> [String] {
    count == 0 ? [] : ["left out: \(HumanText.plural(count, "span")) \(why)"]
}
