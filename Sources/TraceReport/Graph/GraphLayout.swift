import TraceQuery

/// Where the nodes of a graph stand: in layers from top to bottom, each node below those that lead to it, as far as
/// circles allow (K. Sugiyama, S. Tagawa, M. Toda, 'Methods for Visual Understanding of Hierarchical System
/// Structures'). The same graph is always laid out the same.
struct GraphLayout {
    struct Box {
        /// Of the middle.
        var x: Double
        /// Of the upper side.
        var y: Double
        let width: Double
        let height: Double

        var bottom: Double { y + height }
        var left: Double { x - width / 2 }
        var right: Double { x + width / 2 }
    }

    static let width = 800.0
    private static let margin = 24.0
    private static let gap = 22.0
    /// Between two layers; between the rows of one that is too wide for the picture.
    private static let layerGap = 84.0
    private static let rowGap = 56.0

    let boxes: [Box]
    let height: Double

    /// - Parameters:
    ///   - widths: Of the boxes, at most the picture's width less its margins, what is kept free included.
    ///   - free: What is kept free to the right of each box.
    init(_ graph: DrawnGraph, boxHeight: Double, widths: [Double], free: [Double]) {
        let layers = Layers(graph).ordered
        var boxes = widths.map { Box(x: 0, y: 0, width: $0, height: boxHeight) }
        let taken = zip(widths, free).map { $0 + $1 }
        var y = Self.margin
        for layer in layers {
            for (number, row) in Self.rows(layer, taken).enumerated() {
                if number > 0 { y += boxHeight + Self.rowGap }
                let total = row.reduce(-Self.gap) { $0 + taken[$1] + Self.gap }
                var x = (Self.width - total) / 2
                for node in row {
                    boxes[node].x = x + widths[node] / 2
                    boxes[node].y = y
                    x += taken[node] + Self.gap
                }
            }
            y += boxHeight + Self.layerGap
        }
        self.boxes = boxes
        height = layers.isEmpty ? 2 * Self.margin : y - Self.layerGap + Self.margin
    }

    private static func rows(_ layer: [Int], _ widths: [Double]) -> [[Int]] {
        var rows: [[Int]] = [[]]
        var used = 0.0
        for node in layer {
            if used > 0, used + gap + widths[node] > width - 2 * margin {
                rows.append([])
                used = 0
            }
            rows[rows.count - 1].append(node)
            used += widths[node] + (used > 0 ? gap : 0)
        }
        return rows
    }
}

/// Which nodes stand in which layer, and in which order.
private struct Layers {
    private let neighbours: (above: [[Int]], below: [[Int]])
    private(set) var ordered: [[Int]]

    private static let sweeps = 8

    init(_ graph: DrawnGraph) {
        let count = graph.names.count
        var targets = [[Int]](repeating: [], count: count)
        for edge in graph.edges where edge.source != edge.target && !targets[edge.source].contains(edge.target) {
            targets[edge.source].append(edge.target)
        }
        let order = Self.order(targets)
        var place = [Int](repeating: 0, count: count)
        for (index, node) in order.enumerated() { place[node] = index }
        // An edge against the order closes a circle: it counts the other way round.
        var above = [[Int]](repeating: [], count: count)
        var below = above
        for source in targets.indices {
            for target in targets[source] {
                let (from, to) = place[source] < place[target] ? (source, target) : (target, source)
                below[from].append(to)
                above[to].append(from)
            }
        }
        var layer = [Int](repeating: 0, count: count)
        for node in order { layer[node] = above[node].reduce(0) { max($0, layer[$1] + 1) } }
        neighbours = (above, below)
        ordered = [[Int]](repeating: [], count: (layer.max() ?? -1) + 1)
        for node in order { ordered[layer[node]].append(node) }
        for sweep in 0..<Self.sweeps { self.sweep(isDown: sweep.isMultiple(of: 2)) }
    }

    /// Each node before those that it leads to, but for edges that close a circle: reverse postorder, from the nodes
    /// that nothing leads to.
    private static func order(_ targets: [[Int]]) -> [Int] {
        var isTarget = [Bool](repeating: false, count: targets.count)
        for list in targets { for target in list { isTarget[target] = true } }
        var visited = [Bool](repeating: false, count: targets.count)
        var postorder: [Int] = []
        let starts = targets.indices.filter { !isTarget[$0] } + targets.indices.filter { isTarget[$0] }
        for start in starts.reversed() where !isTarget[start] { visit(start) }
        for start in starts where !visited[start] { visit(start) }
        func visit(_ start: Int) {
            if visited[start] { return }
            visited[start] = true
            var stack = [(node: start, next: 0)]
            while let (node, next) = stack.last {
                if next == targets[node].count {
                    postorder.append(node)
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let target = targets[node][next]
                if !visited[target] {
                    visited[target] = true
                    stack.append((target, 0))
                }
            }
        }
        return postorder.reversed()
    }

    /// Moves each node towards the middle of its neighbours in the layers before (or behind).
    private mutating func sweep(isDown: Bool) {
        var place = [Double](repeating: 0, count: neighbours.above.count)
        for layer in ordered {
            for (index, node) in layer.enumerated() { place[node] = (Double(index) + 0.5) / Double(layer.count) }
        }
        for index in isDown ? Array(ordered.indices) : ordered.indices.reversed() {
            let around = isDown ? neighbours.above : neighbours.below
            let middle = ordered[index].map { node in
                around[node].isEmpty
                    ? place[node] : around[node].reduce(0) { $0 + place[$1] } / Double(around[node].count)
            }
            let sorted = ordered[index].indices.sorted { (middle[$0], $0) < (middle[$1], $1) }
            ordered[index] = sorted.map { ordered[index][$0] }
            for (position, node) in ordered[index].enumerated() {
                place[node] = (Double(position) + 0.5) / Double(ordered[index].count)
            }
        }
    }
}
