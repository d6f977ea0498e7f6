import Tracing

/// Tries again what failed.
///
/// Spans: `recovery.retry.execute`, and `recovery.retry.attempt_{n}` around each attempt, from 1, whose `retry.backoff_ms` is
/// the wait before it. The last attempt's error is thrown unchanged. No attempt follows on a `CancellationError`, on a
/// ``RecoverableError`` that says that it won't help, or once the task is cancelled.
public struct Retry<Wrapped: WorkflowPrimitive>: InstrumentedPrimitive {
    /// What the wrapped primitive takes.
    public typealias Input = Wrapped.Input
    /// What the wrapped primitive gives.
    public typealias Output = Wrapped.Output

    /// What it is called.
    public let identity: PrimitiveIdentity
    private let wrapped: Wrapped
    private let maxAttempts: Int
    private let backoff: Backoff
    private let retryIf: (@Sendable (any Error) -> Bool)?

    /// - Parameters:
    ///   - wrapped: What may fail.
    ///   - name: `primitive.name`.
    ///   - maxAttempts: With the first one; less than 1 means 1.
    ///   - backoff: How long to wait in between.
    ///   - retryIf: Whether an error is worth another attempt; when `nil`, all are.
    public init(
        _ wrapped: Wrapped, name: String = "Retry", maxAttempts: Int = 3,
        backoff: Backoff = .exponential(.milliseconds(100)).capped(at: .seconds(30)).jittered(),
        retryIf: (@Sendable (any Error) -> Bool)? = nil
    ) {
        identity = PrimitiveIdentity(name: name, type: "retry", domain: "recovery")
        self.wrapped = wrapped
        self.maxAttempts = max(maxAttempts, 1)
        self.backoff = backoff
        self.retryIf = retryIf
    }

    /// Runs it until it succeeds, or no attempt is left.
    public nonisolated(nonsending) func run(
        _ input: Input, in context: WorkflowContext
    ) async throws -> Output {
        context.annotate(SpanAttributes(Dictionary(uniqueKeysWithValues: settings.map { ("retry.\($0)", $1) })))
        var attempt = 1
        var delay: Duration?
        while true {
            do {
                let output = try await run(input, attempt: attempt, after: delay, in: context)
                context.annotate(["retry.succeeded_on_attempt": .int64(Int64(attempt))])
                return output
            } catch {
                guard attempt < maxAttempts, !Task.isCancelled, isWorthRetrying(error) else { throw error }
            }
            let wait = backoff.delay(beforeRetry: attempt)
            try await context.clock.sleep(for: wait)
            delay = wait
            attempt += 1
        }
    }

    private nonisolated(nonsending) func run(
        _ input: Input, attempt: Int, after delay: Duration?, in context: WorkflowContext
    ) async throws -> Output {
        var context = context
        context.position = context.position.afterRetries(attempt - 1)
        return try await context.inPart(
            "retry", of: "retry", domain: "recovery", action: "attempt_\(attempt)",
            settings + [("attempt", .int64(Int64(attempt)))]
                + (delay.map { [("backoff_ms", .double($0.milliseconds))] } ?? [])
        ) { try await wrapped.execute(input, in: $0) }
    }

    private var settings: [(String, SpanAttribute)] {
        [("max_attempts", .int64(Int64(maxAttempts))), ("strategy", .string(backoff.strategy))]
    }

    private func isWorthRetrying(_ error: any Error) -> Bool {
        if error is CancellationError { return false }
        if let error = error as? any RecoverableError, !error.isRecoverable { return false }
        return retryIf?(error) ?? true
    }
}
