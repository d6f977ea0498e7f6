import TestSupport
import Testing
import TraceConfig
import TraceModel
import TraceStore

@testable import TraceQuery

/// Series over time, worked out by hand.
@Suite struct ActivityTests {
    /// Ten steps of 100 ms. A run from 50 to 250 that fails, one from 900 to 1,100; a call of 8 tokens at 100, two look-ups.
    private let spans = [
        span(1, "run", from: 50, to: 250, status: 2, ["primitive.name": "work"]),
        span(
            2, parent: 1, "llm.x.generate", from: 100, to: 140,
            ["primitive.name": "ask", "llm.model_name": "m", "llm.prompt_tokens": 8, "llm.cost_usd": 0.5]),
        span(3, parent: 1, "cache.memory.lookup", from: 150, to: 151, ["cache.hit": true, "cache.type": "memory"]),
        span(4, parent: 1, "cache.memory.lookup", from: 250, to: 251, ["cache.hit": false, "cache.type": "memory"]),
        span(5, parent: 1, "recovery.retry.attempt_1", from: 200, to: 220, status: 2),
        span(6, parent: 1, "recovery.fallback.fallback", from: 220, to: 250),
        span(7, trace: 2, "run", from: 900, to: 1100, ["primitive.name": "work"]),
        // Before the window.
        span(8, trace: 3, "run", from: 0, to: 500, ["primitive.name": "work"]),
    ]

    private var window: Range<UInt64> { milliseconds(10)..<milliseconds(1010) }

    @Test func whatStartsInAStepCountsThere() throws {
        // The window begins at 10, so that 100 is in the first step.
        let activity = try withStore(spans) { try Activity(window, steps: 10, in: $0) }
        let series = activity.series
        #expect(series.runs == [1, 0, 0, 0, 0, 0, 0, 0, 1, 0])
        #expect(series.failedRuns == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(series.lookups == [0, 1, 1, 0, 0, 0, 0, 0, 0, 0] && series.hits == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(series.failedAttempts[1] == 1 && series.fallbacks[2] == 1 && series.costUSD[0] == 0.5)
        #expect(activity.tokens.map(\.name) == ["m"] && activity.tokens[0].values[0] == 8)
        #expect(activity.executions.map(\.name) == ["work", "ask"] && activity.executions[0].total == 2)
        #expect(activity.heat.first?.name == "work" && activity.heat[0].p95Nanos[0] == 200e6)
        #expect(activity.heat[0].p95Nanos[1] == nil)
    }

    /// From 50 to 250: 60 of the first 100 ms, all of the second, 40 of the third. From 900 on: 10 ms of the ninth step, all of the last.
    @Test func runsInProgressAreWeightedByTime() throws {
        let active = try withStore(spans) { try Activity(window, steps: 10, in: $0) }.series.activeRuns
        let expected = [0.6, 1, 0.4, 0, 0, 0, 0, 0, 0.1, 1]
        #expect(zip(active, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(active)")
    }

    @Test func theHealthScoreIsTTAdevs() throws {
        let level = ServiceLevel(name: "x", rootsOnly: true, good: .succeeding(withinNanos: nil), target: 0.75)
        let review = try withStore(spans) { try ActivityReview(window, level: level, in: $0) }
        // Half of the runs failed; of the budget of a quarter nothing is left. Before the window a run started.
        #expect(review.runs.availability == 0.5 && review.runs.latencyCompliance == 0.5)
        #expect(review.health == 0.4 * 0.5 + 0.4 * 0.5 && review.before != nil && review.runsBefore.runs == 1)
    }

    @Test func brokenClocksAreNoTrouble() throws {
        var spans = spans
        spans[0].endNanos = .max
        spans[6].startNanos = .max - 1
        let activity = try withStore(spans) { try Activity(1..<UInt64.max, steps: 7, in: $0) }
        #expect(activity.series.runs.reduce(0, +) == 3)
    }
}
