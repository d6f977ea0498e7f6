import TraceModel
import TraceStore

/// One side of a comparison: runs of one store.
package struct ComparedSide {
    package let snapshot: StoreSnapshot
    /// In which a run's first span starts.
    package let window: TimeWindow
    /// `nil` for all runs.
    package let filter: SpanFilter?
    /// Whether it takes the runs of which no span meets the filter, instead of those of which any does.
    package let isOthers: Bool

    /// - Parameters:
    ///   - snapshot: Of the store.
    ///   - window: In which a run's first span starts.
    ///   - filter: Takes the runs of which any span meets it.
    ///   - isOthers: Whether it takes the others instead.
    package init(
        _ snapshot: StoreSnapshot, window: TimeWindow, where filter: SpanFilter? = nil, isOthers: Bool = false
    ) {
        self.snapshot = snapshot
        self.window = window
        self.filter = filter
        self.isOthers = isOthers
    }
}

/// What runs are sorted into, each in its way.
enum ComparedGrouping: Int, CaseIterable, Sendable {
    case runs, workflows, primitives, models, caches, errors, operations

    /// Whether durations of its groups are compared.
    var isTimed: Bool { self != .caches && self != .errors && self != .operations }

    func fields(in snapshot: StoreSnapshot) throws -> [FieldName] {
        switch self {
        case .runs: []
        case .workflows: [try FieldName(.workflowName, in: snapshot)]
        case .primitives: [try snapshot.usualGroup()]
        case .models: [try FieldName(.model, in: snapshot)]
        case .caches: [try FieldName(.cacheType, in: snapshot)]
        case .errors: [try FieldName(.errorType, in: snapshot)]
        case .operations: [try FieldName("service", in: snapshot), try FieldName("name", in: snapshot)]
        }
    }
}

/// What a side says of one group.
///
/// What is tested is counted by runs: spans of one run go wrong together, and tests that took them for independent would call
/// chance a difference.
struct GroupFacts: Sendable {
    var spans = 0
    var errors = 0
    /// Runs with any span of the group.
    var runs = 0
    /// Those of them in which any such span is an error.
    var failedRuns = 0
    /// Of all its spans, in nanoseconds; of the longest of each run.
    var durations = GatheredDurations()
    var longest = GatheredDurations()
    /// Model calls that count, and what they used.
    var calls = 0
    var tokens = 0.0
    var costUSD = 0.0
    var callsWithCost = 0
    var lookUps = 0
    var hits = 0
    /// Own time on critical paths, in nanoseconds.
    var critical: UInt64 = 0
    /// Of each run with any: what its calls used, in all for runs as wholes, else by call; hit rates; shares of the critical path.
    var runTokens = Difference.Moments()
    var runCost = Difference.Moments()
    var runHitRate = Difference.Moments()
    var runCriticalShare = Difference.Moments()

    mutating func add(_ other: GroupFacts) {
        spans += other.spans
        errors += other.errors
        runs += other.runs
        failedRuns += other.failedRuns
        durations += other.durations
        longest += other.longest
        calls += other.calls
        tokens += other.tokens
        costUSD += other.costUSD
        callsWithCost += other.callsWithCost
        lookUps += other.lookUps
        hits += other.hits
        critical.addSaturating(other.critical)
        runTokens = runTokens + other.runTokens
        runCost = runCost + other.runCost
        runHitRate = runHitRate + other.runHitRate
        runCriticalShare = runCriticalShare + other.runCriticalShare
    }
}

/// Durations that come one by one, and take little room once packed.
struct GatheredDurations: Sendable {
    private var loose: [UInt64] = []
    /// Those that are packed.
    private(set) var packed = Durations()

    mutating func append(_ duration: UInt64) { loose.append(duration) }

    mutating func append(contentsOf durations: [UInt64]) { loose += durations }

    mutating func pack() {
        if loose.isEmpty { return }
        packed += Durations(loose[...])
        loose = []
    }

    static func += (left: inout GatheredDurations, right: GatheredDurations) {
        left.loose += right.loose
        left.packed += right.packed
    }
}

/// What one side of a comparison is like.
struct SideFacts: Sendable {
    private(set) var runs = 0
    /// Numbers of the runs' traces, ascending.
    private(set) var traces: [Int64] = []
    /// Of the first and the last run to start.
    private(set) var starts: ClosedRange<UInt64>?
    private(set) var critical: UInt64 = 0
    /// By grouping, then by the groups' values.
    private(set) var groups: [[GroupKey: GroupFacts]] = []
    /// Calls from primitive to primitive: how many runs have them.
    private(set) var edges: [GroupKey: Int] = [:]

    init(_ side: ComparedSide) throws {
        let snapshot = side.snapshot
        let groupings = ComparedGrouping.allCases
        var sorted = try groupings.map { Groups(try $0.fields(in: snapshot), keepsEmpty: false, in: snapshot) }
        var sums = Sums()
        try snapshot.mapRuns(
            side.window, where: side.filter, isOthers: side.isOthers, groups: &sorted, withNumbers: true
        ) {
            Sums($0)
        } _: {
            sums.add($0)
        }
        runs = sums.runs
        traces = sums.traces.sorted()
        starts = sums.starts
        critical = sums.critical
        groups = zip(sorted, sums.groups).map { groups, facts in
            Dictionary(uniqueKeysWithValues: facts.map { (groups.keys[Int($0)], $1) })
        }
        let primitives = sorted[ComparedGrouping.primitives.rawValue].keys
        for (pair, count) in sums.edges {
            edges[primitives[Int(pair >> 32)] + primitives[Int(pair & 0xFFFF_FFFF)]] = count
        }
    }
}

/// The same by numbers of groups, of some of the runs.
private struct Sums: Sendable {
    var runs = 0
    var traces: [Int64] = []
    var starts: ClosedRange<UInt64>?
    var critical: UInt64 = 0
    var groups = [[Int32: GroupFacts]](repeating: [:], count: ComparedGrouping.allCases.count)
    /// Source and target of the primitives' grouping in one number: runs.
    var edges: [Int64: Int] = [:]

    init() {}

    init(_ shape: RunShape) {
        traces = shape.traces
        for run in shape.runs { add(run, shape) }
        for place in groups.indices {
            for number in groups[place].keys {
                groups[place][number]?.durations.pack()
                groups[place][number]?.longest.pack()
            }
        }
    }

    mutating func add(_ other: Sums) {
        runs += other.runs
        traces += other.traces
        starts = ClosedRange<UInt64>.union(starts, other.starts)
        critical.addSaturating(other.critical)
        for place in groups.indices {
            for (number, facts) in other.groups[place] { groups[place][number, default: GroupFacts()].add(facts) }
        }
        edges.merge(other.edges, uniquingKeysWith: +)
    }

    private mutating func add(_ run: Range<Int>, _ shape: RunShape) {
        runs += 1
        let first = shape.root(of: run)
        let start = run.reduce(shape.starts[first]) { min($0, shape.starts[$1]) }
        starts = ClosedRange<UInt64>.union(starts, start...start)
        let primitives = ComparedGrouping.primitives.rawValue
        let path = RunPath(run, shape, grouping: primitives)
        let total = path.steps.reduce(UInt64(0)) { $0.saturating($1.own) }
        critical.addSaturating(total)
        for grouping in ComparedGrouping.allCases {
            let numbers = shape.groups[grouping.rawValue]
            var facts: [Int32: RunGroup] = [:]
            switch grouping {
            case .runs: facts[0] = RunGroup(root: first, run, shape)
            case .workflows:
                // The whole run, whichever of its spans say what it is.
                if let number = run.lazy.map({ numbers[$0] }).first(where: { $0 >= 0 }) {
                    facts[number] = RunGroup(root: first, run, shape)
                }
            default:
                for place in run where numbers[place] >= 0 {
                    facts[numbers[place], default: RunGroup()].add(place, shape, isTimed: grouping.isTimed)
                }
            }
            if grouping == .primitives {
                for step in path.steps where step.group >= 0 { facts[step.group]?.critical.addSaturating(step.own) }
            }
            for (number, group) in facts {
                group.add(to: &groups[grouping.rawValue][number, default: GroupFacts()], critical: total)
            }
        }
        for pair in Set(path.calls) { edges[pair, default: 0] += 1 }
    }
}

/// One group's part of one run.
private struct RunGroup {
    /// Whether it is the run as a whole, not those of its spans that are in a group.
    private var isWhole = false
    private var spans = 0
    private var errors = 0
    private var durations: [UInt64] = []
    private var tokens: (sum: Double, calls: Int) = (0, 0)
    private var cost: (sum: Double, calls: Int) = (0, 0)
    private var calls = 0
    private var lookUps = 0
    private var hits = 0
    var critical: UInt64 = 0

    init() {}

    /// A run as a whole: it fails with its root, and takes from its first start to its last end.
    init(root: Int, _ run: Range<Int>, _ shape: RunShape) {
        for place in run { add(place, shape, isTimed: false) }
        isWhole = true
        spans = 1
        errors = shape.isError[root] ? 1 : 0
        durations = shape.durationNanos(of: run).map { [$0] } ?? []
    }

    /// - Parameter isTimed: Whether durations are wanted.
    mutating func add(_ place: Int, _ shape: RunShape, isTimed: Bool) {
        spans += 1
        if shape.isError[place] { errors += 1 }
        if isTimed, let end = shape.ends[place] { durations.append(end - shape.starts[place]) }
        guard let numbers = shape.numbers else { return }
        let (used, paid) = (numbers.tokens[place], numbers.costUSD[place])
        if !used.isNaN { tokens = (tokens.sum + used, tokens.calls + 1) }
        if !paid.isNaN { cost = (cost.sum + paid, cost.calls + 1) }
        if !used.isNaN || !paid.isNaN { calls += 1 }
        if let isHit = numbers.isHit[place] {
            lookUps += 1
            hits += isHit ? 1 : 0
        }
    }

    /// - Parameter all: Own time on the critical path of the whole run.
    func add(to facts: inout GroupFacts, critical all: UInt64) {
        facts.spans += spans
        facts.errors += errors
        facts.runs += 1
        facts.failedRuns += errors > 0 ? 1 : 0
        facts.durations.append(contentsOf: durations)
        if let longest = durations.max() { facts.longest.append(longest) }
        facts.calls += calls
        facts.tokens += tokens.sum
        facts.costUSD += cost.sum
        facts.callsWithCost += cost.calls
        facts.lookUps += lookUps
        facts.hits += hits
        facts.critical.addSaturating(critical)
        if tokens.calls > 0 { facts.runTokens.add(tokens.sum / (isWhole ? 1 : Double(tokens.calls))) }
        if cost.calls > 0 { facts.runCost.add(cost.sum / (isWhole ? 1 : Double(cost.calls))) }
        if lookUps > 0 { facts.runHitRate.add(Double(hits) / Double(lookUps)) }
        if all > 0 { facts.runCriticalShare.add(Double(critical) / Double(all)) }
    }
}
