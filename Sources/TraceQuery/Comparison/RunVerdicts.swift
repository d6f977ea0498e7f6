import TraceModel
import TraceQL
import TraceStore

/// Which runs of a side are bad.
struct RunVerdicts: Sendable {
    /// What says that a run is bad.
    enum Criterion {
        /// It failed, or took longer than ``Baseline/threshold(of:)``.
        case failedOrSlow(Baseline)
        /// Any of its spans meets the filter.
        case meeting(SpanFilter)
    }

    /// How long runs of one kind take where all is well.
    struct Baseline: Sendable {
        /// A kind with fewer runs is measured by all of them.
        private static let leastRuns = 20
        private var durations: [RunKind: [UInt64]] = [:]
        private var thresholds: [RunKind: Double] = [:]
        private var threshold = Double.infinity

        /// - Parameter runs: Of the side that was fine.
        init(_ runs: [Run]) {
            for run in runs where !run.isFailed {
                if let duration = run.durationNanos { durations[run.kind, default: []].append(duration) }
            }
            for (kind, values) in durations where values.count >= Self.leastRuns {
                thresholds[kind] = Quantile.linear([0.95], of: Durations(values[...]))[0]
            }
            let all = durations.values.flatMap { $0 }
            if !all.isEmpty { threshold = Quantile.linear([0.95], of: Durations(all[...]))[0] }
        }

        /// The duration that 95% of the runs of a kind don't exceed, in nanoseconds.
        func threshold(of kind: RunKind) -> Double { thresholds[kind] ?? threshold }
    }

    /// What runs have in common that should take equally long.
    struct RunKind: Hashable, Sendable {
        let service: String?
        let name: String?
        let workflow: String?
    }

    struct Run: Sendable {
        let trace: Int64
        let startNanos: UInt64
        let kind: RunKind
        let durationNanos: UInt64?
        let isFailed: Bool
        /// Spans of it that are errors.
        let errors: Int
        let usage: UsageTotals

        /// Whether it failed, or took longer than runs of its kind do.
        func isBad(by baseline: Baseline) -> Bool {
            isFailed || Double(durationNanos ?? 0) > baseline.threshold(of: kind)
        }
    }

    /// Numbers of traces, ascending.
    let bad: [Int64]
    let good: [Int64]

    init(_ runs: [Run], _ side: ComparedSide, _ criterion: Criterion) throws {
        let isBad: (Run) -> Bool
        switch criterion {
        case .failedOrSlow(let baseline):
            isBad = { $0.isBad(by: baseline) }
        case .meeting(let filter):
            var meeting: Set<Int64> = []
            try RunScan.forEach(side.window, where: filter, in: side.snapshot) { meeting.insert($0.trace) }
            isBad = { meeting.contains($0.trace) }
        }
        bad = runs.filter(isBad).map(\.trace).sorted()
        good = runs.filter { !isBad($0) }.map(\.trace).sorted()
    }

    /// All runs of a side.
    static func runs(of side: ComparedSide) throws -> [Run] {
        let snapshot = side.snapshot
        let (services, names) = (try snapshot.operations.texts(.service), try snapshot.operations.texts(.name))
        let workflows = try snapshot.operations.texts(.field(.workflowName))
        var excluded: Set<Int64> = []
        if side.isOthers, let filter = side.filter {
            try RunScan.forEach(side.window, where: filter, in: snapshot) { excluded.insert($0.trace) }
        }
        var runs: [Run] = []
        try RunScan.forEach(side.window, where: side.isOthers ? nil : side.filter, in: snapshot) { run in
            if excluded.contains(run.trace) { return }
            let kind = RunKind(
                service: run.root.flatMap { services.text($0.operation) },
                name: run.root.flatMap { names.text($0.operation) },
                workflow: run.workflow.flatMap { workflows.text($0.operation) })
            runs.append(
                Run(
                    trace: run.trace, startNanos: run.startNanos, kind: kind, durationNanos: run.durationNanos,
                    isFailed: run.isFailed, errors: run.errors, usage: run.usage))
        }
        return runs
    }
}

extension StoreSnapshot {
    /// Of the runs of a run's kind that did not fail and had no error, the one that took the middle of all times.
    ///
    /// - Returns: `nil` when there is none.
    package func goodRun(like id: TraceID) throws -> TraceID? {
        let runs = try RunVerdicts.runs(of: ComparedSide(self, window: .all))
        guard let number = try traceNumber(id), let run = runs.first(where: { $0.trace == number }) else { return nil }
        let good = runs.filter { $0.trace != number && !$0.isFailed && $0.errors == 0 && $0.durationNanos != nil }
        return try good.middle(like: run).map { try traceID($0.trace) }
    }
}

extension [RunVerdicts.Run] {
    /// Of those of the same kind the one that took the middle of all times.
    func middle(like run: RunVerdicts.Run) -> RunVerdicts.Run? {
        let alike = filter { $0.kind == run.kind }.sorted {
            ($0.durationNanos ?? 0, $0.trace) < ($1.durationNanos ?? 0, $1.trace)
        }
        return alike.isEmpty ? nil : alike[alike.count / 2]
    }
}
