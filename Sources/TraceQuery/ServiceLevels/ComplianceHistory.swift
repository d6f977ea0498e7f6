import TraceConfig
import TraceModel
import TraceStore

/// How an objective was kept over time: what counted in each minute, and which runs burned the budget.
package struct ComplianceHistory: Sendable {
    package static let minuteNanos: UInt64 = 60_000_000_000

    package struct Minute: Sendable {
        /// Since 1970.
        package let number: Int
        package let count: BurnCount
    }

    /// A run's spans that are not good, of some time.
    package struct BurningRun: Sendable {
        package let trace: Int64
        /// When the first of them started.
        package fileprivate(set) var firstNanos: UInt64
        package fileprivate(set) var bad: Int
    }

    package struct Group: Sendable {
        package let key: GroupKey
        /// Those in which any span counts, in their order.
        package let minutes: [Minute]
        /// Minute by minute, by when they begin to burn in it.
        fileprivate let burning: [BurningRun]

        /// The runs that burned in some minutes, by when they began to.
        func burning(_ minutes: Range<Int>) -> [BurningRun] {
            func place(_ minute: Int) -> Int {
                burning.places { Int($0.firstNanos / ComplianceHistory.minuteNanos) < minute }
            }
            var runs: [BurningRun] = []
            var places: [Int64: Int] = [:]
            for part in burning[place(minutes.lowerBound)..<place(minutes.upperBound)] {
                if let known = places[part.trace] {
                    runs[known].bad += part.bad
                } else {
                    places[part.trace] = runs.count
                    runs.append(part)
                }
            }
            return runs
        }
    }

    package let level: ServiceLevel
    /// In the order of their keys; those in which any span counts.
    package let groups: [Group]
    /// Spans that have none of the `by` fields.
    package let spansWithoutGroup: Int
    /// Spans that are unfinished or end before they start.
    package let spansWithoutDuration: Int

    /// - Throws: ``UnknownFieldError`` for a name of the objective's that occurs in no span.
    package init(_ level: ServiceLevel, window: TimeWindow, in snapshot: StoreSnapshot) throws {
        let measure = try ObjectiveMeasure(level, in: snapshot)
        var groups = Groups(measure.by, keepsEmpty: false, in: snapshot)
        var sums = HistorySums()
        let isErrorOf = try snapshot.operations.isError()
        let parts: [BlockPart] = [.durations, .starts, .traces] + (level.rootsOnly ? [.parents] : [])
        try snapshot.mapBlocks(SpanCoverage(window), where: measure.filter?.selection, reading: parts) {
            block, selection in
            (groups: try groups.membership(block, selection), isGood: try measure.good.selection(block, selection))
        } transform: { [objective = measure.objective] block, selection, prepared in
            let measured = try block.measured(prepared.groups, selection, rootsOnly: level.rootsOnly)
            return try HistorySums(block, measured, objective, isGood: prepared.isGood, isErrorOf: isErrorOf)
        } _: {
            sums.add($0)
        }
        self.level = level
        (spansWithoutGroup, spansWithoutDuration) = (sums.withoutGroup, sums.withoutDuration)
        self.groups = sums.groups(measure.by.isEmpty ? [[]] : groups.keys)
    }
}

/// What some spans add up to, by the numbers of groups.
private struct HistorySums: Sendable {
    struct Place: Hashable {
        let group: Int32
        let minute: Int
    }

    struct RunPlace: Hashable {
        let place: Place
        let trace: Int64
    }

    private var minutes: [Place: BurnCount] = [:]
    private var burning: [RunPlace: (firstNanos: UInt64, bad: Int)] = [:]
    private(set) var withoutGroup = 0
    private(set) var withoutDuration = 0

    init() {}

    init(
        _ block: Block, _ measured: (numbers: [Int32], withoutDuration: Int), _ objective: Compliance.Objective,
        isGood: [Bool]?, isErrorOf: [Bool]
    ) throws {
        let numbers = measured.numbers
        withoutDuration = measured.withoutDuration
        let isError = try block.operations().map { isErrorOf[$0] }
        let (codes, durations, starts) = (
            try block.operationCodes(), try block.durationNanos(), try block.startNanos()
        )
        let threshold = objective.thresholdNanos ?? .max
        for trace in try block.traces() {
            for place in trace.spans where numbers[place] != Groups.unselected {
                let group = numbers[place]
                if group == Groups.none {
                    withoutGroup += 1
                    continue
                }
                let isGood = isGood?[place] ?? (!isError[Int(codes[place])] && durations[place] <= threshold)
                let here = Place(group: group, minute: Int(starts[place] / ComplianceHistory.minuteNanos))
                minutes[here, default: BurnCount()] += BurnCount(total: 1, good: isGood ? 1 : 0)
                if !isGood { burn(RunPlace(place: here, trace: trace.number), starts[place], 1) }
            }
        }
    }

    private mutating func burn(_ place: RunPlace, _ nanos: UInt64, _ bad: Int) {
        let known = burning[place]
        burning[place] = (min(known?.firstNanos ?? .max, nanos), (known?.bad ?? 0) + bad)
    }

    mutating func add(_ other: HistorySums) {
        for (place, count) in other.minutes { minutes[place, default: BurnCount()] += count }
        for (place, run) in other.burning { burn(place, run.firstNanos, run.bad) }
        withoutGroup += other.withoutGroup
        withoutDuration += other.withoutDuration
    }

    func groups(_ keys: [GroupKey]) -> [ComplianceHistory.Group] {
        let minutes = Dictionary(grouping: minutes, by: \.key.group)
        let burning = Dictionary(grouping: burning, by: \.key.place.group)
        return minutes.map { group, counts in
            ComplianceHistory.Group(
                key: keys[Int(group)],
                minutes: counts.map { ComplianceHistory.Minute(number: $0.key.minute, count: $0.value) }
                    .sorted { $0.number < $1.number },
                burning: (burning[group] ?? []).map {
                    ComplianceHistory.BurningRun(
                        trace: $0.key.trace, firstNanos: $0.value.firstNanos, bad: $0.value.bad)
                }.sorted { ($0.firstNanos, $0.trace) < ($1.firstNanos, $1.trace) })
        }.sorted { isOrdered($0.key, before: $1.key) }
    }
}

/// Sums over any stretch of a group's minutes.
struct MinuteSums {
    let numbers: [Int]
    /// Of all minutes before each place; one more than there are minutes.
    private let before: [BurnCount]

    init(_ minutes: [ComplianceHistory.Minute]) {
        numbers = minutes.map(\.number)
        var sums = [BurnCount()]
        for minute in minutes {
            var sum = sums[sums.count - 1]
            sum += minute.count
            sums.append(sum)
        }
        before = sums
    }

    /// - Parameter minutes: Half-open.
    func count(_ minutes: Range<Int>) -> BurnCount {
        let (from, to) = (place(minutes.lowerBound), place(minutes.upperBound))
        return BurnCount(
            total: before[to].total - before[from].total, good: before[to].good - before[from].good)
    }

    /// Of the first minute that is not before one.
    private func place(_ minute: Int) -> Int { numbers.places { $0 < minute } }
}

extension Array {
    /// How many elements lie before the first of which a condition does not hold; it holds for all before that one and for none after.
    func places(where holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
