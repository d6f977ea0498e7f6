/// Which spans of a trace are the model calls to count: those whose kind says inference or embedding and that no such
/// span below repeats. Where no span of the trace tells a kind, the deepest ones that carry usage.
package enum UsageRule {
    package struct Span {
        let id: UInt64
        /// 0 for a root.
        let parent: UInt64
        let role: UsageRole?
        let hasUsage: Bool

        package init(id: UInt64, parent: UInt64, role: UsageRole?, hasUsage: Bool) {
            self.id = id
            self.parent = parent
            self.role = role
            self.hasUsage = hasUsage
        }
    }

    /// - Returns: Places in `trace`, ascending.
    package static func countedCalls(in trace: [Span]) -> [Int] {
        let hasKinds = trace.contains { $0.role != nil }
        let marked = trace.indices.filter { hasKinds ? trace[$0].role == .inference : trace[$0].hasUsage }
        if marked.isEmpty { return [] }
        let parents = Dictionary(trace.map { ($0.id, $0.parent) }, uniquingKeysWith: { first, _ in first })
        var repeated: Set<UInt64> = []
        for place in marked where trace[place].hasUsage {
            var next = trace[place].parent
            // Stops at the root, at a missing parent, where another walk went on from, and in a cycle.
            while next != 0, next != trace[place].id, let parent = parents[next], repeated.insert(next).inserted {
                next = parent
            }
        }
        return marked.filter { !repeated.contains(trace[$0].id) }
    }
}
