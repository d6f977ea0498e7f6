/// How one span leads to another.
package enum ConnectionType: String, Sendable, Comparable {
    /// From a span to its child.
    case calls
    /// From a parallel primitive to a branch.
    case parallel
    /// From a step to the next.
    case sequential

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// From the spans of one name to those of another.
package struct ConnectionKey: Hashable, Sendable {
    package let source: String
    package let target: String
    package let type: ConnectionType

    package init(source: String, target: String, type: ConnectionType) {
        self.source = source
        self.target = target
        self.type = type
    }
}

/// What operations are called where spans are connected.
package struct NodeNames: Sendable {
    /// Distinct names, and for each operation the number of its own, -1 for none.
    package struct Names: Sendable {
        private(set) var numbers: [Int32] = []
        private(set) var texts: [String] = []
        private var known: [String: Int32] = [:]

        package init(_ names: some Sequence<String?> = []) {
            for name in names { append(name) }
        }

        mutating func append(_ name: String?) {
            guard let name else {
                numbers.append(-1)
                return
            }
            let number = known[name] ?? Int32(texts.count)
            if number == texts.count {
                known[name] = number
                texts.append(name)
            }
            numbers.append(number)
        }

        fileprivate func text(_ place: Int) -> String? { numbers[place] < 0 ? nil : texts[Int(numbers[place])] }
    }

    package let nodes: Names
    /// Of steps and branches, which may have names of their own; `nil` where only calls connect.
    package let steps: (steps: Names, branches: Names)?

    package init(nodes: Names, steps: (steps: Names, branches: Names)? = nil) {
        self.nodes = nodes
        self.steps = steps
    }
}

/// Which connections lead to the spans of a block.
package struct BlockConnections: Sendable {
    /// By the number of a connection.
    package private(set) var keys: [ConnectionKey] = []
    /// By span, the number of a connection that leads to it, -1 for none: a span has one parent, so it is called once,
    /// follows at most one sibling, and branches off at most one parent.
    package private(set) var membership: [[Int32]] = []
    /// Places of spans whose parent is not in the file.
    package private(set) var missingParents: [Int] = []
    private var numbers: [ConnectionKey: Int32] = [:]

    /// - Parameters:
    ///   - selection: The spans that count, `nil` for all.
    ///   - operations: The places in `names` of the block's operations, by their codes.
    package init(_ block: Block, _ selection: [Bool]?, operations: [Int], _ names: NodeNames) throws {
        let codes = try block.operationCodes()
        membership = [try calls(block, selection, operations, names.nodes, codes)]
        guard let (steps, branchNames) = names.steps else { return }
        var pairs = PairTable(operations, steps)
        var (followers, branches) = (
            [Int32](repeating: -1, count: codes.count), [Int32](repeating: -1, count: codes.count)
        )
        for edge in try block.edges() where selection?[edge.target] ?? true {
            let target = Int(codes[edge.target])
            if edge.isParallel {
                branches[edge.target] = number(
                    names.nodes.text(operations[edge.source]), branchNames.text(operations[target]), .parallel)
            } else if let pair = pairs.pair(edge.source, target) {
                if pairs[pair] < 0 {
                    let (from, to) = (operations[edge.source], operations[target])
                    pairs[pair] = Int(number(steps.text(from), steps.text(to), .sequential))
                }
                followers[edge.target] = Int32(pairs[pair])
            }
        }
        membership += [followers, branches]
    }

    private mutating func calls(
        _ block: Block, _ selection: [Bool]?, _ operations: [Int], _ names: NodeNames.Names, _ codes: [UInt16]
    ) throws -> [Int32] {
        var pairs = PairTable(operations, names)
        let parents = try block.parentCodes()
        var calls = [Int32](repeating: -1, count: parents.count)
        for place in parents.indices where selection?[place] ?? true {
            let parent = Int(parents[place])
            if parent == 1 { missingParents.append(place) }
            guard parent > 1, let pair = pairs.pair(parent - 2, Int(codes[place])) else { continue }
            if pairs[pair] < 0 {
                let (from, to) = (operations[parent - 2], operations[Int(codes[place])])
                pairs[pair] = Int(number(names.text(from), names.text(to), .calls))
            }
            calls[place] = Int32(pairs[pair])
        }
        return calls
    }

    /// -1 where an end has no name.
    private mutating func number(_ source: String?, _ target: String?, _ type: ConnectionType) -> Int32 {
        guard let source, let target else { return -1 }
        let key = ConnectionKey(source: source, target: target, type: type)
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

    /// - Parameter operations: Of the block, by code: their places in `names`.
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
