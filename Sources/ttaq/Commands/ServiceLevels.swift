import ArgumentParser
import TraceConfig
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct SLO: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slo",
        abstract: "How well a service level objective was kept.",
        usage: """
            ttaq slo --target SHARE [--threshold DURATION] [OPTIONS]
            ttaq slo --config FILE [--to TIME] [--check] [OPTIONS]
            """,
        discussion: """
            A span is good when it is no error and took at most the threshold. compliance = good / total; the error \
            budget is 1 - target; burn rate = (bad / total) / budget; budget left = 1 - burn rate.

            --config reads objectives from a file (README.md shows one), ours or OpenSLO v1. Their windows are counted \
            back from the newest span, or from --to. Burn rates over 5m, 30m, 1h, 2h, 6h, 1d and 3d stand beside them; \
            alert is page or ticket where both windows of a pair burn too fast.

            Example: ttaq slo --target 0.99 --threshold 2s --by workflow.name --roots
            """)

    @Option(
        help: ArgumentHelp("A file of objectives, instead of the options below.", valueName: "file"),
        completion: .file())
    var config: String?

    @Flag(help: "Exit with 3 when an objective is breached.")
    var check = false

    @Option(help: ArgumentHelp("The share that must be good: 0.99 or 99%.", valueName: "share"))
    var target: Share?

    @Option(
        help: ArgumentHelp("The longest a good span may take: 500ms, 2s. Default: any time.", valueName: "duration"))
    var threshold: Duration?

    @Option(
        help: ArgumentHelp(
            "What to group by: name, service, kind, status, any attribute; several with commas. Spans without it don't count.",
            valueName: "fields"))
    var by: FieldList?

    @Flag(help: "Count runs: only spans without a parent.")
    var roots = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard config != nil else {
            if target == nil { throw ValidationError("expected --target SHARE, or --config FILE") }
            return
        }
        if target != nil || threshold != nil || by != nil || roots || !spans.conditions.isEmpty {
            throw ValidationError(
                "--config: the file says target, threshold, by, roots and where; leave these options out")
        }
        if spans.from != nil || spans.last != nil {
            throw ValidationError("--config: the file says how long windows are; leave out --from and --last")
        }
    }

    func run() throws {
        var isBreached = false
        if let config {
            let levels = try ServiceLevel.read(config)
            try answer(store, spans, output) { snapshot, window, _ in
                let report = try ServiceLevelReport(levels, endingAt: window.to, in: snapshot)
                isBreached = report.isBreached
                return Answer(
                    table: report.table, notes: report.answers.flatMap(notes),
                    words: report.end == 0
                        ? nil : "of each objective, up to \(output.style.time(report.end)), the end excluded")
            }
        } else if let target {
            let objective = Compliance.Objective(target: target.value, thresholdNanos: threshold?.nanos)
            try answer(store, spans, output) { snapshot, window, filter in
                let fields = try by?.fields(in: snapshot) ?? []
                let compliance = try Compliance(
                    objective, by: fields, rootsOnly: roots, window: window, where: filter, in: snapshot)
                isBreached = compliance.rows.contains { $0.status == .breached }
                let names = fields.map(\.text).joined(separator: " or ")
                return Answer(table: compliance.table, notes: note(compliance.spansWithoutGroup, "without \(names)"))
            }
        }
        if check, isBreached { throw ExitCode(Failure.checkFailed) }
    }

    private func notes(_ answer: ServiceLevelReport.Answer) -> [String] {
        if let unknown = answer.unknownName {
            let hint = unknown.nearest.map { "; did you mean \($0)?" } ?? ""
            return [
                "\(Failure.words(answer.level.place)): no span in the file has an attribute \(unknown.name)\(hint)"
            ]
        }
        let without = note(
            answer.compliance?.spansWithoutGroup ?? 0, "without \(answer.level.by.joined(separator: " or "))")
        return without.map { "\(answer.level.name): \($0)" }
    }

    struct Share: ExpressibleByArgument {
        let value: Double

        init?(argument: String) {
            let isPercent = argument.hasSuffix("%")
            guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else { return nil }
            value = isPercent ? number / 100 : number
            if !(0...1).contains(value) { return nil }
        }
    }

    struct Duration: ExpressibleByArgument {
        let nanos: UInt64

        init?(argument: String) {
            guard let nanos = DurationText.parse(argument) else { return nil }
            self.nanos = nanos
        }
    }
}
