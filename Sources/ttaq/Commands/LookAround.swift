import ArgumentParser
import Foundation
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct OverviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overview",
        abstract: "What is in a store, what failed, what it cost.",
        usage: "ttaq overview [FILE] [OPTIONS]",
        discussion: """
            Runs, failures, the slowest run, tokens and cost, and what to type next. 'ttaq FILE' does the same.

            Example: ttaq overview run.db --last 24h
            """)

    @Argument(help: "The store; instead of --db.", completion: .file())
    var file: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var pricing: PriceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var store = store
        if let file {
            if !isPath(file) {
                let hint = Spelling.nearest(to: file, among: commandNames).map { "did you mean 'ttaq \($0)'?" }
                throw Failure(
                    "there is no command and no file '\(file)'; \(hint ?? "'ttaq --help' lists the commands")",
                    exitCode: Failure.usage)
            }
            store.db = file
        }
        try Store(path: store.path).read { snapshot in
            if try spans.isExplained(in: snapshot) { return }
            let (window, words) = try spans.window(in: snapshot, style: output.style)
            let overview = try Overview(
                window: window, where: spans.filter(in: snapshot), prices: pricing.table, in: snapshot)
            if window != .all { Console.error("window: \(words)") }
            if output.format != .table { return try write(overview.table, output) }
            var console = try Console(path: output.output)
            try console.write(overview.text(output.style, command: store.command))
            try console.flush()
        }
    }

    private func isPath(_ text: String) -> Bool {
        FileManager.default.fileExists(atPath: text) || text.contains("/") || text.contains(".")
    }

    private var commandNames: [String] {
        let configuration = Ttaq.configuration
        let commands = configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
        return commands.map { $0._commandName }
    }
}

struct Info: ParsableCommand {
    /// Columns that a screen shows only where there is something to say.
    private static let onlyAboveZero: Set<String> = ["dropped_spans", "unsampled_spans"]

    static let configuration = CommandConfiguration(
        abstract: "What is in the file: counts, range, size.",
        usage: "ttaq info [OPTIONS]",
        discussion: """
            Spans, runs, services, operations, first and last start, size in bytes, and what questions leave out: \
            unfinished spans, fields with too many values, removed runs; of log records and metric points, how many. \
            dropped_spans and unsampled_spans are what exporters say in their own metrics that they did not store.

            Example: ttaq info --format json
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try Store(path: store.path).read { snapshot in
            let table = try snapshot.summary().table
            if output.format != .table { return try write(table, output) }
            // One row reads better down than across.
            let style = output.style
            let lines = zip(table.columns, table.rows[0]).compactMap { column, cell in
                Self.onlyAboveZero.contains(column.name) && cell == .count(0)
                    ? nil : DisplayWidth.padded(column.name, to: 20) + HumanText.cell(cell, column.unit, style)
            }
            var console = try Console(path: output.output)
            try console.write(lines.joined(separator: "\n") + "\n")
            try console.flush()
        }
    }
}
