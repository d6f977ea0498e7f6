import ArgumentParser
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Spans, events, edges, logs, metrics: CSV, JSON, OTLP.",
        usage: "ttaq export spans|events|links|edges|logs|metrics [OPTIONS]",
        discussion: """
            csv, tsv, json and jsonl have the columns of the view of that name: spans, events and links in order of the \
            span's start, logs by time, edges (a row a span and its parent) run by run, metrics (a row a point) series by \
            series. otlp, for spans and logs, is OTLP \
            JSON lines, a request of at most 512 of them a line, from which everything that was sent can be rebuilt. \
            Window and conditions choose spans; of edges, the child; of logs and metrics, the window is of their own time. \
            Metric points belong to no span, so that no condition chooses them.

            Example: ttaq export spans --format otlp --output run.jsonl
            """)

    enum Subject: String, ExpressibleByArgument, CaseIterable { case spans, events, links, edges, logs, metrics }

    enum Form: String, ExpressibleByArgument, CaseIterable { case csv, tsv, json, jsonl, otlp }

    @Argument(help: "What to export.")
    var subject: Subject

    @Option(help: ArgumentHelp("The form.", valueName: "format"))
    var format: Form = .csv

    @Option(help: ArgumentHelp("Write to this file instead of stdout.", valueName: "file"), completion: .file())
    var output: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions

    func validate() throws {
        if subject == .metrics, !spans.conditions.isEmpty {
            throw ValidationError("--where: metric points belong to no span; --from, --to and --last choose by time")
        }
        if format == .otlp && subject != .spans && subject != .logs {
            throw ValidationError(
                "--format otlp: expected spans or logs, found \(subject.rawValue)"
                    + (subject == .metrics ? "" : "; OTLP has them inside their spans"))
        }
    }

    func run() throws {
        try Store(path: store.path).read { snapshot in
            if try spans.isExplained(in: snapshot) { return }
            let (range, words) = try spans.window(in: snapshot, style: .plain)
            let filter = try spans.filter(in: snapshot)?.selection
            var console = try Console(path: output)
            let (count, notes) =
                if let form = RowFormat(rawValue: format.rawValue) {
                    try writeRows(form, range, filter, snapshot, &console)
                } else {
                    (try writeOTLP(range, filter, snapshot, &console), [])
                }
            try console.flush()
            if subject == .metrics {
                // The words are of spans.
                if range != .all { Console.error("window: \(words)") }
                Console.error(HumanText.plural(count, "metric point"))
                return
            }
            Console.error("window: \(words)")
            notes.forEach(Console.error)
            let coverage = try snapshot.coverage(range, nil, isExact: true)
            try coverage.notes(.plain, snapshot).forEach(Console.error)
            Console.error("\(HumanText.count(count)) \(subject.rawValue)")
        }
    }

    private func writeRows(
        _ format: RowFormat, _ range: TimeWindow, _ filter: BlockFilter?, _ snapshot: StoreSnapshot,
        _ console: inout Console
    ) throws -> (count: Int, notes: [String]) {
        var count = 0
        var notes: [String] = []
        var writer = RowWriter(subject.columns, format: format, style: .plain)
        func write(_ rows: [[Cell]]) throws {
            for row in rows { try console.write(writer.row(row)) }
            count += rows.count
        }
        try console.write(writer.begin())
        switch subject {
        case .spans: try snapshot.scanWithDetail(range, where: filter) { try write([SpanExport.row($0)]) }
        case .events: try snapshot.scanWithDetail(range, where: filter) { try write(EventExport.rows($0)) }
        case .links: try snapshot.scanWithDetail(range, where: filter) { try write(LinkExport.rows($0)) }
        case .edges:
            let missing = try snapshot.forEachSpanEdge(range, where: filter) { try write([EdgeExport.row($0)]) }
            notes = note(missing, "whose parent is not in the file")
        case .logs: try snapshot.forEachLog(range, where: filter) { try write([LogExport.row($0)]) }
        case .metrics: try snapshot.forEachMetricPoint(range) { try write([MetricExport.row($0)]) }
        }
        try console.write(writer.end().text)
        return (count, notes)
    }

    private func writeOTLP(
        _ range: TimeWindow, _ filter: BlockFilter?, _ snapshot: StoreSnapshot, _ console: inout Console
    ) throws -> Int {
        var count = 0
        var request = RequestBuilder()
        func take(_ add: () -> Void) throws {
            add()
            count += 1
            if count.isMultiple(of: RequestBuilder.mostItems) { try console.write(request.take()) }
        }
        if subject == .logs {
            try snapshot.forEachLog(range, where: filter) { log in try take { request.add(log) } }
        } else {
            try snapshot.scanWithDetail(range, where: filter) { span in try take { request.add(span) } }
        }
        if !count.isMultiple(of: RequestBuilder.mostItems) { try console.write(request.take()) }
        return count
    }
}

extension Export.Subject {
    /// Those of the view of that name.
    fileprivate var columns: [Column] {
        switch self {
        case .spans: SpanExport.columns
        case .events: EventExport.columns
        case .links: LinkExport.columns
        case .edges: EdgeExport.columns
        case .logs: LogExport.columns
        case .metrics: MetricExport.columns
        }
    }
}
