import TraceModel
import TraceQuery

extension FlameGraph.Frame {
    fileprivate var name: String {
        group.map { $0?.scalarText ?? "-" }.joined(separator: " · ")
    }
}

extension FlameGraph {
    package var table: ResultTable {
        let stacks = stacks
        let all = max(total, .leastNonzeroMagnitude)
        let (unit, suffix): (Column.Unit, String) =
            switch measure {
            case .time, .critical: (.milliseconds, "_ms")
            case .tokens: (.count, "_tokens")
            case .cost: (.usd, "_cost_usd")
            }
        func cell(_ value: Double) -> Cell {
            switch measure {
            case .time, .critical: .milliseconds(nanos: value)
            case .tokens: .integer(Int64(nearest: value))
            case .cost: .real(value)
            }
        }
        return ResultTable(
            columns: [
                Column("stack", .text), Column("depth", .count, rank: 3), Column("spans", .count, rank: 1),
                Column("errors", .count, rank: 2), Column("self\(suffix)", unit, title: "self"),
                Column("total\(suffix)", unit, title: "total"), Column("share", .ratio),
            ],
            rows: frames.indices.map { index in
                let frame = frames[index]
                return [
                    .text(stacks[index].joined(separator: ";")), .count(stacks[index].count - 1), .count(frame.spans),
                    .count(frame.errors), cell(frame.own), cell(frame.total), .real(frame.total / all),
                ]
            })
    }

    /// A line a stack: frames from the root with semicolons between, and what it spent itself in whole microseconds, tokens or
    /// millionths of a dollar: the form that flamegraph.pl, speedscope and inferno read.
    package var folded: String {
        let scale =
            switch measure {
            case .time, .critical: 1e-3
            case .tokens: 1.0
            case .cost: 1e6
            }
        return zip(stacks, frames).compactMap { stack, frame in
            let value = Int64(nearest: frame.own * scale)
            return value > 0 ? "\(stack.joined(separator: ";")) \(value)\n" : nil
        }.joined()
    }

    /// By frame: its name behind those of the frames that it is in.
    private var stacks: [[String]] {
        var stacks: [[String]] = []
        for frame in frames {
            let name = HumanText.printable(frame.name).replacingEach(";", with: ":")
            stacks.append((frame.parent.map { stacks[$0] } ?? []) + [name])
        }
        return stacks
    }

    /// From the roots at the top down, each frame as wide as what it spent with all below it. Runs no script; the full name and the
    /// figures of a frame show when it is pointed at.
    package var svg: String { FlameSVG(self).text }
}

/// Draws a flame graph, the roots at the top.
private struct FlameSVG {
    private let graph: FlameGraph
    /// By frame: left edge and depth.
    private let places: [(x: Double, depth: Int)]
    private static let width = 1200.0
    private static let rowHeight = 19.0
    private static let top = 30.0
    private static let deepest = 80
    private static let leastWidth = 0.6
    private static let letterWidth = 6.6

    init(_ graph: FlameGraph) {
        self.graph = graph
        let scale = Self.width / max(graph.total, .leastNonzeroMagnitude)
        var places: [(x: Double, depth: Int)] = []
        // Where the next frame in each one begins; the last is that of the roots.
        var next = [Double](repeating: 0, count: graph.frames.count + 1)
        for (index, frame) in graph.frames.enumerated() {
            let parent = frame.parent ?? graph.frames.count
            let x = next[parent]
            places.append((x, frame.parent.map { places[$0].depth + 1 } ?? 0))
            next[parent] += frame.total * scale
            next[index] = x
        }
        self.places = places
    }

    var text: String {
        let scale = Self.width / max(graph.total, .leastNonzeroMagnitude)
        let shown = graph.frames.indices.filter {
            graph.frames[$0].total * scale >= Self.leastWidth && places[$0].depth < Self.deepest
        }
        let depth = shown.reduce(0) { max($0, places[$1].depth + 1) }
        let height = Self.top + Double(depth) * Self.rowHeight + 8
        let hidden = graph.frames.count - shown.count
        let says =
            graph.frames.isEmpty
            ? "nothing to show"
            : "\(HumanText.plural(graph.runs, "run")), \(amount(graph.total)) of \(words)"
                + (hidden > 0 ? "; \(HumanText.plural(hidden, "frame")) too small to be drawn" : "")
                + (graph.frames.contains { $0.errors > 0 } ? "; red: the share of the spans that failed" : "")
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(SVG.number(Self.width)) \(SVG.number(height))" \
            width="\(SVG.number(Self.width))" height="\(SVG.number(height))" role="img">
            """, "<title>Where runs spend</title>", Self.style,
            #"<rect class="page" width="100%" height="100%"/>"#,
            #"<text class="says" x="4" y="19">\#(says.escapedForMarkup)</text>"#,
        ]
        lines += shown.map { frame($0, scale) }
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private var words: String {
        switch graph.measure {
        case .time: "own time"
        case .critical: "time that runs waited for"
        case .tokens: "tokens"
        case .cost: "cost"
        }
    }

    private func amount(_ value: Double) -> String {
        switch graph.measure {
        case .time, .critical: DurationText.human(nanos: value)
        case .tokens: HumanText.count(Int64(nearest: value))
        case .cost: HumanText.usd(value)
        }
    }

    private static let style = """
        <style>
        svg { color: #1b1f24; --page: #ffffff; --frame: #d9e2ec; --error: #b42318; font-family: system-ui, sans-serif; max-width: 100%; height: auto; }
        @media (prefers-color-scheme: dark) { svg { color: #e6e8eb; --page: #15181c; --frame: #2f3a46; --error: #ff8a7a; } }
        .page { fill: var(--page); }
        .frame { fill: var(--frame); stroke: var(--page); }
        .failed { fill: var(--error); }
        text { font-size: 12px; fill: currentColor; pointer-events: none; }
        .says { font-size: 13px; }
        </style>
        """

    private func frame(_ index: Int, _ scale: Double) -> String {
        let frame = graph.frames[index]
        let (x, y) = (places[index].x, Self.top + Double(places[index].depth) * Self.rowHeight)
        let width = frame.total * scale
        let share = HumanText.percent(frame.total / max(graph.total, .leastNonzeroMagnitude))
        let name = HumanText.printable(frame.name)
        let errors = frame.errors > 0 ? ", \(HumanText.plural(frame.errors, "error"))" : ""
        let title =
            "\(name): \(amount(frame.total)) (\(share)), itself \(amount(frame.own)), \(HumanText.plural(frame.spans, "span"))\(errors)"
        let area =
            #"x="\#(SVG.number(x))" y="\#(SVG.number(y))" width="\#(SVG.number(width))" height="\#(SVG.number(Self.rowHeight - 1))""#
        // The share of its spans that failed.
        let failed =
            frame.errors > 0
            ? #"<rect class="failed" fill-opacity="\#(SVG.number(max(0.2, 0.9 * Double(frame.errors) / Double(max(frame.spans, 1)))))" \#(area)/>"#
            : ""
        let letters = Int((width - 8) / Self.letterWidth)
        let label =
            letters < 3
            ? ""
            : #"<text x="\#(SVG.number(x + 4))" y="\#(SVG.number(y + 13))">\#(DisplayWidth.cut(name, to: letters).escapedForMarkup)</text>"#
        return #"<g><title>\#(title.escapedForMarkup)</title><rect class="frame" \#(area)/>\#(failed)\#(label)</g>"#
    }
}
