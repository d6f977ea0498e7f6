import TestSupport
import Testing
import TraceModel
import Tracing

@testable import TraceExport

struct Headers: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}

/// By https://www.w3.org/TR/trace-context and https://www.w3.org/TR/baggage.
@Suite struct Propagation {
    private static let ids = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"

    @Test(arguments: [
        "00-\(ids)-01", " 00-\(ids)-00\t", "00-\(ids)-ff", "cc-\(ids)-01", "01-\(ids)-01-what-comes-later",
        "fe-\(ids)-09-",
    ])
    func readsATraceParent(_ header: String) throws {
        let context = try #require(TraceContext(traceparent: header))
        #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.spanID == "00f067aa0ba902b7")
        #expect(context.isRemote)
        #expect(context.isSampled == !header.contains("-00\t"))
        #expect(context.traceparent.hasPrefix("00-\(Self.ids)-0"))
    }

    @Test(arguments: [
        "", "00", "ff-\(ids)-01", "00-\(ids)-01-", "00-\(ids)-01-x", "01-\(ids)-01x", "00-\(ids)-1", "00-\(ids)-0x",
        "00-\(ids.uppercased())-01", "0-\(ids)-01", "00_\(ids)-01", "000-\(ids)-01", "00-\(ids)",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01", "0g-\(ids)-01", "00-\(ids)-0\u{661}",
    ])
    func refusesAnythingElse(_ header: String) { #expect(TraceContext(traceparent: header) == nil) }

    @Test(
        arguments: [
            ("a=1", "a=1"), ("a=1, b=2 ,\t,c=3", "a=1,b=2,c=3"), ("t1@v=x y", "t1@v=x y"), ("a=1,a=2", ""), ("A=1", ""),
            ("a", ""), ("a=", ""), ("a=b=c", ""), ("1a=x", ""), ("1a@v=x", "1a@v=x"), ("a@1v=x", ""), ("a@b@c=x", ""),
            ("a=ü", ""), ("", ""), ((1...32).map { "k\($0)=v" }.joined(separator: ","), nil),
            ((1...33).map { "k\($0)=v" }.joined(separator: ","), ""),
            ("a" + String(repeating: "b", count: 255) + "=v", nil),
            ("a" + String(repeating: "b", count: 256) + "=v", ""),
            ("a=" + String(repeating: "v", count: 256), nil), ("a=" + String(repeating: "v", count: 257), ""),
        ] as [(String, String?)])
    func keepsATraceStateThatIsRight(_ header: String, _ expected: String?) {
        let context = TraceContext(traceparent: "00-\(Self.ids)-01", tracestate: header)
        #expect(context?.traceState == expected ?? header)
    }

    @Test func continuesTheTraceOfAnotherProgram() async throws {
        let sink = await exported { exporter in
            let request = ["traceparent": "00-\(Self.ids)-01", "tracestate": "v=1", "baggage": "user=J%C3%BCrg"]
            var context = ServiceContext.topLevel
            exporter.tracer.extract(request, into: &context, using: Headers())
            let span = exporter.tracer.startSpan("server", context: context, ofKind: .server)
            var outgoing: [String: String] = [:]
            exporter.tracer.inject(span.context, into: &outgoing, using: Headers())
            let id = span.context.traceContext?.spanID ?? ""
            #expect(
                outgoing == [
                    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-\(id)-01", "tracestate": "v=1",
                    "baggage": "user=J%C3%BCrg",
                ])
            #expect(span.context.baggage["user"] == "Jürg")
            exporter.tracer.startSpan("child", context: span.context).end()
            span.end()
        }
        let server = try #require(sink.span("server"))
        #expect(server.traceID.hex == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(server.parentSpanID?.hex == "00f067aa0ba902b7")
        #expect(server.traceState == "v=1")
        // OTLP: sampled, parent known to be remote.
        #expect(server.flags == 0x301)
        #expect(sink.span("child")?.flags == 0x101)
        #expect(
            sink.count("otel.sdk.span.started", ["otel.span.parent.origin": "remote"]) == 1)
    }

    @Test func passesOnThatATraceIsNotSampled() async {
        let sink = await exported { exporter in
            var context = ServiceContext.topLevel
            exporter.tracer.extract(["traceparent": "00-\(Self.ids)-02"], into: &context, using: Headers())
            let span = exporter.tracer.startSpan("server", context: context)
            #expect(!span.isRecording)
            var outgoing: [String: String] = [:]
            exporter.tracer.inject(span.context, into: &outgoing, using: Headers())
            #expect(outgoing["traceparent"]?.hasSuffix("-02") == true)
            span.end()
        }
        #expect(sink.spans == [])
    }

    @Test func leavesTheContextWhereAHeaderIsWrong() async {
        _ = await exported { exporter in
            let known = TraceContext(trace: TraceID(high: 1, low: 1), span: SpanID(value: 1), flags: 1)
            var context = ServiceContext.topLevel
            context.traceContext = known
            exporter.tracer.extract(["traceparent": "nonsense"], into: &context, using: Headers())
            #expect(context.traceContext == known)
            var empty: [String: String] = [:]
            exporter.tracer.inject(.topLevel, into: &empty, using: Headers())
            #expect(empty == [:])
        }
    }
}

@Suite struct Baggages {
    @Test func areReadInOrderWithTheirProperties() {
        let baggage = Baggage(
            header: "key1=value1;property1;property2, key2 = value2, key3=v3; propertyKey=propertyValue")
        #expect(
            baggage.members == [
                Baggage.Member("key1", "value1", properties: ["property1", "property2"]),
                Baggage.Member("key2", "value2"),
                Baggage.Member("key3", "v3", properties: ["propertyKey=propertyValue"]),
            ])
        #expect(baggage.header == "key1=value1;property1;property2,key2=value2,key3=v3;propertyKey=propertyValue")
    }

    @Test(arguments: [
        ("a=b=c", "b=c"), ("a=", ""), ("a=%41%zz%4", "A%zz%4"), ("a=%F0%9F%98%80", "😀"), ("a=%FF", "\u{FFFD}"),
        ("a=DF%2028", "DF 28"), ("a=x%25y", "x%y"),
    ])
    func decodeValues(_ header: String, _ value: String) {
        #expect(Baggage(header: header).members.map(\.value) == [value])
    }

    @Test(arguments: ["", ",", "a", "=b", "a b=c", "a=b c", "a=\"b\"", "a=ü", "é=1"])
    func leaveOutWhatIsWrong(_ header: String) {
        #expect(Baggage(header: header).members == [])
        #expect(Baggage(header: "x=1,\(header),y=2").members.map(\.name) == ["x", "y"])
    }

    @Test(arguments: ["plain", "with space", "ü,;\\\"%", "😀\n\u{0}", ""])
    func giveBackAnyValue(_ value: String) {
        let baggage = Baggage([Baggage.Member("k", value)])
        #expect(Baggage(header: baggage.header) == baggage)
    }

    @Test func sendNoMoreThanTheLimits() {
        let many = Baggage((0..<100).map { Baggage.Member("k\($0)", "v") })
        #expect(Baggage(header: many.header).members == Array(many.members.prefix(64)))
        let long = Baggage([Baggage.Member("a", String(repeating: "x", count: 8191)), Baggage.Member("b", "1")])
        #expect(long.header == "b=1")
        #expect(Baggage([Baggage.Member("a", String(repeating: "x", count: 8190))]).header.utf8.count == 8192)
        #expect(Baggage([Baggage.Member("no token", "1")]).header == "")
    }

    @Test func areChangedByName() {
        var baggage = Baggage(header: "a=1,b=2,a=3")
        baggage["a"] = "4"
        baggage["c"] = "5"
        #expect(baggage.members.map(\.value) == ["4", "2", "5"])
        baggage["b"] = nil
        #expect(baggage.header == "a=4,c=5")
    }
}
