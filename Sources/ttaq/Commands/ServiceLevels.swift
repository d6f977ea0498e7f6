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
            ttaq slo [ledger|replay] --target SHARE [--threshold DURATION] [OPTIONS]
            ttaq slo [ledger|replay] --config FILE [--to TIME] [--check] [OPTIONS]
            """,
        discussion: """
            A span is good when it is no error and took at most the threshold. compliance = good / total; the error \
            budget is 1 - target; burn rate = (bad / total) / budget; budget left = 1 - burn rate.

            --config reads objectives from a file (README.md shows one), ours or OpenSLO v1. Their windows are counted \
            back from the newest span, or from --to. Burn rates over 5m, 30m, 1h, 2h, 6h, 1d and 3d stand beside them; \
            alert is page or ticket where both windows of a pair burn too fast.

            Example: ttaq slo --target 0.99 --threshold 2s --by workflow.name --roots
            """,
        subcommands: [Ledger.self, Replay.self])

    @OptionGroup var objectives: ObjectiveOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var spans: SpanOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var isBreached = false
        if objectives.config != nil {
            if spans.from != nil || spans.last != nil {
                throw ValidationError(
                    "--config: the file says how long windows are; leave out --from and --last")
            }
            let levels = try objectives.levels(spans)
            try answer(store, spans, output) { snapshot, window, _ in
                let report = try ServiceLevelReport(levels, endingAt: window.to, in: snapshot)
                isBreached = report.isBreached
                return Answer(
                    table: report.table, notes: report.answers.flatMap(notes),
                    words: report.end == 0
                        ? nil : "of each objective, up to \(output.style.time(report.end)), the end excluded")
            }
        } else {
            let objective = try objectives.objective
            try answer(store, spans, output) { snapshot, window, filter in
                let fields = try objectives.by?.fields(in: snapshot) ?? []
                let compliance = try Compliance(
                    objective, by: fields, rootsOnly: objectives.roots, window: window, where: filter, in: snapshot)
                isBreached = compliance.rows.contains { $0.status == .breached }
                let names = fields.map(\.text).joined(separator: " or ")
                return Answer(
                    table: compliance.table,
                    notes: note(compliance.spansWithoutGroup, "without \(names)")
                        + note(compliance.spansWithoutDuration, withoutDuration))
            }
        }
        if objectives.check, isBreached { throw ExitCode(Failure.checkFailed) }
    }

    private func notes(_ answer: ServiceLevelReport.Answer) -> [String] {
        if let unknown = answer.unknownName { return [ttaq.note(unknown, of: answer.level)] }
        guard let compliance = answer.compliance else { return [] }
        return ttaq.note(compliance.spansWithoutGroup, of: answer.level)
            + note(compliance.spansWithoutDuration, withoutDuration).map { "\(answer.level.name): \($0)" }
    }
}

extension SLO {
    struct Ledger: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The error budget month by month, or over a rolling window day by day.",
            usage: "ttaq slo ledger [--rolling] --config FILE | --target SHARE [OPTIONS]",
            discussion: """
                A row a month in which spans were measured, cut to the window. 'budget' is how many of them might have been bad: total x (1 - \
                target); 'budget left' is 1 - bad / budget. --rolling has a row a day instead: the objective's window (30 \
                days where it names none) up to the end of the day, or of each such length where it is shorter than a day. \
                Months and days are UTC's.

                Example: ttaq slo ledger --target 99% --roots --by workflow.name
                """)

        @Flag(help: "Over the objective's window, day by day, instead of month by month.")
        var rolling = false

        @OptionGroup var objectives: ObjectiveOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var spans: SpanOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let levels = try objectives.levels(spans)
            var isBreached = false
            try answer(store, spans, output) { snapshot, window, _ in
                let (ledgers, notes) = try measured(levels, objectives) {
                    try BudgetLedger($0, isRolling: rolling, window: window, in: snapshot)
                }
                isBreached =
                    ledgers.count < levels.count || ledgers.contains { $0.rows.contains { $0.status == .breached } }
                return Answer(
                    table: BudgetLedger.table(ledgers),
                    notes: notes + ledgers.flatMap { ttaq.notes($0.history) })
            }
            if objectives.check, isBreached { throw ExitCode(Failure.checkFailed) }
        }
    }

    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which alerts would have fired, when, and which runs burned the budget.",
            usage: "ttaq slo replay [--runs] --config FILE | --target SHARE [OPTIONS]",
            discussion: """
                The burn rate alerts of Google's SRE workbook, looked at each full minute of the past: for 30 days a page at \
                14.4 over 1h and 5m or 6 over 6h and 30m, a ticket at 3 over 1d and 2h or 1 over 3d and 6h; for other windows \
                in proportion. Both windows must burn faster. A window that reaches back before the first span has the \
                rate of what it has. 'total' and 'bad' count from the beginning of the long window until the alert resolved; \
                no time under 'resolved' means that it was still firing at the end. Of a window those alerts count that were firing in \
                it. The example is the run with the most bad spans.

                Example: ttaq slo replay --target 99% --roots
                """)

        @Flag(help: "A row a run that burned the budget of an alert, instead of a row an alert.")
        var runs = false

        @Option(help: ArgumentHelp("How many rows a table has; forms for programs have all.", valueName: "n"))
        var limit = 40

        @OptionGroup var objectives: ObjectiveOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var spans: SpanOptions
        @OptionGroup var output: OutputOptions

        func validate() throws { try checkLimit(limit) }

        func run() throws {
            let levels = try objectives.levels(spans)
            var isFired = false
            try answer(store, spans, output) { snapshot, window, _ in
                let (replays, notes) = try measured(levels, objectives) {
                    try AlertReplay($0, window: window, in: snapshot)
                }
                isFired = replays.count < levels.count || replays.contains { !$0.firings.isEmpty }
                let all =
                    runs
                    ? try AlertReplay.runTable(replays, in: snapshot) : try AlertReplay.table(replays, in: snapshot)
                let isForPeople = output.format == .table || output.format == .markdown
                let table =
                    isForPeople ? ResultTable(columns: all.columns, rows: Array(all.rows.prefix(limit))) : all
                let more = all.rows.count - table.rows.count
                let silent = levels.filter { BurnWindows.rules(period: $0.windowNanos).isEmpty }
                return Answer(
                    table: table, isEmpty: replays.allSatisfy { $0.history.groups.isEmpty },
                    notes: (more > 0 ? ["\(HumanText.plural(more, "more row")) (--limit)"] : []) + notes
                        + replays.flatMap { ttaq.notes($0.history) }
                        + (!replays.isEmpty && replays.allSatisfy { $0.firings.isEmpty }
                            ? ["no alert would have fired"] : [])
                        + levels.filter { $0.target == 1 }.map { "\($0.name): a target of 100% has no budget to burn" }
                        + silent.map { "\($0.name): its window is shorter than that of any alert" })
            }
            if objectives.check, isFired { throw ExitCode(Failure.checkFailed) }
        }
    }

    /// What each objective of those says whose names occur in the file, and lines about the others.
    ///
    /// - Throws: `Failure` where the name was typed.
    private static func measured<Measured>(
        _ levels: [ServiceLevel], _ objectives: ObjectiveOptions, _ measure: (ServiceLevel) throws -> Measured
    ) throws -> ([Measured], notes: [String]) {
        var (results, notes): ([Measured], [String]) = ([], [])
        for level in levels {
            do {
                results.append(try measure(level))
            } catch let error as UnknownFieldError {
                if objectives.config == nil { throw Failure(error, of: "--by") }
                notes.append(ttaq.note(error, of: level))
            }
        }
        return (results, notes)
    }
}

/// A line that says why an objective measured nothing.
private func note(_ unknown: UnknownFieldError, of level: ServiceLevel) -> String {
    "\(Failure.words(level.place)): \(unknown.text)"
}

/// A line that says how many spans of an objective had none of the names that it groups by.
private func note(_ count: Int, of level: ServiceLevel) -> [String] {
    note(count, "without \(level.by.joined(separator: " or "))").map { "\(level.name): \($0)" }
}

/// Lines that say what an objective left out.
private func notes(_ history: ComplianceHistory) -> [String] {
    note(history.spansWithoutGroup, of: history.level)
        + note(history.spansWithoutDuration, withoutDuration).map { "\(history.level.name): \($0)" }
}

private let withoutDuration = "without a duration (unfinished, or ending before it starts)"
