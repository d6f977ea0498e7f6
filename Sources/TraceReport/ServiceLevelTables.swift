import TraceConfig
import TraceModel
import TraceQuery

extension Compliance {
    /// What the objective asks, in words: `99% within 500 ms`.
    package var name: String {
        HumanText.percent(objective.target)
            + (objective.thresholdNanos.map { " within \(DurationText.human(nanos: Double($0)))" } ?? "")
    }

    package var table: ResultTable {
        ResultTable(
            columns: [Column("slo", .text, rank: 9)] + by.map(\.column) + Self.columns,
            rows: rows.map { [.text(name)] + groupCells($0.group) + measures($0) })
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
        var names: [String] = []
        for name in answers.flatMap(\.level.by) where !names.contains(name) { names.append(name) }
        let burns = BurnWindows.lengths.map { window in
            Column("burn_rate_\(window.name)", .number, title: "burn \(window.name)", rank: 10)
        }
        let columns =
            [Column("slo", .text)] + names.map { Column($0, .text) } + Compliance.columns + burns
            + [Column("alert", .plain, rank: 5)]
        return ResultTable(columns: columns, rows: answers.flatMap { rows($0, names) })
    }

    private func rows(_ answer: Answer, _ names: [String]) -> [[Cell]] {
        let level = answer.level
        guard let compliance = answer.compliance, !compliance.rows.isEmpty else {
            let head: [Cell] = [.text(level.name)] + names.map { _ in .null }
            var threshold: UInt64?
            if case .succeeding(let nanos) = level.good { threshold = nanos }
            let cells: [Cell] =
                [.real(level.target), .milliseconds(nanos: threshold), .count(0), .count(0)]
                + [Cell](repeating: .null, count: 5) + [.text(Compliance.Status.noData.rawValue)]
            return [head + cells + [Cell](repeating: .null, count: BurnWindows.lengths.count + 1)]
        }
        return compliance.rows.map { row in
            let groups = names.map { name in
                level.by.firstIndex(of: name).map { groupCells(row.group)[$0] } ?? .null
            }
            return [.text(level.name)] + groups + compliance.measures(row) + row.burnRates.map { .optional($0) }
                + [.optional(answer.alert(row)?.rawValue)]
        }
    }
}
