import Foundation
import TraceQuery

extension ConnectionGraph {
    /// The graph as a picture, 800 units wide, that follows the reader's choice of light or dark and runs no script.
    package var svg: String { GraphSVG(DrawnGraph(self)).text }
}

/// Draws a graph that is laid out.
private struct GraphSVG {
    private let graph: DrawnGraph
    /// By node: its name, or two lines for a service and what it does.
    private let labels: [[String]]
    private let layout: GraphLayout
    private static let columnWidth = 7.4
    private static let mostColumns = 28
    private static let loopWidth = 30.0
    private static let labelColumnWidth = 6.0
    private static let labelHeight = 13.0

    init(_ graph: DrawnGraph) {
        self.graph = graph
        let labels = graph.names.map { name in
            name.split(separator: ": ", maxSplits: 1).map { Self.shortened(String($0)) }
        }
        self.labels = labels
        var free = [Double](repeating: 0, count: labels.count)
        for edge in graph.edges where edge.source == edge.target {
            free[edge.source] = max(free[edge.source], Self.loopWidth + 8 + Self.labelWidth(edge))
        }
        layout = GraphLayout(
            graph, boxHeight: labels.contains { $0.count > 1 } ? 46 : 34,
            widths: labels.map { lines in
                Double(lines.reduce(6) { max($0, DisplayWidth.of($1)) }) * Self.columnWidth + 22
            },
            free: free)
    }

    /// Both ends of what is too long: names of one kind mostly begin the same.
    private static func shortened(_ text: String) -> String {
        if DisplayWidth.of(text) <= mostColumns { return text }
        return DisplayWidth.cut(text, to: mostColumns / 2) + text.suffix(mostColumns / 2 - 2)
    }

    private static func labelWidth(_ edge: DrawnGraph.Edge) -> Double {
        Double(DisplayWidth.of(edge.says)) * labelColumnWidth
    }

    var text: String {
        let legend = layout.height
        let height = legend + 26
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(SVG.number(GraphLayout.width)) \(SVG.number(height))" \
            width="\(SVG.number(GraphLayout.width))" height="\(SVG.number(height))" role="img">
            """, "<title>Who leads to whom</title>", Self.style,
            #"<rect class="page" width="100%" height="100%"/>"#,
        ]
        var curves: [Curve] = []
        for index in graph.edges.indices { curves.append(curve(index)) }
        var places = LabelPlaces(boxes: layout.boxes)
        for (edge, curve) in zip(graph.edges, curves) where edge.source == edge.target {
            let (x, y) = loopLabel(edge, curve)
            places.take(width: Self.labelWidth(edge), height: Self.labelHeight, x: x, y: y)
        }
        lines += zip(graph.edges, curves).map { edge, curve in path(edge, curve) }
        lines += layout.boxes.indices.map(node)
        lines += zip(graph.edges, curves).map { edge, curve in
            let width = Self.labelWidth(edge)
            let (x, y) =
                edge.source == edge.target
                ? loopLabel(edge, curve)
                : places.place(width: width, height: Self.labelHeight, along: curve)
            let place = #"x="\#(SVG.number(x))" y="\#(SVG.number(y + 4))""#
            return #"<text class="label\#(failing(edge))" \#(place)>\#(edge.says.escapedForMarkup)</text>"#
        }
        let says =
            graph.edges.isEmpty
            ? "no connections" : "solid: calls, dashed: the next step, dotted: branches; red: errors"
        lines.append(#"<text class="label" x="400" y="\#(SVG.number(legend + 12))">\#(says)</text>"#)
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    /// The middle of the label of an edge that leads to itself.
    private func loopLabel(_ edge: DrawnGraph.Edge, _ curve: Curve) -> (x: Double, y: Double) {
        (layout.boxes[edge.source].right + Self.loopWidth + Self.labelWidth(edge) / 2, curve.point(0.5).y)
    }

    private static let style = """
        <style>
        svg { color: #1b1f24; --page: #ffffff; --error: #b42318; font-family: system-ui, sans-serif; max-width: 100%; height: auto; }
        @media (prefers-color-scheme: dark) { svg { color: #e6e8eb; --page: #15181c; --error: #ff8a7a; } }
        .page { fill: var(--page); }
        .node rect { fill: var(--page); stroke: currentColor; }
        .node text { font-size: 13px; fill: currentColor; text-anchor: middle; }
        .node .of { font-size: 11px; fill-opacity: 0.75; }
        .edge { fill: none; stroke: currentColor; stroke-opacity: 0.65; }
        .edge.error { stroke: var(--error); stroke-opacity: 1; }
        .head { fill: currentColor; fill-opacity: 0.65; }
        .head.error { fill: var(--error); fill-opacity: 1; }
        .label { font-size: 11px; fill: currentColor; text-anchor: middle; stroke: var(--page); stroke-width: 3px; paint-order: stroke; }
        .label.error { fill: var(--error); }
        </style>
        """

    private func node(_ index: Int) -> String {
        let box = layout.boxes[index]
        let frame =
            #"x="\#(SVG.number(box.left))" y="\#(SVG.number(box.y))" width="\#(SVG.number(box.width))" height="\#(SVG.number(box.height))" rx="6""#
        let lines = labels[index]
        let texts = lines.enumerated().map { line, text in
            let (kind, down) =
                lines.count == 1 ? ("", box.height / 2 + 5) : line == 0 ? (#" class="of""#, 18) : ("", 35)
            return
                #"<text\#(kind) x="\#(SVG.number(box.x))" y="\#(SVG.number(box.y + down))">\#(text.escapedForMarkup)</text>"#
        }
        return """
            <g class="node"><title>\(graph.names[index].escapedForMarkup)</title><rect \(frame)/>\(texts.joined())</g>
            """
    }

    private func path(_ edge: DrawnGraph.Edge, _ curve: Curve) -> String {
        let dashes =
            switch edge.connection.type {
            case .calls: ""
            case .sequential: #" stroke-dasharray="7 4""#
            case .parallel: #" stroke-dasharray="1.5 3.5""#
            }
        let width = 1 + 0.5 * log10(Double(max(edge.connection.count, 1)))
        let points = [curve.start, curve.first, curve.second, curve.end].map {
            "\(SVG.number($0.x)) \(SVG.number($0.y))"
        }
        let title =
            "\(graph.names[edge.source]) → \(graph.names[edge.target]): "
            + [edge.says, edge.latency].filter { !$0.isEmpty }.joined(separator: ", ")
        return """
            <g><title>\(title.escapedForMarkup)</title><path class="edge\(failing(edge))" stroke-width="\(SVG.number(width))"\(dashes) \
            d="M\(points[0]) C\(points[1]) \(points[2]) \(points[3])"/><path class="head\(failing(edge))" \
            d="\(head(curve))"/></g>
            """
    }

    /// A triangle that points to where the curve ends.
    private func head(_ curve: Curve) -> String {
        let (end, from) = (curve.end, curve.second)
        let length = max(hypot(end.x - from.x, end.y - from.y), 0.001)
        let (dx, dy) = ((end.x - from.x) / length, (end.y - from.y) / length)
        let back = Curve.Point(x: end.x - 8 * dx, y: end.y - 8 * dy)
        let corners = [(end.x, end.y), (back.x - 4 * dy, back.y + 4 * dx), (back.x + 4 * dy, back.y - 4 * dx)]
        return "M" + corners.map { "\(SVG.number($0.0)) \(SVG.number($0.1))" }.joined(separator: " L") + " Z"
    }

    private func failing(_ edge: DrawnGraph.Edge) -> String { edge.connection.errors > 0 ? " error" : "" }
}

// MARK: - Edges
extension GraphSVG {
    /// Down from box to box; at the left side of both where the target stands no lower; at the right side of one that
    /// leads to itself.
    private func curve(_ index: Int) -> Curve {
        let edge = graph.edges[index]
        let (from, to) = (layout.boxes[edge.source], layout.boxes[edge.target])
        if to.y > from.y {
            let start = Curve.Point(x: port(index, of: edge.source), y: from.bottom)
            let end = Curve.Point(x: port(index, of: edge.target), y: to.y)
            let reach = min((end.y - start.y) * 0.5, 120)
            return Curve(
                start: start, first: Curve.Point(x: start.x, y: start.y + reach),
                second: Curve.Point(x: end.x, y: end.y - reach), end: end)
        }
        let siblings = Double(graph.edges[..<index].count { $0.source == edge.source && $0.target == edge.target })
        if edge.source == edge.target {
            let (x, y) = (from.right, from.y + from.height / 2 + 5 * siblings)
            return Curve(
                start: Curve.Point(x: x, y: y - 8), first: Curve.Point(x: x + Self.loopWidth + 4, y: y - 18),
                second: Curve.Point(x: x + Self.loopWidth + 4, y: y + 18), end: Curve.Point(x: x, y: y + 8))
        }
        let start = Curve.Point(x: from.left, y: from.y + from.height / 2)
        let end = Curve.Point(x: to.left, y: to.y + to.height / 2 + 6)
        let reach = max(6, min(start.x, end.x) - 70 - 12 * siblings)
        return Curve(
            start: start, first: Curve.Point(x: reach, y: start.y), second: Curve.Point(x: reach, y: end.y), end: end)
    }

    /// Where on a box's side an edge that goes down begins or ends: side by side, in the order of their other ends.
    private func port(_ index: Int, of node: Int) -> Double {
        let isSource = graph.edges[index].source == node
        let others = graph.edges.indices.filter { other in
            let edge = graph.edges[other]
            return (isSource ? edge.source : edge.target) == node
                && layout.boxes[edge.target].y > layout.boxes[edge.source].y
        }.sorted { a, b in
            let ends = [a, b].map { layout.boxes[isSource ? graph.edges[$0].target : graph.edges[$0].source].x }
            return (ends[0], a) < (ends[1], b)
        }
        let place = Double(others.firstIndex(of: index) ?? 0) + 1
        let box = layout.boxes[node]
        return box.left + box.width * place / Double(others.count + 1)
    }
}

/// A cubic Bézier curve.
private struct Curve {
    struct Point {
        let x: Double
        let y: Double
    }

    let start: Point
    let first: Point
    let second: Point
    let end: Point

    /// - Parameter t: From 0 through 1.
    func point(_ t: Double) -> Point {
        let (a, b, c, d) = ((1 - t) * (1 - t) * (1 - t), 3 * (1 - t) * (1 - t) * t, 3 * (1 - t) * t * t, t * t * t)
        return Point(
            x: a * start.x + b * first.x + c * second.x + d * end.x,
            y: a * start.y + b * first.y + c * second.y + d * end.y)
    }
}

/// Finds places for labels that cover neither boxes nor each other, as far as there are any.
private struct LabelPlaces {
    private var taken: [(x: ClosedRange<Double>, y: ClosedRange<Double>)]

    init(boxes: [GraphLayout.Box]) {
        taken = boxes.map { ($0.left...$0.right, $0.y...$0.bottom) }
    }

    /// Says that a label stands somewhere.
    mutating func take(width: Double, height: Double, x: Double, y: Double) {
        taken.append((x - width / 2...x + width / 2, y - height / 2...y + height / 2))
    }

    /// - Returns: The middle.
    mutating func place(width: Double, height: Double, along curve: Curve) -> (x: Double, y: Double) {
        let half = width / 2
        func middle(_ t: Double) -> (x: Double, y: Double) {
            let point = curve.point(t)
            return (min(max(point.x, half + 4), GraphLayout.width - half - 4), point.y)
        }
        func area(_ place: (x: Double, y: Double)) -> (x: ClosedRange<Double>, y: ClosedRange<Double>) {
            (place.x - half...place.x + half, place.y - height / 2...place.y + height / 2)
        }
        let tries = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82].map(middle)
        let free = tries.first { place in
            let wanted = area(place)
            return !taken.contains { $0.x.overlaps(wanted.x) && $0.y.overlaps(wanted.y) }
        }
        let chosen = free ?? tries[0]
        taken.append(area(chosen))
        return chosen
    }
}
