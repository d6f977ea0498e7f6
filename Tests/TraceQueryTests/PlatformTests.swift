import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceStore

/// Spans with the attributes that Langfuse's and LangSmith's SDKs write.
@Suite struct PlatformSpans {
    private func totals(_ spans: [TraceSpan]) throws -> [UsageTotals] {
        try withStore(spans) { try TokenUse(by: [], window: .all, in: $0) }.rows.map(\.totals)
    }

    /// What `langfuse.observation.usage_details` says, and prompt, completion, cached and written tokens by hand.
    @Test(
        arguments: [
            (#"{"input":100,"output":20,"total":120}"#, 100, 20, nil, nil),
            (#"{"input":100,"input_cached_tokens":20,"output":15,"output_reasoning_tokens":3}"#, 120, 18, 20, nil),
            (
                #"{"input":2,"output":13,"cache_read_input_tokens":10692,"cache_creation_input_tokens":592}"#, 11286,
                13,
                10692, 592
            ),
            (#"{"prompt_tokens":50,"completion_tokens":5,"total_tokens":55,"input_cached":40}"#, 50, 5, 40, nil),
            (#"{"input":"7","output":"8"}"#, 7, 8, nil, nil), (#"{"total":9}"#, nil, nil, nil, nil),
            (#"[1,2]"#, nil, nil, nil, nil), ("no JSON", nil, nil, nil, nil),
            (#"{"input":1e300,"output":0.5}"#, nil, nil, nil, nil),
        ] as [(String, Int64?, Int64?, Int64?, Int64?)])
    func countTokensOfLangfuse(
        _ details: String, _ prompt: Int64?, _ completion: Int64?, _ cached: Int64?, _ written: Int64?
    ) throws {
        let call = span(
            1,
            [
                "langfuse.observation.type": "generation",
                "langfuse.observation.usage_details": .string(details),
            ])
        try withStore([call]) { snapshot in
            let row = try #require(try snapshot.trace(call.traceID).first).row
            #expect(row.integer(.promptTokens) == prompt)
            #expect(row.integer(.completionTokens) == completion)
            #expect(row.integer(.cachedTokens) == cached)
            #expect(row.integer(.cacheWriteTokens) == written)
            #expect(try snapshot.check().problems == [], "blocks and rows agree")
        }
    }

    @Test func whatAnAttributeTellsItselfComesFirst() throws {
        let both = span(
            1,
            [
                "langfuse.observation.type": "generation", "gen_ai.usage.input_tokens": 3,
                "langfuse.observation.usage_details": #"{"input":100,"output":20}"#,
                "langfuse.observation.cost_details": #"{"input":0.25,"output":0.5}"#,
            ])
        let totals = try totals([both])
        #expect(totals.map(\.promptTokens) == [3])
        #expect(totals.map(\.completionTokens) == [20])
        #expect(totals.map(\.costUSD) == [0.75])
    }

    /// Type of the parent, of the call below it, and how many calls count: containers repeat what is below them.
    @Test(
        arguments: [
            ("agent", "generation", 1), ("chain", "embedding", 1), ("span", "generation", 1), ("tool", "tool", 0),
            ("generation", "event", 1), ("span", "span", 0),
        ])
    func countCallsByTypeOfObservation(_ outer: String, _ inner: String, _ calls: Int) throws {
        let usage: AttributeValue = #"{"input":1,"output":1}"#
        let spans = [(1, outer), (2, inner)].map { id, type in
            span(
                id, parent: id == 2 ? 1 : nil,
                ["langfuse.observation.type": .string(type), "langfuse.observation.usage_details": usage])
        }
        #expect(try totals(spans).reduce(0) { $0 + $1.calls } == calls)
    }

    @Test func countRunsOfLangSmithByTheirType() throws {
        let kinds = ["chain", "llm", "tool", "embedding", "retriever", "prompt", "parser"]
        let spans = kinds.enumerated().map { place, kind in
            span(
                UInt64(place + 1), parent: place == 0 ? nil : 1,
                ["langsmith.span.kind": .string(kind), "gen_ai.usage.input_tokens": 1])
        }
        #expect(try totals(spans).map(\.calls) == [2])
    }

    private func content(_ attributes: [String: AttributeValue]) -> SpanContent {
        SpanContent(span(1, "weather", attributes))
    }

    @Test func showWhatLangfuseKeeps() {
        let call = content([
            "langfuse.observation.type": "generation", "langfuse.observation.input": "say hello",
            "langfuse.observation.output": #"{"role":"assistant","content":"hello"}"#,
        ])
        #expect(call.input == [Message(role: "user", parts: [.text("say hello")])])
        #expect(call.output == [Message(role: "assistant", parts: [.text("hello")])])
        let tool = content([
            "langfuse.observation.type": "tool", "langfuse.observation.input": #"{"city":"Rome"}"#,
            "langfuse.observation.output": "12",
        ])
        #expect(
            tool.input == [
                Message(role: "assistant", parts: [.toolCall(id: nil, name: "weather", arguments: #"{"city":"Rome"}"#)])
            ])
        #expect(tool.output == [Message(role: "tool", parts: [.toolResult(id: nil, name: "weather", result: "12")])])
        let other = content(["langfuse.trace.input": #"{"question":"why?"}"#])
        #expect(other.input == [Message(role: "input", parts: [.text(#"{"question":"why?"}"#)])])
    }

    private static let asked = Message(role: "user", parts: [.text("hi")])

    /// One message of a person's in each form that LangChain writes, alone and as a model's parameters.
    @Test(
        arguments: [
            #"{"lc":1,"type":"constructor","id":["langchain","schema","messages","HumanMessage"],"kwargs":{"content":"hi"}}"#,
            #"{"type":"human","content":"hi","id":"m-1","example":false}"#,
            #"{"type":"human","data":{"content":"hi","additional_kwargs":{}}}"#, #"{"role":"user","content":"hi"}"#,
        ],
        ["M", "[M]", "[[M]]", #"{"messages":[[M]]}"#, #"{"messages":[M]}"#, #"{"input":M}"#])
    func showMessagesOfLangChain(_ message: String, _ holder: String) {
        let text = holder.replacingOccurrences(of: "M", with: message == "" ? "" : "\u{1}")
            .replacingOccurrences(of: "\u{1}", with: message)
        #expect(content(["gen_ai.prompt": .string(text)]).input == [Self.asked])
    }

    @Test func showAnswersOfLangChain() {
        let answer =
            #"{"generations":[[{"text":"x","generation_info":{"finish_reason":"stop"},"message":{"lc":1,"id":["AIMessage"],"kwargs":{"content":[{"type":"text","text":"I look"},{"type":"tool_use","id":"c","name":"w","input":{"a":1}}],"tool_calls":[{"name":"w","args":{"a":1},"id":"c"}]}}}]]}"#
        let expected = Message(
            role: "assistant",
            parts: [.text("I look"), .toolCall(id: "c", name: "w", arguments: #"{"a":1}"#)], finishReason: "stop")
        #expect(content(["gen_ai.completion": .string(answer)]).output == [expected])
        let plain = content(["gen_ai.completion": #"{"generations":[[{"text":"x"}]]}"#]).output
        #expect(plain == [Message(role: "assistant", parts: [.text("x")])])
        let chat = #"{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"yes"}}]}"#
        #expect(
            content(["gen_ai.completion": .string(chat)]).output
                == [Message(role: "assistant", parts: [.text("yes")], finishReason: "stop")])
    }

    /// Objects that only look a little like it stay text.
    @Test(arguments: [
        #"{"messages":"none"}"#, #"{"type":"human"}"#, #"{"question":"why"}"#, #"{"input":{"city":"Rome"}}"#,
    ])
    func showOtherObjectsAsTheyAre(_ text: String) {
        #expect(content(["gen_ai.prompt": .string(text)]).input == [Message(role: "user", parts: [.text(text)])])
    }
}
