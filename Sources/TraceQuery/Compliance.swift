import TraceModel
import TraceStore

/// How well groups of spans kept a service level objective.
package struct Compliance: Sendable {
    package enum Status: String, Sendable {
        case ok, breached
        case noData = "no data"
    }

    package struct Objective: Hashable, Sendable {
        /// From 0 through 1.
        package let target: Double
        package let thresholdNanos: UInt64

        package init(target: Double, thresholdNanos: UInt64) {
            self.target = target
            self.thresholdNanos = thresholdNanos
        }
    }

    package struct Row: Sendable {
        package let group: GroupKey
        package let total: Int
        /// Not errors.
        package let available: Int
        /// As long as the threshold, or shorter.
        package let within: Int
        /// Both.
        package let good: Int
        let target: Double

        package var availability: Double? { share(available) }
        package var latencyCompliance: Double? { share(within) }
        package var compliance: Double? { share(good) }

        /// 1 - bad / (budget × total), budget = 1 - target; below 0 when overspent. `nil` for a target of 1.
        package var errorBudgetRemaining: Double? {
            burnRate.map { 1 - $0 }
        }

        /// (bad / total) / budget. `nil` for a target of 1.
        package var burnRate: Double? {
            guard total > 0, target < 1 else { return nil }
            return Double(total - good) / Double(total) / (1 - target)
        }

        package var status: Status {
            compliance.map { $0 >= target ? .ok : .breached } ?? .noData
        }

        private func share(_ part: Int) -> Double? { total == 0 ? nil : Double(part) / Double(total) }
    }

    package let objective: Objective
    package let by: [FieldName]
    /// Worst compliance first. Without `by` there is always one.
    package let rows: [Row]
    /// Spans of the window that have none of the `by` fields.
    package let spansWithoutGroup: Int

    /// - Parameter rootsOnly: Count runs: spans without a parent.
    package init(
        _ objective: Objective, by: [FieldName], rootsOnly: Bool, window: TimeWindow, where filter: SpanFilter? = nil,
        in snapshot: StoreSnapshot
    ) throws {
        var groups = Groups(by, keepsEmpty: false, in: snapshot)
        var tallies: [Tally] = []
        var withoutGroup = 0
        let isErrorOf = try snapshot.operations.isError()
        let parts: [BlockPart] = [.durations] + (rootsOnly ? [.parents] : [])
        try snapshot.mapBlocks(SpanCoverage(window), where: filter?.selection, reading: parts) { block, selection in
            try groups.membership(block, selection)
        } transform: { block, selection, membership in
            var numbers = try membership.numbers(block, selection)
            if rootsOnly {
                let parents = try block.parentCodes()
                for place in parents.indices where parents[place] != 0 { numbers[place] = Groups.unselected }
            }
            for (place, _) in try block.irregular() { numbers[place] = Groups.unselected }
            let isError = try block.operations().map { isErrorOf[$0] }
            let codes = try block.operationCodes()
            let durations = try block.durationNanos()
            var part = (tallies: [Tally](), withoutGroup: 0)
            part.tallies = [Tally](repeating: Tally(), count: Int(max(-1, numbers.max() ?? -1)) + 1)
            for place in numbers.indices where numbers[place] != Groups.unselected {
                if numbers[place] == Groups.none {
                    part.withoutGroup += 1
                } else {
                    part.tallies[Int(numbers[place])].add(
                        isAvailable: !isError[Int(codes[place])],
                        isWithin: durations[place] <= objective.thresholdNanos)
                }
            }
            return part
        } _: { part in
            tallies += repeatElement(Tally(), count: max(0, part.tallies.count - tallies.count))
            for (group, tally) in part.tallies.enumerated() { tallies[group].add(tally) }
            withoutGroup += part.withoutGroup
        }
        tallies += repeatElement(Tally(), count: max(0, groups.keys.count - tallies.count))
        if by.isEmpty, tallies.isEmpty { tallies = [Tally()] }
        self.objective = objective
        self.by = by
        spansWithoutGroup = withoutGroup
        rows = zip(by.isEmpty ? [[]] : groups.keys, tallies).filter { by.isEmpty || $1.total > 0 }.map { key, tally in
            Row(
                group: key, total: tally.total, available: tally.available, within: tally.within, good: tally.good,
                target: objective.target)
        }
        .sorted {
            let (a, b) = ($0.compliance ?? 2, $1.compliance ?? 2)
            return a == b ? isOrdered($0.group, before: $1.group) : a < b
        }
    }

    private struct Tally: Sendable {
        var total = 0
        var available = 0
        var within = 0
        var good = 0

        mutating func add(_ other: Tally) {
            total += other.total
            available += other.available
            within += other.within
            good += other.good
        }

        mutating func add(isAvailable: Bool, isWithin: Bool) {
            total += 1
            available += isAvailable ? 1 : 0
            within += isWithin ? 1 : 0
            good += isAvailable && isWithin ? 1 : 0
        }
    }
}
