import TraceConfig
import TraceModel
import TraceQuery
import TraceStore

extension Compliance.Objective {
    /// What it asks, in words: `99% within 500 ms`.
    package var name: String {
        HumanText.percent(target) + (thresholdNanos.map { " within \(DurationText.human(nanos: Double($0)))" } ?? "")
    }
}

extension Compliance {
    package var table: ResultTable {
        ResultTable(
            columns: [Column("slo", .text, rank: 9)] + by.map(\.column) + Self.columns,
            rows: rows.map { [.text(objective.name)] + groupCells($0.group) + measures($0) })
    }

    fileprivate static let columns = [
        Column("target", .ratio, rank: 7), Column("threshold_ms", .milliseconds, title: "threshold", rank: 8),
        Column("total", .count), Column("good", .count, rank: 6), Column("availability", .ratio, rank: 3),
        Column("latency_compliance", .ratio, title: "latency", rank: 4), Column("compliance", .ratio),
        Column("error_budget_remaining", .ratio, title: "budget left", rank: 2),
        Column("burn_rate", .number, title: "burn rate", rank: 1), Column("status", .plain),
    ]

    fileprivate func measures(_ row: Row) -> [Cell] {
        [
            .real(objective.target), .milliseconds(nanos: objective.thresholdNanos), .count(row.total),
            .count(row.good), .optional(row.availability), .optional(row.latencyCompliance),
            .optional(row.compliance), .optional(row.errorBudgetRemaining), .optional(row.burnRate),
            .text(row.status.rawValue),
        ]
    }
}

extension ServiceLevelReport {
    /// A row an objective and group; a column for each name that any objective groups by.
    package var table: ResultTable {
        let groups = ObjectiveGroups(answers.map(\.level))
        let burns = BurnWindows.lengths.map { window in
            Column("burn_rate_\(window.name)", .number, title: "burn \(window.name)", rank: 10)
        }
        let columns =
            [Column("slo", .text)] + groups.columns + Compliance.columns + burns
            + [Column("alert", .plain, rank: 5)]
        return ResultTable(columns: columns, rows: answers.flatMap { rows($0, groups) })
    }

    private func rows(_ answer: Answer, _ groups: ObjectiveGroups) -> [[Cell]] {
        let level = answer.level
        guard let compliance = answer.compliance, !compliance.rows.isEmpty else {
            let head: [Cell] = [.text(level.name)] + groups.columns.map { _ in .null }
            var threshold: UInt64?
            if case .succeeding(let nanos) = level.good { threshold = nanos }
            let cells: [Cell] =
                [.real(level.target), .milliseconds(nanos: threshold), .count(0), .count(0)]
                + [Cell](repeating: .null, count: 5) + [.text(Compliance.Status.noData.rawValue)]
            return [head + cells + [Cell](repeating: .null, count: BurnWindows.lengths.count + 1)]
        }
        return compliance.rows.map { row in
            [.text(level.name)] + groups.cells(level, row.group) + compliance.measures(row)
                + row.burnRates.map { .optional($0) } + [.optional(answer.alert(row)?.rawValue)]
        }
    }
}

/// The columns of groups where each of several objectives may group by names of its own.
struct ObjectiveGroups {
    private let names: [String]

    init(_ levels: [ServiceLevel]) {
        var names: [String] = []
        for name in levels.flatMap(\.by) where !names.contains(name) { names.append(name) }
        self.names = names
    }

    var columns: [Column] { names.map { Column($0, .text) } }

    func cells(_ level: ServiceLevel, _ key: GroupKey) -> [Cell] {
        let cells = groupCells(key)
        return names.map { name in level.by.firstIndex(of: name).map { cells[$0] } ?? .null }
    }
}

extension BudgetLedger {
    /// A row an objective, group and time.
    package static func table(_ ledgers: [BudgetLedger]) -> ResultTable {
        let groups = ObjectiveGroups(ledgers.map(\.history.level))
        return ResultTable(
            columns: [Column("slo", .text)] + groups.columns + [
                Column("from", .time), Column("to", .time, rank: 3), Column("target", .ratio, rank: 4),
                Column("total", .count), Column("bad", .count), Column("compliance", .ratio),
                Column("error_budget", .number, title: "budget", rank: 2),
                Column("error_budget_remaining", .ratio, title: "budget left", rank: 1), Column("status", .plain),
            ],
            rows: ledgers.flatMap { ledger in
                ledger.rows.map { row in
                    [.text(ledger.history.level.name)] + groups.cells(ledger.history.level, row.group) + [
                        .time(row.window.lowerBound), .time(row.window.upperBound), .real(ledger.history.level.target),
                        .count(row.count.total), .count(row.count.bad), .real(row.compliance), .real(row.budget),
                        .optional(row.budgetRemaining), .text(row.status.rawValue),
                    ]
                }
            })
    }
}

extension AlertReplay {
    /// A row an alert.
    ///
    /// - Throws: What reading ids of traces throws.
    package static func table(_ replays: [AlertReplay], in snapshot: StoreSnapshot) throws -> ResultTable {
        let groups = ObjectiveGroups(replays.map(\.history.level))
        return ResultTable(
            columns: [Column("slo", .text)] + groups.columns + [
                Column("alert", .plain), Column("long_window", .plain, title: "over", rank: 4),
                Column("short_window", .plain, title: "and", rank: 6), Column("factor", .number, rank: 5),
                Column("fired", .time), Column("resolved", .time),
                Column("peak_burn_rate", .number, title: "peak burn", rank: 1),
                Column("total", .count, rank: 3), Column("bad", .count, rank: 2),
                Column("runs", .count, title: "bad runs", rank: 3),
                Column("example_trace_id", .id, title: "example"),
            ],
            rows: try replays.flatMap { replay in
                try replay.firings.map { firing in
                    let lengths = BurnWindows.lengths
                    return [.text(replay.history.level.name)] + groups.cells(replay.history.level, firing.group) + [
                        .text(firing.rule.alert.rawValue), .text(lengths[firing.rule.long].name),
                        .text(lengths[firing.rule.short].name), .real(firing.rule.factor), .time(firing.firedNanos),
                        firing.resolvedNanos.map { .time($0) } ?? .null, .real(firing.peakBurnRate),
                        .count(firing.count.total), .count(firing.count.bad), .count(firing.runs.count),
                        .optional(try firing.worst.map { try snapshot.traceID($0.trace).hex }),
                    ]
                }
            })
    }

    /// A row a run that burned the budget of an alert, those of each alert as they came.
    ///
    /// - Throws: What reading ids of traces throws.
    package static func runTable(_ replays: [AlertReplay], in snapshot: StoreSnapshot) throws -> ResultTable {
        let groups = ObjectiveGroups(replays.map(\.history.level))
        return ResultTable(
            columns: [Column("slo", .text)] + groups.columns + [
                Column("alert", .plain), Column("long_window", .plain, title: "over", rank: 1),
                Column("fired", .time, rank: 2), Column("trace_id", .id, title: "trace"),
                Column("first_bad", .time, title: "first bad"), Column("bad", .count),
            ],
            rows: try replays.flatMap { replay in
                try replay.firings.flatMap { firing in
                    try firing.runs.map { run in
                        [.text(replay.history.level.name)] + groups.cells(replay.history.level, firing.group) + [
                            .text(firing.rule.alert.rawValue), .text(BurnWindows.lengths[firing.rule.long].name),
                            .time(firing.firedNanos), .text(try snapshot.traceID(run.trace).hex),
                            .time(run.firstNanos), .count(run.bad),
                        ]
                    }
                }
            })
    }
}
