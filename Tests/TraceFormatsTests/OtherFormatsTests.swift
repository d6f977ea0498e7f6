import TestSupport
import Testing
import TraceFormats
import TraceModel

/// The same spans by OpenTelemetry's own exporters, in another format and as OTLP: both readings must agree in all that
/// the format carries.
@Suite struct AgainstOTLP {
    private func read(_ name: String) throws -> [UInt64: ReferenceSpan] {
        let reading = try Reading(path: Sample.path("other-formats/\(name)"))
        #expect(reading.failures.isEmpty)
        #expect(reading.rejections.isEmpty)
        return reading.byID
    }

    @Test func zipkin() throws {
        let read = try read("zipkin.json.gz")
        let truth = try self.read("zipkin.otlp.pb.gz")
        #expect(truth.count == 7)
        #expect(Set(read.keys) == Set(truth.keys))
        for (id, sent) in truth {
            var span = sent.span
            // No links, trace state, flags of the span and attributes of the resource; values as text.
            span.links = []
            span.traceState = ""
            span.flags = 0
            span.attributes = span.attributes.map { Attribute($0.key, .string(text($0.value))) }
            span.attributes += sent.resource.attributes.filter { $0.key != "service.name" }
            span.attributes += [
                Attribute("network.local.address", .string("192.0.2.7")), Attribute("network.local.port", .int(8080)),
                Attribute("zipkin.debug", .bool(true)),
            ]
            for index in span.events.indices { span.events[index].attributes.sort { $0.key < $1.key } }
            var resource = Resource()
            resource.attributes = [Attribute("service.name", "shop")]
            #expect(read[id] == ReferenceSpan(span: span, resource: resource, scope: sent.scope))
        }
    }

    @Test func jaeger() throws {
        let read = try read("jaeger.json.gz")
        let truth = try self.read("jaeger.otlp.pb.gz")
        #expect(truth.count == 7)
        #expect(Set(read.keys) == Set(truth.keys))
        for (id, sent) in truth {
            var span = sent.span
            // No trace state and no attributes and flags of links; lists as Python prints them. This exporter has the
            // resource's attributes among the span's.
            span.traceState = ""
            // The OTLP exporter of that version sends none.
            span.flags = 1
            for index in span.links.indices { span.links[index].flags = 0 }
            span.attributes = span.attributes.map { attribute in
                switch attribute.value {
                case .array where attribute.key == "words": Attribute("words", "('a', 'b')")
                case .array: Attribute(attribute.key, "(1, 2, 3)")
                default: attribute
                }
            }
            span.attributes += sent.resource.attributes.filter { $0.key != "service.name" }
            var resource = Resource()
            resource.attributes = [Attribute("service.name", "shop")]
            #expect(read[id] == ReferenceSpan(span: span, resource: resource, scope: sent.scope))
        }
    }

    /// As the exporter's text for Zipkin has it.
    private func text(_ value: AttributeValue) -> String {
        if case .array(let values) = value {
            return "[" + values.map { "\"\($0.scalarText ?? "")\"" }.joined(separator: ",") + "]"
        }
        return value.scalarText ?? ""
    }
}

/// Spans written by hand as the formats' definitions have them, and what they mean.
@Suite struct Zipkin {
    private let line = #"{"traceId":"a","id":"b","timestamp":1000000,"duration":7,"tags":{}}"#

    @Test func oneSpanWithEverything() throws {
        let reading = try Reading(
            #"""
            [{"id":"352bff9a74ca9ad2","traceId":"5af7183fb1d4cf5f","parentId":"6b221d5bc9e6496c","kind":"CLIENT",
              "name":"get /api","timestamp":1556604172355737,"duration":1431,
              "localEndpoint":{"serviceName":"backend","ipv4":"192.168.99.1","ipv6":"2001:db8::c001","port":3306},
              "remoteEndpoint":{"serviceName":"store","ipv4":"172.19.0.2","port":58648},
              "annotations":[{"timestamp":1556604172355740,"value":"wire send"},
                {"timestamp":1556604172355741,"value":"\"retry\": { \"n\" : 2, \"why\" : [\"slow\", null] }"},
                {"timestamp":1556604172355742,"value":"flush: {\"bytes\":1.5}"},
                {"timestamp":1556604172355743,"value":"odd: {not json}"}],
              "tags":{"http.method":"GET","peer.service":"shop","otel.scope.name":"lib","otel.library.version":"2"},
              "debug":true,"unheard":{"of":[1]}}]
            """#)
        var span = TraceSpan(
            traceID: TraceID(high: 0, low: 0x5af7_183f_b1d4_cf5f), spanID: SpanID(value: 0x352b_ff9a_74ca_9ad2))
        span.parentSpanID = SpanID(value: 0x6b22_1d5b_c9e6_496c)
        span.kind = 3
        span.name = "get /api"
        span.startNanos = 1_556_604_172_355_737_000
        span.endNanos = 1_556_604_172_357_168_000
        span.events = [
            event(1_556_604_172_355_740_000, "wire send"),
            event(
                1_556_604_172_355_741_000, "retry", Attribute("n", 2), Attribute("why", .array(["slow", .empty]))),
            event(1_556_604_172_355_742_000, "flush", Attribute("bytes", 1.5)),
            event(1_556_604_172_355_743_000, "odd: {not json}"),
        ]
        span.attributes = [
            Attribute("http.method", "GET"), Attribute("peer.service", "shop"),
            Attribute("zipkin.remoteEndpoint.serviceName", "store"), Attribute("network.peer.address", "172.19.0.2"),
            Attribute("network.peer.port", 58648), Attribute("network.local.address", "192.168.99.1"),
            Attribute("zipkin.localEndpoint.ipv6", "2001:db8::c001"), Attribute("network.local.port", 3306),
            Attribute("zipkin.debug", true), Attribute("zipkin.unheard", .map([Attribute("of", .array([1]))])),
        ]
        var resource = Resource()
        resource.attributes = [Attribute("service.name", "backend")]
        var scope = Scope()
        scope.name = "lib"
        scope.version = "2"
        #expect(reading.failures.isEmpty)
        #expect(reading.groups == [SpanGroup(resource: resource, scope: scope, spans: [span])])
    }

    private func event(_ time: UInt64, _ name: String, _ attributes: Attribute...) -> SpanEvent {
        var event = SpanEvent()
        event.timeNanos = time
        event.name = name
        event.attributes = attributes
        return event
    }

    /// Tags, and the status and attributes that they mean.
    @Test(
        arguments: [
            (#"{}"#, 0, "", []), (#"{"error":"boom"}"#, 2, "boom", []), (#"{"error":""}"#, 2, "", []),
            (#"{"error":"true"}"#, 2, "", []), (#"{"error":"false"}"#, 0, "", ["error"]),
            (#"{"otel.status_code":"ERROR","error":"boom"}"#, 2, "boom", []),
            (#"{"otel.status_code":"ERROR","otel.status_description":"boom","error":"true"}"#, 2, "boom", []),
            (#"{"otel.status_code":"ERROR","otel.status_description":"a","error":"b"}"#, 2, "a", ["error"]),
            (#"{"otel.status_code":"OK"}"#, 1, "", []), (#"{"otel.status_code":"OK","error":"x"}"#, 1, "", ["error"]),
            (#"{"otel.status_code":"SO-SO"}"#, 0, "", ["otel.status_code"]),
        ] as [(String, Int32, String, [String])])
    func statusFromTags(_ tags: String, _ code: Int32, _ message: String, _ rest: [String]) throws {
        let span = try Reading("[" + line.replacingOccurrences(of: "{}", with: tags) + "]").spans.first
        #expect(span?.status == SpanStatus(code: code, message: message))
        #expect(span?.attributes.map(\.key) == rest)
    }

    /// The kind as it stands, OTLP's number, and what stays an attribute.
    @Test(
        arguments: [
            ("null", 1, nil), ("\"SERVER\"", 2, nil), ("\"CLIENT\"", 3, nil), ("\"PRODUCER\"", 4, nil),
            ("\"CONSUMER\"", 5, nil), ("\"PROXY\"", 0, "PROXY"),
        ] as [(String, Int32, String?)])
    func kinds(_ word: String, _ kind: Int32, _ rest: String?) throws {
        let span = try Reading("[" + line.replacingOccurrences(of: #""tags""#, with: #""kind":\#(word),"tags""#) + "]")
            .spans.first
        #expect(span?.kind == kind)
        #expect(span?.attributes["zipkin.kind"]?.string == rest)
    }

    @Test func setsAServerThatSharesItsClientsIdApart() throws {
        let pair = #"""
            [{"traceId":"a","id":"b","parentId":"c","kind":"CLIENT","timestamp":1,"duration":9},
             {"traceId":"a","id":"b","parentId":"c","kind":"SERVER","timestamp":2,"duration":5,"shared":true}]
            """#
        let spans = try Reading(pair).spans
        #expect(spans.map(\.parentSpanID?.value) == [0xc, 0xb])
        #expect(spans.map(\.spanID.value).first == 0xb)
        #expect(Set(spans.map(\.spanID)).count == 2)
        #expect(
            spans.last?.attributes == [
                Attribute("zipkin.shared", true), Attribute("zipkin.parentId", "000000000000000c"),
            ])
        let again = try Reading(pair).spans
        #expect(again == spans, "the same id every time: a copy is told")
    }

    @Test func anUnfinishedSpanStartsWithItsFirstAnnotation() throws {
        let spans = try Reading(
            #"[{"traceId":"a","id":"1","annotations":[{"timestamp":9,"value":"b"},{"timestamp":5,"value":"a"}]}]"#
        ).spans
        #expect(spans.map(\.startNanos) == [5000])
        #expect(spans.map(\.endNanos) == [0])
    }

    @Test(arguments: ["[L]", "[[L],[]]", "[]\n[L]\n", "L\n", "\n  L  L ", "[ L ][]", "[[],[L]]"])
    func wherever(_ shape: String) throws {
        let reading = try Reading(shape.replacingOccurrences(of: "L", with: line))
        #expect(reading.failures.isEmpty)
        #expect(reading.spans.count == shape.filter { $0 == "L" }.count)
    }

    @Test func readsAListLargerThanTheLimitOfARequest() throws {
        var limits = ReadingLimits()
        limits.requestBytes = 4000
        let spans = (1...20_000).map { line.replacingOccurrences(of: "\"b\"", with: "\"\(String($0, radix: 16))\"") }
        let reading = try Reading("[" + spans.joined(separator: ",\n") + "]", limits: limits)
        #expect(reading.failures.isEmpty)
        #expect(Set(reading.spans.map(\.spanID)).count == 20_000)
        #expect((2...20).contains(reading.requests), "as many together as were read at once")
    }
}
