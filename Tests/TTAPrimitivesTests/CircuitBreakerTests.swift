import InMemoryTracing
import Synchronization
import Testing
import Tracing

@testable import TTAPrimitives

@Suite struct CircuitBreakerTests {
    private struct Refused: Error {}

    private let tracer = InMemoryTracer()
    private let clock = SetClock()

    private func run(_ breaker: some WorkflowPrimitive<Bool, Int>, succeeding: Bool) async -> Result<Int, any Error> {
        let context = WorkflowContext(clock: clock)
        do {
            return .success(try await withTracer(tracer) { try await breaker.execute(succeeding, in: context) })
        } catch {
            return .failure(error)
        }
    }

    @Test func aCircuitOpensIsProbedAndCloses() async throws {
        let calls = Mutex(0)
        let service = Lambda<Bool, Int> { succeeds, _ in
            calls.withLock { $0 += 1 }
            if !succeeds { throw Refused() }
            return 1
        }
        let breaker = CircuitBreaker(
            service, name: "crm", threshold: 0.5, window: 4, minimumCalls: 4, timeout: .seconds(30))
        for succeeds in [false, true, true, false] { _ = await run(breaker, succeeding: succeeds) }
        // Two of four failed: open.
        let refused = await run(breaker, succeeding: true)
        #expect(throws: CircuitOpenError(name: "crm", retryAfter: .seconds(30))) { try refused.get() }
        #expect(calls.withLock { $0 } == 4)
        clock.set(clock.nowNanos + 30_000_000_000)
        let probe = await run(breaker, succeeding: false)
        #expect(throws: Refused.self) { try probe.get() }
        let again = await run(breaker, succeeding: true)
        #expect(throws: CircuitOpenError.self) { try again.get() }
        clock.set(clock.nowNanos + 30_000_000_000)
        #expect(try await run(breaker, succeeding: true).get() == 1)
        #expect(try await run(breaker, succeeding: true).get() == 1)
        let states = tracer.finishedSpans.map { $0.attributes.get("circuit_breaker.state") }
        #expect(
            states == [
                "closed", "closed", "closed", "closed", "open", "half_open", "open", "half_open", "closed",
            ])
        let rates = tracer.finishedSpans.prefix(5).map { $0.attributes.get("circuit_breaker.failure_rate") }
        #expect(rates == [nil, 1.0, 0.5, .double(1.0 / 3), 0.5])
        #expect(tracer.finishedSpans[4].attributes.get("error.recoverable") == true)
        #expect(tracer.finishedSpans[4].attributes.get("circuit_breaker.timeout_ms") == 30_000.0)
    }

    private func circuit(probes: Int = 1) -> Circuit {
        Circuit(.init(threshold: 1, window: 1, minimumCalls: 1, timeout: .seconds(1), probes: probes))
    }

    @Test func oneProbeAtATimeGoesThrough() {
        var circuit = circuit()
        circuit.record(.failure, of: circuit.admit(at: 0), at: 0)
        let probe = circuit.admit(at: 1_000_000_000)
        #expect(probe.isGranted && probe.state == "half_open")
        #expect(!circuit.admit(at: 1_000_000_000).isGranted)
        // A cancelled probe gives its place back.
        circuit.record(.cancelled, of: probe, at: 1_000_000_000)
        let second = circuit.admit(at: 1_000_000_000)
        #expect(second.isGranted)
        circuit.record(.success, of: second, at: 1_000_000_000)
        let closed = circuit.admit(at: 1_000_000_000)
        #expect(closed.isGranted && closed.state == "closed" && closed.failureRate == nil)
    }

    @Test func whatWasLetThroughEarlierSaysNothingNow() {
        var circuit = circuit()
        let (first, second) = (circuit.admit(at: 0), circuit.admit(at: 0))
        circuit.record(.failure, of: first, at: 0)
        circuit.record(.success, of: second, at: 5)
        let refused = circuit.admit(at: 400_000_000)
        #expect(!refused.isGranted)
        #expect(refused.retryAfter == .milliseconds(600))
    }

    @Test func onlyTheLastCallsCount() {
        var circuit = Circuit(.init(threshold: 0.6, window: 4, minimumCalls: 4, timeout: .seconds(1), probes: 1))
        // By hand, of the last four: 1/1, 1/2, 2/3, 2/4, then the first is out: 1/4, 1/4, then the third: 0/4, 1/4.
        let outcomes: [Circuit.Outcome] = [
            .failure, .success, .failure, .success, .success, .success, .success, .failure,
        ]
        var rates: [Double?] = []
        for outcome in outcomes {
            circuit.record(outcome, of: circuit.admit(at: 0), at: 0)
            rates.append(circuit.admit(at: 0).failureRate)
        }
        #expect(rates == [1, 0.5, 2.0 / 3, 0.5, 0.25, 0.25, 0, 0.25])
        #expect(circuit.admit(at: 0).state == "closed")
    }

    @Test func cancelledCallsCountNeitherWay() {
        var circuit = circuit()
        circuit.record(.cancelled, of: circuit.admit(at: 0), at: 0)
        #expect(circuit.admit(at: 0).failureRate == nil)
    }
}
