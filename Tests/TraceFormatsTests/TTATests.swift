import TestSupport
import Testing
import TraceFormats
import TraceModel

@Suite struct TTALines {
    private let line =
        #"{"trace_id": "0102030405060708090a0b0c0d0e0f10", "span_id": "00000000000000ff", "name": "primitive.retry", "start_time": 1795165200000000001, "end_time": 1795165200000000011, "duration_ns": 10, "tta_agent_id": "7f", "tta_agent_tool": "claude-code", "attributes": {"workflow.id": "w", "n": 3, "ms": 1.5, "list": ["a", 1]}, "status": {"status_code": "ERROR", "description": "no luck"}, "parent_span_id": "00000000000000fe"}"#

    @Test func oneSpanWithEverything() throws {
        let reading = try Reading(line + "\n" + line + "\n")
        var span = TraceSpan(
            traceID: TraceID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10), spanID: SpanID(value: 255))
        span.parentSpanID = SpanID(value: 254)
        span.name = "primitive.retry"
        span.startNanos = 1_795_165_200_000_000_001
        span.endNanos = 1_795_165_200_000_000_011
        span.status = SpanStatus(code: 2, message: "no luck")
        span.attributes = [
            Attribute("workflow.id", "w"), Attribute("n", 3), Attribute("ms", 1.5),
            Attribute("list", .array(["a", 1])),
        ]
        var resource = Resource()
        resource.attributes = [
            Attribute("service.name", "tta"), Attribute("tta.agent_id", "7f"),
            Attribute("tta.agent_tool", "claude-code"),
        ]
        #expect(reading.failures.isEmpty)
        #expect(reading.groups == [SpanGroup(resource: resource, scope: Scope(), spans: [span, span])])
    }

    @Test func whatIsMissingOrMore() throws {
        let reading = try Reading(
            #"{"trace_id":"01","span_id":"02","name":"a","start_time":5,"end_time":null,"duration_ns":0,"parent_span_id":null,"status":{"status_code":"UNSET","description":null},"attributes":{}}"#
                + "\n"
                + #"{"trace_id":"01","span_id":"03","name":"b","start_time":5,"end_time":9,"duration_ns":7,"status":{"status_code":"SO-SO"},"more":[1]}"#
        )
        #expect(reading.spans.map(\.endNanos) == [0, 9])
        #expect(reading.spans.map(\.parentSpanID) == [nil, nil])
        #expect(reading.spans.first?.attributes == [])
        #expect(
            reading.spans.last?.attributes == [
                Attribute("status.status_code", "SO-SO"), Attribute("more", .array([1])), Attribute("duration_ns", 7),
            ])
    }

    @Test func logLinesWithIdsAreNoSpans() throws {
        let reading = try Reading(#"{"trace_id":"01","span_id":"02","level":"info","message":"hello"}"#)
        #expect(reading.failures.map(\.isUnrecognised) == [true])
    }

    @Test func goesOnBehindACutLine() throws {
        let reading = try Reading([line, String(line.dropLast(30)), line].joined(separator: "\n"))
        #expect(reading.spans.count == 2)
        #expect(reading.failures.count == 1)
    }
}
