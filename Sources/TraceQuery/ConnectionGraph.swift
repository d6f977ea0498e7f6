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
        var builder = try Builder(nodes, snapshot.operations)
        try snapshot.forEachBlock(window) { try builder.add($0, $1) }
        edges = builder.edges
        spansWithMissingParent = builder.missingParents
    }
}

/// Adds up edges, block by block.
private struct Builder {
    private struct Key: Hashable {
        let source: String
        let target: String
        let type: ConnectionGraph.ConnectionType
    }

    private let nodes: ConnectionGraph.Nodes
    private let isError: [Bool]
    /// By an operation's place in the table.
    private let names: [String?]
    private let stepNames: [String?]
    private let branchNames: [String?]
    private var tallies = Tallies()
    private var numbers: [Key: Int] = [:]
    private(set) var missingParents = 0

    init(_ nodes: ConnectionGraph.Nodes, _ operations: OperationTable) throws {
        func texts(_ column: OperationTable.Column) throws -> [String?] {
            let texts = try operations.texts(column)
            return texts.codes.indices.map { texts.text($0) }
        }
        self.nodes = nodes
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

    var edges: [ConnectionGraph.Edge] {
        numbers.map { key, number in
            let tally = tallies.all[number]
            return ConnectionGraph.Edge(
                source: key.source, target: key.target, type: key.type, count: tally.count, errors: tally.errors,
                meanNanos: tally.durations.mean, p95Nanos: tally.durations.quantile(0.95))
        }
        .sorted { ($1.count, $0.type, $0.source, $0.target) < ($0.count, $1.type, $1.source, $1.target) }
    }

    mutating func add(_ block: Block, _ selection: [Bool]?) throws {
        let spans = try GraphSpans(block, isError)
        try addCalls(block, spans, selection)
        if nodes == .primitives { try addSteps(block, spans, selection) }
    }

    private mutating func addCalls(_ block: Block, _ spans: GraphSpans, _ selection: [Bool]?) throws {
        let names = spans.operations.map { self.names[$0] }
        var pairs = PairTable(names)
        let parents = try block.parentCodes()
        var edges = [Int32](repeating: -1, count: parents.count)
        for place in parents.indices where selection?[place] ?? true {
            let parent = Int(parents[place])
            if parent == 1 { missingParents += 1 }
            guard parent > 1, let pair = pairs.pair(parent - 2, Int(spans.codes[place])) else { continue }
            if pairs[pair] < 0, let source = names[parent - 2], let target = names[Int(spans.codes[place])] {
                pairs[pair] = self.number(Key(source: source, target: target, type: .calls))
            }
            edges[place] = Int32(pairs[pair])
        }
        tallies.add(
            edges, of: numbers.count, codes: spans.codes, isError: spans.isError, durations: spans.durations,
            withoutDuration: Array(spans.irregular))
    }

    private mutating func addSteps(_ block: Block, _ spans: GraphSpans, _ selection: [Bool]?) throws {
        let steps = spans.operations.map { stepNames[$0] }
        var pairs = PairTable(steps)
        for edge in try block.edges() where selection?[edge.target] ?? true {
            let target = Int(spans.codes[edge.target])
            let number: Int
            if edge.isParallel {
                guard let source = names[spans.operations[edge.source]],
                    let name = branchNames[spans.operations[target]]
                else { continue }
                number = self.number(Key(source: source, target: name, type: .parallel))
            } else {
                guard let pair = pairs.pair(edge.source, target), let source = steps[edge.source],
                    let name = steps[target]
                else { continue }
                if pairs[pair] < 0 { pairs[pair] = self.number(Key(source: source, target: name, type: .sequential)) }
                number = pairs[pair]
            }
            tallies.add(to: number, isError: spans.isError[target], spans.duration(edge.target))
        }
    }

    private mutating func number(_ key: Key) -> Int {
        if let known = numbers[key] { return known }
        numbers[key] = numbers.count
        return numbers.count - 1
    }
}

/// The columns of a block that tell of an edge's target.
private struct GraphSpans {
    /// By code: a place in the table of operations.
    let operations: [Int]
    let isError: [Bool]
    let codes: [UInt16]
    let durations: [UInt64]
    let irregular: Set<Int>

    init(_ block: Block, _ isErrorOf: [Bool]) throws {
        operations = try block.operations()
        isError = operations.map { isErrorOf[$0] }
        codes = try block.operationCodes()
        durations = try block.durationNanos()
        irregular = Set(try block.irregular().map(\.place))
    }

    func duration(_ place: Int) -> UInt64? {
        !irregular.isEmpty && irregular.contains(place) ? nil : durations[place]
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
