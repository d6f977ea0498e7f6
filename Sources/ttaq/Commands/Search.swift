import ArgumentParser
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Where a text was said: prompts, outputs, errors, logs.",
        usage: "ttaq search TEXT [--limit N] [OPTIONS]",
        discussion: """
            Looks through every attribute that is no field to group by, status messages, events and log records, for \
            the text as it stands; letters A to Z match in either case. Newest first; --where narrows down. It reads \
            all text there is: no index is made or needed.

            Example: ttaq search 'quota of the day' --last 24h
            """)

    @Argument(help: "What to look for.")
    var text: String

    @Option(help: ArgumentHelp("At most so many spans and log records.", valueName: "n"))
    var limit = 20

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    private static let mostBytes = 1000

    func validate() throws {
        try checkLimit(limit)
        if text.isEmpty { throw ValidationError("TEXT: expected something to look for, found nothing") }
        if text.utf8.count > Self.mostBytes {
            throw ValidationError("TEXT: expected at most \(Self.mostBytes) bytes, found \(text.utf8.count)")
        }
    }

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let found = try TextMatches(text, limit: limit, window: window, where: filter, in: snapshot)
            let all = found.spans + found.logRecords
            return Answer(
                table: found.table,
                notes: [
                    "\(HumanText.plural(found.spans, "span")) and \(HumanText.plural(found.logRecords, "log record")) say it"
                        + (all > found.matches.count ? ", \(HumanText.count(found.matches.count)) shown (--limit)" : "")
                ])
        }
    }
}
