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

    /// In the order asked for, largest first (newest first for `.start`).
    package let runs: [Run]

    package init(sortedBy order: Order = .start, window: TimeWindow, in snapshot: StoreSnapshot) throws {
        var runs: [Run] = []
        try snapshot.scanTraces { spans in
            let run = Run(spans)
            if window.contains(run.startNanos) { runs.append(run) }
        }
        self.runs = runs.sorted { Self.isOrdered($0, before: $1, by: order) }
    }

    private static func isOrdered(_ left: Run, before right: Run, by order: Order) -> Bool {
        switch order {
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
        if left.startNanos != right.startNanos { return left.startNanos > right.startNanos }
        return left.traceID < right.traceID
    }
}

extension RunList.Run {
    /// - Parameter spans: All spans of one trace, at least one.
    package init(_ spans: [SpanRow]) {
        let ordered = spans.sorted { ($0.startNanos, $0.spanID) < ($1.startNanos, $1.spanID) }
        let ids = Set(spans.map(\.spanID))
        let root =
            ordered.first { $0.parent == nil }
            ?? ordered.first { span in span.parent.map { !ids.contains($0) } ?? false } ?? ordered[0]
        let firstStart = ordered[0].startNanos
        let lastEnd = spans.lazy.filter(\.isFinished).map(\.endNanos).max()
        traceID = root.traceID
        rootName = root.operation.name
        service = root.operation.service
        startNanos = firstStart
        durationNanos = lastEnd.map { $0 >= firstStart ? $0 - firstStart : 0 }
        self.spans = spans.count
        errors = spans.count { $0.operation.isError }
        isFailed = root.operation.isError
        workflowName = root.operation[.workflowName] ?? ordered.lazy.compactMap { $0.operation[.workflowName] }.first
        sessionID = root.context[.sessionID] ?? ordered.lazy.compactMap { $0.context[.sessionID] }.first
        userID = root.context[.userID] ?? ordered.lazy.compactMap { $0.context[.userID] }.first
        usage = UsageRule.countedCalls(in: spans).reduce(into: UsageTotals()) { $0.add($1) }
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
    case notFound(String)
    case ambiguous(String, examples: [String])
    /// Neither a word nor four hexadecimal digits or more.
    case malformed(String)
    case noFailedRun
    case emptyStore
}

extension RunName {
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

    /// - Throws: ``RunNameError``.
    package func traceID(in snapshot: StoreSnapshot) throws -> TraceID {
        switch self {
        case .prefix(let digits):
            switch try snapshot.traceIDs(prefix: digits) {
            case .none: throw RunNameError.notFound(digits)
            case .one(let id): return id
            case .several(let a, let b): throw RunNameError.ambiguous(digits, examples: [a.hex, b.hex])
            }
        case .last, .slowest:
            let list = try RunList(sortedBy: self == .last ? .start : .duration, window: .all, in: snapshot)
            guard let run = list.runs.first else { throw RunNameError.emptyStore }
            return run.traceID
        case .failed:
            let runs = try RunList(window: .all, in: snapshot).runs
            if runs.isEmpty { throw RunNameError.emptyStore }
            guard let run = runs.first(where: \.isFailed) ?? runs.first(where: { $0.errors > 0 }) else {
                throw RunNameError.noFailedRun
            }
            return run.traceID
        }
    }
}
