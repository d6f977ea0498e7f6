import TraceModel
import TraceQuery

extension Throughput {
    package var table: ResultTable {
        let columns = [
            Column("count", .count), Column("errors", .count, rank: 2),
            Column("per_second", .number, title: "per s"),
            Column("errors_per_second", .number, title: "errors/s", rank: 1),
        ]
        return timeline(window, by, groups.map(\.key), columns) { group, step, seconds in
            let counts = groups[group].counts[step]
            func rate(_ count: Int) -> Cell { seconds > 0 ? .real(Double(count) / seconds) : .null }
            return [.count(counts.spans), .count(counts.errors), rate(counts.spans), rate(counts.errors)]
        }
    }

    /// A line a group that shows its rate over time.
    package func picture(_ style: TextStyle) -> [String] {
        guard let window else { return [] }
        let lines = groups.map { group in
            let rates = group.counts.indices.map { step in
                let seconds = window.seconds(step)
                return seconds > 0 ? Double(group.counts[step].spans) / seconds : 0
            }
            let errors = group.total.errors > 0 ? ", \(HumanText.plural(group.total.errors, "error"))" : ""
            return TimelinePicture.Line(
                group: group.key, values: rates,
                says:
                    "at most \(HumanText.rate(rates.max() ?? 0)) a second, \(HumanText.count(group.total.spans)) in all"
                    + errors)
        }
        return TimelinePicture(lines: lines, isGrouped: !by.isEmpty, style: style).text
    }
}

extension Concurrency {
    package var table: ResultTable {
        let columns = [
            Column("max_active", .count, title: "at most"), Column("mean_active", .number, title: "mean"),
        ]
        return timeline(window, by, groups.map(\.key), columns) { group, step, _ in
            let level = groups[group].levels[step]
            return [.count(level.most), .real(level.mean)]
        }
    }

    /// A line a group that shows its greatest number in progress over time.
    package func picture(_ style: TextStyle) -> [String] {
        guard window != nil else { return [] }
        let lines = groups.map { group in
            TimelinePicture.Line(
                group: group.key, values: group.levels.map { Double($0.most) },
                says: "at most \(HumanText.count(group.most)) at once")
        }
        return TimelinePicture(lines: lines, isGrouped: !by.isEmpty, style: style).text
    }
}

/// A row a step and group, step by step.
private func timeline(
    _ window: StepWindow?, _ by: [FieldName], _ groups: [GroupKey], _ columns: [Column],
    _ cells: (_ group: Int, _ step: Int, _ seconds: Double) -> [Cell]
) -> ResultTable {
    var rows: [[Cell]] = []
    if let window {
        for step in 0..<window.steps.count {
            for group in groups.indices {
                rows.append(
                    [.time(window.steps.start(step))] + groupCells(groups[group])
                        + cells(group, step, window.seconds(step)))
            }
        }
    }
    return ResultTable(columns: [Column("time", .time)] + by.map(\.column) + columns, rows: rows)
}

/// Groups over time, each on a line with its name before and its scale behind.
private struct TimelinePicture {
    struct Line {
        let group: GroupKey
        let values: [Double]
        let says: String
    }

    let lines: [Line]
    let isGrouped: Bool
    let style: TextStyle

    private static let most = 20
    private static let leastMarks = 8
    private static let widestName = 24

    /// Without a name where there are no groups; ends with an empty line.
    var text: [String] {
        let shown = lines.prefix(Self.most)
        let names = shown.map { line in
            isGrouped ? line.group.map { HumanText.cell($0?.cell ?? .null, .text, style) }.joined(separator: ", ") : ""
        }
        let nameWidth = min(Self.widestName, names.reduce(0) { max($0, DisplayWidth.of($1)) })
        let saysWidth = shown.reduce(0) { max($0, DisplayWidth.of($1.says)) }
        let room = (style.width ?? 120) - nameWidth - saysWidth - 4
        var text = zip(shown, names).map { line, name in
            let label =
                isGrouped ? DisplayWidth.padded(DisplayWidth.cut(name, to: nameWidth), to: nameWidth) + "  " : ""
            let marks = Sparkline.text(line.values, width: max(Self.leastMarks, room))
            let drawn = "\(label)\(marks)  \(line.says)"
            return style.width.map { DisplayWidth.cut(drawn, to: $0) } ?? drawn
        }
        if lines.count > shown.count { text.append("(\(lines.count - shown.count) more groups below)") }
        return text + [""]
    }
}
