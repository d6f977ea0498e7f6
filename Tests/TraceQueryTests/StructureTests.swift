import TestSupport
import Testing
import TraceModel
import TraceStore

@testable import TraceQuery

/// Answers about the structure of runs, worked out by hand.
@Suite struct StructureTests {
    private func name(_ key: GroupKey) -> String { key.map { $0?.scalarText ?? "-" }.joined(separator: " ") }

    // MARK: - Recovery
    /// Two attempts fail, 30 and 20 ms long, with a model call of 5 tokens and a cent in the first; the third goes well.
    private let retried = [
        span(1, "run", from: 0, to: 100),
        span(2, parent: 1, "recovery.retry.execute", from: 0, to: 100, ["primitive.name": "ask"]),
        span(3, parent: 2, "recovery.retry.attempt_1", from: 0, to: 30, status: 2),
        span(4, parent: 3, "llm.x.generate", from: 0, to: 30, ["llm.prompt_tokens": 5, "llm.cost_usd": 0.01]),
        span(5, parent: 2, "recovery.retry.attempt_2", from: 40, to: 60, status: 2),
        span(6, parent: 2, "recovery.retry.attempt_3", from: 70, to: 100),
        span(7, parent: 6, "llm.x.generate", from: 70, to: 100, ["llm.prompt_tokens": 7, "llm.cost_usd": 0.02]),
    ]

    private func recovery(_ spans: [TraceSpan]) throws -> [Recovery.Row] {
        try withStore(spans) { try Recovery(window: .all, in: $0) }.rows
    }

    @Test func attemptsThatFailedAreLostAndFurtherOnesAreAdded() throws {
        let rows = try recovery(retried + [span(8, trace: 2, "run"), span(9, trace: 2, parent: 8, "fallback.primary")])
        #expect(rows.map(\.kind) == [.retry, .fallback])
        let retry = rows[0]
        #expect(retry.name == "ask" && retry.sum.executions == 1 && retry.sum.succeeded == 1)
        #expect(retry.sum.attempts == 3 && retry.sum.failedAttempts == 2 && retry.sum.attemptsPerSuccess == 3)
        #expect(retry.sum.wasted == Spent(nanos: 50_000_000, tokens: 5, costUSD: 0.01))
        #expect(retry.sum.added == Spent(nanos: 50_000_000, tokens: 7, costUSD: 0.02), "the second and the third")
        #expect(retry.sum.used == 1 && retry.example?.low == 1)
        #expect(rows[1].sum.used == 0 && rows[1].sum.succeeded == 1 && rows[1].example == nil)
    }

    /// Under one span: a fails and then goes well, b goes well at once, a again fails with its first attempt and its second.
    @Test func retriesOfOneParentStayApart() throws {
        let rows = try recovery([
            span(1, "run", from: 0, to: 100), span(2, parent: 1, "a.retry.attempt_1", from: 0, to: 10, status: 2),
            span(3, parent: 1, "a.retry.attempt_2", from: 10, to: 20),
            span(4, parent: 1, "b.retry.attempt_1", from: 20, to: 30),
            span(5, parent: 1, "a.retry.attempt_1", from: 30, to: 40, status: 2),
            span(6, parent: 1, "a.retry.attempt_2", from: 40, to: 50, status: 2),
            span(7, parent: 1, "x.fallback.primary", from: 50, to: 60, status: 2),
            span(8, parent: 1, "x.fallback.fallback", from: 60, to: 70),
            span(9, parent: 1, "x.fallback.primary", from: 70, to: 80),
        ])
        #expect(rows.map(\.kind) == [.retry, .fallback])
        #expect(rows[0].sum.executions == 3 && rows[0].sum.succeeded == 2 && rows[0].sum.attempts == 5)
        #expect(rows[0].sum.added.nanos == 20_000_000 && rows[0].sum.wasted.nanos == 30_000_000)
        #expect(rows[1].sum.executions == 2 && rows[1].sum.used == 1 && rows[1].sum.succeeded == 2)
    }

    @Test func theAlternativeTakesOverWhenThePrimaryFails() throws {
        let rows = try recovery([
            span(1, "run"), span(2, parent: 1, "recovery.fallback.execute", ["primitive.name": "either"]),
            span(3, parent: 2, "recovery.fallback.primary", from: 0, to: 4, status: 2),
            span(4, parent: 2, "recovery.fallback.fallback", from: 4, to: 10),
            span(11, trace: 2, "run"),
            span(12, trace: 2, parent: 11, "recovery.fallback.execute", ["primitive.name": "either"]),
            span(13, trace: 2, parent: 12, "recovery.fallback.primary", from: 0, to: 4, status: 2),
            span(14, trace: 2, parent: 12, "recovery.fallback.fallback", from: 4, to: 5, status: 2),
        ])
        let row = try #require(rows.first)
        #expect(rows.count == 1 && row.kind == .fallback && row.name == "either")
        #expect(row.sum.executions == 2 && row.sum.succeeded == 1 && row.sum.used == 2)
        #expect(row.sum.wasted.nanos == 8_000_000 && row.sum.added.nanos == 7_000_000)
    }

    /// Refused from 20 to 30 and again at 50: two openings.
    @Test func aBreakerOpensWhereItBeginsToRefuse() throws {
        let refused: Set<UInt64> = [20, 30, 50]
        let spans = (0..<6 as Range<UInt64>).map { index in
            span(
                index + 1, trace: index + 1, "recovery.circuit_breaker.execute", from: index * 10, to: index * 10 + 1,
                status: refused.contains(index * 10) ? 2 : 0,
                refused.contains(index * 10)
                    ? ["primitive.name": "gate", "error.type": "CircuitOpenError"] : ["primitive.name": "gate"])
        }
        let row = try #require(try recovery(spans).first)
        #expect(row.kind == .circuitBreaker && row.openings == 2 && row.sum.used == 3 && row.sum.succeeded == 3)
    }

    /// Two failures and a success one after another; a failure that nothing follows, and one beside it, are no repetition.
    @Test func callsAfterFailedOnesAreRepetitionsWhateverTheyAreCalled() throws {
        let rows = try recovery([
            span(1, "run", from: 0, to: 100), span(2, parent: 1, "chat", from: 0, to: 10, status: 2),
            span(3, parent: 1, "chat", from: 10, to: 20, status: 2), span(4, parent: 1, "chat", from: 20, to: 30),
            span(5, parent: 1, "chat", from: 30, to: 40),
            span(6, parent: 1, "tool", from: 40, to: 60, status: 2),
            span(7, parent: 1, "tool", from: 50, to: 60),
        ])
        let row = try #require(rows.first)
        #expect(rows.count == 1 && row.kind == .repeated && row.name == "chat")
        #expect(row.sum.attempts == 3 && row.sum.failedAttempts == 2 && row.sum.succeeded == 1)
    }

    @Test func timeoutsAndSagasAreCounted() throws {
        let rows = try recovery([
            span(1, "run"),
            span(
                2, parent: 1, "recovery.timeout.execute", from: 0, to: 9, status: 2,
                ["primitive.name": "soon", "execution.status": "timeout"]),
            span(3, parent: 1, "recovery.saga.forward", from: 0, to: 3, status: 2),
            span(4, parent: 1, "recovery.saga.compensation", from: 3, to: 5),
        ])
        #expect(rows.map(\.kind) == [.timeout, .saga])
        #expect(rows[0].sum.used == 1 && rows[0].sum.wasted.nanos == 9_000_000)
        #expect(rows[1].sum.used == 1 && rows[1].sum.succeeded == 0 && rows[1].sum.added.nanos == 2_000_000)
    }

    // MARK: - Routes
    @Test func outcomesAreThoseOfTheRunsInWhichAChoiceWasMade() throws {
        func run(_ trace: UInt64, _ route: String, _ length: UInt64, failed: Bool = false) -> [TraceSpan] {
            [
                span(trace * 10, trace: trace, "run", from: 0, to: length, status: failed ? 2 : 0),
                span(
                    trace * 10 + 1, trace: trace, parent: trace * 10, "primitive.router.route_decision",
                    ["primitive.name": "pick", "route.key": .string(route)]),
                span(
                    trace * 10 + 2, trace: trace, parent: trace * 10, "llm.x.generate",
                    ["llm.prompt_tokens": .int(Int64(length)), "primitive.name": "call"]),
            ]
        }
        let spans = run(1, "fast", 10) + run(2, "fast", 20) + run(3, "good", 50, failed: true)
        let rows = try withStore(spans) { snapshot in
            try RouteOutcomes(
                by: [FieldName("primitive.name", in: snapshot), FieldName("route.key", in: snapshot)], window: .all,
                in: snapshot)
        }.rows
        #expect(rows.map { name($0.group) } == ["pick fast", "pick good"])
        #expect(rows.map(\.runs) == [2, 1] && rows.map(\.failedRuns) == [0, 1] && rows.map(\.choices) == [2, 1])
        #expect(rows[0].p50Nanos == 15e6 && rows[0].tokensPerRun == 15 && rows[0].costPerRun == nil)
        #expect(rows[0].example?.low == 1 && rows[1].example?.low == 3)
    }

    // MARK: - Loops
    @Test func theSameToolWithTheSameArgumentsInOneRun() throws {
        func call(_ id: UInt64, _ trace: UInt64, _ arguments: String?, at start: UInt64) -> TraceSpan {
            span(
                id, trace: trace, "tool.find.call", from: start, to: start + 5, status: id == 2 ? 2 : 0,
                arguments.map {
                    ["tool.name": "find", "gen_ai.tool.call.arguments": .string($0)]
                } ?? ["tool.name": "find"])
        }
        let loops = try withStore([
            call(1, 1, "a", at: 0), call(2, 1, "a", at: 10), call(3, 1, "b", at: 20), call(4, 1, "a", at: 30),
            call(5, 2, "a", at: 0), call(6, 2, nil, at: 10), call(7, 2, nil, at: 20),
        ]) { try ToolLoops(window: .all, in: $0) }
        let row = try #require(loops.rows.first)
        #expect(loops.rows.count == 1 && loops.calls == 7 && loops.callsWithoutArguments == 2)
        #expect(row.tool == "find" && row.arguments == "a" && row.trace.low == 1)
        #expect(row.calls == 3 && row.errors == 1 && row.repeatedNanos == 10_000_000)
        #expect(row.firstNanos == milliseconds(0) && row.lastNanos == milliseconds(30))
    }

    // MARK: - Stragglers
    /// a and b from 0, b ends 30 later than a; c alone after them; d and e overlap, e is last by 5.
    @Test func theLastOfWhatRunsSideBySideIsWaitedFor() throws {
        let rows = try withStore([
            span(1, "run", from: 0, to: 100, ["primitive.name": "all"]),
            span(2, parent: 1, "a", from: 0, to: 10), span(3, parent: 1, "b", from: 0, to: 40),
            span(4, parent: 1, "c", from: 40, to: 50), span(5, parent: 1, "d", from: 60, to: 70),
            span(6, parent: 1, "e", from: 65, to: 75),
        ]) { try Stragglers(window: .all, in: $0) }.rows
        #expect(rows.map(\.branch) == ["b", "e", "a", "d"])
        #expect(rows.map { $0.waitedNanos / 1_000_000 } == [30, 5, 0, 0])
        #expect(rows.map(\.lastCount) == [1, 1, 0, 0] && rows[0].parent == "all")
    }

    // MARK: - Caches
    /// What follows hits and misses alike is another step; what only follows misses was computed because of them.
    @Test func missesCostWhatOnlyFollowsThem() throws {
        func run(_ trace: UInt64, hit: Bool) -> [TraceSpan] {
            [
                span(trace * 10, trace: trace, "run", from: 0, to: 100),
                span(
                    trace * 10 + 1, trace: trace, parent: trace * 10, "cache.memory.lookup", from: 0, to: 2,
                    ["cache.hit": .bool(hit), "cache.type": "memory"]),
            ]
                + (hit
                    ? []
                    : [
                        span(
                            trace * 10 + 2, trace: trace, parent: trace * 10, "llm.x.generate", from: 2, to: 32,
                            ["llm.prompt_tokens": 8, "llm.cost_usd": 0.5])
                    ]) + [span(trace * 10 + 3, trace: trace, parent: trace * 10, "next", from: 40, to: 90)]
        }
        let rows = try withStore(run(1, hit: true) + run(2, hit: false) + run(3, hit: false)) { snapshot in
            try CacheMisses(by: [FieldName("cache.type", in: snapshot)], window: .all, in: snapshot)
        }.rows
        let row = try #require(rows.first)
        #expect(rows.count == 1 && row.lookups == 3 && row.misses == 2)
        #expect(row.spent == Spent(nanos: 64_000_000, tokens: 16, costUSD: 1))
    }

    /// The second level's miss lies below the first one's: its call counts once.
    @Test func missesBelowMissesCountOnce() throws {
        let spans = [
            span(1, "run", from: 0, to: 100),
            span(2, parent: 1, "l1.lookup", from: 0, to: 50, ["cache.hit": false, "cache.type": "both"]),
            span(3, parent: 2, "l2.lookup", from: 0, to: 40, ["cache.hit": false, "cache.type": "both"]),
            span(4, parent: 3, "llm.x.generate", from: 0, to: 30, ["llm.prompt_tokens": 8]),
        ]
        let row = try #require(
            try withStore(spans) { try CacheMisses(by: [FieldName("cache.type", in: $0)], window: .all, in: $0) }
                .rows.first)
        #expect(row.misses == 2 && row.spent.tokens == 8 && row.spent.nanos == 50_000_000)
    }

    /// Two look-ups side by side, then one computation; and what follows a miss has a look-up of the same cache inside, which misses too.
    @Test func whatFollowsCountsOnceForACache() throws {
        let miss: [String: AttributeValue] = ["cache.hit": false, "cache.type": "c"]
        let spans = [
            span(1, "run", from: 0, to: 100), span(2, parent: 1, "a.lookup", from: 0, to: 2, miss),
            span(3, parent: 1, "b.lookup", from: 0, to: 2, miss), span(4, parent: 1, "compute", from: 2, to: 32),
            span(5, parent: 4, "c.lookup", from: 2, to: 4, miss), span(6, parent: 4, "inner", from: 4, to: 30),
        ]
        let row = try #require(
            try withStore(spans) { try CacheMisses(by: [FieldName("cache.type", in: $0)], window: .all, in: $0) }
                .rows.first)
        // Both look-ups and the computation; what is inside it is in its 30 ms.
        #expect(row.misses == 3 && row.spent.nanos == 34_000_000)
    }

    // MARK: - Names that are too many
    /// With more than a thousand names of spans the file no longer keeps them by operation; answers do.
    @Test func namesThatAreTooManyStayApart() throws {
        let many = (0..<1_200 as Range<UInt64>).map { span(1000 + $0, trace: 1000 + $0, "name \($0)") }
        let runs = [
            span(1, "run", from: 0, to: 100), span(2, parent: 1, "alpha", from: 0, to: 10, status: 2),
            span(3, parent: 1, "beta", from: 10, to: 20),
            span(4, parent: 1, "recovery.fallback.primary", from: 20, to: 30, status: 2),
            span(5, parent: 1, "recovery.fallback.fallback", from: 30, to: 40),
        ]
        let folder = try TemporaryFolder()
        let writer = try StoreWriter(path: folder.path("n.db"))
        try writer.add(batch(many))
        try writer.add(batch(runs))
        try writer.finish()
        try Store(path: folder.path("n.db")).read { snapshot in
            #expect(try snapshot.demotedFields().contains("name"))
            let rows = try Recovery(window: .all, in: snapshot).rows
            #expect(rows.map(\.kind) == [.fallback] && rows[0].sum.used == 1)
        }
    }

    // MARK: - Flames
    private func flame(_ measure: FlameGraph.Measure, _ spans: [TraceSpan]) throws -> [String] {
        let graph = try withStore(spans) {
            try FlameGraph(measure, by: [FieldName("name", in: $0)], window: .all, in: $0)
        }
        var stacks: [String] = []
        for frame in graph.frames {
            stacks.append((frame.parent.map { stacks[$0].split(separator: " ")[0] + ";" } ?? "") + name(frame.group))
            stacks[stacks.count - 1] += " \(frame.own == 0 ? "0" : "\(frame.own)") \(frame.total)"
        }
        return stacks
    }

    @Test func stacksOfAllRunsAreLaidOverEachOther() throws {
        let spans = [
            span(1, "run", from: 0, to: 100), span(2, parent: 1, "a", from: 0, to: 40),
            span(3, parent: 2, "b", from: 10, to: 30), span(4, parent: 1, "b", from: 50, to: 60),
            span(11, trace: 2, "run", from: 0, to: 10), span(12, trace: 2, parent: 11, "a", from: 0, to: 10),
        ]
        let expected = [
            "run 5e+07 1.1e+08", "run;a 3e+07 5e+07", "run;a;b 2e+07 2e+07", "run;b 1e+07 1e+07",
        ]
        func plain(_ lines: [String]) -> [[Double]] {
            lines.map { $0.split(separator: " ").dropFirst().compactMap { Double($0) } }
        }
        let found = try flame(.time, spans)
        #expect(found.map { $0.split(separator: " ")[0] } == expected.map { $0.split(separator: " ")[0] })
        #expect(plain(found) == plain(expected))
        #expect(plain(try flame(.critical, spans)) == plain(expected), "one after another, all of it is waited for")
        #expect(plain(try flame(.tokens, spans)).allSatisfy { $0 == [0, 0] })
    }

    @Test func tokensAreThoseOfTheCallsThatCount() throws {
        let found = try flame(.tokens, retried)
        #expect(found.last?.hasSuffix(" 7.0 7.0") ?? false && found.first?.hasSuffix(" 12.0") ?? false)
    }

    @Test func circlesAreCountedAndDepthIsBounded() throws {
        let deep = (1...400 as ClosedRange<UInt64>).map { id in
            span(id, parent: id == 1 ? nil : id - 1, "level \(id % 2)", from: 0, to: 10)
        }
        let circle = [span(901, trace: 9, parent: 902, "a"), span(902, trace: 9, parent: 901, "b")]
        let graph = try withStore(deep + circle) {
            try FlameGraph(.time, by: [FieldName("name", in: $0)], window: .all, in: $0)
        }
        #expect(graph.unreachedSpans == 2 && graph.frames.count == FlameGraph.deepest)
        #expect(graph.deeperSpans == 400 - FlameGraph.deepest && graph.total == 10e6)
    }

    @Test func whatCannotBeCountsAsNothingAndIsCounted() throws {
        let spans = [3.0, -3].enumerated().map { index, cost in
            span(
                UInt64(index + 1), trace: UInt64(index + 1), "llm.x.generate",
                ["llm.prompt_tokens": 1, "llm.cost_usd": .double(cost)])
        }
        let graph = try withStore(spans) {
            try FlameGraph(.cost, by: [FieldName("name", in: $0)], window: .all, in: $0)
        }
        #expect(graph.total == 3 && graph.impossibleNumbers == 1)
    }

    // MARK: - Sessions
    @Test func promptsOfTheFirstAndTheLastRunShowHowASessionGrows() throws {
        let prompts: [Int64] = [100, 150, 400]
        let spans = prompts.enumerated().map { index, tokens in
            let id = UInt64(index + 1)
            return span(
                id, trace: id, "llm.x.generate", from: id * 1000, to: id * 1000 + 1,
                ["session.id": "s", "llm.prompt_tokens": .int(tokens)])
        }
        let list = try withStore(spans) { try SessionList(sortedBy: .growth, window: .all, in: $0) }
        let session = try #require(list.sessions.first)
        #expect(session.firstPromptTokens == 100 && session.lastPromptTokens == 400)
    }
}
