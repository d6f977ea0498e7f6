import TraceModel
import TraceStore

/// Who calls whom, and who follows whom.
package struct ConnectionGraph: Sendable {
    package enum Nodes: String, Sendable, CaseIterable {
        case services, primitives
        /// By `agent.type`, else `agent.name`.
        case agents
        /// By service and span name.
        case operations
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

    package let coverage: SpanCoverage
    /// Whether each ``Edge/p95Nanos`` is that of the spans themselves, not within
    /// ``TraceModel/DurationSketch/relativeError`` of the nearest rank. All else is exact in any case.
    package let isExact: Bool

    /// An edge counts where its target starts; the source may lie before the window.
    ///
    /// - Parameter isExact: Whether to count one by one however many spans there are, and none that are removed.
    package init(
        of nodes: Nodes, isExact: Bool = false, window: TimeWindow, where filter: SpanFilter? = nil,
        in snapshot: StoreSnapshot
    ) throws {
        if try !nodes.columns.isDisjoint(with: snapshot.demotedFields()) {
            self = try ConnectionGraph(fromRowsOf: nodes, window, filter, snapshot)
            return
        }
        let coverage = try snapshot.coverage(window, nodes.family, isExact: isExact || filter != nil)
        var names: NodeNames?
        var tallies: [ConnectionKey: Tally] = [:]
        var missing = 0
        let parts: [BlockPart] = [.durations, .parents] + (nodes == .primitives ? [.edges] : [])
        try snapshot.mapBlocks(coverage, where: filter?.selection, reading: parts) { _, _ in
            let known = try names ?? NodeNames(nodes, snapshot.operations)
            names = known
            return (names: known, isError: try snapshot.operations.isError())
        } transform: { block, selection, known in
            let connections = try BlockConnections(block, selection, operations: block.operations(), known.names)
            return (
                keys: connections.keys, missing: connections.missingParents.count,
                tallies: try connections.membership.flatMap { try block.tallies($0, isError: known.isError) }
            )
        } _: { part in
            missing += part.missing
            for tally in part.tallies { tallies[part.keys[tally.group], default: Tally()] += tally.tally }
        }
        if let family = nodes.family {
            try snapshot.forEachRollup(family, coverage.hours) { key, sums in
                guard let key = ConnectionKey(key) else {
                    missing += sums.spans
                    return
                }
                tallies[key, default: Tally()] += Tally(
                    count: sums.spans, errors: sums.errors, durations: Durations(sums))
            }
        }
        try self.init(tallies, missing, coverage)
    }

    /// The names of the spans stand with them, because the operations have too many.
    private init(
        fromRowsOf nodes: Nodes, _ window: TimeWindow, _ filter: SpanFilter?, _ snapshot: StoreSnapshot
    ) throws {
        var tallies: [ConnectionKey: Tally] = [:]
        let missing = try snapshot.forEachConnection(window, where: filter?.selection) { connection in
            guard let key = ConnectionKey(connection, nodes) else { return }
            let target = connection.target.row
            tallies[key, default: Tally()] += Tally(
                count: 1, errors: target.operation.isError ? 1 : 0,
                durations: target.durationNanos.map { Durations([$0]) } ?? Durations())
        }
        try self.init(tallies, missing, snapshot.coverage(window, nil, isExact: true))
    }

    private init(_ tallies: [ConnectionKey: Tally], _ missing: Int, _ coverage: SpanCoverage) throws {
        self.coverage = coverage
        isExact = tallies.values.allSatisfy(\.durations.isExact)
        let edges = Parallel.map(Array(tallies)) { Edge($0.key, $0.value) }
        self.edges = try edges.map { try $0.get() }
            .sorted { ($1.count, $0.type, $0.source, $0.target) < ($0.count, $1.type, $1.source, $1.target) }
        spansWithMissingParent = missing
    }
}

extension ConnectionGraph.Nodes {
    /// The rollups that know them, if any do.
    fileprivate var family: RollupFamily? {
        switch self {
        case .services: .serviceConnection
        case .primitives: .primitiveConnection
        case .agents, .operations: nil
        }
    }

    /// The operation's columns that name them.
    fileprivate var columns: Set<String> {
        switch self {
        case .services: ["service"]
        case .primitives: Set([.primitiveName, .stepName, .branchName].map { (field: OperationField) in field.name })
        case .agents: Set([.agentType, .agentName].map { (field: OperationField) in field.name })
        case .operations: ["service", "name"]
        }
    }
}

extension ConnectionKey {
    /// `nil` for the group of spans whose parent is not in the file.
    fileprivate init?(_ key: RollupKey) {
        guard let source = key[0], let target = key[1], let type = key[2] else { return nil }
        // Connections that came too late for a group of their own are of several types, but a call each.
        self.init(source: source, target: target, type: ConnectionType(rawValue: type) ?? .calls)
    }

    /// `nil` where an end has no name.
    fileprivate init?(_ connection: Connection, _ nodes: ConnectionGraph.Nodes) {
        let (source, target) = (connection.source, connection.target)
        let names: (String?, String?)
        switch (nodes, connection.type) {
        case (.services, .calls): names = (source.resource.serviceName, target.resource.serviceName)
        case (.agents, .calls): names = (source.agent, target.agent)
        case (.operations, .calls): names = (source.operationName, target.operationName)
        case (.services, _), (.agents, _), (.operations, _): return nil
        case (.primitives, .calls): names = (source.text(.primitiveName), target.text(.primitiveName))
        case (.primitives, .sequential): names = (source.stepName, target.stepName)
        case (.primitives, .parallel):
            names = (source.text(.primitiveName), target.text(.branchName) ?? target.text(.primitiveName))
        }
        guard let from = names.0, let to = names.1 else { return nil }
        self.init(source: from, target: to, type: connection.type)
    }
}

extension StoredSpan {
    fileprivate var stepName: String? { text(.stepName) ?? text(.primitiveName) }

    fileprivate var agent: String? { text(.agentType) ?? text(.agentName) }

    fileprivate var operationName: String { TraceQuery.operationName(resource.serviceName, span.name) }
}

extension ConnectionGraph.Edge {
    fileprivate init(_ key: ConnectionKey, _ tally: Tally) {
        self.init(
            source: key.source, target: key.target, type: key.type, count: tally.count, errors: tally.errors,
            meanNanos: tally.durations.mean, p95Nanos: tally.durations.quantile(0.95))
    }
}

extension NodeNames {
    /// Of the operations of a table.
    fileprivate init(_ nodes: ConnectionGraph.Nodes, _ operations: OperationTable) throws {
        func texts(_ column: OperationTable.Column) throws -> [String?] {
            let texts = try operations.texts(column)
            return texts.codes.indices.map { texts.text($0) }
        }
        switch nodes {
        case .services: self.init(nodes: Names(try texts(.service)))
        case .agents:
            self.init(nodes: Names(zip(try texts(.field(.agentType)), try texts(.field(.agentName))).map { $0 ?? $1 }))
        case .operations:
            self.init(
                nodes: Names(zip(try texts(.service), try texts(.name)).map { operationName($0, $1 ?? "") }))
        case .primitives:
            let names = try texts(.field(.primitiveName))
            self.init(
                nodes: Names(names),
                steps: (
                    Names(zip(try texts(.field(.stepName)), names).map { $0 ?? $1 }),
                    Names(zip(try texts(.field(.branchName)), names).map { $0 ?? $1 })
                ))
        }
    }
}

/// What an operation is called in a graph: `shop: checkout`.
private func operationName(_ service: String?, _ name: String) -> String { service.map { "\($0): \(name)" } ?? name }
