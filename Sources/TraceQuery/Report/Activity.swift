import TraceModel
import TraceStore

/// What runs did over time, in equal steps: all that the series of a report draw, in one pass.
package struct Activity: Sendable {
    /// By step.
    package struct Series: Sendable {
        package fileprivate(set) var runs: [Double]
        package fileprivate(set) var failedRuns: [Double]
        /// Runs of the window in progress, weighted by time.
        package fileprivate(set) var activeRuns: [Double]
        package fileprivate(set) var lookups: [Double]
        package fileprivate(set) var hits: [Double]
        /// Attempts of retries that failed, and fallbacks that took over.
        package fileprivate(set) var failedAttempts: [Double]
        package fileprivate(set) var fallbacks: [Double]
        package fileprivate(set) var costUSD: [Double]

        fileprivate init(steps: Int) {
            let none = [Double](repeating: 0, count: steps)
            (runs, failedRuns, activeRuns, lookups, hits) = (none, none, none, none, none)
            (failedAttempts, fallbacks, costUSD) = (none, none, none)
        }

        fileprivate mutating func add(_ other: Series) {
            for step in runs.indices {
                runs[step] += other.runs[step]
                failedRuns[step] += other.failedRuns[step]
                activeRuns[step] += other.activeRuns[step]
                lookups[step] += other.lookups[step]
                hits[step] += other.hits[step]
                failedAttempts[step] += other.failedAttempts[step]
                fallbacks[step] += other.fallbacks[step]
                costUSD[step] += other.costUSD[step]
            }
        }
    }

    /// One group over time.
    package struct Part: Sendable {
        package let name: String
        package let values: [Double]

        package var total: Double { values.reduce(0, +) }
    }

    /// One primitive's p95 over time, in nanoseconds; `nil` where none of its spans started in a step.
    package struct Heat: Sendable {
        package let name: String
        package let p95Nanos: [Double?]
    }

    /// Half-open; all steps together.
    package let window: Range<UInt64>
    /// Of the runs that start in it.
    package let series: Series
    /// Most of it first.
    package let executions: [Part]
    package let tokens: [Part]
    package let heat: [Heat]
    package var stepNanos: Double { Double(window.upperBound - window.lowerBound) / Double(series.runs.count) }

    /// - Parameters:
    ///   - window: In which a run's first span starts; not empty.
    ///   - steps: Above 0. What starts after the window counts in the last one.
    ///   - filter: Takes the runs of which any span meets it.
    package init(
        _ window: Range<UInt64>, steps: Int, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws {
        precondition(!window.isEmpty && steps > 0, "steps have a length")
        var groupings = [
            Groups([try snapshot.usualGroup()], keepsEmpty: false, in: snapshot),
            Groups([try FieldName(.model, in: snapshot)], keepsEmpty: false, in: snapshot),
            try RecoveryRoles.groups(in: snapshot),
        ]
        let clock = StepClock(window: window, steps: steps)
        var sums = ActivitySums(clock)
        try snapshot.mapRuns(
            TimeWindow(from: window.lowerBound, to: window.upperBound), where: filter, groups: &groupings,
            withNumbers: true
        ) {
            ActivitySums($0, clock)
        } _: {
            sums.add($0)
        }
        self.window = window
        series = sums.series
        let (primitives, models) = (groupings[0].keys, groupings[1].keys)
        func name(_ key: GroupKey) -> String { key.first.flatMap { $0?.scalarText } ?? "-" }
        func parts(_ values: [StepOf: Double], _ keys: [GroupKey]) -> [Part] {
            var parts: [Int32: [Double]] = [:]
            for (place, value) in values {
                parts[place.group, default: [Double](repeating: 0, count: steps)][place.step] += value
            }
            return parts.map { Part(name: name(keys[Int($0)]), values: $1) }.sorted {
                $0.total == $1.total ? $0.name < $1.name : $0.total > $1.total
            }
        }
        executions = parts(sums.executions, primitives)
        tokens = parts(sums.tokens, models)
        // Quantiles are asked for those that a reader sees.
        let longest = sums.time.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
            .prefix(Self.mostHeat)
        heat = longest.map { number, _ in
            Heat(
                name: name(primitives[Int(number)]),
                p95Nanos: (0..<steps).map { step in
                    guard let durations = sums.durations[StepOf(group: number, step: step)]?.packed,
                        durations.count > 0
                    else { return nil }
                    return Quantile.linear([0.95], of: durations)[0]
                })
        }
    }

    /// How many groups have a p95 over time: those with the most time in all.
    private static let mostHeat = 16
}

/// One group in one step.
private struct StepOf: Hashable {
    let group: Int32
    let step: Int
}

/// Which step a time lies in.
private struct StepClock: Sendable {
    let window: Range<UInt64>
    let steps: Int

    func step(_ nanos: UInt64) -> Int {
        if nanos <= window.lowerBound { return 0 }
        let share = Double(nanos - window.lowerBound) / Double(window.upperBound - window.lowerBound)
        return min(Int(min(share, 1) * Double(steps)), steps - 1)
    }

    var length: Double { Double(window.upperBound - window.lowerBound) / Double(steps) }

    /// For each step that a span of time touches, the share of the step that it takes.
    func shares(_ from: UInt64, _ to: UInt64) -> [(step: Int, share: Double)] {
        let end = min(to, window.upperBound)
        if end <= from { return [] }
        let begin = Double(from - min(from, window.lowerBound)) / length
        let stop = Double(end - window.lowerBound) / length
        return (step(from)...max(step(from), step(end))).map { step in
            (step, max(0, min(stop, Double(step + 1)) - max(begin, Double(step))))
        }
    }
}

/// What some runs add up to, by the numbers of groups.
private struct ActivitySums: Sendable {
    private let clock: StepClock
    private(set) var series: Activity.Series
    private(set) var executions: [StepOf: Double] = [:]
    private(set) var durations: [StepOf: GatheredDurations] = [:]
    private(set) var time: [Int32: UInt64] = [:]
    private(set) var tokens: [StepOf: Double] = [:]

    init(_ clock: StepClock) {
        self.clock = clock
        series = Activity.Series(steps: clock.steps)
    }

    init(_ shape: RunShape, _ clock: StepClock) {
        self.init(clock)
        let roles = RecoveryRoles(shape.keys[2], of: shape.groups[2]).roles
        for run in shape.runs { add(run, shape, roles) }
        for place in durations.keys { durations[place]?.pack() }
    }

    private mutating func add(_ run: Range<Int>, _ shape: RunShape, _ roles: [RecoveryRoles.Role?]) {
        let root = shape.root(of: run)
        let start = clock.step(shape.starts[root])
        series.runs[start] += 1
        if shape.isError[root] { series.failedRuns[start] += 1 }
        if let end = shape.ends[root] {
            for (step, share) in clock.shares(shape.starts[root], end) { series.activeRuns[step] += share }
        }
        for place in run { add(place, shape, roles[Int(shape.groups[2][place])]) }
    }

    private mutating func add(_ place: Int, _ shape: RunShape, _ role: RecoveryRoles.Role?) {
        let step = clock.step(shape.starts[place])
        let (primitive, model) = (shape.groups[0][place], shape.groups[1][place])
        if primitive >= 0 {
            executions[StepOf(group: primitive, step: step), default: 0] += 1
            if let duration = shape.durationNanos(place) {
                durations[StepOf(group: primitive, step: step), default: GatheredDurations()].append(duration)
                time[primitive, default: 0].addSaturating(duration)
            }
        }
        switch role {
        case .attempt where shape.isError[place]: series.failedAttempts[step] += 1
        case .alternative: series.fallbacks[step] += 1
        default: break
        }
        guard let numbers = shape.numbers else { return }
        if let isHit = numbers.isHit[place] {
            series.lookups[step] += 1
            series.hits[step] += isHit ? 1 : 0
        }
        if !numbers.costUSD[place].isNaN { series.costUSD[step] += numbers.costUSD[place] }
        if model >= 0, !numbers.tokens[place].isNaN {
            tokens[StepOf(group: model, step: step), default: 0] += numbers.tokens[place]
        }
    }

    mutating func add(_ other: ActivitySums) {
        series.add(other.series)
        executions.merge(other.executions, uniquingKeysWith: +)
        tokens.merge(other.tokens, uniquingKeysWith: +)
        time.merge(other.time) { $0.saturating($1) }
        for (place, list) in other.durations { durations[place, default: GatheredDurations()] += list }
    }
}
