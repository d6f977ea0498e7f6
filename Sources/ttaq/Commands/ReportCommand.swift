import ArgumentParser
import Foundation
import TraceConfig
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "A page of what runs did: workflows, parts, cost.",
        usage: "ttaq report [--from TIME] [--to TIME] [-o FILE] [OPTIONS]",
        discussion: """
            Opens with what is wrong, in five sentences at most. Then overview, workflows, primitives and resources over the \
            time asked for, which is all of the file by default; a pale line is the same length of time before. Each panel names \
            the command that asks for its numbers. A file that ends in .html is one page with pictures, light and dark; \
            else the report is Markdown.

            Example: ttaq report --last 24h -o report.html
            """)

    @Option(help: ArgumentHelp("When the time begins.", valueName: "time"))
    var from: String?
    @Option(help: ArgumentHelp("Before when it ends.", valueName: "time"))
    var to: String?
    @Option(help: ArgumentHelp("Only so long before the newest span in the file: 15m, 2h, 7d.", valueName: "duration"))
    var last: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var page: PageOptions

    func validate() throws { try SpanOptions.check(from: from, to: to, last: last) }

    func run() throws {
        try Store(path: store.path).read { snapshot in
            let name = URL(fileURLWithPath: store.path).lastPathComponent
            guard let range = try snapshot.startRange() else {
                throw Failure("\(name): the store is empty; '\(store.command("ingest FILE…"))' fills it")
            }
            let asked = try SpanOptions.window(
                last.map { "end-\($0)" } ?? from, to, (last == nil ? "--from" : "--last", "--to"), in: snapshot)
            let first = asked.from ?? range.lowerBound
            let newest = max(range.upperBound, first)
            let end = min(asked.to ?? .max, newest == .max ? newest : newest + 1)
            let style = page.style
            guard first < end, first <= range.upperBound else {
                throw Failure(
                    "\(last == nil ? "--from, --to" : "--last"): expected a time of the file (\(style.time(range.lowerBound)) to \(style.time(range.upperBound))), found one in which no run starts"
                )
            }
            let review = try ActivityReview(first..<end, level: ServiceLevel.usual, in: snapshot)
            if review.runs.runs == 0 {
                throw Failure(
                    "no run starts in this time; '\(store.command("throughput --roots"))' shows when runs start"
                )
            }
            let report = ActivityReport(review, of: asked, style: style) { store.command($0) }
            try page.write(report.document(of: name, in: snapshot))
        }
    }
}

/// Where a report goes, and how it is written.
struct PageOptions: ParsableArguments {
    @Option(
        name: [.short, .long], help: ArgumentHelp("Write the report to this file: .html or .md.", valueName: "file"),
        completion: .file())
    var output: String?
    @Flag(help: "Times in UTC instead of local time.")
    var utc = false

    var style: TextStyle {
        var style = TextStyle(ofOutputWithUTC: utc, color: false)
        style.width = nil
        return style
    }

    func write(_ document: ReportDocument) throws {
        let isPage = output.map { $0.lowercased().hasSuffix(".html") || $0.lowercased().hasSuffix(".htm") } ?? false
        var console = try Console(path: output)
        try console.write(isPage ? document.html(style) : document.markdown(style))
        try console.flush()
        if let output { Console.error("\(output): written") }
    }
}
