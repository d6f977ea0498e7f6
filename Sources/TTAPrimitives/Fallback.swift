import Tracing

/// Something else when the first way fails.
///
/// Spans: `recovery.fallback.execute`, `recovery.fallback.primary` and, when that fails, `recovery.fallback.fallback`. When
/// both fail the primary's error is thrown. Cancellation is no failure: nothing else is tried then.
public struct Fallback<Primary: WorkflowPrimitive, Alternative: WorkflowPrimitive>: InstrumentedPrimitive
where Alternative.Input == Primary.Input, Alternative.Output == Primary.Output {
    /// What either takes.
    public typealias Input = Primary.Input
    /// What either gives.
    public typealias Output = Primary.Output

    /// What it is called.
    public let identity: PrimitiveIdentity
    private let primary: Primary
    private let alternative: Alternative

    /// - Parameters:
    ///   - primary: Is tried first.
    ///   - alternative: Is tried when it fails, with the same input.
    ///   - name: `primitive.name`.
    public init(_ primary: Primary, else alternative: Alternative, name: String = "Fallback") {
        identity = PrimitiveIdentity(name: name, type: "fallback", domain: "recovery")
        self.primary = primary
        self.alternative = alternative
    }

    /// Runs the primary, and the alternative if it fails.
    public nonisolated(nonsending) func run(
        _ input: Input, in context: WorkflowContext
    ) async throws -> Output {
        context.annotate(["fallback.triggered": false, "fallback.primary_failed": false])
        do {
            let output = try await run(primary, "primary", input, in: context)
            context.annotate(["fallback.strategy_used": "primary"])
            return output
        } catch  where !(error is CancellationError) && !Task.isCancelled {
            context.annotate([
                "fallback.triggered": true, "fallback.primary_failed": true, "fallback.strategy_used": "fallback",
                "fallback.primary_error": .error(error),
            ])
            do {
                return try await run(alternative, "fallback", input, in: context)
            } catch let second {
                throw second is CancellationError ? second : error
            }
        }
    }

    private nonisolated(nonsending) func run(
        _ way: some WorkflowPrimitive<Input, Output>, _ action: String, _ input: Input,
        in context: WorkflowContext
    ) async throws -> Output {
        try await context.inPart("fallback", of: "fallback", domain: "recovery", action: action, []) {
            try await way.execute(input, in: $0)
        }
    }
}
