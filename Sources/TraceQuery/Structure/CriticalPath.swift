import TraceModel
import TraceStore

/// Where the time of runs goes that they could not have done without: how long each group of spans kept them waiting.
///
/// The critical path of a run goes from its end back: of the children that had ended by then, the last to end was waited for; before
/// that the span itself worked, or the one that ended before. What the path spends in a span and in none of its children is the
/// span's own. All of it together is the run's duration.
package struct CriticalPath: Sendable {
    package struct Row: Sendable {
        /// Nothing in it for what no group covers.
        package let group: GroupKey
        /// Spans that have the fields themselves, and runs on whose path any of the group lies.
        package fileprivate(set) var spans = 0
        package fileprivate(set) var criticalRuns = 0
        /// Sums, in nanoseconds: own time on the path, own time, and time with children.
        package fileprivate(set) var criticalNanos: UInt64 = 0
        package fileprivate(set) var selfNanos: UInt64 = 0
        package fileprivate(set) var totalNanos: UInt64 = 0
    }

    /// From a span on the path into one that it waited for.
    package struct Edge: Sendable {
        package let source: GroupKey
        package let target: GroupKey
        /// How often.
        package fileprivate(set) var count = 0
        /// What the path spent in the target and below, in nanoseconds.
        package fileprivate(set) var criticalNanos: UInt64 = 0
    }

    package let by: [FieldName]
    /// Most critical time first.
    package let rows: [Row]
    /// Most critical time first.
    package let edges: [Edge]
    package let runs: Int
    /// Of all runs, in nanoseconds: what the groups' critical time adds up to.
    package let criticalNanos: UInt64
    /// Runs without a finished root: they have no path.
    package let runsWithoutEnd: Int

    /// - Parameters:
    ///   - by: Spans that have none of the fields count as the nearest span above them that has.
    ///   - filter: Takes the runs of which any span meets it.
    package init(
        by: [FieldName], window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws {
        var groupings = [Groups(by, keepsEmpty: false, in: snapshot)]
        var sums = PathSums()
        try snapshot.mapRuns(window, where: filter, groups: &groupings) {
            PathSums($0)
        } _: {
            sums.add($0)
        }
        let keys = groupings[0].keys
        self.by = by
        runs = sums.runs
        runsWithoutEnd = sums.runsWithoutEnd
        func key(_ number: Int32) -> GroupKey { number >= 0 ? keys[Int(number)] : by.map { _ in nil } }
        rows = sums.groups.map { number, sum in
            var row = Row(group: key(number))
            (row.spans, row.criticalRuns) = (sum.spans, sum.criticalRuns)
            (row.criticalNanos, row.selfNanos, row.totalNanos) = (sum.critical, sum.own, sum.total)
            return row
        }.sorted {
            ($0.criticalNanos, $0.selfNanos) == ($1.criticalNanos, $1.selfNanos)
                ? isOrdered($0.group, before: $1.group)
                : ($0.criticalNanos, $0.selfNanos) > ($1.criticalNanos, $1.selfNanos)
        }
        edges = sums.edges.map { pair, sum in
            Edge(
                source: key(pair.source), target: key(pair.target), count: sum.count, criticalNanos: sum.critical)
        }.sorted {
            $0.criticalNanos == $1.criticalNanos
                ? isOrdered($0.source + $0.target, before: $1.source + $1.target) : $0.criticalNanos > $1.criticalNanos
        }
        criticalNanos = rows.reduce(0) { $0.saturating($1.criticalNanos) }
    }
}

/// What runs add up to, by the numbers of groups.
private struct PathSums: Sendable {
    struct GroupSum: Sendable {
        var spans = 0
        var criticalRuns = 0
        var critical: UInt64 = 0
        var own: UInt64 = 0
        var total: UInt64 = 0
    }

    struct Pair: Hashable {
        let source: Int32
        let target: Int32
    }

    struct EdgeSum: Sendable {
        var count = 0
        var critical: UInt64 = 0
    }

    var runs = 0
    var runsWithoutEnd = 0
    var groups: [Int32: GroupSum] = [:]
    var edges: [Pair: EdgeSum] = [:]

    init() {}

    init(_ shape: RunShape) {
        for run in shape.runs { add(RunPath(run, shape)) }
    }

    private mutating func add(_ path: RunPath) {
        runs += 1
        if path.steps.isEmpty { runsWithoutEnd += 1 }
        for span in path.spans {
            groups[span.group, default: GroupSum()].own.addSaturating(span.own)
            guard span.isOfGroup else { continue }
            groups[span.group]?.spans += 1
            groups[span.group]?.total.addSaturating(span.total)
        }
        var seen: Set<Int32> = []
        for step in path.steps {
            groups[step.group]?.critical.addSaturating(step.own)
            if seen.insert(step.group).inserted { groups[step.group]?.criticalRuns += 1 }
            guard let source = step.source, source != step.group else { continue }
            edges[Pair(source: source, target: step.group), default: EdgeSum()].count += 1
            edges[Pair(source: source, target: step.group)]?.critical.addSaturating(step.withChildren)
        }
    }

    mutating func add(_ other: PathSums) {
        runs += other.runs
        runsWithoutEnd += other.runsWithoutEnd
        groups.merge(other.groups) { a, b in
            GroupSum(
                spans: a.spans + b.spans, criticalRuns: a.criticalRuns + b.criticalRuns,
                critical: a.critical.saturating(b.critical), own: a.own.saturating(b.own),
                total: a.total.saturating(b.total))
        }
        edges.merge(other.edges) { EdgeSum(count: $0.count + $1.count, critical: $0.critical.saturating($1.critical)) }
    }
}

/// The critical path of one run.
struct RunPath {
    struct Step {
        let place: Int
        let group: Int32
        /// Of the step that waited for it; `nil` for the root.
        let source: Int32?
        /// What the path spends in it, and in it and below, in nanoseconds.
        var own: UInt64
        let withChildren: UInt64
    }

    /// A span of the run that has a duration.
    struct Timed {
        /// That it counts for.
        let group: Int32
        /// Whether the group is its own, not that of what it is in.
        let isOfGroup: Bool
        /// Without and with children, in nanoseconds.
        let own: UInt64
        let total: UInt64
    }

    let spans: [Timed]
    /// From the root on, each before those that it waited for; empty without a finished root.
    let steps: [Step]
    /// From one group into another, source and target in one number: of each span that has a group of its own and is in another.
    let calls: [Int64]

    /// - Parameter grouping: Which of the shape's groupings tells the groups.
    init(_ run: Range<Int>, _ shape: RunShape, grouping: Int = 0) {
        let children = shape.children(in: run)
        let own = shape.groups[grouping]
        let groups = Self.groups(run, own, shape, children)
        func group(_ place: Int) -> Int32 { groups[place - run.lowerBound] }
        spans = run.compactMap { place in
            guard let selfNanos = shape.selfNanos(place, children[place - run.lowerBound]), let end = shape.ends[place]
            else {
                return nil
            }
            return Timed(
                group: group(place), isOfGroup: own[place] >= 0, own: selfNanos, total: end - shape.starts[place])
        }
        calls = run.compactMap { place in
            guard own[place] >= 0, shape.parents[place] >= 0 else { return nil }
            let source = group(Int(shape.parents[place]))
            return source < 0 || source == own[place] ? nil : Int64(source) << 32 | Int64(own[place])
        }
        let roots = run.filter { shape.parents[$0] < 0 && shape.ends[$0] != nil }
        guard let last = roots.max(by: { (shape.ends[$0] ?? 0) < (shape.ends[$1] ?? 0) }) else {
            steps = []
            return
        }
        var steps: [Step] = []
        var stack: [(place: Int, until: UInt64, source: Int32?)] = [(last, shape.ends[last] ?? 0, nil)]
        while let (place, until, source) = stack.popLast() {
            let start = shape.starts[place]
            var (time, own) = (until, UInt64(0))
            // Whichever ended last by then was waited for.
            let ended = children[place - run.lowerBound].sorted {
                (shape.ends[$0] ?? 0, $0) > (shape.ends[$1] ?? 0, $1)
            }
            for child in ended {
                guard let end = shape.ends[child], end <= time, shape.starts[child] >= start else { continue }
                own += time - end
                stack.append((child, end, group(place)))
                time = shape.starts[child]
            }
            own += time - start
            steps.append(Step(place: place, group: group(place), source: source, own: own, withChildren: until - start))
        }
        self.steps = steps
    }

    /// By place in the run: the span's own group, else that of the nearest span above it that has one.
    private static func groups(
        _ run: Range<Int>, _ own: [Int32], _ shape: RunShape, _ children: [[Int]]
    ) -> [Int32] {
        var groups = own[run].map { $0 }
        var stack = run.filter { shape.parents[$0] < 0 }
        while let place = stack.popLast() {
            for child in children[place - run.lowerBound] {
                if groups[child - run.lowerBound] < 0 {
                    groups[child - run.lowerBound] = groups[place - run.lowerBound]
                }
                stack.append(child)
            }
        }
        return groups
    }
}

extension UInt64 {
    /// The sum, or the greatest number where it would be more: spans with broken clocks last for centuries.
    func saturating(_ other: UInt64) -> UInt64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }

    mutating func addSaturating(_ other: UInt64) { self = saturating(other) }
}
