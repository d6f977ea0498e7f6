import TraceModel
import TraceStore

/// The runs of a window: one row a trace. A trace counts where its first span starts.
package struct RunList: Sendable {
    package enum Order: String, Sendable, CaseIterable { case start, duration, cost, errors }

    package struct Run: Sendable {
        package let traceID: TraceID
        /// Of the first span without a parent, else of the first whose parent is not stored.
        package let rootName: String
        package let service: String?
        /// Of the first span to start.
        package let startNanos: UInt64
        /// From the first start to the last end; `nil` when no span is finished.
        package let durationNanos: UInt64?
        package let spans: Int
        /// Spans that are errors.
        package let errors: Int
        /// Whether the root is an error: errors below it may have been recovered from.
        package let isFailed: Bool
        package let workflowName: String?
        package let sessionID: String?
        package let userID: String?
        package let usage: UsageTotals
    }

    /// In the order asked for, largest first (newest first for `.start`); at most as many as asked for.
    package let runs: [Run]
    /// Runs of the window, listed or not.
    package let count: Int
    package let failedCount: Int
    /// Runs that ended well although a span in them is an error.
    package let recoveredCount: Int
    /// Of all runs of the window, and of those that failed.
    package let usage: UsageTotals
    package let failedUsage: UsageTotals

    /// - Parameter limit: `nil` for all.
    package init(
        sortedBy order: Order = .start, limit: Int? = nil, window: TimeWindow, where filter: SpanFilter? = nil,
        in snapshot: StoreSnapshot
    ) throws {
        var best = Best(order: order, limit: limit)
        var (count, failed, recovered, usage, failedUsage) = (0, 0, 0, UsageTotals(), UsageTotals())
        try RunScan.forEach(window, where: filter, in: snapshot) { run in
            count += 1
            if run.isFailed { failed += 1 } else if run.errors > 0 { recovered += 1 }
            usage += run.usage
            if run.isFailed { failedUsage += run.usage }
            best.add(run)
        }
        self.count = count
        failedCount = failed
        recoveredCount = recovered
        self.usage = usage
        self.failedUsage = failedUsage
        runs = try best.sorted.map { try Run.made(of: $0, in: snapshot) }
    }

    /// Keeps the first of many runs.
    private struct Best {
        let order: Order
        let limit: Int?
        private var runs: [RunSummary] = []
        /// The last of those that were kept when there were too many: what comes behind it can't be listed.
        private var last: RunSummary?

        init(order: Order, limit: Int?) {
            self.order = order
            self.limit = limit
        }

        mutating func add(_ run: RunSummary) {
            if let last, order.puts(last, before: run) { return }
            runs.append(run)
            if let limit, runs.count >= 2 * limit + 1024 {
                runs = sorted
                last = runs.last
            }
        }

        var sorted: [RunSummary] {
            Array(runs.sorted { order.puts($0, before: $1) }.prefix(limit ?? .max))
        }
    }
}

extension RunList.Order {
    fileprivate func puts(_ left: RunSummary, before right: RunSummary) -> Bool {
        switch self {
        case .start: break
        case .duration:
            let (a, b) = (left.durationNanos ?? 0, right.durationNanos ?? 0)
            if a != b { return a > b }
        case .cost:
            let (a, b) = (left.usage.costUSD ?? -1, right.usage.costUSD ?? -1)
            if a != b { return a > b }
            if left.usage.tokens != right.usage.tokens { return left.usage.tokens > right.usage.tokens }
        case .errors:
            if left.isFailed != right.isFailed { return left.isFailed }
            if left.errors != right.errors { return left.errors > right.errors }
        }
        return left.startNanos == right.startNanos ? left.trace < right.trace : left.startNanos > right.startNanos
    }
}

extension RunList.Run {
    fileprivate static func made(of summary: RunSummary, in snapshot: StoreSnapshot) throws -> Self {
        guard let root = summary.root, let contexts = summary.contexts else {
            preconditionFailure("a run has spans")
        }
        let names = try snapshot.operations.texts(.name)
        let services = try snapshot.operations.texts(.service)
        let workflows = try snapshot.operations.texts(.field(.workflowName))
        let context = try snapshot.context(root.context)
        let demoted = try snapshot.demotedFields()
        // What the root does not tell, the other spans may, and only their rows know.
        let needsRows =
            contexts.lowerBound != contexts.upperBound && (context[.sessionID] == nil || context[.userID] == nil)
            || !demoted.isEmpty
        let id = try snapshot.traceID(summary.trace)
        if needsRows { return RunList.Run(try snapshot.trace(id)) }
        let workflow = workflows.text(root.operation) ?? summary.workflow.flatMap { workflows.text($0.operation) }
        return RunList.Run(
            traceID: id, rootName: names.text(root.operation) ?? "", service: services.text(root.operation),
            startNanos: summary.startNanos,
            durationNanos: summary.durationNanos, spans: summary.spans, errors: summary.errors,
            isFailed: summary.isFailed, workflowName: workflow,
            sessionID: context[.sessionID], userID: context[.userID], usage: summary.usage)
    }

    /// - Parameter spans: All spans of one trace, at least one.
    package init(_ spans: [StoredSpan]) {
        let ordered = spans.sorted { ($0.row.startNanos, $0.row.id) < ($1.row.startNanos, $1.row.id) }
        let ids = Set(spans.map(\.row.spanID))
        let root =
            ordered.first { $0.row.parent == nil }
            ?? ordered.first { span in span.row.parent.map { !ids.contains($0) } ?? false } ?? ordered[0]
        let firstStart = ordered[0].row.startNanos
        let lastEnd = spans.lazy.filter(\.row.isFinished).map(\.row.endNanos).max()
        traceID = root.row.traceID
        rootName = root.span.name
        service = root.resource.serviceName
        startNanos = firstStart
        durationNanos = lastEnd.map { $0 >= firstStart ? $0 - firstStart : 0 }
        self.spans = spans.count
        errors = spans.count { $0.row.operation.isError }
        isFailed = root.row.operation.isError
        workflowName = root.text(.workflowName) ?? ordered.lazy.compactMap { $0.text(.workflowName) }.first
        sessionID = root.row.context[.sessionID] ?? ordered.lazy.compactMap { $0.row.context[.sessionID] }.first
        userID = root.row.context[.userID] ?? ordered.lazy.compactMap { $0.row.context[.userID] }.first
        usage = UsageRule.countedCalls(in: spans.map(\.row.usage)).reduce(into: UsageTotals()) {
            $0.add(spans[$1].row)
        }
    }
}

/// How people name one run.
package enum RunName: Hashable, Sendable {
    /// The first digits of a trace id, four or more.
    case prefix(String)
    /// The newest, the longest, and the newest that failed.
    case last, slowest, failed
}

/// Why a name leads to no run.
package enum RunNameError: Error, Equatable {
    /// - Parameter removedBefore: The time before which runs were removed, nanoseconds since 1970.
    case notFound(String, removedBefore: UInt64? = nil)
    case ambiguous(String, examples: [String])
    /// Neither a word nor four hexadecimal digits or more.
    case malformed(String)
    case noFailedRun
    /// There are runs, but none of them is in the window and meets the conditions.
    case noneChosen
    /// The run is there, but no span of it is in the window and meets the conditions.
    case notChosen(TraceID)
    case emptyStore(removedBefore: UInt64? = nil)
}

extension StoreSnapshot {
    package func notFound(_ digits: String) throws -> RunNameError { .notFound(digits, removedBefore: try horizon()) }
}

extension RunName {
    /// The names that are no ids.
    package static let words = ["last", "slowest", "failed"]

    /// - Throws: ``RunNameError/malformed(_:)``.
    package init(_ text: String) throws {
        switch text {
        case "last": self = .last
        case "slowest": self = .slowest
        case "failed": self = .failed
        default:
            let digits = text.lowercased()
            guard digits.count >= 4, digits.count <= 32, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                throw RunNameError.malformed(text)
            }
            self = .prefix(digits)
        }
    }

    /// - Parameters:
    ///   - window: Takes the runs whose first span starts inside it.
    ///   - filter: Takes the runs of which any span meets it.
    /// - Throws: ``RunNameError``.
    package func traceID(
        window: TimeWindow = .all, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws -> TraceID {
        switch self {
        case .prefix(let digits):
            switch try snapshot.traceIDs(prefix: digits) {
            case .none: throw try snapshot.notFound(digits)
            case .one(let id):
                guard try snapshot.isChosen(id, window, filter) else { throw RunNameError.notChosen(id) }
                return id
            case .several(let a, let b): throw RunNameError.ambiguous(digits, examples: [a.hex, b.hex])
            }
        case .last, .slowest:
            let list = try RunList(
                sortedBy: self == .last ? .start : .duration, limit: 1, window: window, where: filter, in: snapshot)
            guard let run = list.runs.first else { throw try snapshot.noRun() }
            return run.traceID
        case .failed:
            var newest: (failed: RunSummary?, withErrors: RunSummary?, isEmpty: Bool) = (nil, nil, true)
            try RunScan.forEach(window, where: filter, in: snapshot) { run in
                newest.isEmpty = false
                if run.isFailed, run.startNanos >= newest.failed?.startNanos ?? 0 { newest.failed = run }
                if run.errors > 0, run.startNanos >= newest.withErrors?.startNanos ?? 0 { newest.withErrors = run }
            }
            if newest.isEmpty { throw try snapshot.noRun() }
            guard let run = newest.failed ?? newest.withErrors else { throw RunNameError.noFailedRun }
            return try snapshot.traceID(run.trace)
        }
    }
}

extension StoreSnapshot {
    fileprivate func noRun() throws -> RunNameError {
        try startRange() == nil ? .emptyStore(removedBefore: horizon()) : .noneChosen
    }

    fileprivate func isChosen(_ id: TraceID, _ window: TimeWindow, _ filter: SpanFilter?) throws -> Bool {
        if filter == nil && window == .all { return true }
        guard let number = try traceNumber(id) else { return false }
        var start = UInt64.max
        var isChosen = filter == nil
        for (block, trace) in try blocks(ofTrace: number) {
            let starts = try block.startNanos()
            start = trace.spans.reduce(start) { min($0, starts[$1]) }
            if let filter {
                let selection = try filter.selection(block, nil)
                isChosen = isChosen || trace.spans.contains { selection?[$0] ?? true }
            }
        }
        return isChosen && window.contains(start)
    }

    /// The rows of those spans of a run that a filter takes.
    package func rows(of id: TraceID, where filter: SpanFilter) throws -> Set<Int64> {
        guard let number = try traceNumber(id) else { return [] }
        var rows: Set<Int64> = []
        for (block, trace) in try blocks(ofTrace: number) {
            let selection = try filter.selection(block, nil)
            for place in trace.spans where selection?[place] ?? true { rows.insert(trace.rowID(place)) }
        }
        return rows
    }
}

extension StoreSnapshot {
    /// The first eight digits of a trace's id, or as many more as it takes to tell it from all others.
    package func shortID(_ id: TraceID) throws -> String {
        for digits in stride(from: 8, to: 32, by: 2) {
            let prefix = String(id.hex.prefix(digits))
            if case .one = try traceIDs(prefix: prefix) { return prefix }
        }
        return id.hex
    }
}
