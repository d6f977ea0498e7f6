import Tracing

/// Gives up what takes too long.
///
/// The span `recovery.timeout.execute` ends with status `timeout`, or with success where a fallback took its place. What took too
/// long is cancelled and has ended before the ``TimeoutError`` is thrown or the fallback begins: one that ignores
/// cancellation delays both. When the task is cancelled from outside, the outcome is that of the wrapped primitive, mostly a
/// `CancellationError`.
public struct Timeout<Wrapped: WorkflowPrimitive>: InstrumentedPrimitive {
    /// What the wrapped primitive takes.
    public typealias Input = Wrapped.Input
    /// What the wrapped primitive gives.
    public typealias Output = Wrapped.Output

    /// What it is called.
    public let identity: PrimitiveIdentity
    private let wrapped: Wrapped
    private let limit: Duration
    private let fallback: (any WorkflowPrimitive<Input, Output>)?

    /// - Parameters:
    ///   - wrapped: What may take long.
    ///   - limit: By the context's clock.
    ///   - fallback: Runs with the same input after the limit, without one of its own.
    ///   - name: `primitive.name`.
    public init(
        _ wrapped: Wrapped, after limit: Duration,
        fallback: (any WorkflowPrimitive<Input, Output>)? = nil, name: String = "Timeout"
    ) {
        identity = PrimitiveIdentity(name: name, type: "timeout", domain: "recovery")
        self.wrapped = wrapped
        self.limit = limit
        self.fallback = fallback
    }

    /// Runs it, for as long as it may take.
    public nonisolated(nonsending) func run(
        _ input: Input, in context: WorkflowContext
    ) async throws -> Output {
        context.annotate(["timeout.limit_ms": .double(limit.milliseconds), "timeout.used_fallback": false])
        if let output = try await runWithinLimit(input, context) { return try output.get() }
        guard let fallback else { throw TimeoutError(limit: limit) }
        context.annotate(["timeout.used_fallback": true])
        return try await fallback.execute(input, in: context)
    }

    private enum Event: Sendable {
        case ended(Result<Output, any Error>)
        case limitReached
        case waitCancelled
    }

    /// - Returns: `nil` when the limit came first.
    private nonisolated(nonsending) func runWithinLimit(
        _ input: Input, _ context: WorkflowContext
    ) async throws -> Result<Output, any Error>? {
        try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask {
                do {
                    return .ended(.success(try await wrapped.execute(input, in: context)))
                } catch {
                    return .ended(.failure(error))
                }
            }
            group.addTask {
                do {
                    try await context.clock.sleep(for: limit)
                    return .limitReached
                } catch is CancellationError {
                    return .waitCancelled
                }
            }
            defer { group.cancelAll() }
            for try await event in group {
                switch event {
                case .ended(let result): return result
                case .limitReached: return nil
                case .waitCancelled: continue
                }
            }
            preconditionFailure("the wrapped primitive ends")
        }
    }
}
