import ArgumentParser
import Foundation
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
        name: [.short, .long], help: ArgumentHelp("Write the report to this file: .html or .md.", valueName: "file"),
        completion: .file())
    var output: String?
    @Flag(help: "Times in UTC instead of local time.")
    var utc = false

    @OptionGroup var store: StoreOptions

    func validate() throws {
        for (time, name) in [
            (from, "--from"), (to, "--to"), (baselineFrom, "--baseline-from"), (baselineTo, "--baseline-to"),
        ] { _ = try time.map { try SpanOptions.time($0, name) } }
    }

    func run() throws {
        var style = TextStyle(ofOutputWithUTC: utc, color: false)
        style.width = nil
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
                return try write(
                    PostmortemReport.quiet(try RunList(limit: 1, window: .all, in: snapshot), of: name), style)
            }
            let postmortem = try Postmortem(
                incident: incident, isFound: found != nil, baseline: baseline == .all ? nil : baseline, in: snapshot)
            if postmortem.during.runs == 0 {
                let range = try snapshot.startRange().map {
                    " (\(style.time($0.lowerBound)) to \(style.time($0.upperBound)))"
                }
                throw Failure(
                    "--from, --to: expected a time of the file\(range ?? ""), found one in which no run starts")
            }
            let report = PostmortemReport(postmortem, style: style) { store.command($0) }
            try write(report.document(of: name, in: snapshot), style)
        }
    }

    private func write(_ document: ReportDocument, _ style: TextStyle) throws {
        let isPage = output.map { $0.lowercased().hasSuffix(".html") || $0.lowercased().hasSuffix(".htm") } ?? false
        var console = try Console(path: output)
        try console.write(isPage ? document.html(style) : document.markdown(style))
        try console.flush()
        if let output { Console.error("\(output): written") }
    }
}
