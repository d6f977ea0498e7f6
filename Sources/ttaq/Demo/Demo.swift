import ArgumentParser
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fill a store with a made-up incident, and ask it.",
        usage: "ttaq demo [--db FILE] [--utc]",
        discussion: """
            A support desk of agents on the morning of 20 November 2026: two hours of runs, in the second of which one \
            model provider begins to refuse calls. The same spans every time.

            Example: ttaq demo
            """)

    @Option(help: ArgumentHelp("The store to fill.", valueName: "file"), completion: .file())
    var db = "ttaq-demo.db"

    @Flag(help: "Times in UTC instead of local time.")
    var utc = false

    func run() throws {
        let writer = try StoreWriter(path: db)
        try writer.add(SupportDesk().batch)
        try writer.finish()
        let known = writer.committed.duplicateSpans
        let rest = known > 0 ? ", \(HumanText.count(known)) were there already" : ""
        Console.error("\(db): \(HumanText.plural(writer.committed.spans, "span")) written\(rest)")
        var output = OutputOptions()
        output.format = .table
        output.utc = utc
        output.wide = false
        output.output = nil
        try tour(output.style)
    }

    /// The overview, and one table each for the main questions.
    private func tour(_ style: TextStyle) throws {
        let program = StoreOptions.program
        try Store(path: db).read { snapshot in
            var console = try Console()
            func show(_ command: String, _ table: ResultTable) throws {
                var writer = RowWriter(table.columns, format: .table, style: style)
                var text = writer.begin()
                for row in table.rows { text += writer.row(row) }
                try console.write(
                    "\n" + style.bold("$ \(program) \(command) --db \(db)") + "\n" + text + writer.end().text)
            }
            let objective = Compliance.Objective(target: 0.99, thresholdNanos: 3_000_000_000)
            let cacheType = try FieldName(.cacheType, in: snapshot)
            let workflow = try FieldName(.workflowName, in: snapshot)
            let overview = try Overview(in: snapshot)
            try console.write(
                style.bold("$ \(program) \(db)") + "\n" + overview.text(style) { "\(program) \($0) --db \(db)" })
            try show("percentiles", Percentiles(by: nil, window: .all, in: snapshot).table)
            try show("graph --of services", ConnectionGraph(of: .services, window: .all, in: snapshot).table)
            try show("cache", CacheUse(by: [cacheType], window: .all, in: snapshot).table)
            try show(
                "slo --target 0.99 --threshold 3s --by workflow.name --roots",
                Compliance(objective, by: [workflow], rootsOnly: true, window: .all, in: snapshot).table)
            try console.write("\nnow read the run that failed last:\n  \(program) show failed --db \(db)\n")
            try console.flush()
        }
    }
}
