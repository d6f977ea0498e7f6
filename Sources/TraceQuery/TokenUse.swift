import TraceModel
import TraceStore

/// Tokens and cost of the model calls.
package struct TokenUse: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        package let totals: UsageTotals
    }

    package let by: [FieldName]
    /// Most tokens first.
    package let rows: [Row]

    package let coverage: SpanCoverage

    /// - Parameters:
    ///   - by: A call without these fields counts in the group whose values are missing.
    ///   - isExact: Whether to count one by one however many spans there are, and none that are removed.
    package init(
        by: [FieldName], isExact: Bool = false, window: TimeWindow, where filter: SpanFilter? = nil,
        in snapshot: StoreSnapshot
    ) throws {
        coverage = try snapshot.coverage(window, by: by, isExact: isExact || filter != nil)
        var groups = Groups(by, keepsEmpty: true, in: snapshot)
        var totals: [Int: UsageTotals] = [:]
        try snapshot.mapBlocks(coverage, where: filter?.selection, reading: [.usage]) { block, selection in
            try block.countedCalls().isEmpty ? nil : try groups.membership(block, selection)
        } transform: { block, selection, membership in
            var totals: [Int: UsageTotals] = [:]
            guard let membership else { return totals }
            let numbers = try membership.numbers(block, selection)
            let usage = try BlockUsage(block)
            for call in try block.countedCalls() where numbers[call] >= 0 {
                totals[Int(numbers[call]), default: UsageTotals()].add(usage, call)
            }
            return totals
        } _: { part in
            totals.merge(part) { $0 + $1 }
        }
        try snapshot.forEachRollup(by: by, coverage) { key, sums in
            totals[Int(groups.number(key)), default: UsageTotals()] += sums.usage
        }
        self.by = by
        rows = totals.filter { $1.calls > 0 }.map { Row(group: groups.keys[$0], totals: $1) }.sorted {
            $0.totals.tokens == $1.totals.tokens
                ? isOrdered($0.group, before: $1.group) : $0.totals.tokens > $1.totals.tokens
        }
    }
}
