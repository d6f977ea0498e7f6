import TraceModel
import TraceQuery

/// What a quantile's column is called: `p95`, `p99.9`.
func quantileName(_ quantile: Double) -> String { "p\(DurationText.significant(quantile * 100))" }

extension NumberPercentiles {
    package var table: ResultTable {
        let unit: Column.Unit = of.isMoney ? .usd : .number
        let columns =
            by.map(\.column) + [
                Column("count", .count), Column("errors", .count, rank: 2), Column("min", unit, rank: 6),
                Column("mean", unit, rank: 5),
            ] + quantiles.map { Column(quantileName($0), unit, rank: $0 == 0.9 ? 3 : 1) } + [
                Column("max", unit, rank: 4)
            ]
        let rows = rows.map { row in
            groupCells(row.group) + [.count(row.count), .count(row.errors), .real(row.min), .real(row.mean)]
                + row.quantiles.map { .real($0) } + [.real(row.max)]
        }
        return ResultTable(columns: columns, rows: rows)
    }

    /// A picture of each of the first groups.
    package func histograms(_ style: TextStyle) -> [String] {
        HistogramText(
            groups: rows.map { ($0.group, $0.count, $0.histogram) }, unit: of.isMoney ? .usd : .number, style: style
        ).lines
    }
}

extension Percentiles {
    /// A picture of each of the first groups.
    package func histograms(_ style: TextStyle) -> [String] {
        HistogramText(
            groups: rows.map { ($0.group, $0.count, $0.histogram) }, unit: .milliseconds, style: style
        ).lines
    }
}

/// Buckets as bars, a group below the other.
private struct HistogramText {
    let groups: [(key: GroupKey, count: Int, histogram: Histogram?)]
    /// Of the numbers that were counted; durations are nanoseconds.
    let unit: Column.Unit
    let style: TextStyle

    private static let most = 5
    private static let longestBar = 60
    private static let shortestBar = 10

    var lines: [String] {
        var lines = groups.prefix(Self.most).flatMap { group in
            ["", style.bold(name(group.key)) + "  " + HumanText.plural(group.count, "span")]
                + bars(group.histogram?.buckets ?? [])
        }
        if groups.count > Self.most {
            lines += ["", "(histograms of the first \(Self.most) of \(groups.count) groups)"]
        }
        return lines
    }

    private func name(_ key: GroupKey) -> String {
        key.map { HumanText.cell($0?.cell ?? .null, .text, style) }.joined(separator: ", ")
    }

    private func bars(_ buckets: [Histogram.Bucket]) -> [String] {
        let bounds = buckets.map { bucket in
            bucket.from.map { [bound($0), "to \(bound(bucket.to))"] } ?? ["", "0 or less"]
        }
        let counts = buckets.map { HumanText.count($0.count) }
        func widest(_ texts: [String]) -> Int { texts.reduce(0) { max($0, DisplayWidth.of($1)) } }
        let widths = (widest(bounds.map { $0[0] }), widest(bounds.map { $0[1] }), widest(counts))
        let used = widths.0 + widths.1 + widths.2 + 7
        let room = min(Self.longestBar, max(Self.shortestBar, (style.width ?? 120) - used))
        let most = buckets.reduce(1) { max($0, $1.count) }
        return buckets.indices.map { index in
            let from = DisplayWidth.padded(bounds[index][0], to: widths.0, onLeft: true)
            let to = DisplayWidth.padded(bounds[index][1], to: widths.1)
            let count = DisplayWidth.padded(counts[index], to: widths.2, onLeft: true)
            let bar = bar(Double(buckets[index].count) / Double(most) * Double(room))
            return "  \(from) \(to)  \(count)" + (bar.isEmpty ? "" : "  \(bar)")
        }
    }

    private func bound(_ value: Double) -> String {
        switch unit {
        case .milliseconds: DurationText.human(nanos: value)
        case .usd: HumanText.usd(value)
        default: value >= 1000 && value < 1e15 ? HumanText.count(Int64(value)) : HumanText.rate(value)
        }
    }

    /// In eighths of a column; something for anything above 0.
    private func bar(_ length: Double) -> String {
        let eighths = length <= 0 ? 0 : max(1, Int((length * 8).rounded()))
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + rest
    }
}
