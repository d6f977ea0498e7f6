import TestSupport
import Testing
import TraceModel
import TraceStore

@testable import TraceQuery

@Suite struct ComparisonTests {
    /// Forty runs in the first minute and forty in the second, a run each second and a half: a workflow, one model call in it.
    private func runs(_ change: (Int, inout [TraceSpan]) -> Void = { _, _ in }) -> [TraceSpan] {
        (0..<80).flatMap { number -> [TraceSpan] in
            let (trace, start) = (UInt64(number + 1), UInt64(number) * 1_500)
            var spans = [
                span(
                    1, trace: trace, "run", from: start, to: start + 100,
                    ["workflow.name": "refund", "primitive.name": "flow"]),
                span(
                    2, trace: trace, parent: 1, "call", from: start + 10, to: start + 60 + UInt64(number % 7),
                    [
                        "primitive.name": "ask", "llm.model_name": "m-1",
                        "llm.prompt_tokens": .int(100 + Int64(number % 5)),
                        "llm.completion_tokens": 10, "llm.cost_usd": 0.5, "gen_ai.operation.name": "chat",
                    ]),
            ]
            change(number, &spans)
            return spans
        }
    }

    private let half = base + 60_000_000_000

    private func compare(_ spans: [TraceSpan]) throws -> Comparison {
        try withStore(spans) { snapshot in
            try Comparison(
                ComparedSide(snapshot, window: TimeWindow(from: nil, to: half)),
                ComparedSide(snapshot, window: TimeWindow(from: half, to: nil)))
        }
    }

    private func row(_ comparison: Comparison, _ metric: Comparison.Metric, _ values: String...) throws
        -> Comparison.Row
    {
        try #require(
            comparison.rows.first { row in
                row.metric == metric && row.group.map { $0.value?.scalarText ?? "-" } == values
            })
    }

    @Test func whatDoesNotDifferIsNotCalledDifferent() throws {
        let comparison = try compare(runs())
        #expect((comparison.aRuns, comparison.bRuns) == (40, 40))
        #expect(comparison.rows.filter { $0.isSignificant == true }.isEmpty)
        #expect(comparison.rows.count > 20)
        let tokens = try row(comparison, .tokens)
        #expect(tokens.a == 112 && tokens.b == 112)
        #expect(try row(comparison, .cost, "m-1").a == 0.5)
        // 39 runs begin after the first one in 58.5 seconds.
        #expect(abs((try row(comparison, .runsPerHour).a ?? 0) - 40 / (58.5 / 3_600)) < 1e-9)
        #expect(try row(comparison, .runsPerHour).isSignificant == nil)
    }

    /// 0 of 40 against 20 of 40: Pearson's chi-squared is 80/3, p by scipy.
    @Test func failuresAreFoundWhereTheyAre() throws {
        let comparison = try compare(
            runs { number, spans in
                guard number >= 40, number % 2 == 0 else { return }
                spans[1].status = SpanStatus(code: StatusCode.error)
                spans[1].attributes.append(Attribute("error.type", "Refused"))
            })
        let errors = try row(comparison, .errorRate, "ask")
        #expect((errors.a, errors.b, errors.aCount, errors.bCount) == (0, 0.5, 40, 40))
        #expect(abs((errors.p ?? 1) - 2.4175638811190183e-07) < 1e-13)
        #expect(errors.isSignificant == true)
        #expect(try row(comparison, .errorRate, "m-1").isSignificant == true)
        let new = try row(comparison, .occurrence, "Refused")
        #expect((new.a, new.b, new.bCount, new.isSignificant) == (0, 0.5, 20, true))
        // No root fails, and nothing else differs.
        let others = comparison.rows.filter { $0.isSignificant == true }.map {
            $0.group.map { $0.value?.scalarText ?? "-" }
        }
        #expect(Set(others) == [["ask"], ["m-1"], ["Refused"]])
    }

    @Test func whatIsSlowerAndDearerIsFound() throws {
        let comparison = try compare(
            runs { number, spans in
                guard number >= 40 else { return }
                spans[1].endNanos += 30_000_000
                spans[1].attributes = spans[1].attributes.map {
                    $0.key == "llm.cost_usd" ? Attribute($0.key, 0.75) : $0
                }
            })
        let median = try row(comparison, .p50, "ask")
        #expect((median.a, median.b) == (53_000_000, 83_000_000))
        #expect(abs((median.change ?? 0) - 30.0 / 53) < 1e-12)
        #expect(median.isSignificant == true)
        #expect(try row(comparison, .p50).isSignificant == false)
        let cost = try row(comparison, .cost)
        #expect((cost.a, cost.b, cost.isSignificant) == (0.5, 0.75, true))
        let share = try row(comparison, .criticalShare, "ask")
        #expect(share.isSignificant == true)
        #expect(abs((share.b ?? 0) - 0.83) < 0.01)
    }

    @Test func newAndVanishedEdgesOperationsAndHitRates() throws {
        let comparison = try compare(
            runs { number, spans in
                let isHit = number < 40 ? number % 2 == 0 : false
                let parent = number < 40 ? "flow" : "detour"
                if number >= 40 {
                    let start = UInt64(number) * 1_500
                    spans.append(
                        span(
                            3, trace: UInt64(number + 1), parent: 1, "way round", from: start + 70, to: start + 90,
                            ["primitive.name": "detour"]))
                }
                spans.append(
                    span(
                        4, trace: UInt64(number + 1), parent: parent == "flow" ? 1 : 3, "look",
                        from: UInt64(number) * 1_500 + 71,
                        to: UInt64(number) * 1_500 + 72,
                        ["cache.hit": .bool(isHit), "cache.type": "memory", "primitive.name": "cache"]))
            })
        let hits = try row(comparison, .hitRate, "memory")
        #expect((hits.a, hits.b, hits.aCount, hits.isSignificant) == (0.5, 0, 40, true))
        #expect(try row(comparison, .occurrence, "flow", "cache").b == 0)
        #expect(try row(comparison, .occurrence, "detour", "cache").isSignificant == true)
        #expect(try row(comparison, .occurrence, "shop", "way round").a == 0)
    }

    /// The runs of which no span meets a condition are the others.
    /// A region that only the second side has, one that only the first has, one that both have, and a number of each run's own.
    @Test func newAndVanishedValuesOfAttributes() throws {
        let comparison = try compare(
            runs { number, spans in
                spans[1].attributes += [
                    Attribute("cloud.region", number < 40 ? "eu" : "us"), Attribute("deploy.zone", "a"),
                    Attribute("ticket", .int(Int64(number))),
                ]
            })
        func rows(_ key: String) -> [Comparison.Row] { comparison.rows.filter { $0.group.first?.field == key } }
        let regions = rows("cloud.region")
        #expect(Set(regions.map { $0.group[0].value }) == ["eu", "us"])
        #expect(regions.allSatisfy { $0.isSignificant == true && $0.metric == .occurrence })
        #expect(regions.first { $0.group[0].value == "us" }?.bCount == 40)
        #expect(rows("deploy.zone").isEmpty && rows("ticket").isEmpty && rows("llm.model_name").count > 0)
    }

    @Test func aFilterHasItsOthers() throws {
        try withStore(runs()) { snapshot in
            let filter = try SpanFilter([.init(parsing: "llm.prompt_tokens = 100")], in: snapshot)
            let comparison = try Comparison(
                ComparedSide(snapshot, window: .all, where: filter, isOthers: true),
                ComparedSide(snapshot, window: .all, where: filter))
            #expect((comparison.aRuns, comparison.bRuns) == (64, 16))
        }
    }

    @Test func anEmptySideSaysNothing() throws {
        try withStore(runs()) { snapshot in
            let comparison = try Comparison(
                ComparedSide(snapshot, window: TimeWindow(from: nil, to: base)), ComparedSide(snapshot, window: .all))
            #expect((comparison.aRuns, comparison.bRuns, comparison.aStarts) == (0, 80, nil))
            #expect(comparison.rows.allSatisfy { $0.isSignificant == nil })
        }
    }
}
