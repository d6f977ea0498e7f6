import Foundation
import TraceConfig
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
    /// Of the failed runs.
    package let failedUsage: UsageTotals
    /// Of the calls that did not report theirs; of all runs of the window, so none where a filter takes some of them.
    package let computed: ComputedCost

    /// - Parameters:
    ///   - filter: Takes the runs of which any span meets it; ``summary`` is of the whole file.
    ///   - prices: Asked for when calls did not report their cost.
    package init(
        window: TimeWindow = .all, where filter: SpanFilter? = nil, prices: () throws -> PriceTable? = { nil },
        in snapshot: StoreSnapshot
    ) throws {
        summary = try snapshot.summary()
        let slowest = try RunList(sortedBy: .duration, limit: 1, window: window, where: filter, in: snapshot)
        runs = slowest.count
        failedRuns = slowest.failedCount
        recoveredRuns = slowest.recoveredCount
        (usage, failedUsage) = (slowest.usage, slowest.failedUsage)
        self.slowest = slowest.runs.first
        var computed: ComputedCost?
        if filter == nil, usage.callsWithUsageOnly > 0 {
            computed = try TokenUse(by: [], prices: prices(), window: window, in: snapshot).rows.first?.computed
        }
        self.computed = computed ?? ComputedCost()
        if failedRuns + recoveredRuns == 0 {
            failure = nil
        } else {
            let spans = try snapshot.trace(try RunName.failed.traceID(window: window, where: filter, in: snapshot))
            failure = Failure(run: RunList.Run(spans), error: spans.firstErrorText)
        }
    }
}

extension [StoredSpan] {
    /// Of the error span that ended first, which is where a failure begins: `RateLimitError: provider returned 429`.
    var firstErrorText: String? { firstError?.errorText }

    /// The error span that ended first.
    var firstError: StoredSpan? {
        filter(\.row.operation.isError).min { $0.knownEndNanos < $1.knownEndNanos }
    }
}

extension StoredSpan {
    /// When it ended; when it started where that is not known.
    package var knownEndNanos: UInt64 { row.durationNanos == nil ? row.startNanos : row.endNanos }

    /// What went wrong in one line or few: the error's type and message from the status, `error.*`, an exception event
    /// or an HTTP status, as far as the span has them; `nil` when the span is no error.
    package var errorText: String? {
        guard row.operation.isError else { return nil }
        let exception = span.events.first { $0.name == "exception" }?.attributes ?? []
        let type = span.attributes["error.type"]?.string ?? exception["exception.type"]?.string
        let messages = [
            span.status.message, span.attributes["error.message"]?.string ?? "",
            exception["exception.message"]?.string ?? "",
        ]
        let message = messages.lazy.map(Self.withoutTraceback).first { !$0.isEmpty }
        switch (type, message) {
        case (let type?, let message?):
            // `openai.RateLimitError` and `RateLimitError: 429` name the same type: callers repeat it either way.
            let name = type.split(separator: ".").last.map(String.init) ?? type
            return message.hasPrefix(name) || message.hasPrefix(type) ? message : "\(name): \(message)"
        case (nil, let message?): return message
        case (let type?, nil): return type
        case (nil, nil): return httpStatusText ?? "failed, no message"
        }
    }

    private var httpStatusText: String? {
        let code = span.attributes["http.response.status_code"] ?? span.attributes["http.status_code"]
        return code?.wholeNumber.map { "HTTP \($0)" }
    }

    private static func withoutTraceback(_ message: String) -> String {
        guard let start = message.range(of: "Traceback (most recent call last)") else { return message }
        let head = message[..<start.lowerBound].trimmingCharacters(in: .whitespacesAndNewlines)
        return head.isEmpty ? message : head
    }
}
