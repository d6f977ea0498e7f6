import Synchronization
import Tracing

/// A call that was not made, because too many before it had failed.
public struct CircuitOpenError: RecoverableError, Hashable, CustomStringConvertible {
    /// Of the circuit breaker.
    public let name: String
    /// Until the next call may go through; zero while others are trying.
    public let retryAfter: Duration

    /// Later it can.
    public var isRecoverable: Bool { true }

    /// Whose, and for how long.
    public var description: String {
        retryAfter > .zero ? "circuit \(name) is open for \(retryAfter) more" : "circuit \(name) is being probed"
    }
}

/// Spares what fails too often. Copies of it are the same circuit.
///
/// While the circuit is closed all calls go through. When at least a `threshold` of the last calls have failed it opens, and
/// calls are refused with a ``CircuitOpenError``. After `timeout` it is half open: a few probes go through, the others are
/// refused, and the first probe that ends decides whether the circuit closes or opens again. A cancelled call counts neither
/// way, nor does one that was let through before the state last changed.
///
/// The span `recovery.circuit_breaker.execute` has the state and the failure rate that the call met.
public struct CircuitBreaker<Wrapped: WorkflowPrimitive>: InstrumentedPrimitive {
    /// What the wrapped primitive takes.
    public typealias Input = Wrapped.Input
    /// What the wrapped primitive gives.
    public typealias Output = Wrapped.Output

    /// What it is called.
    public let identity: PrimitiveIdentity
    private let wrapped: Wrapped
    private let settings: Circuit.Settings
    private let circuit: SharedCircuit

    /// - Parameters:
    ///   - wrapped: What may fail.
    ///   - name: `primitive.name`.
    ///   - threshold: The share of failures at which the circuit opens, 0 to 1.
    ///   - window: Over how many of the last calls; less than 1 means 1.
    ///   - minimumCalls: How many calls there must have been before it opens; at most the window.
    ///   - timeout: How long it stays open, by the context's clock.
    ///   - probes: How many calls at a time go through while it is half open; less than 1 means 1.
    public init(
        _ wrapped: Wrapped, name: String = "CircuitBreaker", threshold: Double = 0.5, window: Int = 20,
        minimumCalls: Int = 10, timeout: Duration = .seconds(30), probes: Int = 1
    ) {
        identity = PrimitiveIdentity(name: name, type: "circuit_breaker", domain: "recovery")
        self.wrapped = wrapped
        settings = Circuit.Settings(
            threshold: threshold, window: max(window, 1), minimumCalls: min(minimumCalls, max(window, 1)),
            timeout: timeout, probes: max(probes, 1))
        circuit = SharedCircuit(settings)
    }

    /// Runs it, unless the circuit is open.
    public nonisolated(nonsending) func run(
        _ input: Input, in context: WorkflowContext
    ) async throws -> Output {
        let permit = circuit.state.withLock { $0.admit(at: context.clock.nowNanos) }
        context.annotate(attributes(permit))
        guard permit.isGranted else { throw CircuitOpenError(name: identity.name, retryAfter: permit.retryAfter) }
        do {
            let output = try await wrapped.execute(input, in: context)
            circuit.state.withLock { $0.record(.success, of: permit, at: context.clock.nowNanos) }
            return output
        } catch {
            let outcome: Circuit.Outcome = error is CancellationError || Task.isCancelled ? .cancelled : .failure
            circuit.state.withLock { $0.record(outcome, of: permit, at: context.clock.nowNanos) }
            throw error
        }
    }

    private func attributes(_ permit: Circuit.Permit) -> SpanAttributes {
        var attributes: SpanAttributes = [
            "circuit_breaker.state": .string(permit.state), "circuit_breaker.threshold": .double(settings.threshold),
            "circuit_breaker.timeout_ms": .double(settings.timeout.milliseconds),
        ]
        if let rate = permit.failureRate { attributes.set("circuit_breaker.failure_rate", value: .double(rate)) }
        return attributes
    }
}

/// What the copies of a circuit breaker share.
private final class SharedCircuit: Sendable {
    let state: Mutex<Circuit>

    init(_ settings: Circuit.Settings) { state = Mutex(Circuit(settings)) }
}
