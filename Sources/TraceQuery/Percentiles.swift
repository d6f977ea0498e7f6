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
        /// Whether the quantiles are those of the spans themselves, not within
        /// ``TraceModel/DurationSketch/relativeError`` of the nearest rank. All else is exact in any case.
        package let isExact: Bool
        /// Of all its durations, in nanoseconds; `nil` unless asked for.
        package let histogram: Histogram?
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
    package let coverage: SpanCoverage

    package static let standardQuantiles = [0.5, 0.9, 0.95, 0.99]

    /// - Parameters:
    ///   - by: `nil` for `primitive.name` where any span of the window has one, else the span's name.
    ///   - isExact: Whether to count one by one however many spans there are, and none that are removed.
    ///   - withHistograms: Whether to count buckets too.
    package init(
        by: [FieldName]?, quantiles: [Double] = standardQuantiles, isExact: Bool = false,
        withHistograms: Bool = false, window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws {
        func answer(_ fields: [FieldName]) throws -> Percentiles {
            let coverage = try snapshot.coverage(window, by: fields, isExact: isExact || filter != nil)
            return try Percentiles(fields, quantiles, withHistograms, coverage, filter, snapshot)
        }
        if let by {
            self = try answer(by)
            return
        }
        let ofPrimitives = try answer([FieldName(.primitiveName, in: snapshot)])
        let isNone = ofPrimitives.rows.isEmpty && ofPrimitives.spansWithoutDuration == 0
        self = isNone ? try answer([FieldName("name", in: snapshot)]) : ofPrimitives
    }

    private init(
        _ fields: [FieldName], _ quantiles: [Double], _ withHistograms: Bool, _ coverage: SpanCoverage,
        _ filter: SpanFilter?, _ snapshot: StoreSnapshot
    ) throws {
        var groups = Groups(fields, keepsEmpty: false, in: snapshot)
        var tallies = Tallies()
        var withoutGroup = 0
        var withoutDuration = 0
        try snapshot.mapBlocks(coverage, where: filter?.selection, reading: [.durations]) { block, selection in
            (groups: try groups.membership(block, selection), isError: try snapshot.operations.isError())
        } transform: { block, selection, prepared in
            var numbers = try prepared.groups.numbers(block, selection)
            let ungrouped = numbers.count { $0 == Groups.none }
            var untimed = 0
            for (place, _) in try block.irregular() where numbers[place] >= 0 {
                untimed += 1
                numbers[place] = Groups.unselected
            }
            return (
                tallies: try block.tallies(numbers, isError: prepared.isError), ungrouped: ungrouped, untimed: untimed
            )
        } _: { part in
            tallies.add(part.tallies)
            withoutGroup += part.ungrouped
            withoutDuration += part.untimed
        }
        try snapshot.forEachRollup(by: fields, coverage) { key, sums in
            let number = groups.number(key)
            if number == Groups.none {
                withoutGroup += sums.spans
            } else {
                withoutDuration += sums.spans - sums.timedSpans
                tallies.add(
                    Tally(count: sums.timedSpans, errors: sums.timedErrors, durations: Durations(sums)),
                    to: Int(number))
            }
        }
        self.coverage = coverage
        self.by = fields
        self.quantiles = quantiles
        spansWithoutGroup = withoutGroup
        spansWithoutDuration = withoutDuration
        let rows = Parallel.map(Array(zip(groups.keys, tallies.all))) {
            Self.row($0, $1, quantiles, withHistograms)
        }
        self.rows = try rows.compactMap { try $0.get() }.sorted {
            let (a, b) = ($0.meanNanos * Double($0.count), $1.meanNanos * Double($1.count))
            return a == b ? isOrdered($0.group, before: $1.group) : a > b
        }
    }

    private static func row(
        _ key: GroupKey, _ tally: Tally, _ quantiles: [Double], _ withHistogram: Bool
    ) -> Row? {
        guard let range = tally.durations.range, let mean = tally.durations.mean else { return nil }
        return Row(
            group: key, count: tally.count, errors: tally.errors, minNanos: range.lowerBound, meanNanos: mean,
            quantileNanos: tally.durations.quantiles(quantiles), maxNanos: range.upperBound,
            isExact: tally.durations.isExact,
            histogram: withHistogram ? tally.durations.histogram : nil)
    }
}
