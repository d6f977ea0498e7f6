import TraceModel
import TraceStore

/// Who calls whom, and who follows whom.
package struct ConnectionGraph: Sendable {
    package enum Nodes: String, Sendable, CaseIterable { case services, primitives }

    package enum ConnectionType: String, Sendable, Comparable {
        case calls, parallel, sequential

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    package struct Edge: Sendable {
        package let source: String
        package let target: String
        package let type: ConnectionType
        package let count: Int
        /// Of the target's spans, as are the times.
        package let errors: Int
        /// `nil` when no target is finished with a duration.
        package let meanNanos: Double?
        package let p95Nanos: Double?
    }

    /// Most frequent first.
    package let edges: [Edge]
    /// Spans of the window whose parent is not in the file.
    package let spansWithMissingParent: Int

    /// An edge counts where its target starts; the source may lie before the window.
    package init(of nodes: Nodes, window: TimeWindow, in snapshot: StoreSnapshot) throws {
        var builder = Builder(window: window)
        try snapshot.scanTraces { spans in
            let family = Family(spans)
            builder.countMissingParents(family)
            switch nodes {
            case .services: builder.addServiceCalls(family)
            case .primitives:
                builder.addPrimitiveCalls(family)
                for (parent, children) in family.childrenByParent {
                    builder.addSequence(parent, children)
                    builder.addBranches(parent, children)
                }
            }
        }
        edges = builder.edges
        spansWithMissingParent = builder.missingParents
    }
}

/// The spans of one trace, by their parents.
private struct Family {
    /// Spans whose parent is stored, with it.
    private(set) var pairs: [(parent: SpanRow, child: SpanRow)] = []
    private(set) var orphans: [SpanRow] = []

    init(_ spans: [SpanRow]) {
        let byID = Dictionary(spans.map { ($0.spanID, $0) }, uniquingKeysWith: { first, _ in first })
        for span in spans {
            guard let parentID = span.parent else { continue }
            if let parent = byID[parentID] { pairs.append((parent, span)) } else { orphans.append(span) }
        }
    }

    var childrenByParent: [(parent: SpanRow, children: [SpanRow])] {
        Dictionary(grouping: pairs) { $0.parent.spanID }.values.map { ($0[0].parent, $0.map(\.child)) }
    }
}

private struct Builder {
    private struct Key: Hashable {
        let source: String
        let target: String
        let type: ConnectionGraph.ConnectionType
    }

    private struct Tally {
        private(set) var count = 0
        private(set) var errors = 0
        private(set) var durations = Durations()

        mutating func add(_ span: SpanRow) {
            count += 1
            if span.operation.isError { errors += 1 }
            if let duration = span.durationNanos { durations.add(duration) }
        }
    }

    private let window: TimeWindow
    private var tallies: [Key: Tally] = [:]
    private(set) var missingParents = 0

    init(window: TimeWindow) { self.window = window }

    var edges: [ConnectionGraph.Edge] {
        tallies.map { key, tally in
            ConnectionGraph.Edge(
                source: key.source, target: key.target, type: key.type, count: tally.count, errors: tally.errors,
                meanNanos: tally.durations.mean, p95Nanos: tally.durations.quantile(0.95))
        }
        .sorted { ($1.count, $0.type, $0.source, $0.target) < ($0.count, $1.type, $1.source, $1.target) }
    }

    mutating func countMissingParents(_ family: Family) {
        missingParents += family.orphans.count { window.contains($0.startNanos) }
    }

    mutating func addServiceCalls(_ family: Family) {
        for (parent, child) in family.pairs {
            add(parent.operation.service, child.operation.service, .calls, child)
        }
    }

    mutating func addPrimitiveCalls(_ family: Family) {
        for (parent, child) in family.pairs {
            add(parent.operation[.primitiveName], child.operation[.primitiveName], .calls, child)
        }
    }

    /// From each step to the one with the next index. Several spans at one index count once: from the last to end to
    /// the first to start.
    mutating func addSequence(_ parent: SpanRow, _ children: [SpanRow]) {
        var steps = children.filter(\.isStep).compactMap(IndexedStep.init)
        if steps.isEmpty, parent.isSequential {
            steps = children.compactMap { child in
                child.integer(.primitiveStepIndex).map { IndexedStep(index: $0, span: child) }
            }
        }
        let byIndex = Dictionary(grouping: steps, by: \.index).mapValues { $0.map(\.span) }
        for (index, sources) in byIndex {
            guard index < .max, let targets = byIndex[index + 1],
                let source = sources.min(by: { ($1.endNanos, $0.spanID) < ($0.endNanos, $1.spanID) }),
                let target = targets.min(by: { ($0.startNanos, $0.spanID) < ($1.startNanos, $1.spanID) })
            else { continue }
            add(source.stepName, target.stepName, .sequential, target)
        }
    }

    /// From a parallel primitive to each branch.
    mutating func addBranches(_ parent: SpanRow, _ children: [SpanRow]) {
        guard parent.isParallel else { return }
        let branches = children.filter(\.isBranch)
        for branch in branches.isEmpty ? children : branches {
            let name = branch.operation[.branchName] ?? branch.operation[.primitiveName]
            add(parent.operation[.primitiveName], name, .parallel, branch)
        }
    }

    private mutating func add(
        _ source: String?, _ target: String?, _ type: ConnectionGraph.ConnectionType, _ span: SpanRow
    ) {
        guard let source, let target, window.contains(span.startNanos) else { return }
        // In place: a copy of a tally would copy all its durations.
        tallies[Key(source: source, target: target, type: type), default: Tally()].add(span)
    }
}

private struct IndexedStep {
    let index: Int64
    let span: SpanRow

    init(index: Int64, span: SpanRow) {
        self.index = index
        self.span = span
    }

    /// `nil` for a span without any index.
    init?(_ span: SpanRow) {
        guard let index = span.integer(.stepIndex) ?? span.integer(.primitiveStepIndex) else { return nil }
        self.init(index: index, span: span)
    }
}

/// The marks that TTA.dev's primitives leave on their spans.
extension SpanRow {
    fileprivate var isStep: Bool {
        integer(.stepIndex) != nil || operation[.stepName] != nil || operation[.primitiveType] == "SequentialStep"
    }

    fileprivate var isSequential: Bool {
        operation[.primitiveType] == "sequential" || operation[.primitiveType] == "SequentialPrimitive"
    }

    fileprivate var isParallel: Bool {
        operation[.primitiveType] == "parallel" || operation[.primitiveType] == "ParallelPrimitive"
    }

    fileprivate var isBranch: Bool { integer(.branchIndex) != nil || operation[.branchName] != nil }

    fileprivate var stepName: String? { operation[.stepName] ?? operation[.primitiveName] }
}
