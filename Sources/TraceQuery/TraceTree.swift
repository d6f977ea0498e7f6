import TraceModel
import TraceStore

/// One run as a tree of spans, in the order a reader wants: each span before its children, siblings by start.
package struct TraceTree: Sendable {
    package struct Node: Sendable {
        package let stored: StoredSpan
        /// 0 for a root.
        package let depth: Int
        /// Its parent is named but not in the file, or lies in a circle of parents.
        package let isOrphan: Bool
        /// Time in which no child ran; `nil` without a duration.
        package let selfNanos: UInt64?
        /// Whether the run would have ended earlier had this span been shorter: it lies on the chain of spans that
        /// waited for each other from the last end back to the first start.
        package fileprivate(set) var isCritical: Bool
        /// Whether its tokens are counted for the run.
        package let isCountedCall: Bool
    }

    package let traceID: TraceID
    /// The run whole, whatever part of it ``nodes`` are.
    package let run: RunList.Run
    package let nodes: [Node]

    /// - Parameter spans: All spans of one trace, at least one.
    package init(_ spans: [StoredSpan]) {
        traceID = spans[0].row.traceID
        run = RunList.Run(spans)
        let layout = TreeLayout(spans.map(\.row))
        let counted = Set(UsageRule.countedCalls(in: spans.map(\.row.usage)))
        let critical = layout.criticalIndexes()
        nodes = layout.order.map { place in
            let stored = spans[place.index]
            return Node(
                stored: stored, depth: place.depth,
                isOrphan: place.depth == 0 && stored.row.parent != nil,
                selfNanos: layout.selfNanos(place.index), isCritical: critical.contains(place.index),
                isCountedCall: counted.contains(place.index))
        }
    }

    /// Only some of the spans.
    ///
    /// - Parameters:
    ///   - rows: Their ids.
    ///   - keepsPaths: Whether what stands above them stays too.
    package func narrowed(to rows: Set<Int64>, keepsPaths: Bool) -> TraceTree {
        var kept: [Node] = []
        // From the last to the first: what stands above comes after what it is kept for.
        var depthToKeep = 0
        for node in nodes.reversed() {
            let isPath = keepsPaths && node.depth < depthToKeep
            guard rows.contains(node.stored.row.id) || isPath else { continue }
            kept.append(node)
            depthToKeep = node.depth
        }
        return TraceTree(traceID: traceID, run: run, nodes: kept.reversed())
    }

    private init(traceID: TraceID, run: RunList.Run, nodes: [Node]) {
        self.traceID = traceID
        self.run = run
        self.nodes = nodes
    }

    /// - Throws: `RunNameError` when there is no such run.
    package init(_ id: TraceID, in snapshot: StoreSnapshot) throws {
        let spans = try snapshot.trace(id)
        if spans.isEmpty { throw try snapshot.notFound(id.hex) }
        self.init(spans)
    }
}

/// Parents and children by index. All walks are iterative and visit a span once, so that neither depth nor a circle
/// of parents matters.
private struct TreeLayout {
    private let shape: RunShape
    private let children: [[Int]]
    let order: [(index: Int, depth: Int)]

    init(_ spans: [SpanRow]) {
        let byStart = spans.indices.sorted {
            (spans[$0].startNanos, spans[$0].spanID) < (spans[$1].startNanos, spans[$1].spanID)
        }
        shape = RunShape(spans)
        var children = [[Int]](repeating: [], count: spans.count)
        for index in byStart where shape.parents[index] >= 0 { children[Int(shape.parents[index])].append(index) }
        let parents = shape.parents
        var visited = Set<Int>()
        var order: [(index: Int, depth: Int)] = []
        func walk(from root: Int) {
            var stack = [(index: root, depth: 0)]
            while let next = stack.popLast() {
                guard visited.insert(next.index).inserted else { continue }
                order.append(next)
                stack += children[next.index].reversed().map { ($0, next.depth + 1) }
            }
        }
        byStart.filter { parents[$0] < 0 }.forEach(walk)
        // What is left hangs in circles of parents: each begins at its first span.
        for index in byStart where !visited.contains(index) { walk(from: index) }
        self.children = children
        self.order = order
    }

    /// The duration less the time covered by children, overlaps counted once.
    func selfNanos(_ index: Int) -> UInt64? { shape.selfNanos(index, children[index]) }

    /// Those that the run waited for.
    func criticalIndexes() -> Set<Int> { Set(RunPath(shape.runs[0], shape).steps.map(\.place)) }
}

extension RunShape {
    /// Of one run whose spans are at hand.
    init(_ spans: [SpanRow]) {
        let byID = Dictionary(
            spans.indices.map { (spans[$0].spanID, $0) },
            uniquingKeysWith: { spans[$0].startNanos <= spans[$1].startNanos ? $0 : $1 })
        self.init(
            runs: [0..<spans.count], traces: spans.first.map { [$0.trace] } ?? [], starts: spans.map(\.startNanos),
            ends: spans.map { $0.durationNanos == nil ? nil : $0.endNanos },
            parents: spans.indices.map { index in
                let parent = spans[index].parent.flatMap { byID[$0] }
                return parent.map { $0 == index ? -1 : Int32($0) } ?? -1
            },
            isError: spans.map(\.operation.isError), namesParent: spans.map { $0.parent != nil },
            groups: [[Int32](repeating: 0, count: spans.count)], keys: [[[]]], numbers: nil)
    }
}
