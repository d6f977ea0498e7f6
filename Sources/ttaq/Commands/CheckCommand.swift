import ArgumentParser
import TraceConfig
import TraceModel
import TraceQuery
import TraceReport
import TraceStore

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "For CI: do runs keep to limits, are they worse than before?",
        usage: "ttaq check [--config FILE] [--baseline FILE] [--junit FILE] [OPTIONS]",
        discussion: """
            --config names a file of limits and objectives (README.md shows one): p50, p95, p99 and max of the duration of \
            runs, error_rate, mean cost_usd and tokens a run, the least number of runs. --baseline names another store: what \
            is worse here by more than chance and more than a little (as 'compare' has it) is a regression. Where nothing \
            was measured a check does not hold. --from and --to are for limits; objectives have windows of their own, up to --to. Exit code 3 when any does not.

            Example: ttaq check --config checks.yaml --baseline main.db --junit report.xml
            """)

    @Option(help: ArgumentHelp("Limits and objectives.", valueName: "file"), completion: .file())
    var config: String?
    @Option(help: ArgumentHelp("A store to compare with, all of it.", valueName: "file"), completion: .file())
    var baseline: String?
    @Option(help: ArgumentHelp("Write the results as JUnit's XML too.", valueName: "file"), completion: .file())
    var junit: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if config == nil, baseline == nil { throw ValidationError("expected --config FILE, --baseline FILE or both") }
        if let junit, junit == output.output || junit == config {
            throw ValidationError("--junit \(junit): expected a file of its own")
        }
        if config != nil, !spans.conditions.isEmpty {
            throw ValidationError("--config: the file says where; leave out --where")
        }
    }

    func run() throws {
        let file = try config.map { try CheckFile.read($0) }
        if let baseline {
            try Store(path: baseline).read { try check(file, $0) }
        } else {
            try check(file, nil)
        }
    }

    private func check(_ file: CheckFile?, _ before: StoreSnapshot?) throws {
        var isFailed = false
        try answer(store, spans, output) { snapshot, window, filter in
            let check = try LimitCheck(
                file,
                baseline: before.map {
                    ComparedSide($0, window: .all, where: try spans.filter(in: $0))
                },
                side: ComparedSide(snapshot, window: window, where: filter))
            isFailed = check.isFailed
            if let junit {
                var console = try Console(path: junit)
                try console.write(check.junit())
                try console.flush()
            }
            let bad = check.rows.count { $0.status != .ok }
            return Answer(
                table: output.format == .table || output.format == .markdown ? check.shortTable : check.table,
                notes: check.withoutGroup.map { name, count in
                    "\(name): left out: \(HumanText.count(count)) without what it groups by"
                }
                    + check.withoutDuration.map { name, count in
                        "\(name): \(HumanText.count(count)) without an end, in no duration and no objective"
                    } + [
                        bad == 0
                            ? "held: \(HumanText.plural(check.rows.count, "check"))"
                            : "not held: \(HumanText.count(bad)) of \(HumanText.plural(check.rows.count, "check"))"
                    ])
        }
        if isFailed { throw ExitCode(Failure.checkFailed) }
    }
}
