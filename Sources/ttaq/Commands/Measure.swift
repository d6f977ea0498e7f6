import ArgumentParser
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct PercentilesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "percentiles",
        abstract: "Latency, or any other number: median, p95, worst.",
        usage: "ttaq percentiles [--of NUMBER] [--by FIELDS] [--plot] [OPTIONS]",
        discussion: """
            Groups come with the most time in all first. --of takes any other number instead: llm.prompt_tokens, \
            llm.cost_usd, gen_ai.server.time_to_first_token, span.x; spans without it are left out and counted. Up to 200,000 spans, and with --exact, quantiles are exact: \
            linear interpolation between ranks, as numpy's default. Of more they are within 0.55% of the nearest rank \
            where hourly rollups know the groups; the column 'method' says so; other numbers are always exact. Unfinished spans and those that end \
            before they start are left out and counted.

            Example: ttaq percentiles --by workflow.name,agent.type --last 1h
            """)

    @Option(
        help: ArgumentHelp("duration, a normalised number, or any attribute that holds numbers.", valueName: "number"))
    var of = "duration"

    @Option(
        help: ArgumentHelp(
            "What to group by: name, service, kind, status, any attribute; several with commas.",
            discussion: "Default: primitive.name where a span has one, else name.", valueName: "fields"))
    var by: FieldList?

    @Option(help: ArgumentHelp("Quantiles from 0 through 1, with commas between.", valueName: "list"))
    var quantiles = QuantileList.standard

    @Flag(help: "Count span by span, however many there are.")
    var exact = false

    @Flag(help: "On a screen, a histogram of each of the first 5 groups under the table.")
    var plot = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let of = try field(in: snapshot)
            let by = try by?.fields(in: snapshot)
            return of.isDuration
                ? try durations(by, window, filter, snapshot) : try numbers(of, by, window, filter, snapshot)
        }
    }

    private func field(in snapshot: StoreSnapshot) throws -> FieldName {
        do {
            return try FieldName(of, in: snapshot)
        } catch let error as UnknownFieldError {
            throw Failure(error, of: "--of")
        }
    }

    private func durations(
        _ by: [FieldName]?, _ window: TimeWindow, _ filter: SpanFilter?, _ snapshot: StoreSnapshot
    ) throws -> Answer {
        let percentiles = try Percentiles(
            by: by, quantiles: quantiles.values, isExact: exact, withHistograms: plot, window: window, where: filter,
            in: snapshot)
        return Answer(
            table: percentiles.table, coverage: percentiles.coverage,
            below: plot ? percentiles.histograms(output.style) : [],
            notes: note(percentiles.spansWithoutGroup, without: percentiles.by)
                + note(percentiles.spansWithoutDuration, "without a duration (unfinished, or ending before it starts)")
                + (percentiles.rows.allSatisfy(\.isExact) ? [] : [estimated("quantiles")]))
    }

    private func numbers(
        _ of: FieldName, _ by: [FieldName]?, _ window: TimeWindow, _ filter: SpanFilter?, _ snapshot: StoreSnapshot
    ) throws -> Answer {
        let percentiles = try NumberPercentiles(
            of: of, by: by, quantiles: quantiles.values, withHistograms: plot, window: window, where: filter,
            in: snapshot)
        return Answer(
            table: percentiles.table, below: plot ? percentiles.histograms(output.style) : [],
            notes: note(percentiles.spansWithoutNumber, "without \(of.text)")
                + note(percentiles.spansWithOtherValue, "whose \(of.text) is no number")
                + note(percentiles.spansWithoutGroup, without: percentiles.by))
    }
}

struct QuantileList: ExpressibleByArgument, CustomStringConvertible {
    let values: [Double]

    static let standard = QuantileList(values: Percentiles.standardQuantiles)

    var description: String { values.map { $0.description }.joined(separator: ",") }

    private init(values: [Double]) { self.values = values }

    init?(argument: String) {
        let read = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        values = read.compactMap { $0 }
        let distinct = Set(values).count == values.count
        if values.count != read.count || !distinct || !values.allSatisfy({ (0...1).contains($0) }) { return nil }
    }
}

extension ConnectionGraph.Nodes: ExpressibleByArgument {}

struct Graph: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who calls whom, and who follows whom.",
        usage: "ttaq graph [--of NODES] [--tree] [--exact] [OPTIONS]",
        discussion: """
            services: from the parent's service to its own, for every span whose parent is in the file; agents (by \
            agent.type, else agent.name) and operations (service and span name) the same. primitives: calls from \
            primitive to primitive, sequential from step to step, parallel to each branch. Errors and times are the \
            target's. Of more than 200,000 spans p95 is within 0.55% of the nearest rank, unless --exact is given. \
            --tree shows under each node those that it leads to, with their share of its connections: '↑' marks a node \
            whose own are shown elsewhere, '↻' one that leads back. --format dot, mermaid and svg draw it.

            Example: ttaq graph --of primitives --format svg --output graph.svg
            """)

    @Option(help: ArgumentHelp("What to connect.", valueName: "nodes"))
    var of: ConnectionGraph.Nodes = .services

    @Flag(help: "Count span by span, however many there are.")
    var exact = false

    @Flag(help: "As a tree instead of a table.")
    var tree = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: FormattedOutput<GraphFormat>

    func validate() throws {
        if tree && output.format != .table { throw ValidationError("--tree goes alone: leave out --format") }
    }

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let graph = try ConnectionGraph(of: of, isExact: exact, window: window, where: filter, in: snapshot)
            return Answer(
                table: graph.table, coverage: graph.coverage, text: text(graph),
                notes: note(graph.spansWithMissingParent, "whose parent is not in the file")
                    + (graph.isExact ? [] : [estimated("p95")]) + warnings(graph))
        }
    }
}

extension Graph {
    private func text(_ graph: ConnectionGraph) -> String? {
        switch output.format {
        case .dot: graph.dot
        case .mermaid: graph.mermaid
        case .svg: graph.svg
        case .table where tree && !graph.edges.isEmpty: graph.tree(output.style)
        case .table, .json, .jsonl, .csv, .tsv, .markdown: nil
        }
    }

    private func warnings(_ graph: ConnectionGraph) -> [String] {
        guard output.format == .mermaid, graph.edges.count > ConnectionGraph.mostMermaidEdges else { return [] }
        return [
            "\(HumanText.count(graph.edges.count)) edges: Mermaid draws at most "
                + "\(ConnectionGraph.mostMermaidEdges) unless its maxEdges is raised; --where or --last makes them fewer"
        ]
    }
}

enum GraphFormat: String, AnswerFormat, CaseIterable {
    case table, json, jsonl, csv, tsv, markdown, dot, mermaid, svg

    static let help = RowFormat.help + " dot (Graphviz), mermaid and svg are pictures."

    var rows: RowFormat? { RowFormat(rawValue: rawValue) }
}

struct Cache: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Cache hit rates and savings.",
        usage: "ttaq cache [--by FIELDS] [--misses] [OPTIONS]",
        discussion: """
            Counts spans that carry cache.hit. The hit rate is hits divided by all look-ups. --misses says what was spent \
            because nothing was found: below the look-up, and in the span that follows it beside it, where such a span \
            never follows a hit. Runs count where they start then, and whole.

            Example: ttaq cache --by primitive.name
            """)

    @Option(
        help: ArgumentHelp(
            "What to group by: name, service, kind, status, any attribute; several with commas.", valueName: "fields"))
    var by = FieldList("cache.type")

    @Flag(help: "What misses cost: time, tokens and money.")
    var misses = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            if misses {
                let misses = try CacheMisses(
                    by: by.fields(in: snapshot), window: window, where: filter, in: snapshot)
                return Answer(table: misses.table)
            }
            let use = try CacheUse(by: by.fields(in: snapshot), window: window, where: filter, in: snapshot)
            return Answer(table: use.table, coverage: use.coverage)
        }
    }
}

struct Tokens: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tokens and cost of the model calls.",
        usage: "ttaq tokens [--by FIELDS] [--prices FILE] [OPTIONS]",
        discussion: """
            Counts inference and embedding calls once: usage that agents and chains repeat from the calls below them \
            is left out. Cost is what the calls reported: cost source is reported, partial (some calls did not say) or \
            unknown. Computed cost is of the other calls alone, by list prices of the day that they started; it is \
            never added to the reported cost.

            Example: ttaq tokens --by agent.name,llm.model_name
            """)

    @Option(
        help: ArgumentHelp(
            "What to group by: name, service, kind, status, any attribute; several with commas.", valueName: "fields"))
    var by = FieldList("llm.model_name")

    @OptionGroup var prices: PriceOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let table = try prices.table()
        try answer(store, spans, output) { snapshot, window, filter in
            let use = try TokenUse(
                by: by.fields(in: snapshot), prices: table, window: window, where: filter, in: snapshot)
            let computed = use.rows.reduce(into: ComputedCost()) { $0 += $1.computed }
            return Answer(
                table: use.table, coverage: use.coverage, notes: prices.notes(computed, models: use.unpricedModels))
        }
    }
}
