import TraceModel
import TraceStore

/// How often look-ups were answered from a cache.
package struct CacheUse: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        /// Look-ups are spans that say whether they hit.
        package let totals: CacheTotals

        /// From 0 through 1; `nil` with no look-up.
        package var hitRate: Double? {
            totals.lookups == 0 ? nil : Double(totals.hits) / Double(totals.lookups)
        }
    }

    package let by: [FieldName]
    /// Most look-ups first.
    package let rows: [Row]

    package let coverage: SpanCoverage

    /// - Parameters:
    ///   - by: A look-up without these fields counts in the group whose values are missing.
    ///   - isExact: Whether to count one by one however many spans there are, and none that are removed.
    package init(
        by: [FieldName], isExact: Bool = false, window: TimeWindow, where filter: SpanFilter? = nil,
        in snapshot: StoreSnapshot
    ) throws {
        coverage = try snapshot.coverage(window, by: by, isExact: isExact || filter != nil)
        var groups = Groups(by, keepsEmpty: true, in: snapshot)
        var totals: [Int: CacheTotals] = [:]
        try snapshot.mapBlocks(coverage, where: filter?.selection, reading: [.lookups]) { block, selection in
            try block.numbers(.cacheHit).places.isEmpty ? nil : try groups.membership(block, selection)
        } transform: { block, selection, membership in
            var totals: [Int: CacheTotals] = [:]
            guard let membership else { return totals }
            let numbers = try membership.numbers(block, selection)
            let savings = try block.values(.cacheSavings)
            let lookups = try block.numbers(.cacheHit)
            for (place, hit) in zip(lookups.places, lookups.bits) where numbers[place] >= 0 {
                totals[Int(numbers[place]), default: CacheTotals()].add(
                    isHit: hit != 0, savingsUSD: savings.real(place) ?? 0)
            }
            return totals
        } _: { part in
            totals.merge(part) { $0 + $1 }
        }
        try snapshot.forEachRollup(by: by, coverage) { key, sums in
            totals[Int(groups.number(key)), default: CacheTotals()] += sums.cache
        }
        self.by = by
        rows = totals.filter { $1.lookups > 0 }.map { Row(group: groups.keys[$0], totals: $1) }
            .sorted {
                $0.totals.lookups == $1.totals.lookups
                    ? isOrdered($0.group, before: $1.group) : $0.totals.lookups > $1.totals.lookups
            }
    }
}
