import ArgumentParser
import TraceModel
import TraceOTLP
import TraceQuery
import TraceReport
import TraceStore

struct SQL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Read-only SQL over the store's views.",
        usage: "ttaq sql QUERY [--timeout SECONDS] [OPTIONS]",
        discussion: """
            The view spans has a row a span: trace_id, span_id, parent_span_id, service, name, kind, status, \
            status_message, start_time, end_time, start_unix_nano, duration_ms, attributes, resource, scope_name, \
            scope_version. The view rollups has a row an hour and group of spans: hour, family, dimensions (JSON), spans, \
            errors, mean_ms, min_ms, max_ms, calls, prompt_tokens, completion_tokens, cost_usd, cache_lookups, \
            cache_hits, cache_savings_usd. Both work in the sqlite3 shell too.

            Example: ttaq sql "SELECT name, count(*) FROM spans WHERE status = 'error' GROUP BY name"
            """)

    @Argument(help: "One SELECT statement.")
    var query: String

    @Option(help: ArgumentHelp("Stop after so many seconds.", valueName: "seconds"))
    var timeout = 60.0

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !(timeout > 0 && timeout <= 86_400) {
            throw ValidationError("--timeout \(timeout): expected more than 0 and at most 86400 seconds")
        }
    }

    func run() throws {
        try Store(path: store.path).read { snapshot in
            var console = try Console(path: output.output)
            var writer: RowWriter?
            try snapshot.run(userSQL: query, timeLimitSeconds: timeout) { names in
                let made = RowWriter(names.map { Column($0, .plain) }, format: output.format, style: output.style)
                try console.write(made.begin())
                writer = made
            } row: { values in
                if let text = writer?.row(values.map(\.cell)) { try console.write(text) }
                return true
            }
            if let text = writer?.end().text { try console.write(text) }
            try console.flush()
        }
    }
}

extension SQLValue {
    /// The value as it is; a blob as hexadecimal digits.
    fileprivate var cell: Cell {
        switch self {
        case .null: .null
        case .integer(let value): .integer(value)
        case .real(let value): .real(value)
        case .text(let text): .text(text)
        case .blob(let bytes): .text(Hex.encode(bytes))
        }
    }
}

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Everything about spans, as CSV, JSON or OTLP.",
        usage: "ttaq export spans [--format csv|tsv|json|jsonl|otlp] [OPTIONS]",
        discussion: """
            csv, tsv, json and jsonl have the columns of the view spans, in order of start. otlp is OTLP JSON lines, a request of \
            at most 512 spans a line, from which everything that was sent can be rebuilt.

            Example: ttaq export spans --format otlp --output run.jsonl
            """)

    enum Subject: String, ExpressibleByArgument, CaseIterable { case spans }

    enum Form: String, ExpressibleByArgument, CaseIterable { case csv, tsv, json, jsonl, otlp }

    @Argument(help: "What to export.")
    var subject: Subject

    @Option(help: ArgumentHelp("The form.", valueName: "format"))
    var format: Form = .csv

    @Option(help: ArgumentHelp("Write to this file instead of stdout.", valueName: "file"))
    var output: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions

    func run() throws {
        try Store(path: store.path).read { snapshot in
            if try spans.isExplained(in: snapshot) { return }
            let (range, words) = try spans.window(in: snapshot, style: .plain)
            let filter = try spans.filter(in: snapshot)?.selection
            var console = try Console(path: output)
            let count =
                switch format {
                case .csv: try writeRows(.csv, range, filter, snapshot, &console)
                case .tsv: try writeRows(.tsv, range, filter, snapshot, &console)
                case .json: try writeRows(.json, range, filter, snapshot, &console)
                case .jsonl: try writeRows(.jsonl, range, filter, snapshot, &console)
                case .otlp: try writeOTLP(range, filter, snapshot, &console)
                }
            try console.flush()
            Console.error("window: \(words)")
            let coverage = try snapshot.coverage(range, nil, isExact: true)
            try coverage.notes(.plain, snapshot).forEach(Console.error)
            Console.error("\(HumanText.count(count)) spans")
        }
    }

    private func writeRows(
        _ format: RowFormat, _ range: TimeWindow, _ filter: BlockFilter?, _ snapshot: StoreSnapshot,
        _ console: inout Console
    ) throws -> Int {
        var count = 0
        var writer = RowWriter(SpanExport.columns, format: format, style: .plain)
        try console.write(writer.begin())
        try snapshot.scanWithDetail(range, where: filter) { span in
            try console.write(writer.row(SpanExport.row(span)))
            count += 1
        }
        try console.write(writer.end().text)
        return count
    }

    private func writeOTLP(
        _ range: TimeWindow, _ filter: BlockFilter?, _ snapshot: StoreSnapshot, _ console: inout Console
    ) throws -> Int {
        var count = 0
        var request = RequestBuilder()
        try snapshot.scanWithDetail(range, where: filter) { span in
            request.add(span)
            count += 1
            if request.spanCount == 512 { try console.write(request.take()) }
        }
        if request.spanCount > 0 { try console.write(request.take()) }
        return count
    }
}
