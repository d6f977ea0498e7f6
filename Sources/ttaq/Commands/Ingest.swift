import ArgumentParser
import JSONText
import TraceFormats
import TraceModel
import TraceReport
import TraceStore

struct Ingest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read traces into a store, new or not.",
        usage: "ttaq ingest FILE… [--db FILE] [--input-format NAME] [--max-request SIZE]",
        discussion: """
            Makes the store when there is none. Reads OTLP protobuf and OTLP JSON (traces and logs), Jaeger JSON (what its UI downloads and its query API answers), Zipkin v2 \
            JSON, Langfuse's traces and observations, LangSmith's runs, and TTA.dev's traces.jsonl; JSON also as lines; plain, gzip or zlib; told apart by their content. Prints one \
            JSON object with counts on stdout. Exit code 1 when anything was rejected or could not be read; the rest \
            is kept. Ctrl-C stops: what was stored stays, and the same command again adds the rest. Metrics are recognised and counted, not stored yet.

            Example: ttaq ingest traces/ --db run.db
            """)

    @Argument(help: ArgumentHelp("Files, folders, or - for standard input.", valueName: "file"), completion: .file())
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "What the files are, instead of what their content says.", valueName: "name"))
    var inputFormat: InputFormat?

    @Option(
        help: ArgumentHelp(
            "The largest request, trace or span to read after decompression, such as 100MB; at most 512MiB, 64MiB unless told.",
            valueName: "size"))
    var maxRequest: ByteSize?

    @OptionGroup var store: StoreOptions

    func run() throws {
        var limits = ReadingLimits()
        if let maxRequest { limits.requestBytes = maxRequest.bytes }
        let list = InputList(files)
        if list.inputs.isEmpty, list.failures.count == 1 { throw list.failures[0] }
        list.failures.forEach { Console.error(Failure.message($0)) }
        if list.inputs.isEmpty { throw ExitCode(Failure.failed) }
        var ingestion = try Ingestion(into: store.path, format: inputFormat, limits: limits)
        let report: Ingestion.Report
        do {
            try ingestion.read(list.inputs)
            report = try ingestion.finish()
        } catch {
            Console.error(
                "\(HumanText.plural(ingestion.committedSpans, "span")) of this call were stored before it failed")
            throw error
        }
        var console = try Console()
        try console.write(report.json + "\n")
        try console.flush()
        if let signal = report.stoppedBy { throw ExitCode(128 + signal) }
        if report.failed || !list.failures.isEmpty { throw ExitCode(Failure.failed) }
    }

    /// A number of bytes with an optional unit, kB or KiB and so on.
    struct ByteSize: ExpressibleByArgument {
        let bytes: Int

        init?(argument: String) {
            let units: [(String, Int)] = [
                ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1000), ("MB", 1_000_000),
                ("GB", 1_000_000_000), ("B", 1), ("", 1),
            ]
            guard let (unit, scale) = units.first(where: { argument.hasSuffix($0.0) }),
                let number = Int(argument.dropLast(unit.count)), number > 0,
                case let (product, overflow) = number.multipliedReportingOverflow(by: scale), !overflow,
                product <= 512 << 20
            else { return nil }
            bytes = product
        }
    }
}

extension InputFormat: ExpressibleByArgument {}
