import ArgumentParser
import TraceFormats
import TraceModel
import TraceOTLP
import TraceQuery
import TraceReport
import TraceStore

extension RunList.Order: ExpressibleByArgument {}

struct Traces: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find runs: newest, longest, dearest, or failed first.",
        usage: "ttaq traces [--sort ORDER] [--limit N] [OPTIONS]",
        discussion: """
            A run is one trace; its status is its root's, so a run with errors that it recovered from is ok. It counts \
            where its first span starts. Tokens and cost (US dollars) are those of its model calls.

            Example: ttaq traces --sort errors --limit 5
            """)

    @Option(
        help: ArgumentHelp("start (newest first), duration, cost or errors (failed runs first).", valueName: "order"))
    var sort: RunList.Order = .start

    @Option(help: ArgumentHelp("At most so many runs.", valueName: "n"))
    var limit = 20

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkLimit(limit)
    }

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let list = try RunList(sortedBy: sort, limit: limit, window: window, where: filter, in: snapshot)
            let more = list.count - list.runs.count
            return Answer(
                table: output.format == .table ? list.screenTable : list.table,
                notes: more > 0 ? ["\(HumanText.count(more)) more runs (--limit)"] : [])
        }
    }
}

extension SpanList.Order: ExpressibleByArgument {}

struct Spans: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find single spans: newest or longest first.",
        usage: "ttaq spans [--sort ORDER] [--show FIELDS] [--limit N] [OPTIONS]",
        discussion: """
            Shows name, service, start, duration and status of each, and the ids of the span and its run. More columns \
            come from --show, or from select() in --where.

            Example: ttaq spans --sort duration --where 'tool.name != nil' --show tool.name
            """)

    @Option(help: ArgumentHelp("start (newest first) or duration (longest first).", valueName: "order"))
    var sort: SpanList.Order = .start

    @Option(help: ArgumentHelp("More columns: attributes or other fields, with commas between.", valueName: "fields"))
    var show: FieldList?

    @Option(help: ArgumentHelp("At most so many spans.", valueName: "n"))
    var limit = 20

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkLimit(limit)
    }

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            var fields = try (show?.fields(in: snapshot, of: "--show") ?? []) + (filter?.selected ?? [])
            // A name twice would be two columns of one name.
            var names = Set(SpanList.columnNames)
            fields.removeAll { !names.insert($0.text).inserted }
            let list = try SpanList(
                sortedBy: sort, limit: limit, showing: fields, window: window, where: filter, in: snapshot)
            let more = list.count - list.rows.count
            return Answer(
                table: list.table, notes: more > 0 ? ["\(HumanText.count(more)) more spans (--limit)"] : [])
        }
    }
}

struct Errors: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What failed: kinds of errors, since when, an example.",
        usage: "ttaq errors [--by FIELDS] [OPTIONS]",
        discussion: """
            Counts spans whose status is error, or whose execution.status is not success where the status is unset. \
            The example is the run of the newest one.

            Example: ttaq errors --by error.type,service
            """)

    @Option(
        help: ArgumentHelp(
            "What to group by: name, service, kind, status, any attribute; several with commas.", valueName: "fields"))
    var by = FieldList("error.type")

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let errors = try ErrorGroups(by: by.fields(in: snapshot), window: window, where: filter, in: snapshot)
            return Answer(table: errors.table, coverage: errors.coverage)
        }
    }
}

struct Trace: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One run, span by span: what happened when.",
        usage: "ttaq trace RUN [OPTIONS]",
        discussion: """
            A waterfall: full bars are the critical path, the spans that made the run as long as it was. json and csv \
            give a row a span with its depth, its own time (self_ms) and whether it is critical. otlp, jaeger and \
            chrome give the whole run to other programs; Perfetto opens the last.

            Example: ttaq trace failed
            """)

    @Argument(
        help: ArgumentHelp("The run: the first digits of its trace id, last, slowest or failed.", valueName: "run"),
        completion: .list(RunName.words))
    var name: String

    @OptionGroup var only: OnlyOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: FormattedOutput<TraceFormat>

    func run() throws {
        try Store(path: store.path).read { snapshot in
            if try spans.isExplained(in: snapshot) { return }
            let id = try spans.run(named: RunName(name), in: snapshot)
            var tree = try TraceTree(id, in: snapshot)
            if let filter = try only.filter(in: snapshot) {
                let all = tree.nodes.count
                tree = tree.narrowed(to: try snapshot.rows(of: id, where: filter), keepsPaths: output.format == .table)
                Console.error(
                    "\(HumanText.count(all - tree.nodes.count)) of \(HumanText.count(all)) spans not shown (--only)")
                if tree.nodes.isEmpty { return }
            }
            if output.format == .table {
                let logs = RunLogs(try snapshot.logs(ofTrace: id))
                return try write(Waterfall(tree, style: output.style, logs: logs).text, output)
            }
            if let format = output.format.rows { return try write(tree.table, format, output) }
            var request = RequestBuilder()
            let shown = tree.nodes.map(\.stored)
            for span in shown.sorted(by: { ($0.row.startNanos, $0.row.id) < ($1.row.startNanos, $1.row.id) }) {
                request.add(span)
            }
            var console = try Console(path: output.output)
            try console.write(output.format.bytes(id, request.groups) + [0x0A])
            try console.flush()
        }
    }
}

enum TraceFormat: String, AnswerFormat, CaseIterable {
    case table, json, jsonl, csv, tsv, markdown, otlp, jaeger, chrome

    static let help = RowFormat.help + " otlp (one request), jaeger (its UI's file) and chrome (trace events) are JSON."

    var rows: RowFormat? { RowFormat(rawValue: rawValue) }

    /// The whole run in a form that is not made of rows.
    fileprivate func bytes(_ id: TraceID, _ groups: [SpanGroup]) -> [UInt8] {
        switch self {
        case .jaeger: JaegerEncoder.encode(id, groups)
        case .chrome: ChromeTraceEncoder.encode(id, groups)
        case .otlp, .table, .json, .jsonl, .csv, .tsv, .markdown: JSONTraceEncoder.encode(groups)
        }
    }
}

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What the model saw and said in a run or a span.",
        usage: "ttaq show ID [--full] [--raw] [OPTIONS]",
        discussion: """
            For a run: every model call with the messages that were new to it, tool calls and results, then the errors. \
            For a span: its messages, else its attributes and events.

            Example: ttaq show failed
            """)

    @Argument(
        help: ArgumentHelp(
            "The run or the span: the first digits of its id, or last, slowest, failed.", valueName: "id"),
        completion: .list(RunName.words))
    var name: String

    @Flag(help: "Show every text whole, not its first 24 lines or 1,200 characters.")
    var full = false

    @Flag(help: "Show every attribute, event and link as it was sent, instead of messages.")
    var raw = false

    @OptionGroup var only: OnlyOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var choice: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try Store(path: store.path).read { snapshot in
            if try choice.isExplained(in: snapshot) { return }
            var (spans, isRun) = try spans(in: snapshot)
            if spans.isEmpty { throw try snapshot.notFound(name) }
            let whole = RunList.Run(spans)
            if let filter = try only.filter(in: snapshot) {
                let rows = try snapshot.rows(of: spans[0].row.traceID, where: filter)
                let all = spans.count
                spans.removeAll { !rows.contains($0.row.id) }
                Console.error(
                    "\(HumanText.count(all - spans.count)) of \(HumanText.count(all)) spans left out (--only)")
                if spans.isEmpty { return }
            }
            let text = ConversationText(style: output.style, isFull: full)
            if raw {
                if output.format == .table { return try write(spans.map(text.raw).joined(separator: "\n")) }
                return try writeRows(spans.flatMap(ConversationText.attributeRows))
            }
            let logs = RunLogs(try snapshot.logs(ofTrace: whole.traceID))
            if isRun { return try showRun(spans, of: whole, logs, text) }
            for span in spans { try showSpan(span, logs, text) }
        }
    }

    /// All spans of the run, or the one span.
    private func spans(in snapshot: StoreSnapshot) throws -> (spans: [StoredSpan], isRun: Bool) {
        let run = try RunName(name)
        if case .prefix(let digits) = run, digits.count <= 16, case .none = try snapshot.traceIDs(prefix: digits) {
            switch try snapshot.spanIDs(prefix: digits) {
            case .none: throw try snapshot.notFound(digits)
            case .several(let a, let b): throw RunNameError.ambiguous(digits, examples: [a.span.hex, b.span.hex])
            case .one(let found): return (try snapshot.trace(found.trace).filter { $0.row.spanID == found.span }, false)
            }
        }
        return (try snapshot.trace(try choice.run(named: run, in: snapshot)), true)
    }

    private func showRun(
        _ spans: [StoredSpan], of whole: RunList.Run, _ logs: RunLogs, _ text: ConversationText
    ) throws {
        let run = RunConversation(spans, logs: logs)
        if output.format != .table { return try writeRows(ConversationText.rows(run)) }
        if run.turns.isEmpty && run.errors.isEmpty && logs.others.isEmpty {
            Console.error("no messages and no errors in run \(run.traceID.hex.prefix(8)); --raw shows its attributes")
        }
        try write(text.text(run, of: whole, logs: logs))
    }

    private func showSpan(_ span: StoredSpan, _ logs: RunLogs, _ text: ConversationText) throws {
        let content = SpanContent(span.span, logs: logs)
        if output.format != .table {
            return try writeRows(
                content.isEmpty
                    ? ConversationText.attributeRows(span)
                    : ConversationText.rows(span, input: content.input, output: content.output))
        }
        if content.isEmpty { return try write(text.raw(span)) }
        try write(text.text(span, content, logs: logs))
        Console.error("\(span.span.attributes.count) attributes (--raw shows them)")
    }

    private func write(_ text: String) throws {
        var console = try Console(path: output.output)
        try console.write(text)
        try console.flush()
    }

    private func writeRows(_ rows: [[Cell]]) throws {
        try ttaq.write(ResultTable(columns: ConversationText.columns, rows: rows), output)
    }
}

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Two runs side by side: where they part.",
        usage: "ttaq diff RUN [RUN] [--all] [OPTIONS]",
        discussion: """
            The first run is the one to explain, b; the second the one that was fine, a. Without a second, it is the run of \
            the same kind that went well and took the middle of their times. Spans are aligned by what they are; shown are those \
            that fail in one (✗ ✓), are in one only (+ -), or take longer or less (▲ ▼), and what models saw or said \
            differently (≠).

            Example: ttaq diff failed
            """)

    @Argument(
        help: ArgumentHelp(
            "The run to explain: first digits of its trace id, last, slowest or failed.", valueName: "run"),
        completion: .list(RunName.words))
    var name: String

    @Argument(help: ArgumentHelp("The run that was fine.", valueName: "other"), completion: .list(RunName.words))
    var other: String?

    @Flag(help: "Also what is the same.")
    var all = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try Store(path: store.path).read { snapshot in
            if try spans.isExplained(in: snapshot) { return }
            let b = try spans.run(named: RunName(name), in: snapshot)
            let named = try other.map { try RunName($0).traceID(in: snapshot) }
            guard let a = try named ?? snapshot.goodRun(like: b) else {
                throw Failure("\(b.hex.prefix(8)): no run of its kind went well; name the run to compare with")
            }
            let diff = RunDiff(try snapshot.trace(a), try snapshot.trace(b))
            let text = RunDiffText(diff, style: output.style, isWhole: all)
            try output.format == .table ? write(text.text, output) : write(text.table, output)
        }
    }
}
