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

    fileprivate struct Key: Hashable, Sendable {
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

/// What operations are called in a graph, by their place in the table.
private struct NodeNames: Sendable {
    let isError: [Bool]
    let names: [String?]
    let stepNames: [String?]
    let branchNames: [String?]

    init(_ nodes: ConnectionGraph.Nodes, _ operations: OperationTable) throws {
        func texts(_ column: OperationTable.Column) throws -> [String?] {
            let texts = try operations.texts(column)
            return texts.codes.indices.map { texts.text($0) }
        }
        isError = try operations.isError()
        switch nodes {
        case .services:
            names = try texts(.service)
            (stepNames, branchNames) = ([], [])
        case .primitives:
            let names = try texts(.field(.primitiveName))
            self.names = names
            stepNames = zip(try texts(.field(.stepName)), names).map { $0 ?? $1 }
            branchNames = zip(try texts(.field(.branchName)), names).map { $0 ?? $1 }
        }
    }
}

/// The edges of one block.
private struct BlockGraph: Sendable {
    /// By the number of an edge.
    private(set) var keys: [ConnectionGraph.Key] = []
    private(set) var tallies: [BlockTally] = []
    private(set) var missingParents = 0
    private var numbers: [ConnectionGraph.Key: Int32] = [:]

    init(_ block: Block, _ selection: [Bool]?, _ names: NodeNames, hasSteps: Bool) throws {
        let operations = try block.operations()
        let codes = try block.operationCodes()
        let calls = try calls(block, selection, operations.map { names.names[$0] }, codes)
        tallies = try block.tallies(calls, isError: names.isError)
        guard hasSteps else { return }
        let steps = operations.map { names.stepNames[$0] }
        var pairs = PairTable(steps)
        // A span has one parent, so it follows at most one sibling and branches off at most one parent.
        var (followers, branches) = (
            [Int32](repeating: -1, count: codes.count), [Int32](repeating: -1, count: codes.count)
        )
        for edge in try block.edges() where selection?[edge.target] ?? true {
            let target = Int(codes[edge.target])
            if edge.isParallel {
                branches[edge.target] = number(
                    names.names[operations[edge.source]], names.branchNames[operations[target]], .parallel)
            } else if let pair = pairs.pair(edge.source, target) {
                if pairs[pair] < 0 { pairs[pair] = Int(number(steps[edge.source], steps[target], .sequential)) }
                followers[edge.target] = Int32(pairs[pair])
            }
        }
        tallies += try block.tallies(followers, isError: names.isError)
        tallies += try block.tallies(branches, isError: names.isError)
    }

    private mutating func calls(
        _ block: Block, _ selection: [Bool]?, _ names: [String?], _ codes: [UInt16]
    ) throws -> [Int32] {
        var pairs = PairTable(names)
        let parents = try block.parentCodes()
        var edges = [Int32](repeating: -1, count: parents.count)
        for place in parents.indices where selection?[place] ?? true {
            let parent = Int(parents[place])
            if parent == 1 { missingParents += 1 }
            guard parent > 1, let pair = pairs.pair(parent - 2, Int(codes[place])) else { continue }
            if pairs[pair] < 0 { pairs[pair] = Int(number(names[parent - 2], names[Int(codes[place])], .calls)) }
            edges[place] = Int32(pairs[pair])
        }
        return edges
    }

    /// -1 where an end has no name.
    private mutating func number(
        _ source: String?, _ target: String?, _ type: ConnectionGraph.ConnectionType
    ) -> Int32 {
        guard let source, let target else { return -1 }
        let key = ConnectionGraph.Key(source: source, target: target, type: type)
        if let known = numbers[key] { return known }
        let number = Int32(keys.count)
        numbers[key] = number
        keys.append(key)
        return number
    }
}

/// A number for each pair of a block's nodes.
private struct PairTable {
    private let nodeOf: [Int]
    private let nodes: Int
    private var dense: [Int32] = []
    private var sparse: [Int: Int] = [:]

    private static let mostDenseNodes = 512

    /// - Parameter names: By operation code; `nil` for those that are no node.
    init(_ names: [String?]) {
        var indexes: [String: Int] = [:]
        nodeOf = names.map { name in
            guard let name else { return -1 }
            if let known = indexes[name] { return known }
            indexes[name] = indexes.count
            return indexes.count - 1
        }
        nodes = indexes.count
        if nodes <= Self.mostDenseNodes { dense = [Int32](repeating: -1, count: nodes * nodes) }
    }

    func pair(_ source: Int, _ target: Int) -> Int? {
        let (from, to) = (nodeOf[source], nodeOf[target])
        return from < 0 || to < 0 ? nil : from * nodes + to
    }

    /// -1 for a pair that has none yet.
    subscript(pair: Int) -> Int {
        get { dense.isEmpty ? sparse[pair] ?? -1 : Int(dense[pair]) }
        set {
            if dense.isEmpty { sparse[pair] = newValue } else { dense[pair] = Int32(newValue) }
        }
    }
}
