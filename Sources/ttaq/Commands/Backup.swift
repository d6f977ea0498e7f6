import ArgumentParser
import TraceConfig
import TraceModel
import TraceReport
import TraceStore

extension DatabaseCommand {
    struct Backup: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the store, or a part of it, into a new file.",
            usage: "ttaq db backup OUT [OPTIONS]",
            discussion: """
                One state of the store, whatever others write meanwhile, checked and on disk when it is done. A file \
                that is there is not overwritten. Prints one JSON object on stdout.

                --where takes the runs in which any span meets the condition. --without-content leaves all texts out \
                that nothing groups by or adds up: prompts, outputs, messages. --redact replaces by the rules of a file \
                (README.md shows one), and says how often each did. With these the copy is made anew from the spans \
                and their log records: it has no metric points, and knows nothing of removed runs.

                Example: ttaq db backup for-bob.db --without-content --where 'status = error'
                """)

        @Argument(help: ArgumentHelp("The file to make.", valueName: "out"), completion: .file())
        var out: String

        @Flag(help: "Without texts that people or models wrote.")
        var withoutContent = false

        @Option(help: ArgumentHelp("Replace by the rules of this file.", valueName: "rules"), completion: .file())
        var redact: String?

        @Option(
            name: .customLong("where"), parsing: .singleValue,
            help: ArgumentHelp(
                "Only runs in which a span meets this condition. Given several times, all must hold.",
                valueName: "condition"))
        var conditions: [String] = []

        @OptionGroup var store: StoreOptions

        func validate() throws { _ = try RunConditions(conditions, option: "--where") }

        func run() throws {
            let redactor = try redact.map { Redactor(try RedactionRules.read($0)) }
            let source = try Store(path: store.path)
            let counts: BackupCounts
            if redactor == nil, !withoutContent, conditions.isEmpty {
                counts = try source.backUp(to: out)
            } else {
                let chosen = try RunConditions(conditions, option: "--where")
                var horizon: UInt64?
                var metricPoints = 0
                let rewriters: [(any SpanRewriter)?] = [redactor, withoutContent ? TextRemoval() : nil]
                counts = try source.copyRuns(
                    to: out,
                    where: { snapshot in
                        horizon = try snapshot.horizon()
                        metricPoints = try snapshot.metricPointCount()
                        return try chosen.filter(in: snapshot)
                    }, rewriting: rewriters.compactMap { $0 })
                if let horizon {
                    Console.error(
                        "left out: what hourly rollups count of runs that ended before \(Timestamp.utcText(horizon)) and "
                            + "were removed")
                }
                if metricPoints > 0 {
                    Console.error("left out: \(HumanText.plural(metricPoints, "metric point")), which belong to no run")
                }
            }
            if let redactor { say(redactor) }
            try DatabaseCommand.print([
                ("traces", counts.traces), ("spans", counts.spans), ("bytes", counts.bytes),
            ])
        }

        /// How often each rule replaced something: a table on stderr.
        private func say(_ redactor: Redactor) {
            let table = ResultTable(
                columns: [Column("rule", .text), Column("replaced", .count)],
                rows: zip(redactor.rules, redactor.counts).map { [.text($0.name), .count($1)] })
            var writer = RowWriter(table.columns, format: .table, style: .plain)
            var text = writer.begin()
            for row in table.rows { text += writer.row(row) }
            text += writer.end().text
            text.split(separator: "\n").forEach { Console.error(String($0)) }
        }
    }
}
