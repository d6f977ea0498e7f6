import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceStore

/// Answers by hand.
@Suite struct Sessions {
    private let spans: [TraceSpan] = [
        // Two runs of s1; the second failed, and only a child of it names the session.
        span(1, trace: 1, from: 0, to: 100, ["session.id": "s1", "user.id": "ann"]),
        span(
            2, trace: 1, parent: 1, from: 10, to: 90,
            ["gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7, "llm.cost_usd": 0.5]),
        span(3, trace: 2, from: 200, to: 300, status: 2),
        span(4, trace: 2, parent: 3, from: 210, to: 350, ["gen_ai.conversation.id": "s1", "user.id": "bob"]),
        // One run of s2.
        span(5, trace: 3, from: 400, to: nil, ["session.id": "s2"]),
        // None.
        span(6, trace: 4, from: 500, to: 600), span(7, trace: 5, from: 500, to: 600, ["user.id": "ann"]),
    ]

    private func list(_ order: SessionList.Order, limit: Int? = nil, _ window: TimeWindow = .all) throws -> SessionList
    {
        try withStore(spans) { try SessionList(sortedBy: order, limit: limit, window: window, in: $0) }
    }

    @Test func addUpTheirRuns() throws {
        let list = try list(.runs)
        #expect(list.sessions.map(\.id) == ["s1", "s2"])
        #expect(list.runsWithoutSession == 2)
        let first = list.sessions[0]
        #expect((first.runs, first.failedRuns, first.spans) == (2, 1, 4))
        #expect((first.usage.tokens, first.usage.costUSD) == (7, 0.5))
        #expect((first.firstNanos, first.lastNanos) == (milliseconds(0), milliseconds(350)))
        #expect(first.userID == "bob", "of the run that failed")
        #expect((list.sessions[1].lastNanos, list.sessions[1].userID) == (nil, nil))
    }

    @Test(
        arguments: [
            (.start, ["s2", "s1"]), (.cost, ["s1", "s2"]), (.failures, ["s1", "s2"]), (.tokens, ["s1", "s2"]),
        ] as [(SessionList.Order, [String])])
    func standInTheOrderAskedFor(_ order: SessionList.Order, _ ids: [String]) throws {
        #expect(try list(order).sessions.map(\.id) == ids)
        let limited = try list(order, limit: 1)
        #expect(limited.sessions.map(\.id) == [ids[0]] && limited.count == 2)
    }

    @Test func countARunWhereItsFirstSpanStarts() throws {
        let list = try list(.start, TimeWindow(from: milliseconds(200), to: milliseconds(400)))
        #expect(list.sessions.map(\.id) == ["s1"] && list.sessions[0].runs == 1)
    }
}
