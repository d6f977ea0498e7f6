import TestSupport
import Testing
import TraceFormats
import TraceModel

@Suite struct LangSmith {
    /// 2026-11-23T11:00:00Z
    private static let eleven: UInt64 = 1_795_431_600_000_000_000

    private static let rootSpanID = SpanID(value: (0x0193_580a_1111_7000 as UInt64) ^ (0x8000_0000_0000_a001 as UInt64))

    private func sample() throws -> [ReferenceSpan] {
        let reading = try Reading(path: Sample.path("other-formats/langsmith-runs.json"))
        #expect(reading.complaints.isEmpty && reading.rejections.isEmpty)
        return reading.groups.flatMap { group in
            group.spans.map { ReferenceSpan(span: $0, resource: group.resource, scope: group.scope) }
        }
    }

    @Test func aRunIsASpan() throws {
        let spans = try sample()
        #expect(spans.map(\.span.name) == ["LangGraph", "ChatOpenAI", "weather", "ChatOpenAI"])
        let root = spans[0]
        #expect(root.span.traceID == TraceID(high: 0x0193_580a_1111_7000, low: 0x8000_0000_0000_a001))
        #expect(root.span.spanID == Self.rootSpanID)
        #expect(root.span.parentSpanID == nil)
        #expect(spans.dropFirst().map(\.span.parentSpanID) == [root.span.spanID, root.span.spanID, root.span.spanID])
        #expect(root.span.startNanos == Self.eleven && root.span.endNanos == Self.eleven + 6_000_000_000)
        #expect(root.span.status.code == 2)
        #expect(root.span.status.message.hasPrefix("RateLimitError('429: quota of the day is used up')Traceback"))
        #expect(root.resource.attributes == [Attribute("service.name", "weather-desk")])
        let attributes = root.span.attributes
        #expect(attributes["langsmith.span.kind"] == "chain")
        #expect(attributes["langsmith.run.id"] == "0193580a-1111-7000-8000-00000000a001")
        #expect(attributes["session.id"] == "t-9" && attributes["user.id"] == "grace")
        #expect(attributes["langsmith.trace.session_id"] == "5e5e5e5e-0000-4000-8000-000000000001")
        #expect(attributes["langsmith.metadata.thread_id"] == "t-9")
        #expect(attributes["langsmith.extra.runtime"] == .map([Attribute("sdk", "langsmith-py")]))
        #expect(
            attributes["langsmith.feedback_stats"]
                == .map([Attribute("helpful", .map([Attribute("n", 1), Attribute("avg", 0.0)]))]))
        #expect(attributes["langsmith.total_tokens"] == 230)
        #expect(attributes["langsmith.app_path"] == "/o/1/r/a001")
        #expect(attributes["langsmith.child_run_ids"] == nil, "null is nothing")
    }

    @Test func aModelsRunHasModelUsageCostAndEvents() throws {
        let call = try sample()[1].span
        let expected: [String: AttributeValue] = [
            "gen_ai.request.model": "gpt-4o-mini", "gen_ai.provider.name": "openai",
            "gen_ai.request.temperature": 0.2, "gen_ai.usage.input_tokens": 210, "gen_ai.usage.output_tokens": 20,
            "gen_ai.usage.cache_read.input_tokens": 128, "gen_ai.usage.reasoning.output_tokens": 4,
            "gen_ai.usage.cost": 0.00043, "langsmith.status": "success",
        ]
        for (key, value) in expected { #expect(call.attributes[key] == value, "\(key)") }
        #expect(call.attributes["gen_ai.prompt"]?.string?.hasPrefix(#"{"messages":[[{"lc":1,"#) == true)
        #expect(call.status.code == 1)
        #expect(call.events.map(\.name) == ["start", "new_token", "end"])
        #expect(call.events[1].timeNanos == Self.eleven + 900_000_000)
        #expect(call.events[1].attributes == [Attribute("kwargs", .map([Attribute("token", "")]))])
    }

    @Test func aToolsRunHasItsArgumentsAndResult() throws {
        let tool = try sample()[2].span.attributes
        #expect(tool["gen_ai.tool.name"] == "weather")
        #expect(tool["gen_ai.tool.call.arguments"] == #"{"input":"{'city': 'Paris'}"}"#)
    }

    private static let run =
        #""run_type":"llm","name":"n","start_time":"2026-11-23T11:00:00Z","inputs":{}"#

    /// The ids stand in the path where they stand nowhere else; `run_id` is the name of the SDK's own exports.
    @Test func idsComeFromThePathToo() throws {
        let (a, b) = ("0193580a-1111-7000-8000-00000000a001", "0193580a-2222-7000-8000-00000000b002")
        let reading = try Reading(
            #"{"run_id":"\#(b)",\#(Self.run),"dotted_order":"20261123T110000000000Z\#(a).20261123T110000100000Z\#(b)"}"#
        )
        let span = try #require(reading.spans.first)
        #expect(span.traceID == TraceID(high: 0x0193_580a_1111_7000, low: 0x8000_0000_0000_a001))
        #expect(span.parentSpanID == Self.rootSpanID)
        #expect(span.endNanos == 0, "it is not finished")
        let alone = try Reading(#"{"id":"\#(a)",\#(Self.run)}"#)
        #expect(alone.spans.map(\.traceID) == [span.traceID])
    }

    @Test func childrenInsideAreSpansToo() throws {
        func nested(_ depth: Int) -> String {
            let id = #""id":"00000000-0000-4000-8000-\#(String(1_000_000_000_000 + depth).dropFirst())""#
            let inner = depth == 0 ? "" : nested(depth - 1)
            return #"{\#(id),"trace_id":"00000000-0000-4000-8000-000000000001",\#(Self.run),"child_runs":[\#(inner)]}"#
        }
        #expect(try Reading(nested(200)).spans.count == 201)
        // Two brackets a level: the 257th object is one too many.
        let column = 256 * (nested(0).utf8.count - "]}".utf8.count) + 1
        #expect(
            try Reading(nested(300)).complaints == ["line(1, column: \(column)): at most 512 nested brackets, one more"]
        )
    }

    @Test(arguments: [
        #"{"usage_metadata":{"input_tokens":7,"output_tokens":8}}"#,
        #"{"llm_output":{"token_usage":{"prompt_tokens":7,"completion_tokens":8}}}"#,
        #"{"generations":[[{"message":{"kwargs":{"usage_metadata":{"input_tokens":7,"output_tokens":8}}}}]]}"#,
        #"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":8}}"#,
    ])
    func usageComesFromTheAnswerWhereTheRunHasNone(_ outputs: String) throws {
        let reading = try Reading(
            #"{"id":"0193580a-1111-7000-8000-00000000a001",\#(Self.run),"outputs":\#(outputs)}"#)
        let attributes = try #require(reading.spans.first).attributes
        #expect(attributes["gen_ai.usage.input_tokens"] == 7 && attributes["gen_ai.usage.output_tokens"] == 8)
    }

    @Test func aRunThatCannotBeReadIsRejectedAlone() throws {
        let good = #"{"id":"0193580a-1111-7000-8000-00000000a001",\#(Self.run)}"#
        let bad = #"{"id":"0193580a-2222-7000-8000-00000000b002",\#(Self.run),"prompt_tokens":"many"}"#
        for text in [#"{"runs":[G,B,G]}"#, "[G,B,G]", "G\nB\nG", #"{"cursors":{},"runs":[G,B,G]}"#] {
            let reading = try Reading(
                text.replacingOccurrences(of: "G", with: good).replacingOccurrences(of: "B", with: bad))
            #expect(reading.complaints.isEmpty)
            #expect(reading.spans.count == 2)
            #expect(reading.rejections.map(\.reason) == [.unreadable(expected: "a 64-bit integer", found: "'\"'")])
        }
    }
}
