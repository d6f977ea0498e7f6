import TraceModel
import TraceStore

/// How many spans are in progress over time. Unlike elsewhere a span counts in all of its time that lies in the window,
/// wherever it starts: from its start until before its end.
package struct Concurrency: Sendable {
    package struct Level: Hashable, Sendable {
        /// The most that were in progress at one moment of the step.
        package let most: Int
        /// Weighted by time.
        package let mean: Double
    }

    package struct Group: Sendable {
        package let key: GroupKey
        /// By step.
        package let levels: [Level]
        package let most: Int
        /// Of all its spans together, in the window or not.
        fileprivate let busyNanos: Double
    }

    package let by: [FieldName]
    /// `nil` when no span was counted.
    package let window: StepWindow?
    /// The group with the most time in all first; one without `by`.
    package let groups: [Group]
    /// Spans of the window that have none of the `by` fields.
    package let spansWithoutGroup: Int
    /// Spans that start in the window or before it, and are unfinished or end before they start.
    package let spansWithoutDuration: Int

    /// - Parameters:
    ///   - step: Nanoseconds; `nil` for a round length of which a screen holds all.
    ///   - rootsOnly: Count runs: spans without a parent.
    /// - Throws: ``TooManyStepsError``.
    package init(
        step: UInt64?, by: [FieldName], rootsOnly: Bool, window: TimeWindow, where filter: SpanFilter? = nil,
        in snapshot: StoreSnapshot
    ) throws {
        var groups = Groups(by, keepsEmpty: false, in: snapshot)
        var times: [Int32: BusyTimes] = [:]
        var (withoutGroup, withoutDuration) = (0, 0)
        let parts: [BlockPart] = [.starts, .durations] + (rootsOnly ? [.parents] : [])
        try snapshot.mapBlocks(SpanCoverage(TimeWindow(to: window.to)), where: filter?.selection, reading: parts) {
            block, selection in
            try groups.membership(block, selection)
        } transform: { block, selection, membership in
            var numbers = try membership.numbers(block, selection)
            if rootsOnly { try block.leaveRoots(&numbers) }
            return try block.busyTimes(numbers, after: window.from ?? 0)
        } _: { part in
            for (group, more) in part.times { times[group, default: BusyTimes()] += more }
            withoutGroup += part.withoutGroup
            withoutDuration += part.withoutDuration
        }
        self.by = by
        spansWithoutGroup = withoutGroup
        spansWithoutDuration = withoutDuration
        let range = times.values.reduce(ClosedRange<UInt64>?.none) { ClosedRange<UInt64>.union($0, $1.range) }
        guard let range, let steps = try StepWindow(step, window, over: range) else {
            (self.window, self.groups) = (nil, [])
            return
        }
        try steps.check(groups: times.count)
        self.window = steps
        let keys = groups.keys
        let made = Parallel.map(Array(times)) { number, times in
            let levels = times.levels(steps)
            return Group(
                key: keys[Int(number)], levels: levels, most: levels.reduce(0) { max($0, $1.most) },
                busyNanos: times.nanos)
        }
        self.groups = try made.map { try $0.get() }.sorted {
            $0.busyNanos == $1.busyNanos ? isOrdered($0.key, before: $1.key) : $0.busyNanos > $1.busyNanos
        }
    }
}

/// When spans began and when they ended, not in step with each other.
private struct BusyTimes: Sendable {
    /// A list a block: putting lists together would copy them each time.
    private var starts: [[UInt64]] = [[]]
    private var ends: [[UInt64]] = [[]]

    mutating func add(_ start: UInt64, _ end: UInt64) {
        starts[0].append(start)
        ends[0].append(end)
    }

    static func += (left: inout BusyTimes, right: BusyTimes) {
        left.starts += right.starts
        left.ends += right.ends
    }

    /// From the first start to the last moment in which any was in progress.
    var range: ClosedRange<UInt64>? {
        guard let first = starts.compactMap({ $0.min() }).min(), let last = ends.compactMap({ $0.max() }).max() else {
            return nil
        }
        return first...max(first, last - 1)
    }

    /// Of all of them together.
    var nanos: Double {
        zip(starts.joined(), ends.joined()).reduce(0) { $0 + Double($1.1) - Double($1.0) }
    }

    func levels(_ window: StepWindow) -> [Concurrency.Level] {
        let (starts, ends) = (starts.joined().sorted(), ends.joined().sorted())
        var (started, ended) = (0, 0)
        // What is behind `time` is taken up; at one moment ends before starts, so that a span that follows another at
        // once is not beside it.
        func pass(_ time: UInt64) {
            while ended < ends.count, ends[ended] <= time { ended += 1 }
            while started < starts.count, starts[started] <= time { started += 1 }
        }
        return (0..<window.steps.count).map { step in
            let bounds = window.bounds(step)
            pass(bounds.lowerBound)
            var (time, most, area) = (bounds.lowerBound, started - ended, 0.0)
            while true {
                let next = min(
                    started < starts.count ? starts[started] : .max, ended < ends.count ? ends[ended] : .max)
                let until = min(next, bounds.upperBound)
                area += Double(started - ended) * Double(until - time)
                time = until
                if next >= bounds.upperBound { break }
                pass(next)
                most = max(most, started - ended)
            }
            let length = Double(bounds.upperBound - bounds.lowerBound)
            return Concurrency.Level(most: most, mean: length > 0 ? area / length : Double(most))
        }
    }
}

extension Block {
    /// Of the spans that are in progress after `from`, by the numbers of their groups.
    fileprivate func busyTimes(
        _ groups: [Int32], after from: UInt64
    ) throws -> (times: [Int32: BusyTimes], withoutGroup: Int, withoutDuration: Int) {
        let (starts, durations) = (try startNanos(), try durationNanos())
        var (groups, times) = (groups, [Int32: BusyTimes]())
        var (withoutGroup, withoutDuration) = (0, 0)
        for (place, _) in try irregular() where groups[place] != Groups.unselected {
            withoutDuration += 1
            groups[place] = Groups.unselected
        }
        for place in groups.indices where groups[place] != Groups.unselected {
            let end = starts[place] &+ durations[place]
            // No time at all, or none after `from`.
            if end <= max(from, starts[place]) { continue }
            if groups[place] == Groups.none {
                withoutGroup += 1
            } else {
                times[groups[place], default: BusyTimes()].add(starts[place], end)
            }
        }
        return (times, withoutGroup, withoutDuration)
    }
}
