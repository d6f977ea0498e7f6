import ArgumentParser
import TraceModel
import TraceQuery
import TraceReport

struct ThroughputCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput",
        abstract: "Rate over time: spans and errors a second.",
        usage: "ttaq throughput [--step LENGTH] [--by FIELDS] [--roots] [OPTIONS]",
        discussion: """
            Counts a span in the step in which it starts; a step without any is a row with 0. Steps begin at multiples \
            of their length; 'time' is where one begins, and rates are per second of the step's part in the window. On \
            a screen a line above shows the rate: a full block is the greatest, which the line names, a dot is 0.

            Example: ttaq throughput --step 5m --by service
            """)

    @OptionGroup var steps: StepOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let fields = try steps.by?.fields(in: snapshot) ?? []
            let throughput = try Throughput(
                step: steps.step?.nanos, by: fields, rootsOnly: steps.roots, window: window, where: filter,
                in: snapshot)
            return Answer(
                table: throughput.table, above: throughput.picture(output.style),
                notes: steps.note(throughput.window) + note(throughput.spansWithoutGroup, without: fields))
        }
    }
}

struct Active: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Concurrency over time: spans in progress.",
        usage: "ttaq active [--step LENGTH] [--by FIELDS] [--roots] [OPTIONS]",
        discussion: """
            Counts a span in all of its time that lies in the window, wherever it starts: from its start until before \
            its end. max_active is the most at one moment of a step, mean_active is weighted by time. On a screen a \
            line above shows the most: a full block is the greatest, which the line names, a dot is 0. Unfinished \
            spans and those that end before they start are left out and counted.

            Example: ttaq active --roots --last 2h
            """)

    @OptionGroup var steps: StepOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try answer(store, spans, output) { snapshot, window, filter in
            let fields = try steps.by?.fields(in: snapshot) ?? []
            let concurrency = try Concurrency(
                step: steps.step?.nanos, by: fields, rootsOnly: steps.roots, window: window, where: filter,
                in: snapshot)
            return Answer(
                table: concurrency.table, above: concurrency.picture(output.style),
                notes: steps.note(concurrency.window) + note(concurrency.spansWithoutGroup, without: fields)
                    + note(
                        concurrency.spansWithoutDuration, "without a duration (unfinished, or ending before it starts)")
            )
        }
    }
}

/// How an answer over time is cut.
struct StepOptions: ParsableArguments {
    struct Length: ExpressibleByArgument {
        let nanos: UInt64

        init?(argument: String) {
            guard let nanos = DurationText.parse(argument), nanos > 0 else { return nil }
            self.nanos = nanos
        }
    }

    @Option(
        help: ArgumentHelp(
            "How long a step is: 15s, 5m, 1h.",
            discussion: "Default: a round length of which at most \(TimeSteps.mostByDefault) make up the window.",
            valueName: "length"))
    var step: Length?

    @Option(
        help: ArgumentHelp(
            "What to group by: name, service, kind, status, any attribute; several with commas. Spans without it don't count.",
            valueName: "fields"))
    var by: FieldList?

    @Flag(help: "Count runs: only spans without a parent.")
    var roots = false

    /// Which step was used.
    func note(_ window: StepWindow?) -> [String] {
        guard let window else { return [] }
        let chosen = step == nil ? ", chosen for the window (--step sets it)" : ""
        return ["step: \(DurationText.typed(nanos: window.steps.nanos))\(chosen)"]
    }
}

/// A line that says how many spans had none of the fields they are grouped by.
func note(_ count: Int, without fields: [FieldName]) -> [String] {
    note(count, "without \(fields.map(\.text).joined(separator: " or "))")
}
