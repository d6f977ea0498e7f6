import InMemoryTracing
import Metrics
import MetricsTestKit
import Synchronization
import Testing
import Tracing

@testable import TTAPrimitives

/// A clock that counts how often it is asked.
private final class CountingClock: WorkflowClock {
    private let asked = Atomic<Int>(0)

    var count: Int { asked.load(ordering: .relaxed) }

    var nowNanos: UInt64 {
        asked.wrappingAdd(1, ordering: .relaxed)
        return 1
    }

    func sleep(for duration: Duration) async throws {}
}

@Suite struct WithoutBackendTests {
    @Test func nothingIsBuiltAndNoClockIsRead() async throws {
        let clock = CountingClock()
        let context = WorkflowContext(clock: clock)
        let before = clock.count
        let notes = Instrumented<Int, Int>("notes") { number, context in
            context.annotate(Self.unwanted())
            #expect(context.position.span == nil)
            return number + 1
        }
        let workflow = notes >>> (notes | notes) >>> Lambda<(Int, Int), Int> { values, _ in values.0 + values.1 }
        #expect(try await workflow.execute(1, in: context) == 6)
        // A parallel's branches are child contexts, and these know when they began.
        #expect(clock.count - before == 2)
    }

    private static func unwanted() -> SpanAttributes {
        Issue.record("no attributes are built")
        return [:]
    }

    @Test func theTasksWorkflowIsKeptUpToDate() async throws {
        let reads = Instrumented<Int, [String?]>("reads") { _, context in
            var other = context
            other.agentType = "writer"
            let inner = Instrumented<Int, String?>("inner") { _, _ in WorkflowContext.current?.agentType }
            return [
                WorkflowContext.current?.agentType, try await inner.execute(1, in: other),
                WorkflowContext.current?.agentType,
            ]
        }
        let seen = try await reads.execute(1, in: WorkflowContext(agentType: "planner"))
        #expect(seen == ["planner", "writer", "planner"])
    }

    /// Either backend works without the other.
    @Test func metricsNeedNoTracerAndTheOtherWayRound() async throws {
        let primitive = Instrumented<Int, Int>("works") { number, _ in number }
        let metrics = TestMetrics()
        _ = try await withMetricsFactory(metrics) { try await primitive.execute(1, in: WorkflowContext()) }
        #expect(metrics.counters.map(\.totalValue) == [1])
        let tracer = InMemoryTracer()
        _ = try await withTracer(tracer) { try await primitive.execute(1, in: WorkflowContext()) }
        #expect(tracer.finishedSpans.count == 1)
        #expect(metrics.counters.map(\.totalValue) == [1])
    }
}
