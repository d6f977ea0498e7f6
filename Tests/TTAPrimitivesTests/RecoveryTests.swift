import InMemoryTracing
import Synchronization
import Testing
import Tracing

@testable import TTAPrimitives

@Suite struct RecoveryTests {
    private struct Refused: Error, Equatable { var number = 0 }
    private struct Hopeless: RecoverableError { var isRecoverable: Bool { false } }

    private let tracer = InMemoryTracer()
    private let clock = SetClock()
    private let double = Instrumented<Int, Int>("double") { number, _ in number * 2 }
    private let fails = Instrumented<Int, Int>("fails", type: "failing") { number, _ in throw Refused(number: number) }
    /// Ends only by cancellation.
    private let waits = Instrumented<Int, Int>("waits", type: "waiting") { _, _ in
        try await Task.sleep(for: .seconds(3_600))
        return 0
    }

    private func run<Input, Output>(
        _ primitive: some WorkflowPrimitive<Input, Output>, _ input: Input, clock: SetClock? = nil
    ) async throws -> Output {
        let context = WorkflowContext(clock: clock ?? self.clock)
        return try await withTracer(tracer) { try await primitive.execute(input, in: context) }
    }

    /// Starts it, waits until a span has begun inside, and cancels it.
    private func runAndCancel(
        _ primitive: some WorkflowPrimitive<Int, Int>, _ started: Gate
    ) async -> Result<Int, any Error> {
        let (tracer, clock) = (tracer, clock)
        let task = Task {
            try await withTracer(tracer) { try await primitive.execute(1, in: WorkflowContext(clock: clock)) }
        }
        await started.wait()
        task.cancel()
        return await task.result
    }

    /// Says that it has started, then ends only by cancellation.
    private func waiting(_ started: Gate) -> Instrumented<Int, Int> {
        Instrumented("waiting", type: "waiting") { _, _ in
            started.open()
            try await Task.sleep(for: .seconds(3_600))
            return 0
        }
    }

    @Test func aRetrySucceedsOnTheThirdAttempt() async throws {
        let calls = Mutex(0)
        let flaky = Instrumented<Int, Int>("flaky") { number, _ in
            if calls.withLock({
                $0 += 1; return $0
            }) < 3 {
                throw Refused()
            }
            return number
        }
        let retry = Retry(flaky, maxAttempts: 5, backoff: .exponential(.milliseconds(100)))
        #expect(try await run(retry, 7) == 7)
        #expect(clock.sleeps == [.milliseconds(100), .milliseconds(200)])
        #expect(
            tracer.tree == [
                "recovery.retry.execute", "  recovery.retry.attempt_1", "    primitive.function.execute",
                "  recovery.retry.attempt_2", "    primitive.function.execute", "  recovery.retry.attempt_3",
                "    primitive.function.execute",
            ])
        let whole = try tracer.span("recovery.retry.execute").attributes
        #expect(whole.get("retry.succeeded_on_attempt") == 3)
        #expect(whole.get("retry.max_attempts") == 5)
        #expect(whole.get("retry.strategy") == "exponential")
        #expect(whole.get("execution.status") == "success")
        let waits = try (1...3).map { try tracer.attribute("retry.backoff_ms", of: "recovery.retry.attempt_\($0)") }
        #expect(waits == [nil, 100.0, 200.0])
        let counts = tracer.finishedSpans.filter { $0.operationName == "primitive.function.execute" }
            .map { $0.attributes.get("execution.retry_count") }
        #expect(counts == [0, 1, 2])
    }

    @Test func theLastErrorOfARetryIsThrownUnchanged() async throws {
        await #expect(throws: Refused(number: 4)) {
            try await run(Retry(fails, maxAttempts: 2, backoff: .constant(.seconds(1))), 4)
        }
        #expect(clock.sleeps == [.seconds(1)])
        #expect(try tracer.attribute("retry.succeeded_on_attempt", of: "recovery.retry.execute") == nil)
        #expect(try tracer.attribute("retry.status", of: "recovery.retry.attempt_2") == "error")
    }

    @Test func whatCannotBeHelpedIsNotRetried() async throws {
        let hopeless = Lambda<Int, Int> { _, _ in throw Hopeless() }
        let cancelled = Lambda<Int, Int> { _, _ in throw CancellationError() }
        await #expect(throws: Hopeless.self) { try await run(Retry(hopeless), 1) }
        await #expect(throws: CancellationError.self) { try await run(Retry(cancelled), 1) }
        await #expect(throws: Refused.self) { try await run(Retry(fails, retryIf: { !($0 is Refused) }), 1) }
        #expect(clock.sleeps.isEmpty)
    }

    @Test func aCancelledRetryTriesNoMore() async throws {
        let started = Gate()
        let result = await runAndCancel(Retry(waiting(started)), started)
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(
            tracer.tree == ["recovery.retry.execute", "  recovery.retry.attempt_1", "    primitive.waiting.execute"])
        #expect(try tracer.attribute("execution.status", of: "recovery.retry.execute") == "cancelled")
    }

    /// Also where it is waiting for the next attempt.
    @Test func aRetryThatWaitsCanBeCancelled() async throws {
        let (started, clock) = (Gate(), SetClock(isEndless: true))
        let refuses = Lambda<Int, Int> { _, _ in
            started.open()
            throw Refused()
        }
        let task = Task { try await Retry(refuses).execute(1, in: WorkflowContext(clock: clock)) }
        await started.wait()
        task.cancel()
        let result = await task.result
        #expect(throws: (any Error).self) { try result.get() }
    }

    @Test func aCancelledTimeoutIsCancelledAndNoTimeout() async throws {
        let (started, clock) = (Gate(), SetClock(isEndless: true))
        let limited = Timeout(waiting(started), after: .seconds(1), fallback: double)
        let task = Task { [tracer] in
            try await withTracer(tracer) { try await limited.execute(1, in: WorkflowContext(clock: clock)) }
        }
        await started.wait()
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(try tracer.attribute("timeout.used_fallback", of: "recovery.timeout.execute") == false)
        #expect(try tracer.attribute("execution.status", of: "recovery.timeout.execute") == "cancelled")
    }

    @Test func delaysGrowAsTheirStrategySays() {
        func delays(_ backoff: Backoff) -> [Duration] { (1...4).map { backoff.delay(beforeRetry: $0) } }
        func milliseconds(_ list: Int64...) -> [Duration] { list.map { .milliseconds($0) } }
        #expect(delays(.constant(.milliseconds(10))) == milliseconds(10, 10, 10, 10))
        #expect(delays(.linear(.milliseconds(10))) == milliseconds(10, 20, 30, 40))
        #expect(delays(.exponential(.milliseconds(10), factor: 3)) == milliseconds(10, 30, 90, 270))
        #expect(
            delays(.exponential(.milliseconds(10), factor: 3).capped(at: .milliseconds(50)))
                == milliseconds(10, 30, 50, 50))
        // Half of a delay times a half is taken off.
        #expect(
            delays(.constant(.milliseconds(100)).jittered(0.5, random: { 0.5 })) == milliseconds(75, 75, 75, 75))
        #expect(delays(.exponential(.milliseconds(10), factor: .nan)).last == .zero)
        #expect(delays(.constant(.seconds(-1))).first == .zero)
        #expect(Backoff.exponential(.seconds(1), factor: 10).delay(beforeRetry: 400) > .seconds(1_000_000_000))
    }

    @Test func aFallbackTakesOverWhatFails() async throws {
        #expect(try await run(Fallback(fails, else: double), 3) == 6)
        #expect(
            tracer.tree == [
                "recovery.fallback.execute", "  recovery.fallback.fallback", "    primitive.function.execute",
                "  recovery.fallback.primary", "    primitive.failing.execute",
            ])
        let whole = try tracer.span("recovery.fallback.execute").attributes
        #expect(whole.get("fallback.triggered") == true)
        #expect(whole.get("fallback.primary_failed") == true)
        #expect(whole.get("fallback.strategy_used") == "fallback")
        #expect(whole.get("fallback.primary_error") == "Refused: Refused(number: 3)")
        #expect(whole.get("execution.status") == "success")
    }

    @Test func aFallbackIsLeftAloneWhileThePrimaryWorks() async throws {
        #expect(try await run(Fallback(double, else: fails), 3) == 6)
        #expect(try tracer.attribute("fallback.triggered", of: "recovery.fallback.execute") == false)
        #expect(try tracer.attribute("fallback.strategy_used", of: "recovery.fallback.execute") == "primary")
    }

    @Test func whenBothFailThePrimaryErrorIsThrown() async {
        let other = Lambda<Int, Int> { _, _ in throw Hopeless() }
        await #expect(throws: Refused(number: 3)) { try await run(Fallback(fails, else: other), 3) }
    }

    @Test func cancellationIsNothingToFallBackFrom() async throws {
        let started = Gate()
        let result = await runAndCancel(Fallback(waiting(started), else: double), started)
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(try tracer.attribute("execution.status", of: "recovery.fallback.execute") == "cancelled")
        #expect(!tracer.tree.contains("  recovery.fallback.fallback"))
    }

    @Test func whatTakesTooLongIsCancelledAndTimesOut() async throws {
        await #expect(throws: TimeoutError(limit: .milliseconds(250))) {
            try await run(Timeout(waits, after: .milliseconds(250)), 1)
        }
        #expect(clock.sleeps == [.milliseconds(250)])
        let whole = try tracer.span("recovery.timeout.execute").attributes
        #expect(whole.get("timeout.limit_ms") == 250.0)
        #expect(whole.get("execution.status") == "timeout")
        #expect(try tracer.attribute("execution.status", of: "primitive.waiting.execute") == "cancelled")
        #expect(tracer.finishedSpans.last?.operationName == "recovery.timeout.execute")
    }

    @Test func aTimeoutMayHaveAFallback() async throws {
        #expect(try await run(Timeout(waits, after: .seconds(1), fallback: double), 4) == 8)
        #expect(try tracer.attribute("timeout.used_fallback", of: "recovery.timeout.execute") == true)
        #expect(try tracer.attribute("execution.status", of: "recovery.timeout.execute") == "success")
    }

    @Test func whatEndsInTimeIsHandedOn() async throws {
        let patient = SetClock(isEndless: true)
        #expect(try await run(Timeout(double, after: .seconds(1)), 4, clock: patient) == 8)
        await #expect(throws: Refused(number: 4)) {
            try await run(Timeout(fails, after: .seconds(1), fallback: double), 4, clock: patient)
        }
        #expect(try tracer.attribute("timeout.used_fallback", of: "recovery.timeout.execute") == false)
    }

    @Test func aSagaIsUndoneWithItsInput() async throws {
        let undone = Mutex<[Int]>([])
        let undo = Instrumented<Int, Void>("undo", type: "undoing") { number, _ in
            undone.withLock { $0.append(number) }
            throw Hopeless()
        }
        await #expect(throws: Refused(number: 9)) { try await run(Saga(fails, compensation: undo), 9) }
        #expect(undone.withLock { $0 } == [9])
        #expect(
            tracer.tree == [
                "recovery.saga.execute", "  recovery.saga.compensation", "    primitive.undoing.execute",
                "  recovery.saga.forward", "    primitive.failing.execute",
            ])
        let whole = try tracer.span("recovery.saga.execute").attributes
        #expect(whole.get("saga.compensation_triggered") == true)
        #expect(whole.get("saga.forward_error") == "Refused: Refused(number: 9)")
        #expect(try tracer.attribute("saga.status", of: "recovery.saga.compensation") == "error")
    }

    @Test func aSagaThatSucceedsIsNotUndone() async throws {
        #expect(try await run(Saga(double, compensation: fails), 9) == 18)
        #expect(try tracer.attribute("saga.compensation_triggered", of: "recovery.saga.execute") == false)
    }

    @Test func aCancelledSagaIsUndoneToTheEnd() async throws {
        let started = Gate()
        let wasCancelled = Mutex<Bool?>(nil)
        let undo = Instrumented<Int, Void>("undo", type: "undoing") { _, _ in
            wasCancelled.withLock { $0 = Task.isCancelled }
        }
        let result = await runAndCancel(Saga(waiting(started), compensation: undo), started)
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(wasCancelled.withLock { $0 } == false)
        #expect(try tracer.attribute("execution.status", of: "recovery.saga.execute") == "cancelled")
        #expect(try tracer.attribute("execution.status", of: "primitive.undoing.execute") == "success")
    }
}

/// Opens once, and lets all through from then on.
final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .sequentiallyConsistent) }

    func wait() async { while !isOpen.load(ordering: .sequentiallyConsistent) { await Task.yield() } }
}
