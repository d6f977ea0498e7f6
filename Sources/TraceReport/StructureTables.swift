import TraceModel
import TraceQuery
import TraceStore

extension CriticalPath {
    package var table: ResultTable {
        let all = Double(max(criticalNanos, 1))
        return ResultTable(
            columns: by.map(\.column) + [
                Column("critical_ms", .milliseconds, title: "critical", rank: 1),
                Column("share", .ratio), Column("critical_runs", .count, title: "runs", rank: 2),
                Column("mean_ms", .milliseconds, title: "a run", rank: 3),
                Column("self_ms", .milliseconds, title: "self", rank: 4),
                Column("total_ms", .milliseconds, title: "total", rank: 5), Column("spans", .count, rank: 6),
            ],
            rows: rows.map { row in
                groupCells(row.group) + [
                    .milliseconds(nanos: row.criticalNanos), .real(Double(row.criticalNanos) / all),
                    .count(row.criticalRuns),
                    .milliseconds(
                        nanos: row.criticalRuns > 0 ? Double(row.criticalNanos) / Double(row.criticalRuns) : nil),
                    .milliseconds(nanos: row.selfNanos), .milliseconds(nanos: row.totalNanos), .count(row.spans),
                ]
            })
    }

    /// From where to where the path goes.
    package var edgeTable: ResultTable {
        let all = Double(max(criticalNanos, 1))
        func columns(_ end: String) -> [Column] {
            by.count == 1 ? [Column(end, .text)] : by.map { Column("\(end) \($0.text)", .text) }
        }
        return ResultTable(
            columns: columns("source") + columns("target") + [
                Column("critical_ms", .milliseconds, title: "critical", rank: 1), Column("share", .ratio),
                Column("count", .count, rank: 2), Column("mean_ms", .milliseconds, title: "mean", rank: 3),
            ],
            rows: edges.map { edge in
                groupCells(edge.source) + groupCells(edge.target) + [
                    .milliseconds(nanos: edge.criticalNanos), .real(Double(edge.criticalNanos) / all),
                    .count(edge.count), .milliseconds(nanos: Double(edge.criticalNanos) / Double(max(edge.count, 1))),
                ]
            })
    }
}

extension Stragglers {
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("parent", .text, title: "in"), Column("branch", .text), Column("count", .count),
                Column("last_count", .count, title: "last", rank: 2), Column("last_share", .ratio, title: "of all"),
                Column("waited_ms", .milliseconds, title: "waited"),
                Column("mean_waited_ms", .milliseconds, title: "mean", rank: 1),
                Column("max_waited_ms", .milliseconds, title: "longest", rank: 3),
                Column("example_trace_id", .id, title: "example", rank: 4),
            ],
            rows: rows.map { row in
                [
                    .text(row.parent), .text(row.branch), .count(row.count), .count(row.lastCount),
                    .real(Double(row.lastCount) / Double(row.count)), .milliseconds(nanos: row.waitedNanos),
                    .milliseconds(nanos: row.lastCount == 0 ? nil : Double(row.waitedNanos) / Double(row.lastCount)),
                    .milliseconds(nanos: row.longestNanos), .optional(row.example?.hex),
                ]
            })
    }
}

extension Recovery {
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("kind", .plain), Column("name", .text), Column("executions", .count, title: "runs of it"),
                Column("succeeded", .count, rank: 5), Column("attempts", .count, rank: 4),
                Column("attempts_per_success", .number, title: "a success", rank: 1),
                Column("failed_attempts", .count, title: "failed"),
                Column("wasted_ms", .milliseconds, title: "lost time"),
                Column("wasted_tokens", .count, title: "lost tokens", rank: 3),
                Column("wasted_cost_usd", .usd, title: "lost cost", rank: 3),
                Column("used", .count, rank: 0), Column("used_rate", .ratio, title: "of all", rank: 1),
                Column("added_ms", .milliseconds, title: "added time", rank: 2),
                Column("added_tokens", .count, title: "added tokens", rank: 6),
                Column("added_cost_usd", .usd, title: "added cost", rank: 4),
                Column("openings", .count, rank: 7), Column("example_trace_id", .id, title: "example", rank: 5),
            ],
            rows: rows.map { row in
                let sum = row.sum
                // What makes no attempts has none to count.
                let hasAttempts = sum.attempts > 0
                let named: [Cell] = [
                    .text(row.kind.rawValue), .text(row.name), .count(sum.executions), .count(sum.succeeded),
                ]
                let lost: [Cell] = [
                    hasAttempts ? .count(sum.attempts) : .null,
                    .optional(hasAttempts ? sum.attemptsPerSuccess : nil),
                    hasAttempts ? .count(sum.failedAttempts) : .null,
                ]
                return named + lost + cells(sum.wasted) + [
                    .count(sum.used), .real(Double(sum.used) / Double(max(sum.executions, 1))),
                ] + cells(sum.added) + [
                    row.kind == .circuitBreaker ? .count(row.openings) : .null, .optional(row.example?.hex),
                ]
            })
    }

    private func cells(_ spent: Spent) -> [Cell] {
        [.milliseconds(nanos: spent.nanos), .integer(Int64(nearest: spent.tokens)), .optional(spent.costUSD)]
    }
}

extension RouteOutcomes {
    private static let columns = [
        Column("choices", .count, rank: 4), Column("runs", .count), Column("share", .ratio, rank: 3),
        Column("failed_runs", .count, title: "failed"), Column("failure_rate", .ratio, title: "of them", rank: 1),
        Column("p50_ms", .milliseconds, title: "p50", rank: 2), Column("p95_ms", .milliseconds, title: "p95"),
        Column("tokens_per_run", .number, title: "tokens", rank: 2),
        Column("cost_usd_per_run", .usd, title: "cost a run", rank: 1),
        Column("example_trace_id", .id, title: "example", rank: 5),
    ]

    /// Of a file that knows no choice of the usual name.
    package static var emptyTable: ResultTable {
        ResultTable(columns: ["primitive.name", usualChoice].map { Column($0, .text) } + columns, rows: [])
    }

    package var table: ResultTable {
        let all = Double(max(rows.reduce(0) { $0 + $1.runs }, 1))
        return ResultTable(
            columns: by.map(\.column) + Self.columns,
            rows: rows.map { row in
                groupCells(row.group) + [
                    .count(row.choices), .count(row.runs), .real(Double(row.runs) / all), .count(row.failedRuns),
                    .real(Double(row.failedRuns) / Double(max(row.runs, 1))), .milliseconds(nanos: row.p50Nanos),
                    .milliseconds(nanos: row.p95Nanos), .optional(row.tokensPerRun), .optional(row.costPerRun),
                    .optional(row.example?.hex),
                ]
            })
    }
}

extension ToolLoops {
    /// - Parameter limit: Rows at most; `nil` for all.
    package func table(limit: Int?) -> ResultTable {
        ResultTable(
            columns: [
                Column("tool", .text), Column("trace_id", .id, title: "trace"), Column("calls", .count),
                Column("errors", .count, rank: 1), Column("first", .time, rank: 3), Column("last", .time, rank: 5),
                Column("repeated_ms", .milliseconds, title: "time again", rank: 2),
                Column("arguments", .text),
            ],
            rows: rows.prefix(limit ?? .max).map { row in
                [
                    .text(row.tool), .text(row.trace.hex), .count(row.calls), .count(row.errors),
                    .time(row.firstNanos), .time(row.lastNanos), .milliseconds(nanos: row.repeatedNanos),
                    .text(row.arguments),
                ]
            })
    }
}

extension CacheMisses {
    package var table: ResultTable {
        ResultTable(
            columns: by.map(\.column) + [
                Column("total", .count), Column("misses", .count),
                Column("hit_rate", .ratio, title: "hit rate", rank: 1),
                Column("miss_ms", .milliseconds, title: "time on misses"),
                Column("mean_miss_ms", .milliseconds, title: "a miss", rank: 2),
                Column("miss_tokens", .count, title: "tokens", rank: 3),
                Column("miss_cost_usd", .usd, title: "cost", rank: 1),
            ],
            rows: rows.map { row in
                groupCells(row.group) + [
                    .count(row.lookups), .count(row.misses),
                    .real(Double(row.lookups - row.misses) / Double(max(row.lookups, 1))),
                    .milliseconds(nanos: row.spent.nanos),
                    .milliseconds(nanos: row.misses == 0 ? nil : Double(row.spent.nanos) / Double(row.misses)),
                    .integer(Int64(nearest: row.spent.tokens)), .optional(row.spent.costUSD),
                ]
            })
    }
}
