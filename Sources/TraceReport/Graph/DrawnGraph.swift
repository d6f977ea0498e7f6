import TraceModel
import TraceQuery

/// A graph with its nodes numbered, as drawings need it.
struct DrawnGraph {
    struct Edge {
        let source: Int
        let target: Int
        let connection: ConnectionGraph.Edge

        /// `389 calls, 37 errors`
        var says: String {
            let errors = connection.errors > 0 ? ", \(HumanText.plural(connection.errors, "error"))" : ""
            return countText + errors
        }

        /// `389 calls`, `12 steps`, `2 branches`
        var countText: String {
            switch connection.type {
            case .calls: HumanText.plural(connection.count, "call")
            case .sequential: HumanText.plural(connection.count, "step")
            case .parallel: "\(HumanText.count(connection.count)) branch\(connection.count == 1 ? "" : "es")"
            }
        }

        /// `p95 2.25 s`; empty where no target has a duration.
        var latency: String { connection.p95Nanos.map { "p95 \(DurationText.human(nanos: $0))" } ?? "" }
    }

    /// On one line each, ascending by code points.
    let names: [String]
    /// Most frequent first.
    let edges: [Edge]

    init(_ graph: ConnectionGraph) {
        let texts = Set(graph.edges.flatMap { [$0.source, $0.target] }).sorted()
        let numbers = Dictionary(texts.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        names = texts.map { $0.isEmpty ? "\"\"" : HumanText.printable($0) }
        edges = graph.edges.compactMap { edge in
            guard let source = numbers[edge.source], let target = numbers[edge.target] else { return nil }
            return Edge(source: source, target: target, connection: edge)
        }
    }
}
