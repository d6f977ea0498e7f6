import TraceModel
import TraceSchema

/// How the spans of a window are counted: some by the hour, from rollups, the rest one by one, from blocks.
package struct SpanCoverage: Sendable {
    package let window: TimeWindow
    /// Whole hours that rollups answer for. Spans that no block has yet are not in them.
    package let hours: Range<UInt64>
    /// Where spans of blocks are counted: what of the window is not in ``hours``.
    package let sealedWindows: [TimeWindow]
    /// The time before which runs were removed, when the window begins before it.
    package let horizon: UInt64?
    /// What was left out because only whole hours are known there.
    package let cut: [TimeWindow]

    /// Everything one by one.
    package init(_ window: TimeWindow, horizon: UInt64? = nil) {
        self.window = window
        self.horizon = horizon
        hours = 0..<0
        sealedWindows = [window]
        cut = []
    }

    /// - Parameters:
    ///   - removedHours: Hours below this have lost spans: rollups answer for all of them.
    ///   - usesRollups: Whether rollups answer for the later hours too.
    init(_ window: TimeWindow, horizon: UInt64?, removedHours: UInt64, usesRollups: Bool) {
        let (from, to) = (window.from ?? 0, window.to)
        let first = RollupHour.containing(from) + (from % RollupHour.nanos == 0 ? 0 : 1)
        let last = min(usesRollups ? RollupHour.end : removedHours, to.map(RollupHour.containing) ?? RollupHour.end)
        let hours = first..<max(first, last)
        // Spans that start later are all there, in the horizon's own hour too.
        let boundary = horizon ?? 0
        var outside: [TimeWindow] = []
        func add(_ lower: UInt64, _ upper: UInt64?) {
            if let upper, lower >= upper { return }
            outside.append(TimeWindow(from: lower, to: upper))
        }
        if hours.isEmpty {
            add(from, to)
        } else {
            add(from, hours.lowerBound * RollupHour.nanos)
            if hours.upperBound < RollupHour.end { add(hours.upperBound * RollupHour.nanos, to) }
        }
        self.window = window
        self.horizon = from < boundary ? horizon : nil
        self.hours = hours
        sealedWindows = outside.compactMap { part in
            let from = max(part.from ?? 0, boundary)
            if let to = part.to, from >= to { return nil }
            return TimeWindow(from: from == 0 ? nil : from, to: part.to)
        }
        cut = outside.compactMap { part in
            let lower = part.from ?? 0
            let upper = min(part.to ?? boundary, boundary)
            return lower < upper ? TimeWindow(from: lower, to: upper) : nil
        }
    }
}

extension StoreSnapshot {
    /// The time before which `db retain` has removed the runs that had ended, nanoseconds since 1970.
    package func horizon() throws -> UInt64? { try loadedHorizon.get() }

    /// Hours below this have lost spans, the horizon's own too.
    func removedHours() throws -> UInt64 { try horizon().map { RollupHour.containing($0 - 1) + 1 } ?? 0 }

    /// How to count the spans of `window`, when `family` can answer.
    ///
    /// - Parameters:
    ///   - family: `nil` when no rollups answer the question.
    ///   - isExact: Only spans will do, one by one.
    package func coverage(_ window: TimeWindow, _ family: RollupFamily?, isExact: Bool) throws -> SpanCoverage {
        let horizon = try horizon()
        let isCut = horizon.map { window.from ?? 0 < $0 } ?? false
        guard let family, !isExact else { return SpanCoverage(window, horizon: isCut ? horizon : nil) }
        let usesRollups =
            try hasMoreSpans(than: mostCountedOneByOne, in: window)
            && !rollupGroups(family).contains { $0.value == RollupGroups.other(family) }
        if !isCut && !usesRollups { return SpanCoverage(window) }
        return try SpanCoverage(window, horizon: horizon, removedHours: removedHours(), usesRollups: usesRollups)
    }

    private func hasMoreSpans(than most: Int, in window: TimeWindow) throws -> Bool {
        var count = 0
        var parted: [Block] = []
        for block in try blocks(of: window) {
            if window.contains(block.starts.lowerBound), window.contains(block.starts.upperBound) {
                count += block.spanCount
            } else {
                parted.append(block)
            }
            if count > most { return true }
        }
        for block in parted {
            count += try naming("block") { try block.startNanos().count { window.contains($0) } }
            if count > most { return true }
        }
        return false
    }

    /// The first hour that rollups count, `nil` when they count nothing.
    package func firstRollupHour() throws -> UInt64? {
        var hour: UInt64?
        // Every family counts every span.
        try scanRollups(TraceSQL.selectFirstRollup, .error, 0..<RollupHour.end) {
            hour = RollupID(try $0.integer(0)).hour
        }
        return hour
    }

    /// Hands out rows of a family in some hours.
    func scanRollups(
        _ sql: String, _ family: RollupFamily, _ hours: Range<UInt64>, _ body: (StatementRow) throws -> Void
    ) throws {
        let range = RollupID.range(family, hours)
        try scan(
            "rollup", sql,
            {
                $0.bind(range.lowerBound)
                $0.bind(range.upperBound)
            }, body)
    }

    /// The groups of a family by their numbers.
    package func rollupGroups(_ family: RollupFamily) throws -> [Int: RollupKey] {
        var groups: [Int: RollupKey] = [:]
        try scan("rollup_group", TraceSQL.selectRollupGroups) { row in
            let group = try row.rollupGroup()
            if group.id.family == family { groups[group.id.group] = group.key }
        }
        return groups
    }

    /// Hands out the groups of a family that have spans in some hours, with their sums over those hours.
    package func forEachRollup(
        _ family: RollupFamily, _ hours: Range<UInt64>, _ body: (RollupKey, RollupSums) throws -> Void
    ) throws {
        if hours.isEmpty { return }
        var sums: [Int: RollupSums] = [:]
        try scanRollups(TraceSQL.selectRollups, family, hours) { row in
            try row.addRollup(to: &sums[RollupID(row.integer(0)).group, default: RollupSums()])
        }
        let groups = try rollupGroups(family)
        for (group, sums) in sums.sorted(by: { $0.key < $1.key }) {
            guard let key = groups[group] else {
                throw StoreError.damagedRow(path: path, table: "rollup_group", id: Int64(group))
            }
            try body(key, sums)
        }
    }
}
