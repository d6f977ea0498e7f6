import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceStore

// Traces small enough to read; answers by hand.

@Suite struct Windows {
    private let spans = [span(1, from: 0, to: 1), span(2, from: 10, to: 12), span(3, from: 20, to: 23)]

    @Test(
        arguments: [
            (0, 20, 2), (10, 20, 1), (10, 21, 2), (21, 99, 0),
        ] as [(UInt64, UInt64, Int)])
    func areHalfOpenAndCountSpansWhereTheyStart(_ from: UInt64, _ to: UInt64, _ count: Int) throws {
        let window = TimeWindow(from: milliseconds(from), to: milliseconds(to))
        let rows = try withStore(spans) { try Percentiles(by: nil, window: window, in: $0) }.rows
        #expect(rows.reduce(0) { $0 + $1.count } == count)
    }

    @Test(
        arguments: [
            ("2026-11-20T09:00:00Z", base), ("1795165200", base), ("1795165200.25", base + 250_000_000),
            ("now-1s", 9_000_000_000),
            ("now", 10_000_000_000), ("end-2s", 5_000_000_000), ("end", 7_000_000_000), ("now-1h", 0),
        ] as [(String, UInt64)])
    func readTimesAsPeopleTypeThem(_ text: String, _ nanos: UInt64) {
        #expect(TimeExpression(text)?.nanos(now: 10_000_000_000, lastStart: 7_000_000_000) == nanos)
    }

    @Test(arguments: ["yesterday", "now+1h", "now-", "end-5", "1795165200.", "-5", "99999999999999"])
    func refuseOtherTimes(_ text: String) {
        #expect(TimeExpression(text) == nil)
    }
}

@Suite struct PercentileRules {
    /// numpy.percentile([1, 2, 3, 10], [0, 50, 90, 100]) = 1, 2.5, 7.9, 10, to the last bit
    @Test func interpolateBetweenRanks() throws {
        let spans = [1, 2, 3, 10].enumerated().map { span(UInt64($0.offset + 1), from: 0, to: UInt64($0.element)) }
        let rows = try withStore(spans) { try Percentiles(by: nil, quantiles: [0, 0.5, 0.9, 1], window: .all, in: $0) }
            .rows
        #expect(rows.map(\.quantileNanos) == [[1e6, 2.5e6, 0x1.e22d800000002p+22, 10e6]])
        #expect(rows.map(\.meanNanos) == [4e6])
    }

    @Test func leaveOutAndCountWhatHasNoDurationOrGroup() throws {
        let spans = [
            span(1, to: nil, ["primitive.name": "p"]), span(2, from: 9, to: 3, ["primitive.name": "p"]),
            span(3, ["primitive.name": "p"]), span(4),
        ]
        let answer = try withStore(spans) { try Percentiles(by: nil, window: .all, in: $0) }
        #expect(answer.by.map(\.text) == ["primitive.name"])
        #expect(answer.rows.map(\.count) == [1])
        #expect(answer.spansWithoutDuration == 2)
        #expect(answer.spansWithoutGroup == 1)
    }

    @Test func countAsErrorsStatusErrorOrAnUnsuccessfulExecutionWithoutStatus() throws {
        let spans = [
            span(1, status: 2), span(2, status: 0, ["execution.status": "timeout"]),
            span(3, status: 1, ["execution.status": "error"]),
            span(4, status: 0, ["execution.status": "success"]), span(5),
        ]
        #expect(try withStore(spans) { try Percentiles(by: nil, window: .all, in: $0) }.rows.map(\.errors) == [2])
    }

    @Test func groupByAnyNameAndByTheNormalisedMeaningOfAnAlias() throws {
        let spans = [
            span(1, ["gen_ai.request.model": "asked", "gen_ai.response.model": "given", "shard": 7]),
            span(2, ["llm.model_name": "given", "shard": "seven"]),
        ]
        try withStore(spans) { snapshot throws -> Void in
            func groups(_ by: String) throws -> [GroupKey] {
                try Percentiles(by: [FieldName(by, in: snapshot)], window: .all, in: snapshot).rows.map(\.group)
            }
            #expect(try groups("llm.model_name") == [[.string("given")]])
            #expect(try groups("gen_ai.request.model") == [[.string("given")]], "the meaning, not the attribute")
            #expect(try groups("span.gen_ai.request.model") == [[.string("asked")]])
            #expect(try Set(groups("shard")) == [[.int(7)], [.string("seven")]])
            #expect(try groups("resource.service.name") == [[.string("shop")]])
            #expect(throws: UnknownFieldError(name: "shad", nearest: "shard")) { try groups("shad") }
        }
    }
}

@Suite struct PrimitiveGraph {
    private func edges(_ spans: [TraceSpan]) throws -> Set<String> {
        let graph = try withStore(spans) { try ConnectionGraph(of: .primitives, window: .all, in: $0) }
        return Set(graph.edges.map { "\($0.source) \($0.type.rawValue) \($0.target) \($0.count)" })
    }

    @Test func goesFromTheLastToEndToTheFirstToStartWhereStepsShareAnIndex() throws {
        let spans = [
            span(1, "root", to: 100),
            span(2, parent: 1, from: 0, to: 10, ["step.index": 0, "step.name": "a"]),
            span(3, parent: 1, from: 0, to: 20, ["step.index": 0, "step.name": "b"]),
            span(4, parent: 1, from: 30, to: 40, ["step.index": 1, "step.name": "d"]),
            span(5, parent: 1, from: 25, to: 60, ["step.index": 1, "step.name": "c"]),
        ]
        #expect(try edges(spans) == ["b sequential c 1"])
    }

    @Test func bridgesNoGap() throws {
        let spans = [
            span(1, to: 100), span(2, parent: 1, ["step.index": 0, "step.name": "a"]),
            span(3, parent: 1, ["step.index": 2, "step.name": "c"]),
        ]
        #expect(try edges(spans) == [])
    }

    @Test func takesPrimitiveStepIndexOnlyUnderASequentialPrimitiveWithoutSteps() throws {
        let children = [
            span(2, parent: 1, ["primitive.step_index": 0, "primitive.name": "a"]),
            span(3, parent: 1, ["primitive.step_index": 1, "primitive.name": "b"]),
        ]
        #expect(try edges([span(1, ["primitive.type": "sequential"])] + children) == ["a sequential b 1"])
        #expect(try edges([span(1, ["primitive.type": "other"])] + children) == [])
        let step = span(4, parent: 1, ["step.index": 5, "step.name": "s"])
        #expect(try edges([span(1, ["primitive.type": "sequential"])] + children + [step]) == [])
    }

    @Test func goesFromAParallelPrimitiveToEachBranch() throws {
        let parallel = span(1, ["primitive.type": "ParallelPrimitive", "primitive.name": "fan"])
        let branches = [
            span(2, parent: 1, ["branch.index": 0, "branch.name": "x"]), span(3, parent: 1, ["primitive.name": "y"]),
        ]
        #expect(try edges([parallel] + branches) == ["fan parallel x 1", "fan calls y 1"])
        #expect(try edges([parallel, branches[1]]) == ["fan parallel y 1", "fan calls y 1"])
    }

    /// With and without names that stand with the spans, because there are too many for the operations.
    @Test(arguments: [0, 1100]) func connectsAgentsAndOperations(_ others: Int) throws {
        let spans =
            [
                span(1, "plan", ["agent.type": "planner", "agent.name": "Ada"]),
                span(2, parent: 1, "write", ["agent.name": "Bob"]),
                span(3, parent: 2, "write", status: 2, ["agent.type": "writer", "agent.name": "Bob"]),
                span(4, parent: 2, "look up"), span(5, parent: 9, "lost", ["agent.type": "planner"]),
            ]
            + (0..<others).map {
                span(UInt64(100 + $0), trace: 2, "root \($0)", ["agent.name": .string("agent \($0)")])
            }
        func edges(_ nodes: ConnectionGraph.Nodes) throws -> [String] {
            try withStore(spans) { snapshot in
                #expect(try snapshot.demotedFields().isEmpty == (others == 0))
                let graph = try ConnectionGraph(of: nodes, window: .all, in: snapshot)
                #expect(graph.spansWithMissingParent == 1)
                return graph.edges.map { "\($0.source) → \($0.target) \($0.count) \($0.errors)" }.sorted()
            }
        }
        #expect(try edges(.agents) == ["Bob → writer 1 1", "planner → Bob 1 0"])
        #expect(
            try edges(.operations) == [
                "shop: plan → shop: write 1 0", "shop: write → shop: look up 1 0", "shop: write → shop: write 1 1",
            ])
    }

    @Test func countsWhereTheTargetStartsAndNamesMissingParents() throws {
        let spans = [
            span(1, from: 0, to: 50), span(2, parent: 1, from: 20, to: 30), span(3, parent: 9, from: 20, to: 30),
        ]
        let window = TimeWindow(from: milliseconds(10), to: milliseconds(30))
        let graph = try withStore(spans) { try ConnectionGraph(of: .services, window: window, in: $0) }
        #expect(graph.edges.map(\.count) == [1], "the parent lies before the window")
        #expect(graph.spansWithMissingParent == 1)
    }
}

@Suite struct TokenRules {
    private func totals(_ spans: [TraceSpan]) throws -> (calls: Int, prompt: Int64) {
        let rows = try withStore(spans) { try TokenUse(by: [], window: .all, in: $0) }.rows
        return (rows.reduce(0) { $0 + $1.totals.calls }, rows.reduce(0) { $0 + $1.totals.promptTokens })
    }

    @Test func countUsageThatAnAgentRepeatsOnce() throws {
        let spans = [
            span(1, ["gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 30]),
            span(2, parent: 1, ["gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10]),
            span(3, parent: 1, ["gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 20]),
        ]
        #expect(try totals(spans) == (2, 30))
    }

    @Test func countTheInnerOfTwoNestedCallsAlsoThroughOtherSpans() throws {
        let spans = [
            span(1, ["openinference.span.kind": "LLM", "llm.token_count.prompt": 10]), span(2, parent: 1, "http"),
            span(3, parent: 2, ["openinference.span.kind": "llm", "llm.token_count.prompt": 10]),
        ]
        #expect(try totals(spans) == (1, 10))
    }

    @Test func countTheDeepestUsageWhereNothingTellsAKind() throws {
        let spans = [span(1, ["gen_ai.usage.input_tokens": 7]), span(2, parent: 1, ["gen_ai.usage.input_tokens": 7])]
        #expect(try totals(spans) == (1, 7))
    }

    @Test func endInACircleOfParents() throws {
        let usage: [String: AttributeValue] = ["gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 5]
        #expect(
            try totals([span(1, parent: 2, usage), span(2, parent: 1, usage), span(3, parent: 3, usage)]) == (1, 5))
    }

    @Test func sayWhetherEveryCallReportedItsCost() throws {
        func source(_ costs: [Double?]) throws -> CostSource? {
            let spans = costs.enumerated().map { index, cost in
                var attributes: [String: AttributeValue] = ["llm.prompt_tokens": 1]
                if let cost { attributes["llm.cost_usd"] = .double(cost) }
                return span(UInt64(index + 1), attributes)
            }
            return try withStore(spans) { try TokenUse(by: [], window: .all, in: $0) }.rows.first?.totals.costSource
        }
        #expect(try source([0.5, 0]) == .reported)
        #expect(try source([0.5, nil]) == .partial)
        #expect(try source([nil]) == .unknown)
    }
}

@Suite struct ComplianceRules {
    @Test func haveNoDataWithoutSpansAndNoBudgetAtATargetOfOne() throws {
        let objective = Compliance.Objective(target: 1, thresholdNanos: 5_000_000)
        let none = try withStore([]) { try Compliance(objective, by: [], rootsOnly: false, window: .all, in: $0) }.rows
        #expect(none.map(\.status) == [.noData])
        #expect(none.map(\.compliance) == [nil])
        let one = try withStore([span(1, to: 5)]) {
            try Compliance(objective, by: [], rootsOnly: false, window: .all, in: $0)
        }.rows
        #expect(one.map(\.compliance) == [1], "as long as the threshold is within")
        #expect(one.map(\.burnRate) == [nil])
    }

    @Test func countRootsAlsoWhenTheParentIsEightZeroBytes() throws {
        let objective = Compliance.Objective(target: 0.9, thresholdNanos: 5_000_000)
        let spans = [span(1, to: 1), span(2, parent: 0, to: 9), span(3, parent: 1, to: 9)]
        let rows = try withStore(spans) { try Compliance(objective, by: [], rootsOnly: true, window: .all, in: $0) }
            .rows
        #expect(rows.map(\.total) == [2])
        #expect(rows.map(\.good) == [1])
    }
}

@Suite struct ErrorKinds {
    private let spans = [
        span(1, from: 0, status: 2, ["error.type": "Timeout", "error.message": "took 30 s"]),
        span(2, trace: 2, from: 50, status: 2, ["error.type": "Timeout", "error.message": "took 40 s"]),
        span(3, trace: 2, from: 20, status: 2), span(4, trace: 3, from: 70), span(5, trace: 3, from: 80, status: 1),
        span(6, trace: 4, from: 30, ["execution.status": "failed", "error.type": "Odd"]),
    ]

    private func rows(_ window: TimeWindow) throws -> [ErrorGroups.Row] {
        try withStore(spans) { try ErrorGroups(by: [FieldName("error.type", in: $0)], window: window, in: $0) }.rows
    }

    @Test func areCountedWithTheirRangeAndTheNewestExample() throws {
        let rows = try rows(.all)
        #expect(rows.map(\.group) == [["Timeout"], [nil], ["Odd"]])
        #expect(rows.map(\.count) == [2, 1, 1])
        #expect(rows.map(\.firstNanos) == [0, 20, 30].map(milliseconds))
        #expect(rows.map(\.lastNanos) == [50, 20, 30].map(milliseconds))
        #expect(rows.map(\.exampleTraceID?.low) == [2, 2, 4])
        #expect(rows[0].exampleMessage == "Timeout: took 40 s")
    }

    @Test func countWhereTheyStart() throws {
        let rows = try rows(TimeWindow(from: milliseconds(20), to: milliseconds(50)))
        #expect(rows.map(\.group) == [[nil], ["Odd"]])
    }

    @Test func areNoneInAStoreWithoutErrors() throws {
        #expect(try withStore([span(1)]) { try ErrorGroups(by: [], window: .all, in: $0) }.rows.isEmpty)
    }
}
