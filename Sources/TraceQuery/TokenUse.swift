import TraceConfig
import TraceModel
import TraceStore

/// Tokens and cost of the model calls.
package struct TokenUse: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        package let totals: UsageTotals
        /// Of the calls that say their tokens and not their cost; empty without prices.
        package let computed: ComputedCost
    }

    package let by: [FieldName]
    /// Most tokens first.
    package let rows: [Row]

    package let coverage: SpanCoverage
    /// Names of models, of calls without a reported cost or a price; no name at all counts as one.
    package let unpricedModels: Int

    /// - Parameters:
    ///   - by: A call without these fields counts in the group whose values are missing.
    ///   - isExact: Whether to count one by one however many spans there are, and none that are removed.
    ///   - prices: For calls without a reported cost. They are looked at one by one, so that removed ones have none.
    package init(
        by: [FieldName], isExact: Bool = false, prices: PriceTable? = nil, window: TimeWindow,
        where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
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
        var computed: [Int: ComputedCost] = [:]
        let isAllReported = totals.values.allSatisfy { $0.callsWithUsageOnly == 0 }
        let pricing = try prices.flatMap { isAllReported ? nil : try CallPricing($0, in: snapshot) }
        if let pricing { computed = try Self.costs(pricing, &groups, window, filter, snapshot) }
        unpricedModels = pricing?.unpricedModels ?? 0
        self.by = by
        rows = totals.filter { $1.calls > 0 }.map {
            Row(group: groups.keys[$0], totals: $1, computed: computed[$0] ?? ComputedCost())
        }
        .sorted {
            $0.totals.tokens == $1.totals.tokens
                ? isOrdered($0.group, before: $1.group) : $0.totals.tokens > $1.totals.tokens
        }
    }

    /// By a group's number.
    private static func costs(
        _ pricing: CallPricing, _ groups: inout Groups, _ window: TimeWindow, _ filter: SpanFilter?,
        _ snapshot: StoreSnapshot
    ) throws -> [Int: ComputedCost] {
        var costs: [Int: ComputedCost] = [:]
        try snapshot.mapBlocks(SpanCoverage(window), where: filter?.selection, reading: [.usage, .starts]) {
            block, selection in
            try block.countedCalls().isEmpty
                ? nil : (groups: try groups.membership(block, selection), prices: try pricing.prices(of: block))
        } transform: { block, selection, prepared in
            var part = (costs: [Int: ComputedCost](), unpriced: Set<Int32>())
            guard let (membership, prices) = prepared else { return part }
            let numbers = try membership.numbers(block, selection)
            let (usage, codes, starts) = (try BlockUsage(block), try block.operationCodes(), try block.startNanos())
            for call in try block.countedCalls() where numbers[call] >= 0 {
                let said = usage.call(call)
                guard said.hasUsageOnly else { continue }
                let cost = prices.cost(said, code: codes[call], startNanos: starts[call])
                part.costs[Int(numbers[call]), default: ComputedCost()].add(cost)
                if cost == nil { part.unpriced.insert(prices.model(code: codes[call])) }
            }
            return part
        } _: { part in
            for (group, cost) in part.costs { costs[group, default: ComputedCost()] += cost }
            pricing.note(part.unpriced)
        }
        return costs
    }
}
