import JSONText
import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceStore

/// Every answer over every sample against an independent computation (`Tests/Reference`).
@Suite struct AgainstTheReference {
    private func ask<Answer>(_ sample: Sample, _ body: (StoreSnapshot) throws -> Answer) throws -> Answer {
        let folder = try TemporaryFolder()
        return try Store(path: sample.store(in: folder)).read(body)
    }

    private func rows(_ sample: Sample, _ name: String) throws -> [JSONValue] {
        try #require(try sample.answers()[name]?.array)
    }

    /// The same to one part in a thousand million: sums may be added in another order.
    private func isClose(_ left: Double?, _ right: Double?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left == right || abs(left - right) <= 1e-9 * max(abs(left), abs(right))
    }

    private func key(_ group: GroupKey) -> String? { group.first??.string }

    @Test(arguments: Sample.allCases)
    func counts(_ sample: Sample) throws {
        let counts = try #require(try sample.answers()["counts"])
        let summary = try ask(sample) { try $0.summary() }
        #expect(Double(summary.spans) == counts.number("spans"))
        #expect(Double(summary.traces) == counts.number("traces"))
        #expect(Double(summary.unfinished) == counts.number("unfinished"))
        #expect(Double(summary.negativeDurations) == counts.number("negative"))
    }

    @Test(arguments: Sample.allCases, ["primitive.name", "name"])
    func percentiles(_ sample: Sample, _ by: String) throws {
        let expected = try rows(sample, by == "name" ? "percentiles_by_name" : "percentiles_by_primitive_name")
        let actual = try ask(sample) { try Percentiles(by: [FieldName(by, in: $0)], window: .all, in: $0) }
        #expect(actual.rows.count == expected.count)
        let byKey = Dictionary(uniqueKeysWithValues: actual.rows.map { (key($0.group), $0) })
        for row in expected {
            let found = try #require(byKey[row.text("key")], "\(row.text("key"))")
            #expect(Double(found.count) == row.number("count"))
            #expect(Double(found.errors) == row.number("errors"))
            #expect(isClose(Double(found.minNanos) / 1e6, row.number("min_ms")))
            #expect(isClose(found.meanNanos / 1e6, row.number("mean_ms")))
            #expect(isClose(Double(found.maxNanos) / 1e6, row.number("max_ms")))
            for (index, name) in ["p50_ms", "p90_ms", "p95_ms", "p99_ms"].enumerated() {
                #expect(isClose(found.quantileNanos[index] / 1e6, row.number(name)), "\(name) of \(row.text("key"))")
            }
        }
    }

    @Test(arguments: Sample.allCases, [ConnectionGraph.Nodes.services, .primitives])
    func graph(_ sample: Sample, _ nodes: ConnectionGraph.Nodes) throws {
        let expected = try rows(sample, nodes == .services ? "graph_services" : "graph_primitives")
        let edges = try ask(sample) { try ConnectionGraph(of: nodes, window: .all, in: $0) }.edges
        #expect(edges.count == expected.count)
        let byKey = Dictionary(uniqueKeysWithValues: edges.map { ([$0.source, $0.target, $0.type.rawValue], $0) })
        for row in expected {
            let found = try #require(byKey[[row.text("source"), row.text("target"), row.text("connection_type")]])
            #expect(Double(found.count) == row.number("count"))
            #expect(Double(found.errors) == row.number("errors"))
            #expect(isClose(found.meanNanos.map { $0 / 1e6 }, row.optionalNumber("mean_ms")))
            #expect(isClose(found.p95Nanos.map { $0 / 1e6 }, row.optionalNumber("p95_ms")))
        }
    }

    @Test(arguments: Sample.allCases)
    func cache(_ sample: Sample) throws {
        let expected = try rows(sample, "cache_by_type")
        let actual = try ask(sample) { try CacheUse(by: [FieldName("cache.type", in: $0)], window: .all, in: $0) }.rows
        #expect(actual.count == expected.count)
        let byKey = Dictionary(uniqueKeysWithValues: actual.map { (key($0.group), $0) })
        for row in expected {
            let found = try #require(byKey[row["key"]?.string])
            #expect(Double(found.totals.hits) == row.number("hits"))
            #expect(Double(found.totals.lookups) == row.number("total"))
            #expect(isClose(found.hitRate, row.optionalNumber("hit_rate")))
            #expect(isClose(found.totals.savingsUSD, row.number("savings_usd")))
        }
    }

    @Test(arguments: Sample.allCases)
    func tokens(_ sample: Sample) throws {
        let expected = try rows(sample, "tokens_by_model")
        let actual = try ask(sample) { try TokenUse(by: [FieldName("llm.model_name", in: $0)], window: .all, in: $0) }
            .rows
        #expect(actual.count == expected.count)
        let byKey = Dictionary(uniqueKeysWithValues: actual.map { (key($0.group), $0.totals) })
        for row in expected {
            let found = try #require(byKey[row["key"]?.string])
            #expect(Double(found.calls) == row.number("calls"))
            #expect(Double(found.promptTokens) == row.number("prompt_tokens"))
            #expect(Double(found.completionTokens) == row.number("completion_tokens"))
            #expect(isClose(found.costUSD, row.optionalNumber("cost_usd")))
        }
    }

    @Test(arguments: Sample.allCases)
    func compliance(_ sample: Sample) throws {
        let expected = try rows(sample, "slo_by_workflow")
        let objective = Compliance.Objective(target: 0.99, thresholdNanos: 500_000_000)
        let actual = try ask(sample) {
            try Compliance(
                objective, by: [FieldName("workflow.name", in: $0)], rootsOnly: false, window: .all, in: $0)
        }.rows
        #expect(actual.count == expected.count)
        let byKey = Dictionary(uniqueKeysWithValues: actual.map { (key($0.group), $0) })
        for row in expected {
            let found = try #require(byKey[row.text("key")])
            #expect(Double(found.total) == row.number("total"))
            #expect(Double(found.available) == row.number("not_error"))
            #expect(Double(found.within) == row.number("within"))
            #expect(Double(found.good) == row.number("good"))
            #expect(isClose(found.availability, row.optionalNumber("availability")))
            #expect(isClose(found.latencyCompliance, row.optionalNumber("latency_compliance")))
            #expect(isClose(found.compliance, row.optionalNumber("compliance")))
            #expect(isClose(found.errorBudgetRemaining, row.optionalNumber("error_budget_remaining")))
            #expect(isClose(found.burnRate, row.optionalNumber("burn_rate")))
        }
    }
}
