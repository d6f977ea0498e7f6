import ArgumentParser
import TraceModel
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
            scope_version. Others: traces (a row a run), llm_calls (each model call once), span_attributes, events, \
            links, edges (a row a span and its parent), logs, metrics (a row a point), rollups (a row an hour and group). All work in the sqlite3 shell \
            too; 'SELECT * FROM traces LIMIT 1' shows the columns of one.

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
