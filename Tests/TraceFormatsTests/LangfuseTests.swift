import TestSupport
import Testing
import TraceFormats
import TraceModel

@Suite struct Langfuse {
    private static let traceID = TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736)
    /// 2026-11-23T09:00:00Z
    private static let nine: UInt64 = 1_795_424_400_000_000_000

    private func sample() throws -> [UInt64: ReferenceSpan] {
        let reading = try Reading(path: Sample.path("other-formats/langfuse-trace.json"))
        #expect(reading.complaints.isEmpty && reading.rejections.isEmpty)
        return reading.byID
    }

    @Test func aTraceWithOneRootIsThatRoot() throws {
        let spans = try sample()
        #expect(spans.count == 5)
        let root = try #require(spans[0x00f0_67aa_0ba9_02b7]).span
        #expect(root.parentSpanID == nil)
        #expect(root.traceID == Self.traceID)
        #expect(root.name == "desk")
        #expect(root.startNanos == Self.nine && root.endNanos == Self.nine + 4_500_000_000)
        #expect(root.status == SpanStatus(code: 2, message: "429: quota of the day is used up"))
        #expect(
            Dictionary(uniqueKeysWithValues: root.attributes.map { ($0.key, $0.value) }) == [
                "langfuse.observation.type": "agent", "langfuse.observation.level": "ERROR",
                "langfuse.observation.project_id": "p-1", "langfuse.observation.latency": 4.5,
                "langfuse.observation.model.parameters": "{}",
                "langfuse.observation.input": #"{"question":"Is it warmer in Paris or in Rome?"}"#,
                "langfuse.observation.usage": #"{"input":0,"output":0,"total":0,"unit":"TOKENS"}"#,
                "gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0,
                "langfuse.environment": "production", "session.id": "s-17", "user.id": "ada",
                "langfuse.trace.name": "weather-desk", "langfuse.release": "v1.2.0",
                "langfuse.trace.input": #"{"question":"Is it warmer in Paris or in Rome?"}"#,
                "langfuse.trace.public": false, "langfuse.trace.tags": .array(["weather", "beta"]),
                "langfuse.trace.metadata.tenant": "north", "langfuse.trace.metadata.attempt": 2,
                "langfuse.trace.html_path": "/project/p-1/traces/4bf92f3577b34da6a3ce929d0e0e4736",
                "langfuse.trace.latency": 4.5, "langfuse.trace.total_cost": 0.0021,
                "langfuse.score.helpful": "False",
                "langfuse.scores":
                    #"[{"id":"sc-1","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","name":"helpful","value":0,"stringValue":"False","dataType":"BOOLEAN","source":"ANNOTATION","observationId":null,"timestamp":"2026-11-23T10:00:00.000Z"}]"#,
            ])
    }

    @Test func aGenerationHasModelUsageCostAndMessages() throws {
        let plan = try #require(try sample()[0x1111_1111_1111_1111]).span
        #expect(plan.parentSpanID == SpanID(value: 0x00f0_67aa_0ba9_02b7))
        #expect(plan.status == SpanStatus())
        #expect(plan.attributes["langfuse.observation.model.name"] == "gpt-4o-mini")
        #expect(plan.attributes["langfuse.observation.model.parameters"] == #"{"temperature":0.2}"#)
        #expect(
            plan.attributes["langfuse.observation.usage_details"]
                == #"{"input":100,"input_cached_tokens":20,"output":15,"output_reasoning_tokens":3,"total":138}"#)
        #expect(
            plan.attributes["langfuse.observation.cost_details"] == #"{"input":0.0012,"output":0.0009,"total":0.0021}"#)
        #expect(plan.attributes["gen_ai.usage.input_tokens"] == nil, "the details have them")
        #expect(plan.attributes["langfuse.observation.completion_start_time"] == "2026-11-23T09:00:00.600Z")
        #expect(plan.attributes["langfuse.observation.prompt.version"] == 4)
        #expect(plan.attributes["langfuse.observation.metadata.step"] == 1)
        #expect(plan.attributes["langfuse.score.plan quality"] == 0.75)
        #expect(plan.attributes["session.id"] == "s-17")
        #expect(plan.attributes["langfuse.trace.tags"] == nil, "only the root has what is the trace's own")
    }

    @Test func eventsAreMomentsAndMessagesOfNoErrorStay() throws {
        let spans = try sample()
        let event = try #require(spans[0x3333_3333_3333_3333]).span
        #expect(event.startNanos == Self.nine + 2_300_000_000 && event.endNanos == event.startNanos)
        let tool = try #require(spans[0x2222_2222_2222_2222]).span
        #expect(tool.status == SpanStatus())
        #expect(tool.attributes["langfuse.observation.status_message"] == "stale by an hour")
    }

    /// Ids of other kinds than OpenTelemetry's: a UUID's halves by exclusive or, reckoned by hand.
    @Test func rowsOfAnExportAreRead() throws {
        let reading = try Reading(path: Sample.path("other-formats/langfuse-observations.jsonl"))
        #expect(reading.complaints.isEmpty && reading.rejections.isEmpty)
        let (chain, call) = (reading.spans[0], reading.spans[1])
        let halves: (UInt64, UInt64) = (0xb7ee_6e3a_bf46_4b86, 0x8dd1_7788_99aa_bbcc)
        #expect(chain.spanID.value == halves.0 ^ halves.1)
        #expect(call.parentSpanID == chain.spanID)
        #expect(call.traceID == chain.traceID)
        #expect(chain.startNanos == Self.nine + 3_600_000_000_000, "times without an offset are UTC")
        #expect(chain.attributes["langfuse.trace.id"] == "my-run-1")
        #expect(chain.attributes["langfuse.observation.id"] == "b7ee6e3a-bf46-4b86-8dd1-778899aabbcc")
        #expect(call.attributes["langfuse.observation.parent_id"] == "b7ee6e3a-bf46-4b86-8dd1-778899aabbcc")
        #expect(call.attributes["langfuse.observation.model.name"] == "claude-sonnet-4")
        #expect(chain.attributes["langfuse.observation.input"] == #"{"question":"why?"}"#)
    }

    private static let first =
        #"{"id":"a","traceId":"t","type":"SPAN","startTime":"2026-11-23T09:00:01Z","endTime":"2026-11-23T09:00:02Z"}"#
    private static let second =
        #"{"id":"b","traceId":"t","type":"GENERATION","startTime":"2026-11-23T09:00:03Z","endTime":"2026-11-23T09:00:04Z","usage":{"input":5,"output":6,"unit":"TOKENS","totalCost":0.5}}"#

    /// An object with the trace and its observations, as the UI downloads it and as the API answers.
    @Test(arguments: [
        #"{"id":"t","timestamp":"2026-11-23T09:00:00Z","name":"n","latency":9,"observations":[A,B]}"#,
        #"{"trace":{"id":"t","timestamp":"2026-11-23T09:00:00Z","name":"n"},"observations":[A,B]}"#,
    ])
    func aTraceWithSeveralRootsIsASpanOfItsOwn(_ text: String) throws {
        let reading = try Reading(
            text.replacingOccurrences(of: "A", with: Self.first).replacingOccurrences(of: "B", with: Self.second))
        #expect(reading.complaints.isEmpty)
        #expect(reading.spans.count == 3)
        let root = reading.spans[0]
        #expect(root.name == "n" && root.parentSpanID == nil)
        #expect(root.startNanos == Self.nine && root.endNanos == Self.nine + 4_000_000_000)
        #expect(reading.spans.dropFirst().map(\.parentSpanID) == [root.spanID, root.spanID])
        let call = reading.spans[2].attributes
        #expect(call["gen_ai.usage.input_tokens"] == 5 && call["gen_ai.usage.output_tokens"] == 6)
        #expect(call["gen_ai.usage.cost"] == 0.5)
        #expect(call["langfuse.observation.parent_id"] == nil, "nobody gave it")
    }

    @Test func whatStandsBesideADownloadedTraceIsKept() throws {
        let reading = try Reading(
            #"{"trace":{"id":"t","timestamp":"2026-11-23T09:00:00Z","name":"n"},"observations":[\#(Self.first)],"comments":[{"content":"why?"}],"scores":[]}"#
        )
        let root = try #require(reading.spans.first)
        #expect(root.attributes["langfuse.trace.comments"] == .array([.map([Attribute("content", "why?")])]))
        #expect(root.attributes["langfuse.trace.name"] == "n")
        #expect(root.attributes["langfuse.scores"] == nil)
    }

    @Test func answersOfTheAPIAreReadAnElementAtATime() throws {
        let meta = #""meta":{"page":1,"limit":50,"totalItems":2,"totalPages":1}"#
        for text in [
            #"{"data":[\#(Self.first),\#(Self.second)],\#(meta)}"#,
            #"{\#(meta),"data":[\#(Self.first),\#(Self.second)]}"#,
            "[\(Self.first),\(Self.second)]", Self.first + "\n" + Self.second,
        ] {
            let reading = try Reading(text)
            #expect(reading.complaints.isEmpty)
            #expect(reading.spans.map(\.parentSpanID) == [nil, nil], "no trace tells of them")
        }
        let list = try Reading(
            #"{"data":[{"id":"t","timestamp":"2026-11-23T09:00:00Z","htmlPath":"/x","latency":1.5,"observations":["a"],"scores":["s"]}],\#(meta)}"#
        )
        #expect(list.spans.map(\.endNanos) == [Self.nine + 1_500_000_000])
        #expect(list.spans.first?.attributes["langfuse.trace.observations"] == .array(["a"]))
    }

    /// A member of an observation, and why it is rejected.
    @Test(
        arguments: [
            (#""id":"""#, .spanIDLength), (#""id":7"#, .unreadable(expected: "a string", found: "'7'")),
            (
                #""startTime":"soon""#,
                .unreadable(expected: "a time such as 2026-11-23T08:15:30.123Z", found: "another text")
            ),
            (#""startTime":null,"parentObservationId":"x""#, .timeMissing),
            (#""id":"0000000000000000""#, .spanIDZero),
            (#""usage":{"input":"many"}"#, .unreadable(expected: "a 64-bit integer", found: "'\"'")),
        ] as [(String, SpanRejection.Reason)])
    func anObservationThatCannotBeReadIsRejectedAlone(_ member: String, _ reason: SpanRejection.Reason) throws {
        let keys = ["id": #""b""#, "startTime": #""2026-11-23T09:00:01Z""#]
        let rest = keys.filter { !member.contains("\"\($0.key)\"") }.map { "\"\($0.key)\":\($0.value)" }
        let bad = "{" + ([#""type":"SPAN","traceId":"t""#] + rest + [member]).joined(separator: ",") + "}"
        let inTrace = try Reading(
            #"{"id":"t","timestamp":"2026-11-23T09:00:00Z","observations":[\#(Self.first),\#(bad)]}"#)
        #expect(inTrace.rejections.map(\.reason) == [reason])
        #expect(inTrace.spans.count == 2)
    }
}
