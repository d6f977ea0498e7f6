import TestSupport
import Testing
import TraceConfig
import TraceModel
import TraceQuery

@Suite struct ComputedCosts {
    private func call(
        _ id: UInt64, _ model: String?, prompt: Int64?, cost: Double? = nil, provider: String? = nil
    ) -> TraceSpan {
        var attributes: [String: AttributeValue] = [
            "gen_ai.operation.name": "chat", "session.id": .string("s\(id % 2)"),
        ]
        attributes["llm.model_name"] = model.map { .string($0) }
        attributes["llm.provider"] = provider.map { .string($0) }
        attributes["llm.prompt_tokens"] = prompt.map { .int($0) }
        attributes["llm.cost_usd"] = cost.map { .double($0) }
        return span(id, trace: id, from: id * 86_400_000, to: id * 86_400_000 + 1, attributes)
    }

    /// base is 2026-11-20; call 3 starts on the 23rd.
    private let table = """
        prices:
          - {model: a, from: 2026-11-01, prompt: 1}
          - {model: a, from: 2026-11-23, prompt: 2}
          - {model: b, provider: west, from: 2026-11-01, prompt: 10}
        """

    private var calls: [TraceSpan] {
        [
            call(1, "a", prompt: 1_000_000), call(2, "a", prompt: 500_000, cost: 9), call(3, "a", prompt: 1_000_000),
            call(4, "b", prompt: 100_000, provider: "west"), call(5, "b", prompt: 1, provider: "east"),
            call(6, "c", prompt: 1), call(7, nil, prompt: 1), call(8, "c", prompt: nil),
        ]
    }

    @Test func areOfCallsWithoutAReportedCostAlone() throws {
        let prices = try PriceTable.parse(table, file: "p.yaml")
        try withStore(calls) { snapshot in
            let use = try TokenUse(
                by: [FieldName("llm.model_name", in: snapshot)], prices: prices, window: .all, in: snapshot)
            let rows = Dictionary(uniqueKeysWithValues: use.rows.map { ($0.group[0]?.string ?? "-", $0) })
            let a = try #require(rows["a"])
            #expect(a.totals.costUSD == 9 && a.computed.usd == 3 && a.computed.pricedCalls == 2, "1 + 2")
            let b = try #require(rows["b"])
            #expect(b.computed.usd == 1 && b.computed.unpricedCalls == 1 && b.totals.costUSD == nil)
            #expect(rows["c"]?.computed.usd == nil && rows["c"]?.computed.unpricedCalls == 1)
            #expect(rows["-"]?.computed.unpricedCalls == 1)
            #expect(use.unpricedModels == 3, "b of another provider, c, and none")
            let sum = try TokenUse(by: [], prices: prices, window: .all, in: snapshot).rows
            #expect(sum.map(\.computed.usd) == [4])
            let window = TimeWindow(from: milliseconds(3 * 86_400_000))
            #expect(try TokenUse(by: [], prices: prices, window: window, in: snapshot).rows[0].computed.usd == 3)
            let sessions = try TokenUse(
                by: [FieldName("session.id", in: snapshot)], prices: prices, window: .all, in: snapshot
            ).rows
            #expect(Set(sessions.map(\.computed.usd)) == [3, 1])
            #expect(try TokenUse(by: [], window: .all, in: snapshot).rows[0].computed == ComputedCost())
        }
    }

    /// Rollups know nothing of single calls: the calls are looked at all the same.
    @Test func areTheSameWhereRollupsAnswer() throws {
        let prices = try PriceTable.parse(table, file: "p.yaml")
        try withStore(calls) { snapshot in
            snapshot.mostCountedOneByOne = 2
            let by = [try FieldName("llm.model_name", in: snapshot)]
            let use = try TokenUse(by: by, prices: prices, window: .all, in: snapshot)
            let exact = try TokenUse(by: by, isExact: true, prices: prices, window: .all, in: snapshot)
            #expect(!use.coverage.hours.isEmpty)
            #expect(use.rows.map(\.computed) == exact.rows.map(\.computed))
            #expect(use.rows.map(\.group) == exact.rows.map(\.group))
        }
    }
}
