import TestSupport
import Testing
import TraceConfig
import TraceModel
import TraceStore

@testable import TraceQuery

@Suite struct LimitChecks {
    private struct Wrong: Error {}

    /// Four runs of a, 10 to 40 ms long with 100 to 400 tokens, one of them failed; one of b.
    private let spans =
        (1...4 as ClosedRange<UInt64>).map { index in
            span(
                index, trace: index, "llm.x.generate", from: 0, to: index * 10, status: index == 4 ? 2 : 0,
                ["workflow.name": "a", "llm.prompt_tokens": .int(Int64(index) * 100), "llm.cost_usd": 0.5])
        } + [span(9, trace: 9, "run", from: 0, to: 5, ["workflow.name": "b"])]

    private func check(_ text: String) throws -> [LimitCheck.Row] {
        let file = try CheckFile.parse(text, file: "checks.yaml")
        return try withStore(spans) {
            try LimitCheck(file, baseline: nil, side: ComparedSide($0, window: .all)).rows
        }
    }

    private func says(_ row: LimitCheck.Row) -> String {
        let group = row.group.map { $0.value?.scalarText ?? "-" }.joined(separator: " ")
        return "\(row.name) \(group) \(row.value.map { "\($0)" } ?? "-") \(row.status.rawValue)"
    }

    @Test func limitsHoldForTheRunsOfEachGroup() throws {
        let rows = try check(
            """
            checks:
              - {name: quick, where: 'workflow.name = a', p50: 25ms, max: 39ms, error_rate: 25%, tokens: 249, runs: 4}
              - {name: each, by: workflow.name, cost_usd: 0.5}
            """)
        #expect(
            rows.map(says) == [
                "quick  25000000.0 ok", "quick  40000000.0 failed", "quick  0.25 ok", "quick  250.0 failed",
                "quick  4.0 ok", "each a 0.5 ok", "each b - no data",
            ])
    }

    @Test func objectivesStandInTheSameFile() throws {
        let rows = try check(
            """
            checks: [{name: some, runs: 9}]
            slos: [{name: good, by: workflow.name, target: 75%}, {name: none, where: 'workflow.name = c', target: 50%}]
            """)
        #expect(
            rows.map(says) == [
                "some  5.0 failed", "good a 0.75 ok", "good b 1.0 ok", "none  - no data",
            ])
        let alone = try ServiceLevel.parse("checks: [{name: x, runs: 9}]\nslos: [{name: y, target: 1}]", file: "f")
        #expect(alone.map(\.name) == ["y"])
    }

    @Test func anUnknownNameIsNoDataAndSaysWhy() throws {
        let rows = try check("checks: [{name: x, by: workflow.nam, runs: 1}]")
        guard case .unknownName(let error) = try #require(rows.first?.reason) else { throw Wrong() }
        #expect(rows.map(\.status) == [.noData] && error.nearest == "workflow.name")
    }

    @Test(arguments: [
        ("checks: [{name: a}]", "a limit: p50, p95"), ("checks: [{name: a, p95: 3}]", "a length of time"),
        ("checks: [{name: a, error_rate: 3}]", "a share such as 1%"), ("checks: [{name: a, tokens: -1}]", "0 or more"),
        ("checks: [{name: a, runs: 1}, {name: a, runs: 2}]", "names that differ"), ("slos: []", "limits under checks"),
        ("checks: [{name: a, p75: 1s}]", "one of name"),
    ])
    func saysWhatIsWrongInTheFile(_ text: String, _ expected: String) {
        #expect { _ = try CheckFile.parse(text, file: "checks.yaml") } throws: { error in
            (error as? ConfigError)?.expected.contains(expected) ?? false
        }
    }

    @Test func runsThatNoGroupTakesAreCounted() throws {
        let file = try CheckFile.parse("checks: [{name: x, by: workflow.name, runs: 1}]", file: "checks.yaml")
        let check = try withStore(spans + [span(20, trace: 20, "other", status: 2)]) {
            try LimitCheck(file, baseline: nil, side: ComparedSide($0, window: .all))
        }
        #expect(check.withoutGroup.map(\.name) == ["x"] && check.withoutGroup.map(\.count) == [1])
    }

    /// A child whose parent the file does not have comes first, and failed; the run's own root went well.
    @Test func aRunFailsWithItsRoot() throws {
        let spans = [
            span(5, parent: 77, "orphan", from: 1, to: 2, status: 2), span(1, "root", from: 0, to: 50),
            span(2, parent: 1, "late", from: 40, to: 90),
        ]
        let file = try CheckFile.parse("checks: [{name: x, error_rate: 0%, max: 90ms}]", file: "checks.yaml")
        let rows = try withStore(spans) {
            try LimitCheck(file, baseline: nil, side: ComparedSide($0, window: .all)).rows
        }
        #expect(rows.map(says) == ["x  90000000.0 ok", "x  0.0 ok"], "from the first start to the last end")
    }

    // MARK: - Against a baseline
    private func regressions(_ fault: FaultWorkload.Fault) throws -> [LimitCheck.Row] {
        let folder = try TemporaryFolder()
        let writer = try StoreWriter(path: folder.path("f.db"))
        try writer.add(FaultWorkload(fault, seed: 5).batch)
        try writer.finish()
        return try Store(path: folder.path("f.db")).read { snapshot in
            try LimitCheck(
                nil, baseline: ComparedSide(snapshot, window: TimeWindow(from: nil, to: FaultWorkload.faultStart)),
                side: ComparedSide(snapshot, window: TimeWindow(from: FaultWorkload.faultStart, to: nil))
            ).rows
        }
    }

    @Test func whatIsWorseThanTheBaselineIsARegression() throws {
        let rows = try regressions(.retryStorm)
        #expect(rows.allSatisfy { $0.status == .failed && $0.name == "baseline" })
        #expect(rows.contains { $0.measure == .regression(.errorRate) && ($0.value ?? 0) > ($0.limit ?? 1) })
        #expect(!rows.contains { $0.measure == .regression(.criticalShare) })
    }

    @Test func whatIsNoWorseIsNone() throws {
        let rows = try regressions(.none)
        #expect(rows.map(\.status) == [.ok])
        let empty = try withStore([spans[0]]) {
            try LimitCheck(
                nil, baseline: ComparedSide($0, window: .all), side: ComparedSide($0, window: .all)
            ).rows
        }
        #expect(empty.map(\.status) == [.noData], "one run is too few to compare")
    }
}
