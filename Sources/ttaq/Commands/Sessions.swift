import ArgumentParser
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

extension SessionList.Order: ExpressibleByArgument {}

struct Sessions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find sessions: their runs, failures, tokens, cost.",
        usage: "ttaq sessions [--sort ORDER] [--limit N] [OPTIONS]",
        discussion: """
            A session is the runs that carry the same session.id; its tokens and cost are those of their model calls. \
            'prompt first' and 'last' are the prompt tokens a call in its first and its last run: how its history grows, by which \
            --sort growth orders. first is when its first run starts, last when its last span ends. A run counts where its first span starts.

            Example: ttaq sessions --sort failures --last 24h
            """)

    @Option(help: ArgumentHelp("start (newest first), runs, cost, failures, tokens or growth.", valueName: "order"))
    var sort: SessionList.Order = .start

    @Option(help: ArgumentHelp("At most so many sessions.", valueName: "n"))
    var limit = 20

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkLimit(limit)
    }

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let list = try SessionList(sortedBy: sort, limit: limit, window: window, where: filter, in: snapshot)
            let more = list.count - list.sessions.count
            let without = list.runsWithoutSession
            return Answer(
                table: list.table,
                notes: (more > 0 ? ["\(HumanText.plural(more, "more session")) (--limit)"] : [])
                    + (without > 0 ? ["left out: \(HumanText.plural(without, "run")) without session.id"] : []))
        }
    }
}
