import TraceConfig
import TraceModel
import TraceQL
import TraceStore

/// The answers that a report over a time is made of: TTA.dev's four tabs, with the time before beside it.
package struct ActivityReview: Sendable {
    package static let steps = 48

    /// Half-open; not empty.
    package let window: Range<UInt64>
    package let activity: Activity
    /// As long a time just before, or what there is of it since 1970; `nil` where no run started in it.
    package let before: Activity?
    package let runs: RunCounts
    package let runsBefore: RunCounts
    package let services: ConnectionGraph
    package let workflows: Percentiles
    package let errors: ErrorGroups
    package let errorsByWorkflow: ErrorGroups
    package let primitives: Percentiles
    package let caches: CacheUse
    package let callers: TokenUse
    package let recovery: Recovery
    package let impact: ObjectiveImpact
    /// What is different from the time before, by more than chance; `nil` without one.
    package let comparison: Comparison?
    /// Whether some of the time stands out from the rest of it.
    package let incident: Incident?
    /// The newest run that failed, else the longest.
    package let example: TraceID?

    /// What all runs of a time are like.
    package struct RunCounts: Sendable {
        package fileprivate(set) var runs = 0
        package fileprivate(set) var failed = 0
        /// Not failed, but longer than 95% of the runs of their kind in the time before, or of this one where there is none.
        package fileprivate(set) var slow = 0

        /// `nil` without runs.
        package var availability: Double? { runs == 0 ? nil : 1 - Double(failed) / Double(runs) }
        /// The share that was neither failed nor slow.
        package var latencyCompliance: Double? { runs == 0 ? nil : 1 - Double(failed + slow) / Double(runs) }
    }

    /// 0.4 × availability + 0.4 × latency compliance + 0.2 × what is left of the error budget, 0 to 1 (TTA.dev's health score);
    /// `nil` without runs.
    package var health: Double? {
        guard let availability = runs.availability, let latency = runs.latencyCompliance else { return nil }
        return 0.4 * availability + 0.4 * latency + 0.2 * max(0, budgetLeft ?? 1)
    }

    /// Of the error budget of these runs; below 0 when overspent, `nil` without runs and for a target of 1.
    package var budgetLeft: Double? {
        BurnCount(total: runs.runs, good: runs.runs - runs.failed).burnRate(impact.level.target).map { 1 - $0 }
    }

    /// - Parameters:
    ///   - window: Not empty.
    ///   - level: Its objective on all runs.
    package init(_ window: Range<UInt64>, level: ServiceLevel, in snapshot: StoreSnapshot) throws {
        let length = window.upperBound - window.lowerBound
        let earlier = window.lowerBound - min(length, window.lowerBound)..<window.lowerBound
        let asked = TimeWindow(from: window.lowerBound, to: window.upperBound)
        let askedBefore = TimeWindow(from: earlier.lowerBound, to: earlier.upperBound)
        self.window = window
        activity = try Activity(window, steps: Self.steps, in: snapshot)
        let (side, sideBefore) = (
            ComparedSide(snapshot, window: asked), ComparedSide(snapshot, window: askedBefore)
        )
        let now = try RunVerdicts.runs(of: side)
        let then = earlier.isEmpty ? [] : try RunVerdicts.runs(of: sideBefore)
        before = then.isEmpty ? nil : try Activity(earlier, steps: Self.steps, in: snapshot)
        let usual = RunVerdicts.Baseline(then.isEmpty ? now : then)
        runs = RunCounts(now, usual)
        runsBefore = RunCounts(then, usual)
        comparison = then.isEmpty ? nil : try Comparison(sideBefore, side)
        incident = Incident(now)
        services = try ConnectionGraph(of: .services, window: asked, in: snapshot)
        let (workflow, error) = (
            try FieldName(.workflowName, in: snapshot), try FieldName(.errorType, in: snapshot)
        )
        let roots = try SpanFilter([SpanQuery(parsing: "span:parentID = nil")], in: snapshot)
        workflows = try Percentiles(by: [workflow], isExact: true, window: asked, where: roots, in: snapshot)
        errors = try ErrorGroups(by: [error], isExact: true, window: asked, in: snapshot)
        errorsByWorkflow = try ErrorGroups(by: [workflow, error], isExact: true, window: asked, in: snapshot)
        let primitive = try snapshot.usualGroup()
        primitives = try Percentiles(by: [primitive], window: asked, in: snapshot)
        caches = try CacheUse(by: [FieldName(.cacheType, in: snapshot)], window: asked, in: snapshot)
        callers = try TokenUse(by: [primitive], window: asked, in: snapshot)
        recovery = try Recovery(window: asked, in: snapshot)
        impact = try ObjectiveImpact(level, during: asked, in: snapshot)
        let newest = now.filter(\.isFailed).max { ($0.startNanos, $0.trace) < ($1.startNanos, $1.trace) }
        let longest = now.max { ($0.durationNanos ?? 0, $1.trace) < ($1.durationNanos ?? 0, $0.trace) }
        example = try (newest ?? longest).map { try snapshot.traceID($0.trace) }
    }
}

extension ActivityReview.RunCounts {
    fileprivate init(_ runs: [RunVerdicts.Run], _ usual: RunVerdicts.Baseline) {
        self.runs = runs.count
        for run in runs {
            if run.isFailed { failed += 1 } else if run.isBad(by: usual) { slow += 1 }
        }
    }
}
