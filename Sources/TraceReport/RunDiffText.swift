import TraceModel
import TraceQuery
import TraceStore

/// Two runs side by side: on a screen as a tree with marks, and what was said differently at the first model calls that differ.
package struct RunDiffText {
    private let diff: RunDiff
    private let style: TextStyle
    /// Also what is the same.
    private let isWhole: Bool
    private static let durationWidth = 9
    private static let mostTalks = 3
    private static let longestText = 400

    package init(_ diff: RunDiff, style: TextStyle, isWhole: Bool) {
        self.diff = diff
        self.style = style
        self.isWhole = isWhole
    }

    package var text: String {
        var lines = ["a  " + heading(diff.a), "b  " + heading(diff.b), ""]
        guard let parting = diff.parting else { return (lines + ["they do the same"]).joined(separator: "\n") + "\n" }
        lines.append("they part at  " + style.bold(label(diff.rows[parting])) + "  " + words(diff.rows[parting]))
        if let error = (diff.rows[parting].b ?? diff.rows[parting].a)?.errorText {
            lines.append("              " + style.red("✗ " + HumanText.printable(error)))
        }
        for setting in diff.settings {
            let values = [setting.a, setting.b].map { $0.map { HumanText.printable($0.scalarText ?? "…") } ?? "none" }
            lines.append("              \(HumanText.printable(setting.key)): \(values[0]) → \(values[1])")
        }
        lines.append("")
        let shown = isWhole ? diff.rows : kept
        let width = (style.width ?? 120) - 2 * Self.durationWidth - 6
        for row in shown { lines.append(line(row, width)) }
        let hidden = diff.rows.count - shown.count
        if hidden > 0 { lines.append(style.dim("\(HumanText.plural(hidden, "span")) the same (--all)")) }
        let talks = diff.rows.filter { !$0.said.isEmpty }
        for row in talks.prefix(Self.mostTalks) { lines += [""] + talk(row) }
        if talks.count > Self.mostTalks {
            lines.append(
                style.dim("\(HumanText.plural(talks.count - Self.mostTalks, "more call")) that said something else"))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A row a span.
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("depth", .count), Column("state", .plain), Column("name", .text), Column("detail", .text),
                Column("a_ms", .milliseconds, title: "a"), Column("b_ms", .milliseconds, title: "b"),
                Column("a_span_id", .id, rank: 1), Column("b_span_id", .id, rank: 1), Column("said_differs", .plain),
            ],
            rows: diff.rows.map { row in
                let span = row.b ?? row.a
                return [
                    .count(row.depth), .text(row.state.rawValue), .optional(span?.span.name), .optional(span?.detail),
                    .milliseconds(nanos: row.a?.row.durationNanos), .milliseconds(nanos: row.b?.row.durationNanos),
                    .optional(row.a?.row.spanID.hex), .optional(row.b?.row.spanID.hex), .flag(!row.said.isEmpty),
                ]
            })
    }

    private func heading(_ run: RunList.Run) -> String {
        let duration = run.durationNanos.map { DurationText.human(nanos: Double($0)) } ?? "unfinished"
        let names = [
            HumanText.printable(run.workflowName ?? run.rootName), duration, run.isFailed ? style.red("failed") : "ok",
        ]
        return "\(run.traceID.hex.prefix(8))  \(style.time(run.startNanos))  " + names.joined(separator: ", ")
    }

    /// What differs, and what stands above it.
    private var kept: [RunDiff.Row] {
        var kept: [RunDiff.Row] = []
        var depthToKeep = 0
        for row in diff.rows.reversed() where row.state != .same || !row.said.isEmpty || row.depth < depthToKeep {
            kept.append(row)
            depthToKeep = row.depth
        }
        return kept.reversed()
    }

    private func label(_ row: RunDiff.Row) -> String {
        guard let span = row.b ?? row.a else { return "" }
        var details = [row.a?.detail, row.b?.detail].compactMap { $0 }
        if details.count == 2, details[0] == details[1] { details.removeLast() }
        let detail = details.isEmpty ? "" : " · " + HumanText.printable(details.joined(separator: " → "))
        return HumanText.printable(span.span.name) + detail
    }

    private func words(_ row: RunDiff.Row) -> String {
        switch row.state {
        case .same: "says something else"
        case .slower, .faster: row.state.rawValue
        case .failed: "fails in b"
        case .recovered: "fails in a only"
        case .added: "is in b only"
        case .missing: "is in a only"
        }
    }

    private func line(_ row: RunDiff.Row, _ width: Int) -> String {
        let mark =
            switch row.state {
            case .same: " "
            case .slower: "▲"
            case .faster: "▼"
            case .failed: "✗"
            case .recovered: "✓"
            case .added: "+"
            case .missing: "-"
            }
        let name = String(repeating: "  ", count: min(row.depth, 12)) + label(row) + (row.said.isEmpty ? "" : "  ≠")
        let padded = DisplayWidth.padded(DisplayWidth.cut(name, to: width), to: width)
        let text = "\(mark) \(padded)  \(duration(row.a)) \(duration(row.b))"
        return row.state == .failed ? style.red(text) : row.state == .same ? style.dim(text) : text
    }

    private func duration(_ span: StoredSpan?) -> String {
        let text =
            span.map { $0.row.durationNanos.map { DurationText.human(nanos: Double($0)) } ?? "unfinished" } ?? "-"
        return DisplayWidth.padded(text, to: Self.durationWidth, onLeft: true)
    }

    private func talk(_ row: RunDiff.Row) -> [String] {
        var lines = [style.bold("── \(label(row)): what was said")]
        for said in row.said {
            let mark = said.side == .both ? " " : said.side == .a ? "-" : "+"
            let text = said.text.count > Self.longestText ? said.text.prefix(Self.longestText) + "…" : said.text
            let parts = HumanText.printableLines(text)
            let shown = said.side == .both ? Array(parts.prefix(1)) : parts
            for (place, part) in shown.enumerated() {
                let role = DisplayWidth.padded(place == 0 ? HumanText.printable(said.role) : "", to: 10)
                let line = "\(mark) \(role) \(part)"
                lines.append(
                    said.side == .both ? style.dim(style.width.map { DisplayWidth.cut(line, to: $0) } ?? line) : line)
            }
        }
        return lines
    }
}

extension StoredSpan {
    /// What a generic span name leaves open.
    var detail: String? {
        let operation = row.operation
        let known = [
            operation[.stepName], operation[.branchName], operation[.tool],
            operation.usageRole == .inference ? operation[.model] : nil, operation[.primitiveName],
        ]
        return known.compactMap { $0 }.first { !operation.name.contains($0) }
    }
}
