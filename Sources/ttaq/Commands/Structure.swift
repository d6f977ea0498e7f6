import ArgumentParser
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct CriticalPathCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "critical-path",
        abstract: "What runs waited for: where their time could be saved.",
        usage: "ttaq critical-path [--by FIELDS] [--edges|--stragglers] [OPTIONS]",
        discussion: """
            From the end of each run back: of what had ended by then the last was waited for, and so on down. 'critical' is \
            the time in which runs waited for a group itself, of all of its spans; it adds up to the duration of all runs. \
            'self' is time without children, waited for or not; 'total' is with them. Spans without the fields count for \
            what they are in. --edges says from where the path came.

            --stragglers looks at spans that run side by side: which of them ended last, and how long all others had \
            ended by then.

            Example: ttaq critical-path --by primitive.name --where 'workflow.name = refund_request'
            """)

    @Option(
        help: ArgumentHelp(
            "What to group by: name, service, any attribute; several with commas.",
            discussion: "Default: primitive.name where a span has one, else name.", valueName: "fields"))
    var by: FieldList?

    @Flag(help: "From group to group, with all that was waited for below.")
    var edges = false

    @Flag(help: "Which of what runs side by side keeps the others waiting.")
    var stragglers = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if stragglers, edges || by != nil {
            throw ValidationError("--stragglers goes alone: leave out --by and --edges")
        }
    }

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            if stragglers {
                return Answer(table: try Stragglers(window: window, where: filter, in: snapshot).table)
            }
            let fields = try by?.fields(in: snapshot) ?? [snapshot.usualGroup()]
            let path = try CriticalPath(by: fields, window: window, where: filter, in: snapshot)
            return Answer(
                table: edges ? path.edgeTable : path.table,
                notes: [HumanText.plural(path.runs, "run")]
                    + (path.runsWithoutEnd == 0
                        ? [] : ["left out: \(HumanText.plural(path.runsWithoutEnd, "run")) without a finished root"]))
        }
    }
}

extension FlameGraph.Measure: ExpressibleByArgument {}

enum FlameFormat: String, AnswerFormat, CaseIterable {
    case table, json, jsonl, csv, tsv, markdown, folded, svg

    static let help = RowFormat.help + " folded is for flamegraph.pl and speedscope, svg a picture."

    var rows: RowFormat? { RowFormat(rawValue: rawValue) }
}

struct Flame: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "All stacks of calls laid over each other: where runs spend.",
        usage: "ttaq flame [--of MEASURE] [--by FIELDS] [--format svg|folded] [OPTIONS]",
        discussion: """
            time is that in which no child ran, so that children side by side count each; critical is what runs waited for, \
            and adds up to their durations; tokens and cost are those of the model calls. Spans without the fields count \
            for what they are in. folded has a line a stack with its own whole microseconds, tokens or millionths of a dollar. \
            A run counts where it starts, and for a condition when any span of it meets it.

            Example: ttaq flame --of critical --format svg --output flame.svg
            """)

    @Option(help: ArgumentHelp("What is as wide as it is much.", valueName: "measure"))
    var of: FlameGraph.Measure = .time

    @Option(
        help: ArgumentHelp(
            "What to group by: name, service, any attribute; several with commas.",
            discussion: "Default: primitive.name where any span of the file has one, else name.", valueName: "fields"))
    var by: FieldList?

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: FormattedOutput<FlameFormat>

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let fields = try by?.fields(in: snapshot) ?? [snapshot.usualGroup()]
            let graph = try FlameGraph(of, by: fields, window: window, where: filter, in: snapshot)
            let notes =
                [HumanText.plural(graph.runs, "run")] + note(graph.unreachedSpans, "in circles of parents")
                + note(graph.deeperSpans, "below level \(FlameGraph.deepest), counted there")
                + note(graph.impossibleNumbers, "whose number is below 0 or infinite")
            switch output.format {
            case .folded: return Answer(isEmpty: graph.frames.isEmpty, text: graph.folded, notes: notes)
            case .svg: return Answer(isEmpty: graph.frames.isEmpty, text: graph.svg, notes: notes)
            case .table, .json, .jsonl, .csv, .tsv, .markdown: return Answer(table: graph.table, notes: notes)
            }
        }
    }
}

struct RecoveryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery",
        abstract: "What retries, fallbacks and breakers did, and cost.",
        usage: "ttaq recovery [OPTIONS]",
        discussion: """
            retry: spans '…retry.attempt…' of one parent, up to the first that went well. repeated call: spans of one name and parent, each after one that \
            failed, whatever they are called. fallback, circuit breaker, timeout, saga: TTA.dev's spans. 'lost' is what \
            failed attempts took, with all below them; 'used' counts where something else took over (another attempt, the \
            alternative, a refusal, the limit, a compensation), 'added' what that took. 'a success' is attempts divided \
            by what succeeded; openings are times at which a breaker began to refuse.

            Example: ttaq recovery --last 1h
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let recovery = try Recovery(window: window, where: filter, in: snapshot)
            return Answer(
                table: recovery.table, isEmpty: recovery.runs == 0, notes: [HumanText.plural(recovery.runs, "run")])
        }
    }
}

struct Routes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What was chosen, and what became of the runs.",
        usage: "ttaq routes [--by FIELDS] [OPTIONS]",
        discussion: """
            Runs in which a choice was made, by what was chosen: how many failed, how long they took, what they used. \
            Tokens and cost are means of the runs that say them. For other choices: --by branch.name, \
            --by case.key, --by llm.model_name.

            Example: ttaq routes --by primitive.name,route.key
            """)

    @Option(
        help: ArgumentHelp(
            "What to group by, the last one being what was chosen.",
            discussion: "Default: primitive.name,route.key.", valueName: "fields"))
    var by: FieldList?

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let fields: [FieldName]
            if let by {
                fields = try by.fields(in: snapshot)
            } else {
                let router = try snapshot.usualGroup()
                do {
                    fields = [router, try FieldName(RouteOutcomes.usualChoice, in: snapshot)]
                } catch is UnknownFieldError {
                    return Answer(
                        table: RouteOutcomes.emptyTable,
                        notes: ["no span in the file has \(RouteOutcomes.usualChoice); --by names another choice"])
                }
            }
            return Answer(table: try RouteOutcomes(by: fields, window: window, where: filter, in: snapshot).table)
        }
    }
}

struct Loops: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tools called again with the same arguments in one run.",
        usage: "ttaq loops [--least N] [--limit N] [OPTIONS]",
        discussion: """
            Arguments are what a call says of them: gen_ai.tool.call.arguments, tool.arguments_hash, input.value and the \
            like, compared as text. 'time again' is that of all calls but the first. Calls that say no arguments are \
            counted on stderr.

            Example: ttaq loops --least 3
            """)

    @Option(help: ArgumentHelp("Calls that make a row, 2 or more.", valueName: "n"))
    var least = 2

    @Option(help: ArgumentHelp("At most so many rows.", valueName: "n"))
    var limit = 20

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkLimit(limit)
        if least < 2 { throw ValidationError("--least \(least): expected 2 or more") }
    }

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let loops = try ToolLoops(least: least, window: window, where: filter, in: snapshot)
            let more = loops.rows.count - limit
            return Answer(
                table: loops.table(limit: limit), isEmpty: loops.calls == 0,
                notes: ["\(HumanText.plural(loops.calls, "tool call"))"]
                    + (more > 0 ? ["\(HumanText.plural(more, "more row")) (--limit)"] : [])
                    + (loops.callsWithoutArguments > 0
                        ? ["left out: \(HumanText.plural(loops.callsWithoutArguments, "call")) without arguments"] : [])
            )
        }
    }
}
