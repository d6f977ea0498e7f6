import ArgumentParser
import TraceReport
import TraceStore

struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Which metrics were sent: kinds, series, points.",
        usage: "ttaq metrics [FILE] [OPTIONS]",
        discussion: """
            By name: kind of instrument, unit, series (distinct attributes and sources), points, and the times of the \
            first and the last one. 'ttaq export metrics' and the view metrics have the points themselves.

            Example: ttaq metrics run.db
            """)

    @Argument(help: "The store; instead of --db.", completion: .file())
    var file: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try Store(path: file ?? store.path).read { snapshot in
            let metrics = try snapshot.metrics()
            try write(MetricList.table(metrics), output)
            if metrics.isEmpty { Console.error("nothing found; the file has no metric points") }
        }
    }
}
