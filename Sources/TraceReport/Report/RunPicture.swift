import TraceModel
import TraceQuery
import TraceStore

/// One run as a picture: each span a line with its place in the tree, its duration, and a bar on the run's time axis.
struct RunPicture {
    private let tree: TraceTree
    /// Where a run has too many spans for a picture: its roots, then what failed, what was waited for, and what took long.
    private let shown: TraceTree
    /// How many more there are, and of what kind.
    private let rest: [String]
    private let style: TextStyle

    private static let width = 640.0
    private static let names = 290.0
    private static let durations = 62.0
    private static let line = 17.0
    private static let top = 6.0
    private static let letter = 6.3
    private static let mostLines = 44

    init(_ tree: TraceTree, style: TextStyle) {
        self.tree = tree
        self.style = style
        shown = Self.shown(tree)
        let ids = Set(shown.nodes.map(\.stored.row.id))
        let hidden = tree.nodes.filter { !ids.contains($0.stored.row.id) }
        let failed = hidden.count { $0.stored.row.operation.isError }
        rest =
            hidden.isEmpty
            ? []
            : ["not shown: \(HumanText.plural(hidden.count, "span")), \(HumanText.count(failed)) of them failed"]
    }

    var picture: ReportDocument.Picture {
        ReportDocument.Picture(svg: svg, text: Waterfall(shown, style: style).text + rest.map { $0 + "\n" }.joined())
    }

    private static func shown(_ tree: TraceTree) -> TraceTree {
        if tree.nodes.count <= mostLines { return tree }
        func rank(_ node: TraceTree.Node) -> Int {
            node.depth == 0 ? 0 : node.stored.row.operation.isError ? 1 : node.isCritical ? 2 : 3
        }
        let ordered = tree.nodes.sorted { a, b in
            let (first, second) = (rank(a), rank(b))
            if first != second { return first < second }
            let (left, right) = (a.stored.row.durationNanos ?? 0, b.stored.row.durationNanos ?? 0)
            return left == right ? a.stored.row.id < b.stored.row.id : left > right
        }
        return tree.narrowed(to: Set(ordered.prefix(mostLines).map(\.stored.row.id)), keepsPaths: false)
    }

    private var svg: String {
        let nodes = shown.nodes
        let lines = nodes.count + rest.count
        let height = Self.top + Double(lines) * Self.line + 8
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(SVG.number(Self.width)) \(SVG.number(height))" role="img" \
            style="max-width: 42rem" font-family="system-ui, sans-serif" font-size="11.5">
            """,
            "<title>The run, span by span; dark bars were waited for</title>",
        ]
        for (index, node) in nodes.enumerated() { parts.append(line(node, Self.top + Double(index) * Self.line)) }
        for (index, words) in rest.enumerated() {
            let y = Self.top + Double(nodes.count + index) * Self.line + 12
            parts.append(#"<text x="0" y="\#(SVG.number(y))" fill="var(--soft)">\#(words.escapedForMarkup)</text>"#)
        }
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    private func line(_ node: TraceTree.Node, _ y: Double) -> String {
        let row = node.stored.row
        let isError = row.operation.isError
        let indent = Double(min(node.depth, 16)) * 8
        let detail = node.stored.detail.map { " · " + HumanText.printable($0) } ?? ""
        let name = HumanText.printable(row.operation.name)
        let letters = Int((Self.names - indent) / Self.letter)
        // The detail tells more than the name of its kind does.
        let kept = max(8, letters - DisplayWidth.of(detail))
        let label = DisplayWidth.cut(DisplayWidth.cut(name, to: kept) + detail, to: letters)
        let error = isError ? node.stored.errorText.map { ": " + HumanText.printable($0) } ?? "" : ""
        let duration = row.durationNanos.map { DurationText.human(nanos: Double($0)) } ?? "unfinished"
        let left = Self.names + Self.durations
        let total = Double(max(tree.run.durationNanos ?? 0, 1))
        let room = Self.width - left
        let offset = min(max(Double(row.startNanos &- tree.run.startNanos) / total, 0), 1)
        let share = min(max(Double(row.durationNanos ?? 0) / total, 0), 1 - offset)
        let color = isError ? "failed" : node.isCritical ? "waited" : "fine"
        let text = #"y="\#(SVG.number(y + 12))" fill="var(--\#(isError ? "failed" : "ink"))""#
        return [
            "<g><title>\((name + detail + ", " + duration + String(error.prefix(300))).escapedForMarkup)</title>",
            #"<text x="\#(SVG.number(indent))" \#(text)>\#(label.escapedForMarkup)</text>"#,
            #"<text x="\#(SVG.number(left - 6))" text-anchor="end" \#(text)>\#(duration)</text>"#,
            #"<rect x="\#(SVG.number(left + offset * room))" y="\#(SVG.number(y + 2))" width="\#(SVG.number(max(share * room, 1.5)))" height="12" fill="var(--\#(color))"/></g>"#,
        ].joined()
    }
}
