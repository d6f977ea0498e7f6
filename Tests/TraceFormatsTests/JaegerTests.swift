import TestSupport
import Testing
import TraceFormats
import TraceModel

@Suite struct Jaeger {
    private let trace = #"""
        {"traceID":"7b","spans":[
          {"traceID":"7b","spanID":"1","operationName":"root","references":[],"startTime":1485467191639875,
           "duration":5,"flags":1,"processID":"p1","warnings":null,"logs":[],"tags":[
             {"key":"text","type":"string","value":"é"},{"key":"flag","type":"bool","value":true},
             {"key":"small","type":"int64","value":-3},{"key":"large","type":"int64","value":"9223372036854775222"},
             {"key":"half","type":"float64","value":0.5},{"key":"whole","type":"float64","value":72},
             {"key":"blob","type":"binary","value":"AAAwOQ=="},{"key":"lie","type":"int64","value":"many"},
             {"key":"odd","type":"date","value":{"y":2026}},{"key":"span.kind","type":"string","value":"server"},
             {"key":"otel.status_code","type":"string","value":"ERROR"},{"key":"error","type":"bool","value":true},
             {"key":"otel.status_description","type":"string","value":"no luck"},
             {"key":"otel.dropped_links_count","type":"int64","value":2},
             {"key":"w3c.tracestate","type":"string","value":"a=b"},
             {"key":"otel.scope.name","type":"string","value":"lib"},
             {"key":"otel.library.name","type":"string","value":"older"}]},
          {"traceID":"0000000000000000000000000000007b","spanID":"000000000000000a","operationName":"child",
           "references":[{"refType":"CHILD_OF","traceID":"ff","spanID":"ff"},
             {"refType":"CHILD_OF","traceID":"7b","spanID":"1"},{"refType":"CHILD_OF","traceID":"7b","spanID":"2"},
             {"refType":"FOLLOWS_FROM","traceID":"7b","spanID":"1"}],
           "startTime":1485467191639876,"duration":0,"flags":3,"processID":"p2","tags":null,
           "logs":[{"timestamp":1485467191639877,"fields":[{"key":"event","type":"string","value":"exception"},
             {"key":"exception.type","type":"string","value":"E"},
             {"key":"otel.event.dropped_attributes_count","type":"int64","value":4}]},
             {"timestamp":1485467191639878,"fields":[{"key":"message","type":"string","value":"only words"}]}],
           "warnings":["clock skew","again"]},
          {"traceID":"7b","spanID":"b","operationName":"lost","startTime":1,"processID":"p9"}],
         "processes":{"p1":{"serviceName":"front","tags":[{"key":"hostname","type":"string","value":"h"}]},
           "p2":{"serviceName":"OTLPResourceNoServiceName","tags":[]}},"warnings":["trace warning"]}
        """#

    @Test func oneTraceWithEverything() throws {
        let reading = try Reading(trace)
        #expect(reading.failures.isEmpty)
        #expect(reading.rejections.isEmpty)
        let traceID = TraceID(high: 0, low: 0x7b)
        var root = TraceSpan(traceID: traceID, spanID: SpanID(value: 1))
        root.name = "root"
        root.kind = 2
        root.flags = 1
        root.startNanos = 1_485_467_191_639_875_000
        root.endNanos = 1_485_467_191_639_880_000
        root.status = SpanStatus(code: 2, message: "no luck")
        root.droppedLinksCount = 2
        root.traceState = "a=b"
        root.attributes = [
            Attribute("text", "é"), Attribute("flag", true), Attribute("small", -3),
            Attribute("large", 9_223_372_036_854_775_222), Attribute("half", 0.5), Attribute("whole", 72.0),
            Attribute("blob", .bytes([0, 0, 0x30, 0x39])), Attribute("lie", "many"),
            Attribute("odd", .map([Attribute("y", 2026)])), Attribute("otel.library.name", "older"),
            Attribute("jaeger.trace.warnings", .array(["trace warning"])),
        ]
        var resource = Resource()
        resource.attributes = [Attribute("service.name", "front"), Attribute("hostname", "h")]
        var scope = Scope()
        scope.name = "lib"
        #expect(reading.byID[1] == ReferenceSpan(span: root, resource: resource, scope: scope))

        var child = TraceSpan(traceID: traceID, spanID: SpanID(value: 10))
        child.parentSpanID = SpanID(value: 1)
        child.name = "child"
        child.kind = 1
        child.flags = 1
        child.startNanos = 1_485_467_191_639_876_000
        child.endNanos = 1_485_467_191_639_876_000
        child.links = [
            link(0xff, 0xff, Attribute("opentracing.ref_type", "child_of")),
            link(0x7b, 2, Attribute("opentracing.ref_type", "child_of")), link(0x7b, 1),
        ]
        child.events = [SpanEvent(), SpanEvent()]
        child.events[0].timeNanos = 1_485_467_191_639_877_000
        child.events[0].name = "exception"
        child.events[0].attributes = [Attribute("exception.type", "E")]
        child.events[0].droppedAttributesCount = 4
        child.events[1].timeNanos = 1_485_467_191_639_878_000
        child.events[1].name = "only words"
        child.attributes = [
            Attribute("jaeger.flags", 3), Attribute("jaeger.warnings", .array(["clock skew", "again"])),
        ]
        #expect(reading.byID[10] == ReferenceSpan(span: child, resource: Resource(), scope: Scope()))

        var lost = TraceSpan(traceID: traceID, spanID: SpanID(value: 11))
        lost.name = "lost"
        lost.kind = 1
        lost.startNanos = 1000
        lost.attributes = [Attribute("jaeger.processID", "p9")]
        #expect(reading.byID[11] == ReferenceSpan(span: lost, resource: Resource(), scope: Scope()))
    }

    private func link(_ trace: UInt64, _ span: UInt64, _ attributes: Attribute...) -> SpanLink {
        var link = SpanLink()
        link.traceID = TraceID(high: 0, low: trace).bytes
        link.spanID = SpanID(value: span).bytes
        link.attributes = attributes
        return link
    }

    /// Tags, and the status and attributes that they mean.
    @Test(
        arguments: [
            ("", 0, []), (#"{"key":"error","type":"bool","value":true}"#, 2, []),
            (#"{"key":"error","type":"string","value":"true"}"#, 2, []),
            (#"{"key":"error","type":"bool","value":false}"#, 0, ["error"]),
            (#"{"key":"error","type":"string","value":"why"}"#, 0, ["error"]),
            (#"{"key":"otel.status_code","type":"string","value":"OK"}"#, 1, []),
            (#"{"key":"otel.status_code","type":"int64","value":2}"#, 0, ["otel.status_code"]),
        ] as [(String, Int32, [String])])
    func statusFromTags(_ tags: String, _ code: Int32, _ rest: [String]) throws {
        let span = try Reading(
            #"{"traceID":"1","spans":[{"spanID":"2","startTime":5,"tags":[\#(tags)]}],"processes":{}}"#
        ).spans.first
        #expect(span?.status == SpanStatus(code: code))
        #expect(span?.attributes.map(\.key) == rest)
    }

    /// T stands for a trace of three spans.
    @Test(arguments: [
        #"{"data":[T],"total":0,"limit":0,"offset":0,"errors":null}"#, #"{"data":[]  ,"total":0,"errors":[]}"#,
        #"{"errors":null,"data":[T,T],"limit":0}"#, "T", "[T,T]", "{\n  \"data\" : [ T , T ]\n}\nT",
        "{\"data\":[T]}\n{\"data\":[T]}\n", #"{"data":null,"total":0,"errors":null}"#,
    ])
    func wherever(_ shape: String) throws {
        let reading = try Reading(shape.replacingOccurrences(of: "T", with: trace))
        #expect(reading.complaints.isEmpty)
        #expect(reading.spans.count == 3 * shape.filter { $0 == "T" }.count)
    }

    @Test func readsASpanWithItsProcessInside() throws {
        let reading = try Reading(
            #"{"traceID":"1","spanID":"2","parentSpanID":"3","startTime":5,"process":{"serviceName":"s","tags":[]}}"#)
        #expect(reading.spans.map(\.parentSpanID) == [SpanID(value: 3)])
        #expect(reading.groups.map(\.resource.serviceName) == ["s"])
    }

    @Test func readsAnAnswerLargerThanTheLimitOfARequestTraceByTrace() throws {
        var limits = ReadingLimits()
        limits.requestBytes = 8000
        let answer = "{\"data\":[" + Array(repeating: trace, count: 300).joined(separator: ",\n") + "]}"
        let reading = try Reading(answer, limits: limits)
        #expect(reading.complaints.isEmpty)
        #expect(reading.spans.count == 900)
        limits.requestBytes = 500
        #expect(try Reading(answer, limits: limits).failures.map(\.cure) == ["raise the limit with --max-request"])
    }

    @Test func saysWhatTheServerCouldNotAnswer() throws {
        let found = "an error of the server's, code 404"
        for answer in [
            #"{"data":null,"total":0,"errors":[{"code":404,"msg":"trace not found"}]}"#,
            #"{"data":[\#(trace)],"total":0,"errors":[{"code":404,"msg":"trace not found"}]}"#,
        ] {
            let reading = try Reading(answer)
            #expect(reading.failures.map(\.found) == [found])
            #expect(reading.spans.count == (answer.contains("root") ? 3 : 0))
        }
    }
}
