import InMemoryTracing
import Synchronization
import Testing
import Tracing

@testable import TTAPrimitives

@Suite struct CacheTests {
    private struct Refused: Error {}

    private let tracer = InMemoryTracer()
    private let clock = SetClock()

    /// Counts its calls.
    private final class Computation: Sendable {
        let calls = Mutex<[String]>([])

        var primitive: Instrumented<String, Int> {
            Instrumented("length", type: "text") { text, _ in
                self.calls.withLock { $0.append(text) }
                return text.count
            }
        }
    }

    private func run<Input, Output>(
        _ primitive: some WorkflowPrimitive<Input, Output>, _ input: Input
    ) async throws -> Output {
        let context = WorkflowContext(clock: clock)
        return try await withTracer(tracer) { try await primitive.execute(input, in: context) }
    }

    @Test func aHitAsksNobody() async throws {
        let computation = Computation()
        let cache = Cache(computation.primitive, type: "prompt", ttl: .seconds(60), savings: { Double($0) / 100 })
        #expect(try await run(cache, "four") == 4)
        clock.set(clock.nowNanos + 2_500_000_000)
        #expect(try await run(cache, "four") == 4)
        #expect(computation.calls.withLock { $0 } == ["four"])
        #expect(
            tracer.tree == [
                "primitive.cache.execute", "  cache.prompt.lookup", "  primitive.text.execute",
                "primitive.cache.execute", "  cache.prompt.lookup",
            ])
        let lookups = tracer.finishedSpans.filter { $0.operationName == "cache.prompt.lookup" }.map(\.attributes)
        #expect(lookups.map { $0.get("cache.hit") } == [false, true])
        #expect(lookups.map { $0.get("cache.age_seconds") } == [nil, 2.5])
        #expect(lookups.map { $0.get("cache.savings_usd") } == [nil, 0.04])
        // FNV-1a of "four", worked out apart from this code.
        #expect(lookups.map { $0.get("cache.key") } == ["dd33fe790c41dde5", "dd33fe790c41dde5"])
        #expect(lookups[0].get("cache.type") == "prompt")
        #expect(lookups[0].get("cache.ttl_seconds") == 60.0)
        #expect(lookups[0].get("cache.eviction_policy") == "lru")
        #expect(lookups[0].get("primitive.type") == "cache")
    }

    @Test func anOutputCountsForItsTimeOnly() async throws {
        let computation = Computation()
        let cache = Cache(computation.primitive, ttl: .seconds(10))
        let start = clock.nowNanos
        for nanos in [0, 9_999_999_999, 10_000_000_000, 19_999_999_999] as [UInt64] {
            clock.set(start + nanos)
            _ = try await run(cache, "a")
        }
        // The third look-up stored it anew.
        #expect(computation.calls.withLock { $0.count } == 2)
    }

    @Test func theLeastRecentlyUsedGoesFirst() async throws {
        let computation = Computation()
        let cache = Cache(computation.primitive, capacity: 2)
        // "a" is used again before "c" comes, so "b" goes; asking for "b" pushes out "a".
        for key in ["a", "b", "a", "c", "a", "b", "c", "a"] { _ = try await run(cache, key) }
        #expect(computation.calls.withLock { $0 } == ["a", "b", "c", "b", "c", "a"])
    }

    @Test func aHundredMissesAtOnceAreOneComputation() async throws {
        let holder = Holder()
        let calls = Atomic(0)
        let slow = Instrumented<String, Int>("slow", type: "text") { text, _ in
            calls.wrappingAdd(1, ordering: .relaxed)
            await holder.waitForWaiters(99, of: text)
            return text.count
        }
        let cache = Cache(slow, savings: { _ in 1 })
        holder.hold(cache)
        let outputs = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 { group.addTask { try await self.run(cache, "four") } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(outputs == Array(repeating: 4, count: 100))
        #expect(calls.load(ordering: .relaxed) == 1)
        let lookups = tracer.finishedSpans.filter { $0.operationName == "cache.memory.lookup" }
        #expect(lookups.count { $0.attributes.get("cache.hit") == false } == 1)
        #expect(lookups.count { $0.attributes.get("cache.coalesced") == true } == 99)
    }

    @Test func whoWaitsGetsTheError() async throws {
        let holder = Holder()
        let calls = Atomic(0)
        let fails = Instrumented<String, Int>("fails", type: "text") { text, _ in
            calls.wrappingAdd(1, ordering: .relaxed)
            await holder.waitForWaiters(4, of: text)
            throw Refused()
        }
        let cache = Cache(fails)
        holder.hold(cache)
        let errors = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    do {
                        _ = try await self.run(cache, "four")
                        return false
                    } catch {
                        return error is Refused
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(errors == 5)
        #expect(calls.load(ordering: .relaxed) == 1)
    }

    @Test func anotherComputesWhenTheFirstIsCancelled() async throws {
        let (holder, started) = (Holder(), Gate())
        let calls = Atomic(0)
        let slow = Instrumented<String, Int>("slow", type: "text") { text, _ in
            if calls.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue == 1 {
                started.open()
                try await Task.sleep(for: .seconds(3_600))
            }
            return text.count
        }
        let cache = Cache(slow)
        holder.hold(cache)
        let first = Task { try await run(cache, "four") }
        await started.wait()
        let second = Task { try await run(cache, "four") }
        await holder.waitForWaiters(1, of: "four")
        first.cancel()
        #expect(try await second.value == 4)
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(calls.load(ordering: .relaxed) == 2)
    }

    @Test func aCancelledWaiterLeavesAtOnce() async throws {
        let (release, started, holder) = (Gate(), Gate(), Holder())
        let slow = Instrumented<String, Int>("slow", type: "text") { text, _ in
            started.open()
            await release.wait()
            return text.count
        }
        let cache = Cache(slow)
        holder.hold(cache)
        let first = Task { try await run(cache, "four") }
        await started.wait()
        let second = Task { try await run(cache, "four") }
        await holder.waitForWaiters(1, of: "four")
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        let lookup = try tracer.span("cache.memory.lookup")
        #expect(lookup.attributes.get("cache.hit") == false)
        #expect(tracer.finishedSpans.last?.attributes.get("execution.status") == "cancelled")
        release.open()
        #expect(try await first.value == 4)
    }

    /// Looks into a cache from what it wraps.
    private final class Holder: Sendable {
        private let store = Mutex<CacheStore<String, Int>?>(nil)

        func hold(_ cache: Cache<Instrumented<String, Int>, String>) { store.withLock { $0 = cache.store } }

        func waitForWaiters(_ count: Int, of key: String) async {
            while store.withLock({ $0?.contents.withLock { $0.waiters[key]?.count } }) != count { await Task.yield() }
        }
    }
}
