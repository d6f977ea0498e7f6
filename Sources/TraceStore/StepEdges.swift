import TraceModel

/// Who follows whom and who branches into whom, among the spans of one trace.
struct StepEdge {
    enum Kind: UInt64 {
        /// From a step to the one with the next index.
        case sequential
        /// From a parallel primitive to a branch.
        case parallel
    }

    let kind: Kind
    /// Places in the trace.
    let source: Int
    let target: Int
}

/// Finds the edges between the children of each parent of a trace.
struct StepEdges {
    private let trace: TraceFacts
    private let operations: [Operation]
    /// The numbers of a trace that has too many to look through: by field and span.
    private var numbers: [NumberField: [Int: Int64]] = [:]
    private(set) var edges: [StepEdge] = []

    private static let mostToScan = 64

    /// - Parameters:
    ///   - operations: Of the trace's spans, in their order.
    ///   - parents: Places of the spans' parents; -1 where there is none in the trace.
    init(_ trace: TraceFacts, _ operations: [Operation], parents: [Int]) {
        self.trace = trace
        self.operations = operations
        guard operations.contains(where: { $0.isStep || $0.isSequential || $0.isParallel }) || hasStepIndexes else {
            return
        }
        if trace.numbers.count > Self.mostToScan {
            for entry in trace.numbers {
                numbers[entry.number.field, default: [:]][entry.span] = Int64(bitPattern: entry.number.bits)
            }
        }
        var children: [Int: [Int]] = [:]
        for (child, parent) in parents.enumerated() where parent >= 0 { children[parent, default: []].append(child) }
        for (parent, children) in children.sorted(by: { $0.key < $1.key }) {
            addSequence(parent, children)
            addBranches(parent, children)
        }
    }

    private var hasStepIndexes: Bool {
        trace.numbers.contains { $0.number.field == .stepIndex || $0.number.field == .branchIndex }
    }

    private func integer(_ field: NumberField, _ span: Int) -> Int64? {
        if !numbers.isEmpty { return numbers[field]?[span] }
        return trace.numbers.first { $0.span == span && $0.number.field == field }.map {
            Int64(bitPattern: $0.number.bits)
        }
    }

    /// Several spans at one index count once: from the last to end to the first to start.
    private mutating func addSequence(_ parent: Int, _ children: [Int]) {
        var steps: [(index: Int64, span: Int)] = []
        for child in children where operations[child].isStep || integer(.stepIndex, child) != nil {
            if let index = integer(.stepIndex, child) ?? integer(.primitiveStepIndex, child) {
                steps.append((index, child))
            }
        }
        if steps.isEmpty, operations[parent].isSequential {
            for child in children {
                if let index = integer(.primitiveStepIndex, child) { steps.append((index, child)) }
            }
        }
        if steps.count < 2 { return }
        let byIndex = Dictionary(grouping: steps, by: \.index).mapValues { $0.map(\.span) }
        for (index, sources) in byIndex.sorted(by: { $0.key < $1.key }) {
            let spans = trace.spans
            guard index < .max, let targets = byIndex[index + 1],
                let source = sources.min(by: {
                    (spans[$1].endNanos, spans[$0].spanID) < (spans[$0].endNanos, spans[$1].spanID)
                }),
                let target = targets.min(by: {
                    (spans[$0].startNanos, spans[$0].spanID) < (spans[$1].startNanos, spans[$1].spanID)
                })
            else { continue }
            edges.append(StepEdge(kind: .sequential, source: source, target: target))
        }
    }

    private mutating func addBranches(_ parent: Int, _ children: [Int]) {
        guard operations[parent].isParallel else { return }
        let branches = children.filter {
            operations[$0][.branchName] != nil || integer(.branchIndex, $0) != nil
        }
        for branch in branches.isEmpty ? children : branches {
            edges.append(StepEdge(kind: .parallel, source: parent, target: branch))
        }
    }
}

/// The marks that TTA.dev's primitives leave on their spans.
extension Operation {
    fileprivate var isStep: Bool { self[.stepName] != nil || self[.primitiveType] == "SequentialStep" }

    fileprivate var isSequential: Bool {
        self[.primitiveType] == "sequential" || self[.primitiveType] == "SequentialPrimitive"
    }

    fileprivate var isParallel: Bool {
        self[.primitiveType] == "parallel" || self[.primitiveType] == "ParallelPrimitive"
    }
}
