import ArgumentParser
import Foundation
import TraceConfig
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct PostmortemCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postmortem",
        abstract: "A report: what broke, since when, for whom, at what cost.",
        usage: "ttaq postmortem [--from TIME] [--to TIME] [-o FILE] [OPTIONS]",
        discussion: """
            Without --from and --to the incident is looked for: the time whose runs failed or took long more often than the \
            others. It is compared with what came before, or with --baseline-from and --baseline-to. Chapters name the \
            commands that ask for their numbers again. The same file and arguments give the same report. A file that ends in .html is \
            one page with pictures, light and dark; else the report is Markdown.

            Example: ttaq postmortem -o report.html
            """)

    @Option(help: ArgumentHelp("When the incident began.", valueName: "time"))
    var from: String?
    @Option(help: ArgumentHelp("Before when it ended.", valueName: "time"))
    var to: String?
    @Option(help: ArgumentHelp("Where the time to compare with begins.", valueName: "time"))
    var baselineFrom: String?
    @Option(help: ArgumentHelp("Before which it ends.", valueName: "time"))
    var baselineTo: String?
    @Option(
        help: ArgumentHelp(
            "A file of objectives, as for 'slo'.", discussion: "Default: 99% of runs go well.", valueName: "file"),
        completion: .file())
    var config: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var page: PageOptions

    func validate() throws {
        for (time, name) in [
            (from, "--from"), (to, "--to"), (baselineFrom, "--baseline-from"), (baselineTo, "--baseline-to"),
        ] { _ = try time.map { try SpanOptions.time($0, name) } }
    }

    func run() throws {
        let levels = try config.map { try ServiceLevel.read($0) } ?? [.usual]
        let style = page.style
        try Store(path: store.path).read { snapshot in
            let given = try SpanOptions.window(from, to, ("--from", "--to"), in: snapshot)
            let baseline = try SpanOptions.window(
                baselineFrom, baselineTo, ("--baseline-from", "--baseline-to"), in: snapshot)
            let found = given == .all ? try Incident(in: snapshot) : nil
            let name = URL(fileURLWithPath: store.path).lastPathComponent
            guard try snapshot.startRange() != nil else {
                throw Failure("\(name): the store is empty; '\(store.command("ingest FILE…"))' fills it")
            }
            guard let incident = given == .all ? found?.window : given else {
                return try page.write(
                    PostmortemReport.quiet(try RunList(limit: 1, window: .all, in: snapshot), of: name))
            }
            let postmortem = try Postmortem(
                incident: incident, margin: found?.margin, baseline: baseline == .all ? nil : baseline,
                levels: levels, in: snapshot)
            if postmortem.during.runs == 0 {
                let range = try snapshot.startRange().map {
                    " (\(style.time($0.lowerBound)) to \(style.time($0.upperBound)))"
                }
                throw Failure(
                    "--from, --to: expected a time of the file\(range ?? ""), found one in which no run starts")
            }
            let report = PostmortemReport(postmortem, config: config, style: style) { store.command($0) }
            try page.write(report.document(of: name, in: snapshot))
        }
    }
}
