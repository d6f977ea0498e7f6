import TraceStore

/// What operations are called in a graph.
struct NodeNames: Sendable {
    /// Distinct names, and by an operation's place in the table the number of its own, -1 for none.
    struct Names: Sendable {
        private(set) var numbers: [Int32] = []
        private(set) var texts: [String] = []

        init() {}

        init(_ names: [String?]) {
            var known: [String: Int32] = [:]
            for name in names {
                guard let name else {
                    numbers.append(-1)
                    continue
                }
                let number = known[name] ?? Int32(texts.count)
                if number == texts.count {
                    known[name] = number
                    texts.append(name)
                }
                numbers.append(number)
            }
        }

        func text(_ place: Int) -> String? { numbers[place] < 0 ? nil : texts[Int(numbers[place])] }
    }

    let isError: [Bool]
    let nodes: Names
    let steps: Names
    let branches: Names

    init(_ nodes: ConnectionGraph.Nodes, _ operations: OperationTable) throws {
        func texts(_ column: OperationTable.Column) throws -> [String?] {
            let texts = try operations.texts(column)
            return texts.codes.indices.map { texts.text($0) }
        }
        isError = try operations.isError()
        switch nodes {
        case .services:
            self.nodes = Names(try texts(.service))
            (steps, branches) = (Names(), Names())
        case .primitives:
            let names = try texts(.field(.primitiveName))
            self.nodes = Names(names)
            steps = Names(zip(try texts(.field(.stepName)), names).map { $0 ?? $1 })
            branches = Names(zip(try texts(.field(.branchName)), names).map { $0 ?? $1 })
        }
    }
}

/// The edges of one block.
struct BlockGraph: Sendable {
    /// By the number of an edge.
    private(set) var keys: [ConnectionGraph.Key] = []
    private(set) var tallies: [BlockTally] = []
    private(set) var missingParents = 0
    private var numbers: [ConnectionGraph.Key: Int32] = [:]

    init(_ block: Block, _ selection: [Bool]?, _ names: NodeNames, hasSteps: Bool) throws {
        let operations = try block.operations()
        let codes = try block.operationCodes()
        let calls = try calls(block, selection, PairTable(operations, names.nodes), operations, names.nodes, codes)
        tallies = try block.tallies(calls, isError: names.isError)
        guard hasSteps else { return }
        var pairs = PairTable(operations, names.steps)
        // A span has one parent, so it follows at most one sibling and branches off at most one parent.
        var (followers, branches) = (
            [Int32](repeating: -1, count: codes.count), [Int32](repeating: -1, count: codes.count)
        )
        for edge in try block.edges() where selection?[edge.target] ?? true {
            let target = Int(codes[edge.target])
            if edge.isParallel {
                branches[edge.target] = number(
                    names.nodes.text(operations[edge.source]), names.branches.text(operations[target]), .parallel)
            } else if let pair = pairs.pair(edge.source, target) {
                if pairs[pair] < 0 {
                    let (from, to) = (operations[edge.source], operations[target])
                    pairs[pair] = Int(number(names.steps.text(from), names.steps.text(to), .sequential))
                }
                followers[edge.target] = Int32(pairs[pair])
            }
        }
        tallies += try block.tallies(followers, isError: names.isError)
        tallies += try block.tallies(branches, isError: names.isError)
    }

    private mutating func calls(
        _ block: Block, _ selection: [Bool]?, _ pairs: PairTable, _ operations: [Int], _ names: NodeNames.Names,
        _ codes: [UInt16]
    ) throws -> [Int32] {
        var pairs = pairs
        let parents = try block.parentCodes()
        var edges = [Int32](repeating: -1, count: parents.count)
        for place in parents.indices where selection?[place] ?? true {
            let parent = Int(parents[place])
            if parent == 1 { missingParents += 1 }
            guard parent > 1, let pair = pairs.pair(parent - 2, Int(codes[place])) else { continue }
            if pairs[pair] < 0 {
                let (from, to) = (operations[parent - 2], operations[Int(codes[place])])
                pairs[pair] = Int(number(names.text(from), names.text(to), .calls))
            }
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
    /// By operation code: the node's number among those of the block, -1 for none.
    private let nodeOf: [Int]
    private let nodes: Int
    private var dense: [Int32] = []
    private var sparse: [Int: Int] = [:]

    private static let mostDenseNodes = 512

    /// - Parameter operations: Of the block, by code: places in the table.
    init(_ operations: [Int], _ names: NodeNames.Names) {
        var numbers = [Int](repeating: -1, count: names.texts.count)
        var next = 0
        nodeOf = operations.map { place in
            let name = Int(names.numbers[place])
            if name < 0 { return -1 }
            if numbers[name] < 0 {
                numbers[name] = next
                next += 1
            }
            return numbers[name]
        }
        nodes = next
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
