import TraceConfig
import TraceModel
import TraceStore

/// What broke, since when, for whom, and at what cost: the answers that a report is made of.
package struct Postmortem: Sendable {
    /// Runs of a time.
    package struct Counts: Sendable {
        package fileprivate(set) var runs = 0
        package fileprivate(set) var failed = 0
        /// Not failed, but longer than 95% of the runs of their kind in the baseline.
        package fileprivate(set) var slow = 0
        package fileprivate(set) var usage = UsageTotals()
        /// Of the failed ones.
        package fileprivate(set) var failedUsage = UsageTotals()
        fileprivate var durations: [UInt64] = []

        package func durationNanos(_ quantile: Double) -> Double? {
            durations.isEmpty ? nil : Quantile.linear([quantile], of: Durations(durations[...]))[0]
        }

        fileprivate mutating func add(_ run: RunVerdicts.Run, _ baseline: RunVerdicts.Baseline) {
            runs += 1
            usage += run.usage
            if let duration = run.durationNanos { durations.append(duration) }
            if run.isFailed {
                failed += 1
                failedUsage += run.usage
            } else if run.isBad(by: baseline) {
                slow += 1
            }
        }
    }

    package struct Step: Sendable {
        package let window: Range<UInt64>
        package let counts: Counts
    }

    package struct Workflow: Sendable {
        package let name: String?
        package let before: Counts
        package let during: Counts
    }

    /// Runs to look at: bad ones with good ones of the same workflow beside them, where there are any.
    package struct Example: Sendable {
        package let bad: TraceID
        package let good: TraceID?
    }

    /// The widest time that is about as likely, where the incident was found in the runs; `nil` where it was given.
    package let margin: TimeWindow?
    package let incident: TimeWindow
    package let baseline: TimeWindow
    package let before: Counts
    package let during: Counts
    package let steps: [Step]
    /// Most bad runs during the incident first.
    package let workflows: [Workflow]
    package let comparison: Comparison
    package let ranking: AttributeRanking
    /// Of the margin where there is one, else of the incident: the first of a kind may come before the likeliest begin.
    package let errors: ErrorGroups
    package let errorsBefore: ErrorGroups
    package let sessions: SessionList
    package let users: ErrorGroups
    package let beforeUse: TokenUse
    package let duringUse: TokenUse
    package let examples: [Example]
    /// The first run of the incident that failed; where none did, the first slow one.
    package let firstBad: TraceID?
    package let firstBadNanos: UInt64?
    /// Of the first bad run the error span that ended first; `nil` where it has none.
    package let firstBadSpan: StoredSpan?
    package let impacts: [ObjectiveImpact]
    /// What retries and the like did during the incident.
    package let recovery: Recovery

    private static let stepCount = 48
    private static let exampleCount = 3

    /// - Parameters:
    ///   - incident: The time to explain, in which a run's first span starts.
    ///   - margin: Around it, what may belong to it too, where it was found in the runs.
    ///   - baseline: The time to compare it with; `nil` for what came before the margin, else for what came after.
    ///   - levels: Objectives to measure.
    package init(
        incident: TimeWindow, margin: TimeWindow? = nil, baseline given: TimeWindow?, levels: [ServiceLevel] = [],
        in snapshot: StoreSnapshot
    ) throws {
        let baseline = try given ?? Self.baseline(of: margin ?? incident, in: snapshot)
        let sides = (a: ComparedSide(snapshot, window: baseline), b: ComparedSide(snapshot, window: incident))
        comparison = try Comparison(sides.a, sides.b)
        let all = try RunVerdicts.runs(of: ComparedSide(snapshot, window: .all)).sorted {
            ($0.startNanos, $0.trace) < ($1.startNanos, $1.trace)
        }
        let fine = all.filter { baseline.contains($0.startNanos) }
        let bad = all.filter { incident.contains($0.startNanos) }
        ranking = try AttributeRanking(sides.a, sides.b, (fine, bad))
        let normal = RunVerdicts.Baseline(fine)
        func counts(_ runs: [RunVerdicts.Run]) -> Counts { runs.reduce(into: Counts()) { $0.add($1, normal) } }
        self.margin = margin
        self.incident = incident
        self.baseline = baseline
        (before, during) = (counts(fine), counts(bad))
        steps = Self.steps(of: all).map { window in
            // The runs are in the order in which they started.
            let range =
                all.places { $0.startNanos < window.lowerBound }..<all.places { $0.startNanos < window.upperBound }
            return Step(window: window, counts: all[range].reduce(into: Counts()) { $0.add($1, normal) })
        }
        let (fineByName, badByName) = (
            Dictionary(grouping: fine, by: \.kind.workflow), Dictionary(grouping: bad, by: \.kind.workflow)
        )
        workflows = Set(fineByName.keys).union(badByName.keys).map { name in
            Workflow(name: name, before: counts(fineByName[name] ?? []), during: counts(badByName[name] ?? []))
        }.sorted {
            let (a, b) = ($0.during.failed + $0.during.slow, $1.during.failed + $1.during.slow)
            return a == b ? ($0.name ?? "") < ($1.name ?? "") : a > b
        }
        let (error, user) = (try FieldName(.errorType, in: snapshot), try FieldName("user.id", in: snapshot))
        errors = try ErrorGroups(by: [error], isExact: true, window: margin ?? incident, in: snapshot)
        errorsBefore = try ErrorGroups(by: [error], isExact: true, window: baseline, in: snapshot)
        users = try ErrorGroups(by: [user], isExact: true, window: incident, in: snapshot)
        sessions = try SessionList(sortedBy: .failures, limit: 8, window: incident, in: snapshot)
        let model = [try FieldName(.model, in: snapshot)]
        beforeUse = try TokenUse(by: model, isExact: true, window: baseline, in: snapshot)
        duringUse = try TokenUse(by: model, isExact: true, window: incident, in: snapshot)
        let failed = bad.filter(\.isFailed)
        let worst = failed + bad.filter { !$0.isFailed && $0.isBad(by: normal) }
        // Where something sets the bad runs apart, those that have it say more than others that are bad for reasons of their own.
        let explained = ranking.explained
        let telling = worst.filter { explained.contains($0.trace) }
        examples = try Self.examples(
            telling.isEmpty ? worst : telling, fine.filter { !$0.isBad(by: normal) }, in: snapshot)
        firstBad = try worst.first.map { try snapshot.traceID($0.trace) }
        firstBadSpan = try firstBad.flatMap { try snapshot.trace($0).firstError }
        impacts = try levels.map { try ObjectiveImpact($0, during: incident, in: snapshot) }
        recovery = try Recovery(window: incident, in: snapshot)
        firstBadNanos = worst.map(\.startNanos).min()
    }

    /// What came before the incident, where that are some runs, else what came after.
    private static func baseline(of incident: TimeWindow, in snapshot: StoreSnapshot) throws -> TimeWindow {
        let earlier = TimeWindow(from: nil, to: incident.from)
        if incident.from == nil { return TimeWindow(from: incident.to, to: nil) }
        var runs = 0
        try RunScan.forEach(earlier, in: snapshot) { _ in runs += 1 }
        return runs >= Comparison.leastRuns || incident.to == nil ? earlier : TimeWindow(from: incident.to, to: nil)
    }

    private static func steps(of runs: [RunVerdicts.Run]) -> [Range<UInt64>] {
        guard let first = runs.first?.startNanos, let last = runs.last?.startNanos else { return [] }
        let length = (last - first) / UInt64(stepCount) + 1
        func bound(_ step: Int) -> UInt64 {
            let (offset, isOver) = length.multipliedReportingOverflow(by: UInt64(step))
            return isOver ? .max : first.saturating(offset)
        }
        return (0..<stepCount).map { bound($0)..<bound($0 + 1) }
    }

    /// The first failed run of each workflow, and the slow one that took the middle of all slow ones' times; beside each the good one
    /// that took the middle of all good ones'.
    private static func examples(
        _ bad: [RunVerdicts.Run], _ good: [RunVerdicts.Run], in snapshot: StoreSnapshot
    ) throws -> [Example] {
        var chosen: [RunVerdicts.Run] = []
        for run in bad where chosen.count < exampleCount {
            let isNew = !chosen.contains { $0.kind == run.kind && $0.isFailed == run.isFailed }
            if isNew { chosen.append(run.isFailed ? run : bad.filter { !$0.isFailed }.middle(like: run) ?? run) }
        }
        return try chosen.map { run in
            let middle = good.middle(like: run)
            return Example(
                bad: try snapshot.traceID(run.trace), good: try middle.map { try snapshot.traceID($0.trace) })
        }
    }
}
