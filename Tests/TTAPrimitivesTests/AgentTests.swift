import InMemoryTracing
import Metrics
import MetricsTestKit
import TTAPrimitives
import Testing
import Tracing

@Suite struct AgentTests {
    private struct Refused: Error {}

    private let tracer = InMemoryTracer()
    private let metrics = TestMetrics()

    private func run<Input, Output>(
        _ primitive: some WorkflowPrimitive<Input, Output>, _ input: Input,
        in context: WorkflowContext = WorkflowContext()
    ) async throws -> Output {
        try await withTracer(tracer) {
            try await withMetricsFactory(metrics) { try await primitive.execute(input, in: context) }
        }
    }

    private func attributes(_ span: String) throws -> SpanAttributes { try tracer.span(span).attributes }

    private var tokens: [String] {
        metrics.counters.filter { $0.label == "llm.tokens.total" }.map { counter in
            counter.dimensions.map { "\($0)=\($1)" }.joined(separator: ",") + " \(counter.totalValue)"
        }.sorted()
    }

    @Test func anAgentIsNamedByAllItsSpans() async throws {
        let leaf = Instrumented<String, Int>("leaf", type: "leaf") { text, _ in text.count }
        let planner = Agent<String, Int>("plans_trips", type: "planner", id: "planner-7", does: leaf)
        #expect(try await run(planner, "abc") == 3)
        #expect(tracer.tree == ["agent.planner.execute", "  primitive.leaf.execute"])
        for span in ["agent.planner.execute", "primitive.leaf.execute"] {
            #expect(try attributes(span).get("agent.type") == "planner")
            #expect(try attributes(span).get("agent.id") == "planner-7")
        }
        #expect(try attributes("agent.planner.execute").get("primitive.name") == "plans_trips")
    }

    @Test func aHandOffStandsAroundTheOtherAgent() async throws {
        let writer = Agent<String, String>("writer", id: "w-1") { text, context in
            context.state["written"] = true
            return text.uppercased()
        }
        let planner = Agent<String, String>("planner") { text, context in
            let result = try await context.handOff(to: writer, text, taskID: "t-1", reason: "needs prose")
            // One run: what the other has noted is there.
            return context.state["written"] as? Bool == true ? result : "lost"
        }
        #expect(try await run(planner, "abc") == "ABC")
        #expect(tracer.tree == ["agent.planner.execute", "  agent.handoff", "    agent.writer.execute"])
        let handOff = try attributes("agent.handoff")
        #expect(handOff.get("handoff.from_agent") == "planner")
        #expect(handOff.get("handoff.to_agent") == "writer")
        #expect(handOff.get("handoff.task_id") == "t-1")
        #expect(handOff.get("handoff.reason") == "needs prose")
        #expect(handOff.get("handoff.status") == "success")
        #expect(try attributes("agent.writer.execute").get("agent.id") == "w-1")
        #expect(try attributes("agent.planner.execute").get("agent.id") == nil)
    }

    @Test func aToolsArgumentsAreHashed() async throws {
        let add = ToolCall<Int, Int>("add") { number, _ in number + 1 }
        _ = try await run(add, 41)
        let attributes = try attributes("tool.add.call")
        #expect(attributes.get("tool.name") == "add")
        // FNV-1a of "41", worked out apart: offset basis, xor and multiply by the prime for each byte.
        #expect(attributes.get("tool.arguments_hash") == "07ee7f07b4b193d6")
        #expect(attributes.get("gen_ai.tool.call.arguments") == nil)
        #expect(attributes.get("gen_ai.tool.call.result") == nil)
    }

    @Test func aToolKeepsContentWhereItIsTold() async throws {
        let add = ToolCall<Int, Int>("add", captureContent: true, arguments: { "{\"n\":\($0)}" }) { number, _ in
            number + 1
        }
        _ = try await run(add, 41)
        #expect(try attributes("tool.add.call").get("gen_ai.tool.call.arguments") == "{\"n\":41}")
        #expect(try attributes("tool.add.call").get("gen_ai.tool.call.result") == "42")
    }

    @Test func aModelCallTellsModelTokensAndCost() async throws {
        let call = LLMCall<String, String>(
            "answer", provider: "aurora", model: "aurora-large", tier: .quality,
            settings: ModelSettings(temperature: 0.2, maxTokens: 500),
            price: TokenPrice(promptUSDPerMillion: 2.5, completionUSDPerMillion: 10, cachedPromptUSDPerMillion: 1.25)
        ) { text, _ in
            ModelAnswer(
                text.uppercased(), usage: TokenUsage(prompt: 1_000, completion: 50, cachedPrompt: 400),
                modelName: "aurora-large-2026-08", finishReason: "stop")
        }
        let result = try await run(call, "secret", in: WorkflowContext(agentType: "writer"))
        #expect(result == "SECRET")
        let attributes = try attributes("llm.aurora.generate")
        let expected: [String: SpanAttribute] = [
            "llm.provider": "aurora", "llm.model_name": "aurora-large-2026-08", "llm.model_tier": "quality",
            "llm.temperature": 0.2, "llm.max_tokens": 500, "llm.prompt_tokens": 1_000, "llm.completion_tokens": 50,
            "llm.total_tokens": 1_050, "llm.streaming": false, "gen_ai.operation.name": "chat",
            "gen_ai.usage.cache_read.input_tokens": 400, "gen_ai.response.finish_reasons": .stringArray(["stop"]),
            // 600 at 2.5, 400 at 1.25, 50 at 10, by the million.
            "llm.cost_usd": 0.0025,
        ]
        for (key, value) in expected { #expect(attributes.get(key) == value, "\(key)") }
        attributes.forEach { key, value in #expect(!"\(value)".lowercased().contains("secret"), "\(key)") }
        #expect(
            tokens == [
                "llm.provider=aurora,llm.model_name=aurora-large-2026-08,llm.token_type=completion,agent.type=writer 50",
                "llm.provider=aurora,llm.model_name=aurora-large-2026-08,llm.token_type=prompt,agent.type=writer 1000",
            ])
    }

    @Test func aReportedCostStandsBeforeAComputedOne() async throws {
        let price = TokenPrice(promptUSDPerMillion: 1, completionUSDPerMillion: 1)
        let call = LLMCall<Int, Int>("c", provider: "p", model: "m", price: price) { number, _ in
            ModelAnswer(number, usage: number > 0 ? TokenUsage(prompt: 5, completion: 5) : nil, costUSD: 0.5)
        }
        _ = try await run(call, 1)
        #expect(try attributes("llm.p.generate").get("llm.cost_usd") == 0.5)
    }

    @Test func withoutUsageNothingIsMadeUp() async throws {
        let price = TokenPrice(promptUSDPerMillion: 1, completionUSDPerMillion: 1)
        let call = LLMCall<Int, Int>("c", provider: "p", model: "m", price: price) { number, _ in ModelAnswer(number) }
        _ = try await run(call, 1)
        for key in ["llm.cost_usd", "llm.prompt_tokens", "llm.total_tokens"] {
            #expect(try attributes("llm.p.generate").get(key) == nil)
        }
        #expect(tokens.isEmpty)
    }

    @Test func aFailedCallStillNamesItsModel() async throws {
        let call = LLMCall<Int, Int>("c", provider: "p", model: "m") { _, _ in throw Refused() }
        await #expect(throws: Refused.self) { try await run(call, 1) }
        #expect(try attributes("llm.p.generate").get("llm.model_name") == "m")
        #expect(try attributes("llm.p.generate").get("error.type") == "Refused")
    }

    @Test func aStreamedCallTellsWhenItsFirstPieceCame() async throws {
        let call = LLMCall<Int, Int>(streaming: "c", provider: "p", model: "m") { count, context, stream in
            for _ in 0..<count {
                try await context.clock.sleep(for: .milliseconds(40))
                stream.received()
            }
            return ModelAnswer(count)
        }
        _ = try await run(call, 3, in: WorkflowContext(clock: SetClock()))
        #expect(try attributes("llm.p.generate").get("llm.streaming") == true)
        #expect(try attributes("llm.p.generate").get("llm.time_to_first_token_ms") == 40.0)
        #expect(try attributes("llm.p.generate").get("llm.chunks") == 3)
        #expect(try attributes("llm.p.generate").get("execution.duration_ms") == 120.0)
    }

    @Test func messagesAreKeptWhereTheCallIsTold() async throws {
        let call = LLMCall<[ModelMessage], ModelMessage>(
            "c", provider: "p", model: "m", captureContent: true
        ) { _, _ in
            ModelAnswer(
                ModelMessage(.assistant, parts: [.toolCall(id: "1", name: "find", arguments: "{\"q\":\"a\\\"b\"}")]),
                finishReason: "tool_calls")
        }
        _ = try await run(
            call,
            [
                ModelMessage(.system, "Be brief."), ModelMessage(.user, "Say \"hi\"\n\u{1}\t\\"),
                ModelMessage(.tool, parts: [.toolResult(id: "0", result: "ü")]),
            ])
        let attributes = try attributes("llm.p.generate")
        #expect(attributes.get("gen_ai.system_instructions") == #"[{"type":"text","content":"Be brief."}]"#)
        #expect(
            attributes.get("gen_ai.input.messages")
                == .string(
                    #"[{"role":"user","parts":[{"type":"text","content":"Say \"hi\"\n\u0001\u0009\\"}]},"#
                        + #"{"role":"tool","parts":[{"type":"tool_call_response","id":"0","response":"ü"}]}]"#))
        #expect(
            attributes.get("gen_ai.output.messages")
                == .string(
                    #"[{"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"find","#
                        + #""arguments":"{\"q\":\"a\\\"b\"}"}],"finish_reason":"tool_calls"}]"#))
    }

    @Test func plainTextsAreMessagesToo() async throws {
        let call = LLMCall<String, Int>("c", provider: "p", model: "m", captureContent: true) { _, _ in ModelAnswer(7) }
        _ = try await run(call, "how many")
        let attributes = try attributes("llm.p.generate")
        let input = #"[{"role":"user","parts":[{"type":"text","content":"how many"}]}]"#
        #expect(attributes.get("gen_ai.input.messages") == .string(input))
        let output = #"[{"role":"assistant","parts":[{"type":"text","content":"7"}]}]"#
        #expect(attributes.get("gen_ai.output.messages") == .string(output))
    }
}
