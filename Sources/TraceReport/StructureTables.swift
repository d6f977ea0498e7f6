import TraceModel
import TraceQuery

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
