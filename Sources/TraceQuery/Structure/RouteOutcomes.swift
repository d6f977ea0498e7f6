import TraceModel
import TraceStore

/// What became of the runs in which a choice was made, by what was chosen.
package struct RouteOutcomes: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        /// Spans that say the choice.
        package fileprivate(set) var choices = 0
        /// Runs with any of them.
        package fileprivate(set) var runs = 0
        package fileprivate(set) var failedRuns = 0
        /// Of the runs, in nanoseconds; `nil` where none is finished.
        package fileprivate(set) var p50Nanos: Double?
        package fileprivate(set) var p95Nanos: Double?
        /// Means over the runs with model calls that say it.
        package fileprivate(set) var tokensPerRun: Double?
        package fileprivate(set) var costPerRun: Double?
        /// The first that failed, else the first.
        package fileprivate(set) var example: TraceID?
    }

    package let by: [FieldName]
    /// Most runs first.
    package let rows: [Row]

    /// What a span that routes says.
    package static let usualChoice = "route.key"

    /// - Parameters:
    ///   - by: Spans count that have the last of them: what was chosen.
    ///   - filter: Takes the runs of which any span meets it.
    package init(
        by: [FieldName], window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws {
        var groupings = [Groups(by, keepsEmpty: false, in: snapshot)]
        var outcomes: [Int32: RunOutcomes] = [:]
        try snapshot.mapRuns(window, where: filter, groups: &groupings, withNumbers: true) { shape in
            var outcomes: [Int32: RunOutcomes] = [:]
            for (run, trace) in zip(shape.runs, shape.traces) {
                var spans: [Int32: Int] = [:]
                for place in run where shape.groups[0][place] >= 0 { spans[shape.groups[0][place], default: 0] += 1 }
                for (group, count) in spans {
                    outcomes[group, default: RunOutcomes()].add(run, trace, shape, choices: count)
                }
            }
            for group in outcomes.keys { outcomes[group]?.durations.pack() }
            return outcomes
        } _: {
            outcomes.merge($0) { $0 + $1 }
        }
        let keys = groupings[0].keys
        self.by = by
        rows = try outcomes.filter { keys[Int($0.key)].last.flatMap { $0 } != nil }.map { number, sums in
            var row = Row(group: keys[Int(number)])
            (row.choices, row.runs, row.failedRuns) = (sums.choices, sums.runs, sums.failedRuns)
            (row.p50Nanos, row.p95Nanos) = (sums.durationNanos(0.5), sums.durationNanos(0.95))
            row.tokensPerRun = sums.tokens.mean
            row.costPerRun = sums.cost.mean
            row.example = try sums.example.map { try snapshot.traceID($0.trace) }
            return row
        }.sorted { $0.runs == $1.runs ? isOrdered($0.group, before: $1.group) : $0.runs > $1.runs }
    }
}
