import ArgumentParser
import Foundation
import TraceDemo
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Fill a store with a made-up incident, and ask it.",
        usage: "ttaq demo [--db FILE] [--runs N] [--utc]",
        discussion: """
            A support desk of agents on the morning of 20 November 2026, made of TTAPrimitives and run on a clock that \
            jumps over waiting: two hours of conversations, in the second of which something goes wrong. The same spans \
            every time.

            Example: ttaq demo
            """)

    @Option(help: ArgumentHelp("The store to fill.", valueName: "file"), completion: .file())
    var db = "ttaq-demo.db"

    @Option(help: ArgumentHelp("How many questions are answered.", valueName: "n"))
    var runs = 1_000

    @Flag(help: "Times in UTC instead of local time.")
    var utc = false

    func run() throws {
        guard runs > 0 else { throw Failure("--runs: expected 1 or more, found \(runs)", exitCode: Failure.usage) }
        let before = FileManager.default.fileExists(atPath: db) ? try spans() : 0
        try Demo(runs: runs).fill(store: db)
        let written = try spans() - before
        let rest = before > 0 ? ", \(HumanText.count(before)) were in the store before" : ""
        Console.error("\(db): \(HumanText.plural(runs, "run")), \(HumanText.plural(written, "span")) written\(rest)")
        var output = OutputOptions()
        output.format = .table
        output.utc = utc
        output.wide = false
        output.output = nil
        try tour(output.style)
    }

    private func spans() throws -> Int { try Store(path: db).read { try $0.summary().spans } }

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
