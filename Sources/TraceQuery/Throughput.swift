import TraceModel
import TraceStore

/// How many spans start over time.
package struct Throughput: Sendable {
    package struct Counts: Hashable, Sendable {
        package fileprivate(set) var spans = 0
        package fileprivate(set) var errors = 0
    }

    package struct Group: Sendable {
        package let key: GroupKey
        /// By step.
        package let counts: [Counts]
        package let total: Counts
    }

    package let by: [FieldName]
    /// `nil` when no span was counted.
    package let window: StepWindow?
    /// Most spans first; one without `by`.
    package let groups: [Group]
    /// Spans of the window that have none of the `by` fields.
    package let spansWithoutGroup: Int

    /// - Parameters:
    ///   - step: Nanoseconds; `nil` for a round length of which a screen holds all.
    ///   - rootsOnly: Count runs: spans without a parent.
    /// - Throws: ``TooManyStepsError``.
    package init(
        step: UInt64?, by: [FieldName], rootsOnly: Bool, window: TimeWindow, where filter: SpanFilter? = nil,
        in snapshot: StoreSnapshot
    ) throws {
        self.by = by
        guard let range = try snapshot.startRange(), let window = try StepWindow(step, window, over: range) else {
            (self.window, groups, spansWithoutGroup) = (nil, [], 0)
            return
        }
        let steps = window.steps
        let counted = TimeWindow(
            from: window.bounds(0).lowerBound, to: window.bounds(steps.count - 1).upperBound)
        var groups = Groups(by, keepsEmpty: false, in: snapshot)
        var counts: [StepOfGroup: Counts] = [:]
        var withoutGroup = 0
        let isErrorOf = try snapshot.operations.isError()
        try snapshot.mapBlocks(
            SpanCoverage(counted), where: filter?.selection, reading: [.starts] + (rootsOnly ? [.parents] : [])
        ) { block, selection in
            let membership = try groups.membership(block, selection)
            try window.check(groups: groups.keys.count)
            return membership
        } transform: { block, selection, membership in
            var numbers = try membership.numbers(block, selection)
            if rootsOnly { try block.leaveRoots(&numbers) }
            return try block.starts(numbers, in: steps, isErrorOf)
        } _: { part in
            counts.merge(part.counts) { Counts(spans: $0.spans + $1.spans, errors: $0.errors + $1.errors) }
            withoutGroup += part.withoutGroup
        }
        var bySteps: [Int32: [Counts]] = [:]
        for (place, sum) in counts {
            bySteps[place.group, default: [Counts](repeating: Counts(), count: steps.count)][place.step] = sum
        }
        self.window = bySteps.isEmpty ? nil : window
        self.groups = bySteps.map { Group(key: groups.keys[Int($0)], counts: $1) }.sorted {
            let (a, b) = ($0.total.spans, $1.total.spans)
            return a == b ? isOrdered($0.key, before: $1.key) : a > b
        }
        spansWithoutGroup = withoutGroup
    }
}

extension Throughput.Group {
    fileprivate init(key: GroupKey, counts: [Throughput.Counts]) {
        self.key = key
        self.counts = counts
        total = counts.reduce(into: Throughput.Counts()) {
            $0.spans += $1.spans
            $0.errors += $1.errors
        }
    }
}

private struct StepOfGroup: Hashable, Sendable {
    let group: Int32
    let step: Int
}

extension Block {
    /// Takes the spans that have a parent out of their groups.
    func leaveRoots(_ numbers: inout [Int32]) throws {
        let parents = try parentCodes()
        for place in parents.indices where parents[place] != 0 { numbers[place] = Groups.unselected }
    }

    /// - Parameter isErrorOf: By an operation's place in the table.
    fileprivate func starts(
        _ groups: [Int32], in steps: TimeSteps, _ isErrorOf: [Bool]
    ) throws -> (counts: [StepOfGroup: Throughput.Counts], withoutGroup: Int) {
        let isError = try operations().map { isErrorOf[$0] }
        let codes = try operationCodes()
        let starts = try startNanos()
        var counts: [StepOfGroup: Throughput.Counts] = [:]
        var withoutGroup = 0
        for place in groups.indices where groups[place] != Groups.unselected {
            if groups[place] == Groups.none {
                withoutGroup += 1
            } else if let step = steps.index(of: starts[place]) {
                let key = StepOfGroup(group: groups[place], step: step)
                counts[key, default: Throughput.Counts()].spans += 1
                if isError[Int(codes[place])] { counts[key]?.errors += 1 }
            }
        }
        return (counts, withoutGroup)
    }
}
