import TraceModel
import TraceStore

/// What blocks say of one run, before any text of it is looked up.
struct RunSummary: Sendable {
    /// A span that tells something of the run.
    struct Teller: Sendable {
        /// Lower ones tell before higher ones; of one rank the first to start does.
        let rank: Int
        let startNanos: UInt64
        let rowID: Int64
        /// Its place in the table of operations.
        let operation: Int
        let context: Int64

        static func keep(_ new: Teller, in old: inout Teller?) {
            guard let known = old else {
                old = new
                return
            }
            if (new.rank, new.startNanos) < (known.rank, known.startNanos) { old = new }
        }
    }

    let trace: Int64
    /// Of the first span to start.
    fileprivate(set) var startNanos = UInt64.max
    fileprivate(set) var lastEnd: UInt64?
    fileprivate(set) var spans = 0
    fileprivate(set) var errors = 0
    fileprivate(set) var usage = UsageTotals()
    /// The first span without a parent (rank 0), else the first whose parent is not stored, else the first.
    fileprivate(set) var root: Teller?
    /// Whether the root is an error.
    fileprivate(set) var isFailed = false
    /// The first span with a workflow.
    fileprivate(set) var workflow: Teller?
    /// The least and the greatest context id of the run: mostly the same one.
    fileprivate(set) var contexts: ClosedRange<Int64>?
    /// Whether any of its spans meets the filter.
    fileprivate var isChosen = false

    fileprivate init(trace: Int64) { self.trace = trace }

    /// From the first start to the last end; `nil` when no span is finished.
    var durationNanos: UInt64? { lastEnd.map { $0 >= startNanos ? $0 - startNanos : 0 } }

    fileprivate mutating func keepRoot(_ teller: Teller, isError: Bool) {
        Teller.keep(teller, in: &root)
        if root?.rowID == teller.rowID { isFailed = isError }
    }

    /// Adds what another block says of the same run.
    mutating func merge(_ other: RunSummary) {
        startNanos = min(startNanos, other.startNanos)
        if let end = other.lastEnd { lastEnd = max(lastEnd ?? end, end) }
        spans += other.spans
        errors += other.errors
        isChosen = isChosen || other.isChosen
        usage += other.usage
        if let root = other.root { keepRoot(root, isError: other.isFailed) }
        if let workflow = other.workflow { Teller.keep(workflow, in: &self.workflow) }
        contexts = ClosedRange<Int64>.union(contexts, other.contexts)
    }
}

enum RunScan {
    /// Hands out the runs whose first span starts inside `window`, in no special order.
    ///
    /// - Parameter filter: Takes the runs of which any span meets it.
    static func forEach(
        _ window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot,
        _ body: (RunSummary) throws -> Void
    ) throws {
        // The last run of a block may go on in the next.
        var waiting: RunSummary?
        func hand(_ run: RunSummary?) throws {
            if let run, window.contains(run.startNanos), run.isChosen { try body(run) }
        }
        let isError = try snapshot.operations.isError()
        let workflows = try snapshot.operations.texts(.field(.workflowName)).codes
        let parts: [BlockPart] = [.starts, .durations, .contexts, .parents, .usage, .traces]
        try snapshot.mapBlocks(SpanCoverage(.all), where: filter?.selection, skipsEmpty: false, reading: parts) {
            _, _ in
        } transform: { block, selection, _ in
            let columns = try RunColumns(block, isError: isError, workflows: workflows)
            let traces = try block.traces().filter { !$0.isRemoved }
            return traces.enumerated().compactMap { (place, trace) -> RunSummary? in
                let isChosen = trace.spans.contains { selection?[$0] ?? true }
                // What is chosen of a trace that is in several blocks may be in another one.
                guard isChosen || trace.first > 0 || place == traces.count - 1 else { return nil }
                var run = columns.summary(trace)
                run.isChosen = isChosen
                return run
            }
        } _: { (runs: [RunSummary]) in
            guard var first = runs.first else { return }
            if let earlier = waiting, earlier.trace == first.trace {
                first.merge(earlier)
            } else {
                try hand(waiting)
            }
            if runs.count > 1 {
                try hand(first)
                for run in runs.dropFirst().dropLast() { try hand(run) }
            }
            waiting = runs.count > 1 ? runs.last : first
        }
        try hand(waiting)
    }
}

/// The columns of a block that summaries of runs are made of.
struct RunColumns {
    private let operations: [Int]
    private let isError: [Bool]
    private let hasWorkflow: [Bool]
    private let codes: [UInt16]
    private let starts: [UInt64]
    private let durations: [UInt64]
    private let irregular: [Int: UInt64]
    private let contexts: [Int64]
    private let parents: [UInt32]
    private let isCounted: [Bool]
    private let usage: BlockUsage

    init(_ block: Block, isError isErrorOf: [Bool], workflows: [Int32]) throws {
        operations = try block.operations()
        isError = operations.map { isErrorOf[$0] }
        hasWorkflow = operations.map { workflows[$0] >= 0 }
        codes = try block.operationCodes()
        starts = try block.startNanos()
        durations = try block.durationNanos()
        irregular = Dictionary(uniqueKeysWithValues: try block.irregular().map { ($0.place, $0.endsEarlyBy) })
        contexts = try block.contextIDs()
        parents = try block.parentCodes()
        var isCounted = [Bool](repeating: false, count: block.spanCount)
        for call in try block.countedCalls() { isCounted[call] = true }
        self.isCounted = isCounted
        usage = try BlockUsage(block)
    }

    func summary(_ trace: Block.Trace) -> RunSummary {
        var run = RunSummary(trace: trace.number)
        run.spans = trace.spans.count
        for place in trace.spans {
            let (start, code, context) = (starts[place], Int(codes[place]), contexts[place])
            run.startNanos = min(run.startNanos, start)
            if let end = end(place) { run.lastEnd = max(run.lastEnd ?? 0, end) }
            if isError[code] { run.errors += 1 }
            if isCounted[place] { run.usage.add(usage, place) }
            let range = run.contexts ?? context...context
            run.contexts = min(range.lowerBound, context)...max(range.upperBound, context)
            let rank = min(Int(parents[place]), 2)
            let teller = RunSummary.Teller(
                rank: rank, startNanos: start, rowID: trace.rowID(place), operation: operations[code],
                context: context)
            run.keepRoot(teller, isError: isError[code])
            if hasWorkflow[code] {
                RunSummary.Teller.keep(
                    RunSummary.Teller(
                        rank: 0, startNanos: start, rowID: teller.rowID, operation: teller.operation, context: context),
                    in: &run.workflow)
            }
        }
        return run
    }

    private func end(_ place: Int) -> UInt64? {
        guard !irregular.isEmpty, let early = irregular[place] else { return starts[place] &+ durations[place] }
        return early == 0 ? nil : starts[place] &- early
    }
}
