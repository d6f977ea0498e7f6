import TraceModel
import TraceStore

/// What is different between two sides, and whether that is more than chance.
package struct Comparison: Sendable {
    package enum Metric: String, Sendable, CaseIterable {
        case runsPerHour = "runs_per_hour"
        case errorRate = "error_rate"
        case p50 = "p50_ms"
        case p95 = "p95_ms"
        case p99 = "p99_ms"
        case tokens = "tokens"
        case cost = "cost_usd"
        case hitRate = "hit_rate"
        case criticalShare = "critical_share"
        /// Of runs: those in which it occurs.
        case occurrence = "occurrence"

        var quantile: Double? {
            switch self {
            case .p50: 0.5
            case .p95: 0.95
            case .p99: 0.99
            default: nil
            }
        }
    }

    package struct Row: Sendable {
        package let metric: Metric
        /// What it is of: a field's name and value, several where it takes several to say it; nothing for all runs.
        package let group: [(field: String, value: AttributeValue?)]
        /// In the metric's unit: nanoseconds for quantiles; `nil` where the side does not say.
        package let a: Double?
        package let b: Double?
        /// What they are made of: runs for occurrences, calls for tokens and cost, look-ups for hit rates, else spans, or runs as
        /// wholes.
        package let aCount: Int
        package let bCount: Int
        /// `nil` where there is too little to tell, and for what is not tested.
        package let p: Double?
        /// Standardised: Cohen's h or d.
        package let effect: Double?
        package let interval: ClosedRange<Double>?
        /// Whether it is more than chance, all rows considered.
        package fileprivate(set) var isSignificant: Bool?

        /// Whether side b is worse by more than chance and by what can be seen (Cohen's h or d of 0.2, a small effect): more failures,
        /// errors of a type that more runs have, longer, dearer, fewer hits.
        package var isRegression: Bool {
            guard isSignificant == true, let effect, abs(effect) >= 0.2, let a, let b else { return false }
            switch metric {
            case .errorRate, .p50, .p95, .p99, .tokens, .cost: return b > a
            case .hitRate: return b < a
            case .occurrence: return b > a && group.first?.field == OperationField.errorType.name
            case .runsPerHour, .criticalShare: return false
            }
        }

        /// Of the value, against a; `nil` without one to compare with.
        package var change: Double? {
            guard let a, let b, a != 0 else { return nil }
            return b / a - 1
        }
    }

    /// What is more than chance first, greatest effects first; then by metric and group.
    package let rows: [Row]
    package let aRuns: Int
    package let bRuns: Int
    /// When the first and the last run of each side started.
    package let aStarts: ClosedRange<UInt64>?
    package let bStarts: ClosedRange<UInt64>?

    /// The probability that any row is called significant where nothing differs is below this.
    package static let level = 0.01
    /// A group is compared where each side has as many runs with it, and what is new or gone told where both together have.
    static let leastRuns = 5
    /// What takes less of both sides' time is no matter.
    static let leastCriticalShare = 0.002

    /// Of so many runs of each side attributes are looked at for values that are new or gone; they have no columns to read them from.
    package static let mostRunsForValues = 200
    /// A key with more values among these tells runs apart, not sides.
    private static let mostValues = 20

    /// - Parameters:
    ///   - a: What was fine.
    ///   - b: What is to be explained.
    package init(_ a: ComparedSide, _ b: ComparedSide) throws {
        let facts = (a: try SideFacts(a), b: try SideFacts(b))
        let fields = try ComparedGrouping.allCases.map { try $0.fields(in: b.snapshot).map(\.text) }
        var rows: [Row] = []
        for grouping in ComparedGrouping.allCases {
            let place = grouping.rawValue
            let (groupsA, groupsB) = (facts.a.groups[place], facts.b.groups[place])
            for key in Set(groupsA.keys).union(groupsB.keys) {
                let maker = RowMaker(
                    group: zip(fields[place], key).map { ($0, $1) }, sides: facts, groupsA[key] ?? GroupFacts(),
                    groupsB[key] ?? GroupFacts())
                rows += maker.rows(grouping)
            }
        }
        let primitive = fields[ComparedGrouping.primitives.rawValue].first ?? ""
        for edge in Set(facts.a.edges.keys).union(facts.b.edges.keys) {
            let group = zip(["from \(primitive)", "to \(primitive)"], edge).map { ($0, $1) }
            let maker = RowMaker(group: group, sides: facts, GroupFacts(), GroupFacts())
            rows += maker.occurrence(facts.a.edges[edge] ?? 0, facts.b.edges[edge] ?? 0)
        }
        let (values, looked) = try Self.values(a, facts.a, b, facts.b)
        rows += values
        let tested = rows.indices.filter { rows[$0].p != nil }
        // Values that both sides have were looked at too, and count as tests that told nothing.
        let others = [Double](repeating: 1, count: looked - values.count)
        let isSignificant = Difference.significant(tested.map { rows[$0].p ?? 1 } + others, level: Self.level)
        for (place, flag) in zip(tested, isSignificant) { rows[place].isSignificant = flag }
        self.rows = rows.map { (order: RowOrder($0), row: $0) }.sorted { $0.order.isBefore($1.order) }.map(\.row)
        (aRuns, bRuns, aStarts, bStarts) = (facts.a.runs, facts.b.runs, facts.a.starts, facts.b.starts)
    }
}

extension Comparison {
    /// Settings that only one side has: a release, a region, a tool, whatever was sent, as far as no other row is about it.
    ///
    /// - Returns: Them, and how many values were looked at in all.
    private static func values(
        _ a: ComparedSide, _ factsA: SideFacts, _ b: ComparedSide, _ factsB: SideFacts
    ) throws -> (rows: [Row], looked: Int) {
        var samples = RunSamples(mostRuns: mostRunsForValues)
        try samples.add(factsA.traces, .aGood, in: a.snapshot)
        try samples.add(factsB.traces, .bGood, in: b.snapshot)
        let compared = Set([OperationField.model, .workflowName, .primitiveName, .cacheType, .errorType].map(\.name))
        let keys = Dictionary(grouping: samples.values, by: \.key)
        var looked = 0
        let rows = samples.values.compactMap { value -> Row? in
            guard value.kind == .setting || value.kind == .other, keys[value.key]?.count ?? 0 <= mostValues else {
                return nil
            }
            if case .operation(let field)? = AliasTable.standard[value.key]?.meaning, compared.contains(field.name) {
                return nil
            }
            let counts = (a: value.counts[0], b: value.counts[2])
            guard counts.a + counts.b >= leastRuns else { return nil }
            looked += 1
            guard counts.a == 0 || counts.b == 0 else { return nil }
            let shares = (
                a: Difference.Share(part: counts.a, whole: samples.counts[0]),
                b: Difference.Share(part: counts.b, whole: samples.counts[2])
            )
            let difference = Difference.ofShares(shares.a, shares.b)
            return Row(
                metric: .occurrence, group: [(value.key, value.value)], a: shares.a.value, b: shares.b.value,
                aCount: counts.a, bCount: counts.b, p: difference?.p, effect: difference?.effect,
                interval: difference?.interval)
        }
        return (rows, looked)
    }
}

/// Where a row stands among the others.
private struct RowOrder {
    private let rank: Int
    private let size: Double
    private let name: String
    private let values: GroupKey
    private let metric: Int

    init(_ row: Comparison.Row) {
        rank = row.isSignificant == true ? 0 : 1
        size = rank == 0 ? abs(row.effect ?? 0) : 0
        name = row.group.map(\.field).joined(separator: ",") + "\u{0}" + (row.metric == .occurrence ? "1" : "0")
        values = row.group.map(\.value)
        metric = Comparison.Metric.allCases.firstIndex(of: row.metric) ?? 0
    }

    func isBefore(_ other: RowOrder) -> Bool {
        if rank != other.rank { return rank < other.rank }
        if size != other.size { return size > other.size }
        if name != other.name { return name < other.name }
        if values != other.values { return isOrdered(values, before: other.values) }
        return metric < other.metric
    }
}

/// Makes the rows of one group.
private struct RowMaker {
    private let group: [(field: String, value: AttributeValue?)]
    private let sides: (a: SideFacts, b: SideFacts)
    private let a: GroupFacts
    private let b: GroupFacts

    init(
        group: [(String, AttributeValue?)], sides: (a: SideFacts, b: SideFacts), _ a: GroupFacts, _ b: GroupFacts
    ) {
        self.group = group.map { (field: $0, value: $1) }
        self.sides = sides
        self.a = a
        self.b = b
    }

    func rows(_ grouping: ComparedGrouping) -> [Comparison.Row] {
        switch grouping {
        case .errors, .operations: return occurrence(a.runs, b.runs)
        case .runs, .workflows: return rate + comparison(errors + quantiles + usage(perRun: true))
        case .primitives: return occurrence(a.runs, b.runs) + comparison(errors + quantiles + criticalShare)
        case .models: return occurrence(a.runs, b.runs) + comparison(errors + quantiles + usage(perRun: false))
        case .caches: return occurrence(a.runs, b.runs) + comparison(hitRate)
        }
    }

    /// Nothing where there is too little to compare.
    private func comparison(_ rows: @autoclosure () -> [Comparison.Row]) -> [Comparison.Row] {
        min(a.runs, b.runs) >= Comparison.leastRuns ? rows() : []
    }

    private func row(
        _ metric: Comparison.Metric, _ a: Double?, _ b: Double?, _ counts: (Int, Int), _ difference: Difference?
    ) -> Comparison.Row {
        Comparison.Row(
            metric: metric, group: group, a: a, b: b, aCount: counts.0, bCount: counts.1, p: difference?.p,
            effect: difference?.effect, interval: difference?.interval)
    }

    /// Not tested: runs come in bursts.
    private var rate: [Comparison.Row] {
        func perHour(_ runs: Int, _ starts: ClosedRange<UInt64>?) -> Double? {
            guard let starts, starts.upperBound > starts.lowerBound else { return nil }
            return Double(runs) / (Double(starts.upperBound - starts.lowerBound) / 3.6e12)
        }
        return [
            row(
                .runsPerHour, perHour(a.runs, sides.a.starts), perHour(b.runs, sides.b.starts), (a.runs, b.runs), nil)
        ]
    }

    private var errors: [Comparison.Row] {
        if a.errors + b.errors == 0 { return [] }
        let difference = Difference.ofShares(
            Difference.Share(part: a.failedRuns, whole: a.runs), Difference.Share(part: b.failedRuns, whole: b.runs))
        return [
            row(
                .errorRate, Double(a.errors) / Double(a.spans), Double(b.errors) / Double(b.spans),
                (a.spans, b.spans), difference)
        ]
    }

    /// The quantile test: of the longest spans of the runs, how many lie above the quantile of both sides together.
    private var quantiles: [Comparison.Row] {
        let (ofA, ofB) = (a.durations.packed, b.durations.packed)
        let (longestA, longestB) = (a.longest.packed, b.longest.packed)
        if ofA.count == 0 || ofB.count == 0 { return [] }
        let metrics: [Comparison.Metric] = [.p50, .p95, .p99]
        let wanted = metrics.compactMap(\.quantile)
        let (valuesA, valuesB) = (Quantile.linear(wanted, of: ofA), Quantile.linear(wanted, of: ofB))
        var both = longestA
        both += longestB
        let pooled = Quantile.linear(wanted, of: both)
        return metrics.indices.map { index in
            func above(_ values: Durations) -> Difference.Share {
                var share = Difference.Share(part: 0, whole: values.count)
                values.forEach { if Double($0) > pooled[index] { share.part += 1 } }
                return share
            }
            // A tail of less than five expected runs tells nothing.
            let isTold = Double(both.count) * (1 - wanted[index]) >= 5
            return row(
                metrics[index], valuesA[index], valuesB[index], (ofA.count, ofB.count),
                isTold ? Difference.ofShares(above(longestA), above(longestB)) : nil)
        }
    }

    /// - Parameter perRun: Whether means are of runs instead of calls.
    private func usage(perRun: Bool) -> [Comparison.Row] {
        func mean(_ facts: GroupFacts, _ sum: Double, _ calls: Int) -> Double? {
            calls == 0 ? nil : sum / Double(perRun ? facts.runs : calls)
        }
        var rows: [Comparison.Row] = []
        if a.calls + b.calls > 0 {
            rows.append(
                row(
                    .tokens, mean(a, a.tokens, a.calls), mean(b, b.tokens, b.calls), (a.calls, b.calls),
                    Difference.ofMeans(a.runTokens, b.runTokens)))
        }
        if a.callsWithCost + b.callsWithCost > 0 {
            rows.append(
                row(
                    .cost, mean(a, a.costUSD, a.callsWithCost), mean(b, b.costUSD, b.callsWithCost),
                    (a.callsWithCost, b.callsWithCost), Difference.ofMeans(a.runCost, b.runCost)))
        }
        return rows
    }

    private var hitRate: [Comparison.Row] {
        if a.lookUps + b.lookUps == 0 { return [] }
        return [
            row(
                .hitRate, a.lookUps == 0 ? nil : Double(a.hits) / Double(a.lookUps),
                b.lookUps == 0 ? nil : Double(b.hits) / Double(b.lookUps), (a.lookUps, b.lookUps),
                Difference.ofMeans(a.runHitRate, b.runHitRate))
        ]
    }

    private var criticalShare: [Comparison.Row] {
        let shares = (
            Double(a.critical) / Double(max(sides.a.critical, 1)), Double(b.critical) / Double(max(sides.b.critical, 1))
        )
        if max(shares.0, shares.1) < Comparison.leastCriticalShare { return [] }
        return [
            row(
                .criticalShare, shares.0, shares.1, (a.runs, b.runs),
                Difference.ofMeans(a.runCriticalShare, b.runCriticalShare))
        ]
    }

    /// In how many of the runs it occurs.
    func occurrence(_ a: Int, _ b: Int) -> [Comparison.Row] {
        if a + b < Comparison.leastRuns { return [] }
        let shares = (
            Difference.Share(part: a, whole: sides.a.runs), Difference.Share(part: b, whole: sides.b.runs)
        )
        return [row(.occurrence, shares.0.value, shares.1.value, (a, b), Difference.ofShares(shares.0, shares.1))]
    }
}
