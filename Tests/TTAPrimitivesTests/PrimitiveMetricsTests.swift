import Metrics
import MetricsTestKit
import Synchronization
import Testing

@testable import TTAPrimitives

@Suite struct PrimitiveMetricsTests {
    private struct Refused: Error {}

    private let metrics = TestMetrics()
    private let double = Instrumented<Int, Int>("double") { number, _ in number * 2 }
    private let negate = Instrumented<Int, Int>("negate") { number, _ in -number }
    private let fails = Instrumented<Int, Int>("fails") { _, _ in throw Refused() }

    private func run<Input, Output>(
        _ primitive: some WorkflowPrimitive<Input, Output>, _ input: Input,
        in context: WorkflowContext = WorkflowContext()
    ) async throws -> Output {
        try await withMetricsFactory(metrics) { try await primitive.execute(input, in: context) }
    }

    /// `label{key=value,…} value`, sums of counters, in order.
    private var counts: [String] {
        metrics.counters.map { "\(series($0.label, $0.dimensions)) \($0.totalValue)" }.sorted()
    }

    private func series(_ label: String, _ dimensions: [(String, String)]) -> String {
        label + "{" + dimensions.map { "\($0)=\($1)" }.joined(separator: ",") + "}"
    }

    private func counts(of label: String) -> [String] {
        counts.filter { $0.hasPrefix(label + "{") }.map { String($0.dropFirst(label.count)) }
    }

    private var gauges: [String: Double] {
        let recorders = metrics.recorders.filter { $0.label == "slo.compliance" && $0.lastValue != nil }
        return Dictionary(uniqueKeysWithValues: recorders.map { (series("", $0.dimensions), $0.lastValue ?? .nan) })
    }

    @Test func executionsAreCountedAndTimedByHowTheyEnded() async throws {
        let clock = SetClock()
        let context = WorkflowContext(workflowName: "refund", agentType: "planner", clock: clock)
        let slow = Instrumented<Int, Int>("slow", type: "work") { number, context in
            try await context.clock.sleep(for: .milliseconds(250))
            return number
        }
        _ = try await run(slow, 1, in: context)
        _ = try await run(slow, 1, in: context)
        await #expect(throws: Refused.self) { try await run(fails, 1, in: context) }
        #expect(
            counts(of: "primitive.execution.count") == [
                "{primitive.name=fails,primitive.type=function,execution.status=error,agent.type=planner,"
                    + "workflow.name=refund,error.type=Refused} 1",
                "{primitive.name=slow,primitive.type=work,execution.status=success,agent.type=planner,"
                    + "workflow.name=refund} 2",
            ])
        let durations = metrics.recorders.filter { $0.label == "primitive.execution.duration" }
        #expect(durations.allSatisfy { $0.aggregate })
        #expect(durations.flatMap(\.values).sorted() == [0, 250, 250])
    }

    @Test func stepsBranchesAndChoicesAreConnections() async throws {
        let join = Lambda<(Int, Int), Int> { values, _ in values.0 + values.1 }
        let choice = Conditional<Int, Int>(if: { number, _ in number > 5 }, then: negate, else: double)
        let cases = Switch<Int, Int, Int>(on: { number, _ in number.signum() }, cases: [-1: double], default: negate)
        let routes = Router<Int, Int>(routes: ["on": negate], default: double) { _, _ in "off" }
        let passes = Conditional<Int, Int>(if: { _, _ in false }, then: negate)
        // 4, 8, 16 and -8, 8, negated, -8, doubled, -16, doubled, -32.
        let all = double >>> (double | negate) >>> join >>> choice >>> cases >>> routes >>> passes
        #expect(try await run(all, 4) == -32)
        #expect(
            counts(of: "primitive.connection.count")
                == [
                    ("Conditional", "conditional", "negate", "function", "conditional"),
                    ("Conditional", "conditional", "Switch", "switch", "sequential"),
                    ("Lambda", "lambda", "Conditional", "conditional", "sequential"),
                    ("Parallel", "parallel", "Lambda", "lambda", "sequential"),
                    ("Parallel", "parallel", "double", "function", "parallel"),
                    ("Parallel", "parallel", "negate", "function", "parallel"),
                    ("Router", "router", "Conditional", "conditional", "sequential"),
                    ("Router", "router", "double", "function", "conditional"),
                    ("Switch", "switch", "Router", "router", "sequential"),
                    ("Switch", "switch", "double", "function", "conditional"),
                    ("double", "function", "Parallel", "parallel", "sequential"),
                ].map {
                    "{source.primitive=\($0.0),source.type=\($0.1),target.primitive=\($0.2),target.type=\($0.3),"
                        + "connection.type=\($0.4)} 1"
                }.sorted())
    }

    @Test func lookUpsAndTheirHitsAreCounted() async throws {
        let cache = Cache(double, name: "answers", type: "semantic")
        for number in [1, 2, 1, 1] { _ = try await run(cache, number) }
        #expect(counts(of: "cache.hits") == ["{primitive.name=answers,cache.type=semantic} 2"])
        #expect(counts(of: "cache.total") == ["{primitive.name=answers,cache.type=semantic} 4"])
        let other = Cache(double, name: "other")
        _ = try await run(other, 1)
        #expect(counts(of: "cache.hits").last == "{primitive.name=other,cache.type=memory} 0")
    }

    @Test func workflowsInProgressComeDownOnEveryWayOut() async throws {
        @Sendable func active() throws -> Double? {
            try metrics.expectMeter("agent.workflows.active", [("workflow.name", "refund")]).lastValue
        }
        let seen = Mutex<[Double?]>([])
        let looks = Instrumented<Int, Int>("looks") { number, _ in
            try seen.withLock { $0.append(try active()) }
            return number
        }
        let context = WorkflowContext(workflowName: "refund")
        _ = try await run(looks >>> (looks | looks) >>> Lambda { values, _ in values.0 }, 1, in: context)
        #expect(seen.withLock { $0 } == [1, 1, 1])
        #expect(try active() == 0)
        await #expect(throws: Refused.self) { try await run(looks >>> fails, 1, in: context) }
        #expect(try active() == 0)
        // One that chooses first, or looks something up, is one workflow all the same.
        _ = try await run(Router<Int, Int>(routes: ["a": looks]) { _, _ in "a" }, 1, in: context)
        _ = try await run(Cache(looks), 1, in: context)
        #expect(seen.withLock { $0.suffix(2) } == [1, 1])
        #expect(try active() == 0)
        let waits = Instrumented<Int, Int>("waits") { number, _ in
            try await Task.sleep(for: .seconds(3_600))
            return number
        }
        let task = Task { try await run(waits, 1, in: context) }
        task.cancel()
        _ = await task.result
        #expect(try active() == 0)
    }

    @Test func complianceIsComputedAgainstTheObjectives() async throws {
        let clock = SetClock()
        var context = WorkflowContext(workflowName: "refund", clock: clock)
        context.objectives = [
            ServiceObjective(.workflow("refund"), target: 0.5, threshold: .milliseconds(100), window: .seconds(600)),
            ServiceObjective(.primitive("work"), target: 1, window: .seconds(600)),
            ServiceObjective(.primitive("other"), target: 0.9),
        ]
        let work = Instrumented<Int, Int>("work") { milliseconds, context in
            try await context.clock.sleep(for: .milliseconds(milliseconds))
            if milliseconds == 50 { throw Refused() }
            return milliseconds
        }
        // Good; good, at the threshold; too slow; failed.
        for milliseconds in [10, 100, 101] { _ = try await run(work, milliseconds, in: context) }
        await #expect(throws: Refused.self) { try await run(work, 50, in: context) }
        // The workflow: 3 of 4 succeeded, 3 of 4 within 100 ms, 2 of 4 both; bad 2 of a budget of 2.
        #expect(
            gauges == [
                "{slo.name=availability,slo.target=0.5,workflow.name=refund}": 0.75,
                "{slo.name=latency_p95,slo.target=0.5,workflow.name=refund}": 0.75,
                "{slo.name=error_budget,slo.target=0.5,workflow.name=refund}": 0,
                "{slo.name=availability,slo.target=1.0,primitive.name=work}": 0.75,
            ])
        // Ten minutes later only what comes then counts.
        try await clock.sleep(for: .seconds(600))
        _ = try await run(work, 10, in: context)
        #expect(gauges.values.allSatisfy { $0 == 1 })
    }

    @Test func aWindowSlidesBySlots() {
        var window = ComplianceWindow(length: .seconds(60))
        let second: UInt64 = 1_000_000_000
        window.add(at: 1_000 * second, isAvailable: true, isWithin: false)
        window.add(at: 1_030 * second, isAvailable: false, isWithin: true)
        // What comes late counts with the newest.
        window.add(at: 900 * second, isAvailable: true, isWithin: true)
        func counts() -> [Int] { [window.sum.total, window.sum.available, window.sum.within, window.sum.good] }
        #expect(counts() == [3, 2, 2, 1])
        window.add(at: 1_059 * second, isAvailable: true, isWithin: true)
        #expect(counts() == [4, 3, 3, 2])
        window.add(at: 1_060 * second, isAvailable: true, isWithin: true)
        #expect(counts() == [4, 3, 4, 3])
        window.add(at: 5_000 * second, isAvailable: false, isWithin: false)
        #expect(counts() == [1, 0, 0, 0])
    }

    @Test func setsOfAttributesBeyondTheLimitAreCountedTogether() throws {
        let made = Mutex<[Int?]>([])
        let table = InstrumentTable<Int, Int?>(limit: 3) { key in
            made.withLock { $0.append(key) }
            return key
        }
        #expect([1, 2, 3, 1, 4, 5, 2].map { table[$0] } == [1, 2, 3, 1, nil, nil, 2])
        #expect(made.withLock { $0 } == [1, 2, 3, nil])
    }

    @Test func theOverflowOfAMetricIsASeriesOfItsOwn() async throws {
        for number in 0..<2_002 {
            _ = try await run(Instrumented<Int, Int>("p\(number)") { number, _ in number }, 1)
        }
        let counters = metrics.counters.filter { $0.label == "primitive.execution.count" }
        #expect(counters.count == 2_001)
        #expect(
            counters.filter { $0.totalValue != 1 }.map { series("", $0.dimensions) } == ["{otel.metric.overflow=true}"])
        #expect(counters.map(\.totalValue).reduce(0, +) == 2_002)
    }

    @Test func eachFactoryHasItsOwn() async throws {
        let other = TestMetrics()
        _ = try await run(double, 1)
        _ = try await withMetricsFactory(other) { try await double.execute(1, in: WorkflowContext()) }
        #expect(counts.count == 1)
        #expect(other.counters.map(\.totalValue) == [1])
    }

    @Test func aFactoryIsNotKeptAlive() async throws {
        weak var factory: TestMetrics?
        do {
            let short = TestMetrics()
            factory = short
            _ = try await withMetricsFactory(short) { try await double.execute(1, in: WorkflowContext()) }
        }
        #expect(factory == nil)
    }
}
