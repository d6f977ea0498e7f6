import TraceModel
import TraceQuery
import TraceStore

/// One run as text: each span on a line with its place in the tree, its duration and a bar on the run's time axis.
package struct Waterfall {
    private let tree: TraceTree
    private let style: TextStyle
    private let run: RunList.Run
    private let logs: RunLogs
    private let childErrors: [SpanID: Set<String>]
    private static let durationWidth = 9
    private static let leastNameWidth = 24
    private static let deepestIndent = 12

    /// - Parameter logs: Of the run.
    package init(_ tree: TraceTree, style: TextStyle, logs: RunLogs = RunLogs()) {
        self.tree = tree
        self.logs = logs
        self.style = style
        run = tree.run
        childErrors = tree.nodes.reduce(into: [:]) { errors, node in
            if let parent = node.stored.row.parent, let error = node.stored.errorText {
                errors[parent, default: []].insert(error)
            }
        }
    }

    package var text: String {
        let labels = labels
        let width = style.width ?? 120
        let longest = labels.reduce(0) { max($0, $1.width) }
        let nameWidth = min(longest, max(Self.leastNameWidth, width * 55 / 100))
        let barWidth = max(10, width - nameWidth - Self.durationWidth - 4)
        var lines = RunHeading(run, style: style).lines + [""]
        let logText = LogText(style: style)
        let logsOfSpan = Dictionary(grouping: logs.others) { $0.record.spanID }
        func add(_ logs: [StoredLog], _ indent: String) {
            for line in logText.lines(ofSpan: logs) {
                lines.append(style.width.map { DisplayWidth.cut(indent + line, to: $0) } ?? indent + line)
            }
        }
        for (node, label) in zip(tree.nodes, labels) {
            lines.append(line(node, label, nameWidth, barWidth))
            add(logsOfSpan[node.stored.row.spanID] ?? [], indent(node.depth) + "  · ")
            if let error = node.stored.errorText, !isRaisedBelow(error, node) {
                let text = "\(indent(node.depth))  ✗ \(HumanText.printable(error))"
                lines.append(style.red(style.width.map { DisplayWidth.cut(text, to: $0) } ?? text))
            }
        }
        add(logsOfSpan[nil] ?? [], "· ")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether a child failed with the same error, so that the message stands there.
    private func isRaisedBelow(_ error: String, _ node: TraceTree.Node) -> Bool {
        childErrors[node.stored.row.spanID]?.contains(error) ?? false
    }

    /// Two columns a level; past the deepest that is drawn, the level as a number.
    private func indent(_ depth: Int) -> String {
        String(repeating: "  ", count: min(depth, Self.deepestIndent))
            + (depth > Self.deepestIndent ? "[\(depth)] " : "")
    }

    /// Name behind its place in the tree.
    private var labels: [Label] {
        tree.nodes.indices.map { index in
            let node = tree.nodes[index]
            let row = node.stored.row
            var name = HumanText.printable(row.operation.name)
            if name.isEmpty { name = "\"\"" }
            var detail = node.stored.detail.map { " · " + HumanText.printable($0) } ?? ""
            if node.isOrphan { detail += " (parent missing)" }
            return Label(place: indent(node.depth) + (row.operation.isError ? "✗ " : ""), name: name, detail: detail)
        }
    }

    /// A span in its place.
    private struct Label {
        let place: String
        let name: String
        /// What a generic name leaves open, or nothing.
        let detail: String

        /// What is left of a name that is shortened, at least.
        private static let leastName = 8

        var width: Int { DisplayWidth.of(place + name + detail) }

        /// At most `width` wide: what is too long is cut from the name, as long as there is enough of it, because the detail
        /// tells more.
        func cut(to width: Int) -> String {
            let left = width - DisplayWidth.of(place) - DisplayWidth.of(detail)
            if detail.isEmpty || self.width <= width || left < Self.leastName {
                return DisplayWidth.cut(place + name + detail, to: width)
            }
            return place + DisplayWidth.cut(name, to: left) + detail
        }
    }

    private func line(_ node: TraceTree.Node, _ label: Label, _ nameWidth: Int, _ barWidth: Int) -> String {
        let row = node.stored.row
        let name = DisplayWidth.padded(label.cut(to: nameWidth), to: nameWidth)
        let duration: String
        if let nanos = row.durationNanos {
            duration = DurationText.human(nanos: Double(nanos))
        } else {
            duration = row.isFinished ? "negative" : "unfinished"
        }
        let padded = DisplayWidth.padded(duration, to: Self.durationWidth, onLeft: true)
        let isError = row.operation.isError
        return "\(isError ? style.red(name) : name) \(padded)  \(bar(node, barWidth))"
    }

    /// The span's share of the run's time; on the critical path in full blocks. Model calls carry their tokens.
    private func bar(_ node: TraceTree.Node, _ width: Int) -> String {
        let row = node.stored.row
        let total = Double(max(run.durationNanos ?? 0, 1))
        let offset = Double(row.startNanos &- run.startNanos) / total
        let share = Double(row.durationNanos ?? 0) / total
        let from = Int(min(max(offset * Double(width), 0), Double(width - 1)))
        let length = max(1, min(Int((min(max(share, 0), 1) * Double(width)).rounded()), width - from))
        let block = String(repeating: node.isCritical ? "█" : "░", count: length)
        let bar = String(repeating: " ", count: from) + block
        guard node.isCountedCall, row.hasUsage else { return bar }
        let tokens =
            "\(HumanText.count(row.integer(.promptTokens) ?? 0))→\(HumanText.count(row.integer(.completionTokens) ?? 0)) tok"
        // Behind the bar where there is room, before it where there is not.
        if from + length + tokens.count + 1 <= width { return "\(bar) \(style.dim(tokens))" }
        if tokens.count + 1 <= from {
            return String(repeating: " ", count: from - tokens.count - 1) + style.dim(tokens) + " " + block
        }
        return bar
    }
}
