import TraceModel
import TraceStore

/// Latency of groups of spans.
package struct Percentiles: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        /// Finished spans whose duration is not negative.
        package let count: Int
        package let errors: Int
        package let minNanos: UInt64
        package let meanNanos: Double
        /// In the order of ``Percentiles/quantiles``.
        package let quantileNanos: [Double]
        package let maxNanos: UInt64
    }

    package let by: [FieldName]
    /// From 0 through 1.
    package let quantiles: [Double]
    /// Most time in all first.
    package let rows: [Row]
    /// Spans of the window that have none of the `by` fields.
    package let spansWithoutGroup: Int
    /// Spans of the window that are unfinished or end before they start.
    package let spansWithoutDuration: Int

    package static let standardQuantiles = [0.5, 0.9, 0.95, 0.99]

    /// - Parameter by: `nil` for `primitive.name` where any span of the window has one, else the span's name.
    package init(
        by: [FieldName]?, quantiles: [Double] = standardQuantiles, window: TimeWindow, in snapshot: StoreSnapshot
    ) throws {
        let fields = try by ?? Self.usualFields(window, snapshot)
        var grouper = Grouper(fields)
        var groups: [GroupKey: Group] = [:]
        var withoutGroup = 0
        var withoutDuration = 0
        try snapshot.scan(window, reading: fields) { row, detail in
            guard let key = grouper.group(row, detail) else {
                withoutGroup += 1
                return
            }
            guard let duration = row.durationNanos else {
                withoutDuration += 1
                return
            }
            groups[key, default: Group()].add(duration, isError: row.operation.isError)
        }
        self.by = fields
        self.quantiles = quantiles
        spansWithoutGroup = withoutGroup
        spansWithoutDuration = withoutDuration
        rows = groups.compactMap { $1.row($0, quantiles) }.sorted {
            let (a, b) = ($0.meanNanos * Double($0.count), $1.meanNanos * Double($1.count))
            return a == b ? isOrdered($0.group, before: $1.group) : a > b
        }
    }

    private static func usualFields(_ window: TimeWindow, _ snapshot: StoreSnapshot) throws -> [FieldName] {
        struct Found: Error {}
        do {
            try snapshot.scan(window) { if $0.operation[.primitiveName] != nil { throw Found() } }
            return [.spanName]
        } catch is Found {
            return [FieldName(.primitiveName)]
        }
    }

    private struct Group {
        private var durations = Durations()
        private var errors = 0

        mutating func add(_ duration: UInt64, isError: Bool) {
            durations.add(duration)
            if isError { errors += 1 }
        }

        func row(_ key: GroupKey, _ quantiles: [Double]) -> Row? {
            let sorted = durations.sorted()
            guard let least = sorted.first, let most = sorted.last, let mean = durations.mean else { return nil }
            return Row(
                group: key, count: sorted.count, errors: errors, minNanos: least, meanNanos: mean,
                quantileNanos: quantiles.map { Quantile.linear($0, ofSorted: sorted) }, maxNanos: most)
        }
    }
}
