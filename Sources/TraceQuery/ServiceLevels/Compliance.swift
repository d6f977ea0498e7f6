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
        /// `nil` where only errors count.
        package let thresholdNanos: UInt64?

        package init(target: Double, thresholdNanos: UInt64?) {
            self.target = target
            self.thresholdNanos = thresholdNanos
        }
    }

    /// Which spans are good.
    package enum Good {
        /// No errors, as long as the threshold or shorter.
        case succeeding
        case meeting(SpanFilter)
        case failing(SpanFilter)
    }

    package struct Row: Sendable {
        package let group: GroupKey
        package let total: Int
        /// Not errors.
        package let available: Int
        /// As long as the threshold, or shorter.
        package let within: Int
        /// Both; or what the objective calls good.
        package let good: Int
        let target: Double
        /// Whether good means available and within.
        let isOfOutcome: Bool
        let hasThreshold: Bool
        /// (bad / total) / budget by ``BurnWindows/lengths``; `nil` where nothing was measured. Empty unless asked for.
        package let burnRates: [Double?]

        /// `nil` where the objective is not about errors.
        package var availability: Double? { isOfOutcome ? share(available) : nil }
        /// `nil` where the objective has no threshold.
        package var latencyCompliance: Double? { hasThreshold ? share(within) : nil }
        package var compliance: Double? { share(good) }

        /// 1 - bad / (budget × total), budget = 1 - target; below 0 when overspent. `nil` for a target of 1.
        package var errorBudgetRemaining: Double? {
            burnRate.map { 1 - $0 }
        }

        /// (bad / total) / budget. `nil` for a target of 1.
        package var burnRate: Double? { BurnCount(total: total, good: good).burnRate(target) }

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
    /// Spans that are unfinished or end before they start, of the window or of the burn windows.
    package let spansWithoutDuration: Int

    /// - Parameters:
    ///   - rootsOnly: Count runs: spans without a parent.
    ///   - burnWindows: Also told for each group, from spans before `window` too.
    package init(
        _ objective: Objective, good: Good = .succeeding, by: [FieldName], rootsOnly: Bool, window: TimeWindow,
        where filter: SpanFilter? = nil, burnWindows: BurnWindows? = nil, in snapshot: StoreSnapshot
    ) throws {
        var groups = Groups(by, keepsEmpty: false, in: snapshot)
        var tallies: [ComplianceTally] = []
        var (withoutGroup, withoutDuration) = (0, 0)
        let isErrorOf = try snapshot.operations.isError()
        let starts = burnWindows?.starts ?? []
        let scanned = Self.union(window, burnWindows)
        let parts: [BlockPart] = [.durations] + (rootsOnly ? [.parents] : []) + (starts.isEmpty ? [] : [.starts])
        try snapshot.mapBlocks(SpanCoverage(scanned), where: filter?.selection, reading: parts) { block, selection in
            (groups: try groups.membership(block, selection), isGood: try good.selection(block, selection))
        } transform: { block, selection, prepared in
            let measured = try block.measured(prepared.groups, selection, rootsOnly: rootsOnly)
            let part = try block.compliance(
                measured.numbers, objective, isGood: prepared.isGood, isErrorOf: isErrorOf, window: window,
                burnStarts: starts)
            return (part.tallies, part.withoutGroup, measured.withoutDuration)
        } _: { (part: (tallies: [ComplianceTally], withoutGroup: Int, withoutDuration: Int)) in
            tallies += repeatElement(
                ComplianceTally(windows: starts.count), count: max(0, part.tallies.count - tallies.count))
            for (group, tally) in part.tallies.enumerated() { tallies[group].add(tally) }
            withoutGroup += part.withoutGroup
            withoutDuration += part.withoutDuration
        }
        let missing = max(0, max(groups.keys.count, by.isEmpty ? 1 : 0) - tallies.count)
        tallies += repeatElement(ComplianceTally(windows: starts.count), count: missing)
        self.objective = objective
        self.by = by
        (spansWithoutGroup, spansWithoutDuration) = (withoutGroup, withoutDuration)
        let isOfOutcome = if case .succeeding = good { true } else { false }
        rows = zip(by.isEmpty ? [[]] : groups.keys, tallies).filter { by.isEmpty || $1.total > 0 }.map { key, tally in
            Row(
                group: key, total: tally.total, available: tally.available, within: tally.within, good: tally.good,
                target: objective.target, isOfOutcome: isOfOutcome,
                hasThreshold: isOfOutcome && objective.thresholdNanos != nil,
                burnRates: tally.burns.map { $0.burnRate(objective.target) })
        }
        .sorted {
            let (a, b) = ($0.compliance ?? 2, $1.compliance ?? 2)
            return a == b ? isOrdered($0.group, before: $1.group) : a < b
        }
    }

    /// All that is looked at: the window, and what burn windows have before it.
    private static func union(_ window: TimeWindow, _ burnWindows: BurnWindows?) -> TimeWindow {
        guard let burnWindows, let from = window.from, let first = burnWindows.starts.last else { return window }
        return TimeWindow(from: min(from, first), to: window.to)
    }
}

extension Compliance.Good {
    /// Which spans of a block the objective itself calls good; `nil` where their outcome tells.
    func selection(_ block: Block, _ selection: [Bool]?) throws -> [Bool]? {
        func all() -> [Bool] { selection ?? [Bool](repeating: true, count: block.spanCount) }
        switch self {
        case .succeeding: return nil
        case .meeting(let filter): return try filter.selection(block, selection) ?? all()
        case .failing(let filter): return (try filter.selection(block, selection) ?? all()).map { !$0 }
        }
    }
}

/// The spans of one group and time: how many count, and how many of them are good.
package struct BurnCount: Hashable, Sendable {
    package var total = 0
    package var good = 0

    package var bad: Int { total - good }

    /// (bad / total) / (1 - target); `nil` without spans and for a target of 1.
    package func burnRate(_ target: Double) -> Double? {
        guard total > 0, target < 1 else { return nil }
        return Double(bad) / Double(total) / (1 - target)
    }

    static func += (left: inout BurnCount, right: BurnCount) {
        left.total += right.total
        left.good += right.good
    }
}

private struct ComplianceTally: Sendable {
    var total = 0
    var available = 0
    var within = 0
    var good = 0
    var burns: [BurnCount]

    init(windows: Int) { burns = [BurnCount](repeating: BurnCount(), count: windows) }

    mutating func add(_ other: ComplianceTally) {
        total += other.total
        available += other.available
        within += other.within
        good += other.good
        for place in burns.indices { burns[place] += other.burns[place] }
    }

    mutating func add(isAvailable: Bool, isWithin: Bool, isGood: Bool) {
        total += 1
        available += isAvailable ? 1 : 0
        within += isWithin ? 1 : 0
        good += isGood ? 1 : 0
    }
}

extension Block {
    /// By span: the number of its group, or that it is in none or does not count; and how many would count if they had an end.
    func measured(
        _ groups: Groups.Membership, _ selection: [Bool]?, rootsOnly: Bool
    ) throws -> (numbers: [Int32], withoutDuration: Int) {
        var numbers = try groups.numbers(self, selection)
        if rootsOnly {
            let parents = try parentCodes()
            for place in parents.indices where parents[place] != 0 { numbers[place] = Groups.unselected }
        }
        var withoutDuration = 0
        for (place, _) in try irregular() where numbers[place] != Groups.unselected {
            withoutDuration += 1
            numbers[place] = Groups.unselected
        }
        return (numbers, withoutDuration)
    }

    /// - Parameters:
    ///   - numbers: By span: the number of its group, or that it is in none or does not count.
    ///   - isGood: By span; `nil` where their outcome tells.
    ///   - isErrorOf: By an operation's place in the table.
    ///   - burnStarts: Where burn windows begin, the latest first.
    fileprivate func compliance(
        _ numbers: [Int32], _ objective: Compliance.Objective, isGood: [Bool]?, isErrorOf: [Bool], window: TimeWindow,
        burnStarts: [UInt64]
    ) throws -> (tallies: [ComplianceTally], withoutGroup: Int) {
        let isError = try operations().map { isErrorOf[$0] }
        let codes = try operationCodes()
        let durations = try durationNanos()
        // Without burn windows everything that is selected is inside the window.
        let starts = burnStarts.isEmpty ? [] : try startNanos()
        let threshold = objective.thresholdNanos ?? .max
        var tallies = [ComplianceTally](
            repeating: ComplianceTally(windows: burnStarts.count), count: Int(max(-1, numbers.max() ?? -1)) + 1)
        var withoutGroup = 0
        for place in numbers.indices where numbers[place] != Groups.unselected {
            let isInside = starts.isEmpty || window.contains(starts[place])
            if numbers[place] == Groups.none {
                withoutGroup += isInside ? 1 : 0
                continue
            }
            let group = Int(numbers[place])
            let (isAvailable, isWithin) = (!isError[Int(codes[place])], durations[place] <= threshold)
            let isGood = isGood?[place] ?? (isAvailable && isWithin)
            if isInside { tallies[group].add(isAvailable: isAvailable, isWithin: isWithin, isGood: isGood) }
            for burn in burnStarts.indices.reversed() {
                if starts[place] < burnStarts[burn] { break }
                tallies[group].burns[burn].total += 1
                tallies[group].burns[burn].good += isGood ? 1 : 0
            }
        }
        return (tallies, withoutGroup)
    }
}
