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
        if try !nodes.columns.isDisjoint(with: snapshot.demotedFields()) {
            self = try ConnectionGraph(fromRowsOf: nodes, window, snapshot)
            return
        }
        let names = try NodeNames(nodes, snapshot.operations)
        var tallies: [Key: Tally] = [:]
        var missing = 0
        let parts: [BlockPart] = [.durations, .parents] + (nodes == .primitives ? [.edges] : [])
        try snapshot.mapBlocks(window, reading: parts) { _, _ in
        } transform: { block, selection, _ in
            try BlockGraph(block, selection, names, hasSteps: nodes == .primitives)
        } _: { part in
            missing += part.missingParents
            for tally in part.tallies { tallies[part.keys[tally.group], default: Tally()] += tally.tally }
        }
        try self.init(tallies, missing)
    }

    /// The names of the spans stand with them, because the operations have too many.
    private init(fromRowsOf nodes: Nodes, _ window: TimeWindow, _ snapshot: StoreSnapshot) throws {
        var tallies: [Key: Tally] = [:]
        let missing = try snapshot.forEachConnection(window) { connection in
            guard let key = Key(connection, nodes) else { return }
            let target = connection.target.row
            tallies[key, default: Tally()] += Tally(
                count: 1, errors: target.operation.isError ? 1 : 0,
                durations: target.durationNanos.map { Durations([$0]) } ?? Durations())
        }
        try self.init(tallies, missing)
    }

    private init(_ tallies: [Key: Tally], _ missing: Int) throws {
        let edges = Parallel.map(Array(tallies)) { Edge($0.key, $0.value) }
        self.edges = try edges.map { try $0.get() }
            .sorted { ($1.count, $0.type, $0.source, $0.target) < ($0.count, $1.type, $1.source, $1.target) }
        spansWithMissingParent = missing
    }

    struct Key: Hashable, Sendable {
        let source: String
        let target: String
        let type: ConnectionType
    }
}

extension ConnectionGraph.Nodes {
    /// The operation's columns that name them.
    fileprivate var columns: Set<String> {
        switch self {
        case .services: ["service"]
        case .primitives: Set([.primitiveName, .stepName, .branchName].map { (field: OperationField) in field.name })
        }
    }
}

extension ConnectionGraph.Key {
    /// `nil` where an end has no name.
    fileprivate init?(_ connection: Connection, _ nodes: ConnectionGraph.Nodes) {
        let (source, target) = (connection.source, connection.target)
        let names: (String?, String?)
        switch (nodes, connection.kind) {
        case (.services, .calls): names = (source.resource.serviceName, target.resource.serviceName)
        case (.services, _): return nil
        case (.primitives, .calls): names = (source.text(.primitiveName), target.text(.primitiveName))
        case (.primitives, .sequential): names = (source.stepName, target.stepName)
        case (.primitives, .parallel):
            names = (source.text(.primitiveName), target.text(.branchName) ?? target.text(.primitiveName))
        }
        guard let from = names.0, let to = names.1 else { return nil }
        let type: ConnectionGraph.ConnectionType =
            switch connection.kind {
            case .calls: .calls
            case .sequential: .sequential
            case .parallel: .parallel
            }
        self.init(source: from, target: to, type: type)
    }
}

extension StoredSpan {
    fileprivate var stepName: String? { text(.stepName) ?? text(.primitiveName) }
}

extension ConnectionGraph.Edge {
    fileprivate init(_ key: ConnectionGraph.Key, _ tally: Tally) {
        self.init(
            source: key.source, target: key.target, type: key.type, count: tally.count, errors: tally.errors,
            meanNanos: tally.durations.mean, p95Nanos: tally.durations.quantile(0.95))
    }
}
