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
        var groups: [GroupKey: (hits: Int, total: Int, savings: Double)] = [:]
        try snapshot.scan(window, reading: by) { row, detail in
            guard let hit = row.integer(.cacheHit) else { return }
            let key = by.map { $0.value(row, detail) }
            var group = groups[key, default: (0, 0, 0)]
            group.hits += hit != 0 ? 1 : 0
            group.total += 1
            group.savings += row[.cacheSavings] ?? 0
            groups[key] = group
        }
        self.by = by
        rows = groups.map { Row(group: $0, hits: $1.hits, total: $1.total, savingsUSD: $1.savings) }
            .sorted { $0.total == $1.total ? isOrdered($0.group, before: $1.group) : $0.total > $1.total }
    }
}
