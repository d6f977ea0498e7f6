import TraceModel
import TraceStore

/// What someone who opens a file wants to know first.
package struct Overview: Sendable {
    package struct Failure: Sendable {
        package let run: RunList.Run
        /// What the run's first error says: error type and message, as far as it has them.
        package let error: String?
    }

    package let summary: StoreSummary
    package let runs: Int
    package let failedRuns: Int
    /// Runs that ended well although a span in them is an error.
    package let recoveredRuns: Int
    /// The newest failure; where no run failed, the newest with an error in it.
    package let failure: Failure?
    package let slowest: RunList.Run?
    package let usage: UsageTotals

    package init(in snapshot: StoreSnapshot) throws {
        summary = try snapshot.summary()
        let runs = try RunList(window: .all, in: snapshot).runs
        self.runs = runs.count
        failedRuns = runs.count { $0.isFailed }
        recoveredRuns = runs.count { !$0.isFailed && $0.errors > 0 }
        slowest = runs.max { ($0.durationNanos ?? 0) < ($1.durationNanos ?? 0) }
        usage = runs.reduce(into: UsageTotals()) { $0 += $1.usage }
        failure = try (runs.first(where: \.isFailed) ?? runs.first { $0.errors > 0 }).map { run in
            Failure(run: run, error: try snapshot.trace(run.traceID).firstErrorText)
        }
    }
}

extension [StoredSpan] {
    /// Of the error span that ended first, which is where a failure begins: `RateLimitError: provider returned 429`.
    var firstErrorText: String? {
        filter(\.row.operation.isError).min { $0.row.endNanos < $1.row.endNanos }?.errorText
    }
}

extension StoredSpan {
    /// The status message, or what `error.*` or an exception event says; `nil` when the span is no error.
    package var errorText: String? {
        guard row.operation.isError else { return nil }
        let exception = span.events.first { $0.name == "exception" }?.attributes ?? []
        let type = span.attributes["error.type"]?.string ?? exception["exception.type"]?.string
        let messages = [
            span.status.message, span.attributes["error.message"]?.string ?? "",
            exception["exception.message"]?.string ?? "",
        ]
        guard let message = messages.first(where: { !$0.isEmpty }) else { return type }
        guard let type, !message.hasPrefix(type) else { return message }
        return "\(type): \(message)"
    }
}
