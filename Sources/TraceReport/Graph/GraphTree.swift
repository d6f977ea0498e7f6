import TraceQuery

extension ConnectionGraph {
    /// The graph as a tree: under each node those that it leads to, the most frequent first. A node is opened where it
    /// hangs highest; `↑` marks one that is opened elsewhere, `↻` one that leads back to itself or to a node above it.
    package func tree(_ style: TextStyle) -> String {
        let lines = GraphTree(DrawnGraph(self)).lines
        func widest(_ text: (GraphTree.Line) -> String) -> Int {
            lines.reduce(0) { max($0, DisplayWidth.of(text($1))) }
        }
        let numberWidths = (0..<4).map { column in widest { $0.numbers[column] } }
        let numbersWidth = numberWidths.reduce(0) { $0 + $1 + 2 }
        let room = style.width.map { max(24, $0 - numbersWidth) } ?? Int.max
        let nameWidth = min(room, widest { $0.name })
        return lines.map { line in
            let name = DisplayWidth.padded(DisplayWidth.cut(line.name, to: nameWidth), to: nameWidth)
            let numbers = zip(line.numbers, numberWidths).map { "  " + DisplayWidth.padded($0, to: $1, onLeft: true) }
            var text = name + numbers.joined()
            while text.last == " " { text.removeLast() }
            return (line.hasErrors ? style.red(text) : text) + "\n"
        }.joined()
    }
}

/// The walk of a graph; iterative, so that depth does not matter.
private struct GraphTree {
    struct Line {
        let name: String
        /// How often, the share of its source's connections of that type, errors, p95; empty for a root.
        var numbers = ["", "", "", ""]
        var hasErrors = false
    }

    private let graph: DrawnGraph
    /// By source: indexes of edges.
    private let leaving: [[Int]]
    /// By node: the edge under which it is opened; -1 for a root.
    private let opening: [Int]
    private(set) var lines: [Line] = []

    init(_ graph: DrawnGraph) {
        self.graph = graph
        var leaving = [[Int]](repeating: [], count: graph.names.count)
        var isTarget = [Bool](repeating: false, count: graph.names.count)
        for (index, edge) in graph.edges.enumerated() {
            leaving[edge.source].append(index)
            if edge.source != edge.target { isTarget[edge.target] = true }
        }
        self.leaving = leaving
        var opening = [Int?](repeating: nil, count: graph.names.count)
        /// Breadth first, so that a node hangs as high as it can.
        func open(from roots: [Int]) {
            for root in roots { opening[root] = -1 }
            var queue = roots
            var next = 0
            while next < queue.count {
                for edge in leaving[queue[next]] where opening[graph.edges[edge].target] == nil {
                    opening[graph.edges[edge].target] = edge
                    queue.append(graph.edges[edge].target)
                }
                next += 1
            }
        }
        open(from: graph.names.indices.filter { !isTarget[$0] })
        // What is left hangs in circles.
        for node in graph.names.indices where opening[node] == nil { open(from: [node]) }
        self.opening = opening.map { $0 ?? -1 }
        for root in graph.names.indices where self.opening[root] == -1 { walk(from: root) }
    }

    /// What is still to be written: an edge, how deep it hangs, and what stands before it.
    private struct Step {
        let edge: Int
        let depth: Int
        let isLast: Bool
        let prefix: String
    }

    private mutating func walk(from root: Int) {
        lines.append(Line(name: graph.names[root]))
        var path = [root]
        var stack = steps(under: root, depth: 1, prefix: "")
        while let step = stack.popLast() {
            let target = graph.edges[step.edge].target
            path.removeLast(path.count - step.depth)
            let isOpened = opening[target] == step.edge
            lines.append(line(step, path.contains(target) ? " ↻" : isOpened || leaving[target].isEmpty ? "" : " ↑"))
            if isOpened {
                path.append(target)
                stack += steps(
                    under: target, depth: step.depth + 1, prefix: step.prefix + (step.isLast ? "   " : "│  "))
            }
        }
    }

    /// Those under a node, the last one first.
    private func steps(under node: Int, depth: Int, prefix: String) -> [Step] {
        let edges = leaving[node]
        return edges.indices.reversed().map {
            Step(edge: edges[$0], depth: depth, isLast: $0 == edges.count - 1, prefix: prefix)
        }
    }

    private func line(_ step: Step, _ mark: String) -> Line {
        let edge = graph.edges[step.edge]
        let connection = edge.connection
        let all = leaving[edge.source].map { graph.edges[$0].connection }.filter { $0.type == connection.type }
            .reduce(0) { $0 + $1.count }
        return Line(
            name: step.prefix + (step.isLast ? "└─ " : "├─ ") + graph.names[edge.target] + mark,
            numbers: [
                edge.countText, HumanText.percent(Double(connection.count) / Double(max(all, 1))),
                connection.errors > 0 ? HumanText.plural(connection.errors, "error") : "", edge.latency,
            ],
            hasErrors: connection.errors > 0)
    }
}
