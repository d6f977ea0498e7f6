import TraceConfig
import TraceModel
import TraceStore

/// Whether runs kept to limits and objectives, and were no worse than those of a baseline.
package struct LimitCheck: Sendable {
    package enum Status: String, Sendable {
        case ok, failed
        /// Nothing was measured, so that nothing can be said to be well.
        case noData = "no data"
    }

    package enum Measure: Hashable, Sendable {
        case limit(RunLimits.Measure)
        /// The share that must be good.
        case compliance
        /// What is more than by chance worse than in the baseline.
        case regression(Comparison.Metric)
    }

    /// What is to be said of a row without a measure.
    package enum Reason: Sendable {
        /// No span has a name that the check asks for.
        case unknownName(UnknownFieldError)
        case tooFewRuns(inBaseline: Int, here: Int)
        case nothingWorse(comparisons: Int)
    }

    package struct Row: Sendable {
        package let name: String
        /// Of what, by names of fields; empty for all.
        package let group: [(field: String, value: AttributeValue?)]
        /// `nil` where a whole comparison is meant.
        package let measure: Measure?
        /// In the measure's unit, nanoseconds for durations; of regressions the baseline's value.
        package let limit: Double?
        /// `nil` where nothing was measured.
        package let value: Double?
        /// What was measured: runs, of durations finished ones, or spans of an objective that counts spans.
        package let count: Int
        package let status: Status
        package fileprivate(set) var reason: Reason?
    }

    package let rows: [Row]
    /// Runs of limits and spans of objectives that have none of the fields to group by, by the check's name.
    package let withoutGroup: [(name: String, count: Int)]
    /// Runs of limits of which no span has an end, and spans of objectives without one, by the check's name.
    package let withoutDuration: [(name: String, count: Int)]

    package var isFailed: Bool { rows.contains { $0.status != .ok } }

    /// - Parameters:
    ///   - file: Limits and objectives; `nil` for none.
    ///   - baseline: What runs are compared with; `nil` for nothing.
    package init(_ file: CheckFile?, baseline: ComparedSide?, side: ComparedSide) throws {
        var rows: [Row] = []
        var (without, unfinished): ([(String, Int)], [(String, Int)]) = ([], [])
        for limits in file?.limits ?? [] {
            let found = try Self.rows(limits, side)
            rows += found.rows
            if found.runsWithoutGroup > 0 { without.append((limits.name, found.runsWithoutGroup)) }
            if found.runsWithoutDuration > 0, limits.limits.contains(where: \.measure.isDuration) {
                unfinished.append((limits.name, found.runsWithoutDuration))
            }
        }
        for level in file?.levels ?? [] {
            let answer = try ServiceLevelReport([level], endingAt: side.window.to, in: side.snapshot).answers[0]
            rows += Self.rows(answer)
            guard let compliance = answer.compliance else { continue }
            if compliance.spansWithoutGroup > 0 { without.append((level.name, compliance.spansWithoutGroup)) }
            if compliance.spansWithoutDuration > 0 { unfinished.append((level.name, compliance.spansWithoutDuration)) }
        }
        if let baseline { rows += Self.rows(try Comparison(baseline, side)) }
        self.rows = rows
        (withoutGroup, withoutDuration) = (without, unfinished)
    }

    private static func rows(
        _ limits: RunLimits, _ side: ComparedSide
    ) throws -> (rows: [Row], runsWithoutGroup: Int, runsWithoutDuration: Int) {
        do {
            let fields = try limits.by.map { try FieldName($0, in: side.snapshot) }
            let filter = try limits.conditions.isEmpty ? nil : SpanFilter(limits.conditions, in: side.snapshot)
            let (groups, without) = try outcomes(by: fields, side.window, filter, side.snapshot)
            if groups.isEmpty { return (limits.limits.map { row(limits.name, [], $0, RunOutcomes()) }, without, 0) }
            let rows = groups.flatMap { key, outcomes in
                limits.limits.map { row(limits.name, zip(limits.by, key).map { ($0, $1) }, $0, outcomes) }
            }
            return (rows, without, groups.reduce(0) { $0 + $1.1.runs - $1.1.finishedRuns })
        } catch let error as UnknownFieldError {
            return ([unmeasured(limits.name, error)], 0, 0)
        }
    }

    private static func unmeasured(_ name: String, _ error: UnknownFieldError) -> Row {
        return Row(
            name: name, group: [], measure: nil, limit: nil, value: nil, count: 0, status: .noData,
            reason: .unknownName(error))
    }

    /// A run counts in each group that any of its spans is in.
    private static func outcomes(
        by fields: [FieldName], _ window: TimeWindow, _ filter: SpanFilter?, _ snapshot: StoreSnapshot
    ) throws -> (groups: [(GroupKey, RunOutcomes)], runsWithoutGroup: Int) {
        var groupings = [Groups(fields, keepsEmpty: false, in: snapshot)]
        var outcomes: [Int32: RunOutcomes] = [:]
        var without = 0
        try snapshot.mapRuns(window, where: filter, groups: &groupings, withNumbers: true) { shape in
            var outcomes: [Int32: RunOutcomes] = [:]
            var without = 0
            for (run, trace) in zip(shape.runs, shape.traces) {
                let groups = Set(run.lazy.map { shape.groups[0][$0] }.filter { $0 >= 0 })
                if groups.isEmpty { without += 1 }
                for group in groups { outcomes[group, default: RunOutcomes()].add(run, trace, shape, choices: 0) }
            }
            for group in outcomes.keys { outcomes[group]?.durations.pack() }
            return (outcomes, without)
        } _: { (part: (outcomes: [Int32: RunOutcomes], without: Int)) in
            outcomes.merge(part.outcomes) { $0 + $1 }
            without += part.without
        }
        let keys = groupings[0].keys
        return (outcomes.map { (keys[Int($0)], $1) }.sorted { isOrdered($0.0, before: $1.0) }, without)
    }

    private static func row(
        _ name: String, _ group: [(String, AttributeValue?)], _ limit: (measure: RunLimits.Measure, value: Double),
        _ outcomes: RunOutcomes
    ) -> Row {
        let value: Double? =
            switch limit.measure {
            case .p50: outcomes.durationNanos(0.5)
            case .p95: outcomes.durationNanos(0.95)
            case .p99: outcomes.durationNanos(0.99)
            case .max: outcomes.durationNanos(1)
            case .errorRate: outcomes.runs == 0 ? nil : Double(outcomes.failedRuns) / Double(outcomes.runs)
            case .costUSD: outcomes.cost.mean
            case .tokens: outcomes.tokens.mean
            case .runs: Double(outcomes.runs)
            }
        let isKept = value.map { limit.measure == .runs ? $0 >= limit.value : $0 <= limit.value }
        return Row(
            name: name, group: group.map { (field: $0, value: $1) }, measure: .limit(limit.measure),
            limit: limit.value, value: value, count: limit.measure.isDuration ? outcomes.finishedRuns : outcomes.runs,
            status: isKept.map { $0 ? .ok : .failed } ?? .noData)
    }

    private static func rows(_ answer: ServiceLevelReport.Answer) -> [Row] {
        let level = answer.level
        if let unknown = answer.unknownName { return [unmeasured(level.name, unknown)] }
        let measured = answer.compliance?.rows ?? []
        func row(_ group: [(String, AttributeValue?)], _ value: Double?, _ total: Int, _ status: Status) -> Row {
            Row(
                name: level.name, group: group.map { (field: $0, value: $1) }, measure: .compliance,
                limit: level.target, value: value, count: total, status: status)
        }
        if measured.isEmpty { return [row([], nil, 0, .noData)] }
        return measured.map { found in
            let status: Status =
                switch found.status {
                case .ok: .ok
                case .breached: .failed
                case .noData: .noData
                }
            return row(zip(level.by, found.group).map { ($0, $1) }, found.compliance, found.total, status)
        }
    }

    /// What is worse than in the baseline by more than chance; one row that says that nothing is.
    private static func rows(_ comparison: Comparison) -> [Row] {
        let name = "baseline"
        let worse = comparison.rows.filter(\.isRegression)
        if !worse.isEmpty {
            return worse.map { row in
                Row(
                    name: name, group: row.group, measure: .regression(row.metric), limit: row.a, value: row.b,
                    count: row.bCount, status: .failed)
            }
        }
        let tested = comparison.rows.count { $0.p != nil }
        var row = Row(
            name: name, group: [], measure: nil, limit: nil, value: nil, count: comparison.bRuns,
            status: tested == 0 ? .noData : .ok)
        row.reason =
            tested == 0
            ? .tooFewRuns(inBaseline: comparison.aRuns, here: comparison.bRuns) : .nothingWorse(comparisons: tested)
        return [row]
    }
}

extension RunLimits.Measure {
    var isDuration: Bool {
        switch self {
        case .p50, .p95, .p99, .max: true
        case .errorRate, .costUSD, .tokens, .runs: false
        }
    }
}
