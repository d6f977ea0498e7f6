import TraceModel
import TraceStore

/// How often look-ups were answered from a cache.
package struct CacheUse: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        package let hits: Int
        /// Look-ups: spans that say whether they hit.
        package let total: Int
        package let savingsUSD: Double

        /// From 0 through 1; `nil` with no look-up.
        package var hitRate: Double? { total == 0 ? nil : Double(hits) / Double(total) }
    }

    package let by: [FieldName]
    /// Most look-ups first.
    package let rows: [Row]

    /// - Parameter by: A look-up without these fields counts in the group whose values are missing.
    package init(by: [FieldName], window: TimeWindow, in snapshot: StoreSnapshot) throws {
        var groups = Groups(by, keepsEmpty: true, in: snapshot)
        var tallies: [(hits: Int, total: Int, savings: Double)] = []
        try snapshot.forEachBlock(window) { block, selection in
            let lookups = try block.numbers(.cacheHit)
            if lookups.places.isEmpty { return }
            let numbers = try groups.membership(block, selection).numbers(block, selection)
            tallies += repeatElement((hits: 0, total: 0, savings: 0.0), count: groups.keys.count - tallies.count)
            let savings = try block.values(.cacheSavings)
            for (place, hit) in zip(lookups.places, lookups.bits) where numbers[place] >= 0 {
                let number = Int(numbers[place])
                tallies[number].hits += hit != 0 ? 1 : 0
                tallies[number].total += 1
                tallies[number].savings += savings.real(place) ?? 0
            }
        }
        self.by = by
        rows = zip(groups.keys, tallies).filter { $1.total > 0 }
            .map { Row(group: $0, hits: $1.hits, total: $1.total, savingsUSD: $1.savings) }
            .sorted { $0.total == $1.total ? isOrdered($0.group, before: $1.group) : $0.total > $1.total }
    }
}
