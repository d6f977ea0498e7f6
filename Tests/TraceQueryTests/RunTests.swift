import TestSupport
import Testing
import TraceConfig
import TraceModel
import TraceQuery
import TraceStore

@Suite struct Runs {
    @Test func takeTheirStateFromTheRootAndTheirPeopleFromAnySpan() throws {
        let spans = [
            span(2, parent: 1, "child", from: 1, to: 20, status: 2, ["session.id": "s", "user.id": "u"]),
            span(1, "root", from: 0, to: 15, ["workflow.name": "w"]),
            span(5, trace: 2, parent: 9, "orphan", from: 50, to: nil, status: 2),
        ]
        let runs = try withStore(spans) { try RunList(sortedBy: .errors, window: .all, in: $0) }.runs
        #expect(runs.map(\.rootName) == ["orphan", "root"])
        #expect(runs.map(\.isFailed) == [true, false])
        #expect(runs.map(\.errors) == [1, 1])
        #expect(runs.map(\.durationNanos) == [nil, 20_000_000])
        #expect(runs[1].workflowName == "w")
        #expect(runs[1].sessionID == "s")
        #expect(runs[1].userID == "u")
    }

    @Test func areFoundByPrefixLastSlowestAndFailed() throws {
        let spans = [
            span(1, trace: 0xAB00_0000_0000_0001, from: 0, to: 90),
            span(1, trace: 0xAB00_0000_0000_0002, from: 5, to: 6, status: 2),
            span(1, trace: 0xCD00_0000_0000_0000, from: 9, to: 10),
        ]
        try withStore(spans) { snapshot throws -> Void in
            func find(_ name: String) throws -> UInt64 { try RunName(name).traceID(in: snapshot).low }
            #expect(try find("last") == 0xCD00_0000_0000_0000)
            #expect(try find("slowest") == 0xAB00_0000_0000_0001)
            #expect(try find("failed") == 0xAB00_0000_0000_0002)
            #expect(try find("0000000000000000CD") == 0xCD00_0000_0000_0000)
            #expect(throws: RunNameError.notFound("ffff")) { try find("ffff") }
            #expect(throws: RunNameError.malformed("abc")) { try find("abc") }
            #expect(throws: RunNameError.malformed("newest")) { try find("newest") }
            do {
                _ = try find("0000000000000000ab")
                Issue.record("two runs begin so")
            } catch RunNameError.ambiguous(_, let examples) {
                #expect(examples.count == 2)
            }
        }
    }
}

@Suite struct Trees {
    private func tree(_ spans: [TraceSpan]) throws -> [TraceTree.Node] {
        try withStore(spans) { try TraceTree(TraceID(high: 0, low: 1), in: $0) }.nodes
    }

    @Test func standBeforeTheirChildrenInOrderOfStart() throws {
        let nodes = try tree([
            span(4, parent: 2, "grandchild", from: 6, to: 8), span(3, parent: 1, "second", from: 20, to: 30),
            span(2, parent: 1, "first", from: 5, to: 15), span(1, "root", from: 0, to: 40),
        ])
        #expect(nodes.map(\.stored.span.name) == ["root", "first", "grandchild", "second"])
        #expect(nodes.map(\.depth) == [0, 1, 2, 1])
    }

    /// root 0–40, children 5–15 and 10–30 overlap: 25 ms covered.
    @Test func countTimeThatChildrenShareOnce() throws {
        let nodes = try tree([
            span(1, from: 0, to: 40), span(2, parent: 1, from: 5, to: 15), span(3, parent: 1, from: 10, to: 30),
        ])
        #expect(nodes.map(\.selfNanos) == [15_000_000, 10_000_000, 20_000_000])
    }

    /// The root waits for c (ends last), c began after a ended, b ran beside a.
    @Test func markTheSpansThatWereWaitedFor() throws {
        let nodes = try tree([
            span(1, "root", from: 0, to: 40), span(2, parent: 1, "a", from: 1, to: 20),
            span(3, parent: 1, "b", from: 2, to: 10), span(4, parent: 1, "c", from: 21, to: 39),
            span(5, parent: 4, "d", from: 22, to: 38),
        ])
        #expect(nodes.filter(\.isCritical).map(\.stored.span.name) == ["root", "a", "c", "d"])
    }

    @Test func showEverySpanOnceInCirclesSelfParentsAndWithMissingParents() throws {
        let nodes = try tree([
            span(1, parent: 2), span(2, parent: 1), span(3, parent: 3), span(4, parent: 99), span(5, parent: 1),
        ])
        #expect(nodes.count == 5)
        #expect(Set(nodes.map(\.stored.span.spanID.value)) == [1, 2, 3, 4, 5])
        #expect(nodes.count { $0.isOrphan } == 3)
    }

    @Test func areAsDeepAsTheyMustBe() throws {
        let chain = (1...20_000 as ClosedRange<UInt64>).map { span($0, parent: $0 == 1 ? nil : $0 - 1) }
        #expect(try tree(chain).last?.depth == 19_999)
    }
}

@Suite struct Contents {
    private func content(_ attributes: [String: AttributeValue], events: [SpanEvent] = []) -> SpanContent {
        var one = span(1, attributes)
        one.events = events
        return SpanContent(one)
    }

    @Test func readGenAIMessagesWithPartsToolCallsAndResults() {
        let content = content([
            "gen_ai.system_instructions": #"[{"type":"text","content":"Be brief."}]"#,
            "gen_ai.input.messages":
                #"[{"role":"user","parts":[{"type":"text","content":"hi"}]},{"role":"user","parts":[{"type":"tool_call_response","id":"1","name":"f","result":{"a":1}}]}]"#,
            "gen_ai.output.messages":
                #"[{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"tool_call","id":"2","name":"g","arguments":{"x":2}}],"finish_reason":"tool_call"}]"#,
        ])
        #expect(
            content.input == [
                Message(role: "system", parts: [.text("Be brief.")]), Message(role: "user", parts: [.text("hi")]),
                Message(role: "user", parts: [.toolResult(id: "1", name: "f", result: #"{"a":1}"#)]),
            ])
        #expect(
            content.output == [
                Message(
                    role: "assistant",
                    parts: [.reasoning("hm"), .toolCall(id: "2", name: "g", arguments: #"{"x":2}"#)],
                    finishReason: "tool_call")
            ])
    }

    @Test func readOpenInferenceMessagesInOrderOfTheirNumbers() {
        var attributes: [String: AttributeValue] = [:]
        for index in 0..<11 {
            attributes["llm.input_messages.\(index).message.role"] = "user"
            attributes["llm.input_messages.\(index).message.content"] = .string("text \(index)")
        }
        attributes["llm.output_messages.0.message.role"] = "assistant"
        attributes["llm.output_messages.0.message.tool_calls.0.tool_call.function.name"] = "f"
        attributes["llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments"] = "{}"
        let content = content(attributes)
        #expect(content.input.map(\.parts) == (0..<11).map { [.text("text \($0)")] })
        #expect(content.output == [Message(role: "assistant", parts: [.toolCall(id: nil, name: "f", arguments: "{}")])])
    }

    @Test func readIndexedPromptsAndEvents() {
        let indexed = content([
            "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "s", "gen_ai.completion.0.content": "c",
            "gen_ai.completion.0.finish_reason": "length",
        ])
        #expect(indexed.input == [Message(role: "system", parts: [.text("s")])])
        #expect(indexed.output == [Message(role: "assistant", parts: [.text("c")], finishReason: "length")])
        var asked = SpanEvent()
        asked.name = "gen_ai.user.message"
        asked.attributes = [Attribute("content", "why?")]
        var chosen = SpanEvent()
        chosen.name = "gen_ai.choice"
        chosen.attributes = [
            Attribute("message", #"{"role":"assistant","content":"because"}"#), Attribute("finish_reason", "stop"),
        ]
        let events = content([:], events: [asked, chosen])
        #expect(events.input == [Message(role: "user", parts: [.text("why?")])])
        #expect(events.output == [Message(role: "assistant", parts: [.text("because")], finishReason: "stop")])
    }

    @Test func readToolsAndPlainInputAndOutput() {
        let tool = content([
            "gen_ai.tool.name": "f", "gen_ai.tool.call.arguments": "{}", "gen_ai.tool.call.result": "ok",
        ])
        #expect(tool.input == [Message(role: "assistant", parts: [.toolCall(id: nil, name: "f", arguments: "{}")])])
        #expect(tool.output == [Message(role: "tool", parts: [.toolResult(id: nil, name: "f", result: "ok")])])
        let plain = content(["input.value": "in", "output.value": "out"])
        #expect(plain.input == [Message(role: "input", parts: [.text("in")])])
        let tta = content(["llm.prompt": "p", "llm.response": "r"])
        #expect(tta.output == [Message(role: "output", parts: [.text("r")])])
        #expect(content(["http.method": "GET"]).isEmpty)
    }

    @Test func keepTextThatOnlyLooksLikeJSON() {
        #expect(
            content(["gen_ai.input.messages": "[not json"]).input == [
                Message(role: "user", parts: [.text("[not json")])
            ])
    }

    @Test func showEachMessageOfARunOnceThoughEveryCallResendsThem() throws {
        func call(_ id: UInt64, from: UInt64, _ input: [String], _ output: String) -> TraceSpan {
            let messages = input.enumerated().map {
                #"{"role":"\#($0.offset.isMultiple(of: 2) ? "user" : "assistant")","parts":[{"type":"text","content":"\#($0.element)"}]}"#
            }
            return span(
                id, from: from,
                [
                    "gen_ai.operation.name": "chat",
                    "gen_ai.input.messages": .string("[\(messages.joined(separator: ","))]"),
                    "gen_ai.output.messages": .string(
                        #"[{"role":"assistant","parts":[{"type":"text","content":"\#(output)"}],"finish_reason":"stop"}]"#
                    ),
                ])
        }
        let spans = [call(1, from: 0, ["q1"], "a1"), call(2, from: 20, ["q1", "a1", "q2"], "a2")]
        let run = try withStore(spans) { RunConversation(try $0.trace(TraceID(high: 0, low: 1))) }
        #expect(run.turns.map(\.repeatedInput) == [0, 2])
        #expect(run.turns[1].newInput == [Message(role: "user", parts: [.text("q2")])])
    }

    @Test func findAConversationInTheSamples() throws {
        let folder = try TemporaryFolder()
        for (sample, calls) in [(Sample.pydanticAI, 122), (.langgraph, 28), (.workloadPrompts, 43)] {
            let turns = try Store(path: sample.store(in: folder)).read { snapshot in
                try RunList(window: .all, in: snapshot).runs.map {
                    RunConversation(try snapshot.trace($0.traceID)).turns
                }
            }
            let shown = turns.joined().filter { !$0.output.isEmpty || $0.stored.row.operation.isError }
            #expect(shown.count == calls, "\(sample)")
        }
    }
}

@Test func tellsTheOverviewsFactsOfTheDemoStory() throws {
    let spans = [
        span(1, "root", to: 50, status: 2),
        span(
            2, parent: 1, "llm.x.generate", from: 1, to: 2, status: 2,
            ["error.type": "RateLimitError", "error.message": "429", "llm.prompt_tokens": 5]),
        span(1, trace: 2, "fine", from: 60, to: 70),
        span(2, trace: 2, parent: 1, "retried", from: 61, to: 62, status: 2),
    ]
    let overview = try withStore(spans) { try Overview(in: $0) }
    #expect(overview.runs == 2)
    #expect(overview.failedRuns == 1)
    #expect(overview.recoveredRuns == 1)
    #expect(overview.failure?.error == "RateLimitError: 429", "the error that came up first, not the root's")
    #expect(overview.usage.promptTokens == 5)
}

/// 1,000,000 prompt tokens at $2.50 and 100,000 completion tokens at $10 a million; the other call says what it cost.
@Test func tellsWhatCallsCostThatDidNotSaySo() throws {
    let call: [String: AttributeValue] = [
        "llm.model_name": "gpt-4o", "llm.prompt_tokens": 1_000_000, "llm.completion_tokens": 100_000,
    ]
    let spans = [
        span(1, "llm.openai.generate", call),
        span(2, trace: 2, "llm.openai.generate", call.merging(["llm.cost_usd": 0.25]) { $1 }),
    ]
    let (with, without) = try withStore(spans) { snapshot in
        (try Overview(prices: PriceTable.shipped, in: snapshot), try Overview(in: snapshot))
    }
    #expect(with.computed.usd == 3.5 && with.usage.costUSD == 0.25)
    #expect(without.computed.usd == nil)
}
