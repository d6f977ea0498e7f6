import Tracing

/// Undoes what failed half-way.
///
/// Spans: `recovery.saga.execute`, `recovery.saga.forward` and, when that fails or is cancelled, `recovery.saga.compensation`.
/// The forward error is thrown after the compensation. The compensation gets the same input and runs to its end even though the
/// task is cancelled; when it fails, its span says so, and the forward error is still the one that is thrown.
public struct Saga<Forward: WorkflowPrimitive, Compensation: WorkflowPrimitive>: InstrumentedPrimitive
where Compensation.Input == Forward.Input {
    /// What the forward primitive takes.
    public typealias Input = Forward.Input
    /// What the forward primitive gives.
    public typealias Output = Forward.Output

    /// What it is called.
    public let identity: PrimitiveIdentity
    private let forward: Forward
    private let compensation: Compensation

    /// - Parameters:
    ///   - forward: What is to be done.
    ///   - compensation: Undoes it, however far it came. Its output is not used.
    ///   - name: `primitive.name`.
    public init(_ forward: Forward, compensation: Compensation, name: String = "Saga") {
        identity = PrimitiveIdentity(name: name, type: "saga", domain: "recovery")
        self.forward = forward
        self.compensation = compensation
    }

    /// Runs it, and the compensation if it fails.
    public nonisolated(nonsending) func run(
        _ input: Input, in context: WorkflowContext
    ) async throws -> Output {
        context.annotate(["saga.compensation_triggered": false])
        do {
            return try await context.inPart("saga", of: "saga", domain: "recovery", action: "forward", []) {
                try await forward.execute(input, in: $0)
            }
        } catch {
            context.annotate(["saga.compensation_triggered": true, "saga.forward_error": .error(error)])
            // A task of its own is not cancelled with this one. Its error stands in the span.
            let compensating = Task {
                try await context.inPart("saga", of: "saga", domain: "recovery", action: "compensation", []) {
                    _ = try await compensation.execute(input, in: $0)
                }
            }
            _ = await compensating.result
            throw error
        }
    }
}
