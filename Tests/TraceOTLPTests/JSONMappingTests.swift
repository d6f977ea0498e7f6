import JSONText
import TestSupport
import Testing
import TraceModel
import TraceOTLP

@Suite struct JSONMapping {
    private let ids = #""traceId":"0102030405060708090A0B0C0D0E0F10","spanId":"00000000000000ff""#

    private func decode(_ span: String) throws -> SpanBatch {
        try JSONTraceDecoder.decode(Array(#"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(span)]}]}]}"#.utf8))
    }

    private func value(_ json: String) throws -> AttributeValue? {
        try decode(#"{\#(ids),"attributes":[{"key":"k","value":\#(json)}]}"#).groups.first?.spans.first?.attributes["k"]
    }

    @Test(
        arguments: [
            (#"{"stringValue":"x"}"#, .string("x")), (#"{"boolValue":true}"#, .bool(true)),
            (#"{"intValue":"-9223372036854775808"}"#, .int(.min)),
            (#"{"intValue":12}"#, .int(12)), (#"{"doubleValue":1}"#, .double(1)),
            (#"{"doubleValue":"NaN"}"#, .double(.nan)),
            (#"{"doubleValue":"-Infinity"}"#, .double(-.infinity)), (#"{"bytesValue":"AAH/"}"#, .bytes([0, 1, 255])),
            ("{}", .empty), ("null", .empty),
            (#"{"arrayValue":{"values":[{"intValue":1},{}]}}"#, .array([.int(1), .empty])),
            (#"{"arrayValue":{}}"#, .array([])),
            (
                #"{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}},{"key":"a"}]}}"#,
                .map([Attribute("a", .int(1)), Attribute("a", .empty)])
            ),
        ] as [(String, AttributeValue)])
    func readsEachKindOfValue(_ json: String, _ expected: AttributeValue) throws {
        #expect(try value(json) == expected)
    }

    @Test func readsTimesAsStringsOrNumbersAndEnumsAsNumbersOrNames() throws {
        let batch = try decode(
            #"{\#(ids),"startTimeUnixNano":"18446744073709551615","endTimeUnixNano":1544712660300000000,"#
                + #""kind":"SPAN_KIND_CLIENT","status":{"code":2,"message":"no"},"unknown":{"a":[1]}}"#)
        let span = try #require(batch.groups.first?.spans.first)
        #expect(span.startNanos == .max)
        #expect(span.endNanos == 1_544_712_660_300_000_000)
        #expect(span.kind == 3)
        #expect(span.status == SpanStatus(code: 2, message: "no"))
        #expect(span.traceID.hex == "0102030405060708090a0b0c0d0e0f10")
    }

    @Test func rejectsBadIDsAndTimesAndKeepsTheRest() throws {
        let batch = try decode(
            #"{\#(ids)},{"traceId":"xyz","spanId":"00000000000000ff"},{"traceId":"00","spanId":"01"},"#
                + #"{\#(ids),"startTimeUnixNano":"18446744073709551616"},{\#(ids),"endTimeUnixNano":-1}"#)
        #expect(batch.spanCount == 1)
        #expect(
            batch.rejections.reasons == [
                SpanRejection(reason: .idNotHexadecimal, count: 1, firstIndex: 1),
                SpanRejection(reason: .traceIDLength, count: 1, firstIndex: 2),
                SpanRejection(reason: .timeOutOfRange, count: 2, firstIndex: 3),
            ])
    }

    @Test func holdsToTheSameLimits() throws {
        let many = Array(repeating: "{}", count: 1025).joined(separator: ",")
        let batch = try decode(
            #"{\#(ids)},{\#(ids),"events":[\#(many)]},{\#(ids),"links":[\#(many)]},{\#(ids),"attributes":[\#(many)]}"#)
        #expect(batch.spanCount == 1)
        #expect(
            batch.rejections.reasons.map(\.reason) == [
                .tooManyEvents(limit: 1024), .tooManyLinks(limit: 1024), .tooManyAttributes(limit: 1024),
            ])
        let resource =
            #"{"resourceSpans":[{"scopeSpans":[{"spans":[{\#(ids)}]}],"resource":{"attributes":[\#(many)]}}]}"#
        #expect(try JSONTraceDecoder.decode(Array(resource.utf8)).rejections.count == 1)
    }

    @Test func takesResourceAndScopeInAnyOrderOfKeys() throws {
        let json =
            #"{"resourceSpans":[{"scopeSpans":[{"spans":[{\#(ids)}],"schemaUrl":"s","scope":{"name":"lib"}}],"schemaUrl":"r","#
            + #""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}}]}"#
        let group = try #require(try JSONTraceDecoder.decode(Array(json.utf8)).groups.first)
        #expect(group.resource.serviceName == "shop")
        #expect(group.resource.schemaURL == "r")
        #expect(group.scope.name == "lib")
        #expect(group.scope.schemaURL == "s")
    }

    @Test func saysWhereAValueHasAnotherType() {
        let json = #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}"#
        #expect(throws: JSONSyntaxError(offset: 51, expected: "a string", found: "'5'")) {
            try JSONTraceDecoder.decode(Array(json.utf8))
        }
    }

    /// Encoded and decoded again, spans of every kind of content are the same to the bit.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func givesBackWhatItEncodes(_ seed: UInt64) throws {
        var values = ValueGenerator(seed: seed)
        var one = TestSupport.span(1, parent: seed.isMultiple(of: 3) ? 0 : 7, "name \(seed)", to: nil, status: 2)
        one.status.message = "went wrong"
        one.traceState = "a=b"
        one.flags = 0x301
        one.attributes = values.attributes(6)
        one.droppedAttributesCount = 3
        one.droppedEventsCount = 4
        one.droppedLinksCount = .max
        var event = SpanEvent()
        event.timeNanos = .max
        event.name = "e"
        event.attributes = values.attributes(3)
        one.events = [event, SpanEvent()]
        var link = SpanLink()
        link.traceID = values.bytes()
        link.spanID = [1]
        link.attributes = values.attributes(2)
        link.flags = 1
        one.links = [link]
        var resource = Resource()
        resource.attributes = values.attributes(4)
        resource.schemaURL = "https://example.com/1"
        resource.droppedAttributesCount = 1
        var scope = Scope()
        scope.name = "lib"
        scope.attributes = values.attributes(2)
        let group = SpanGroup(resource: resource, scope: scope, spans: [one])
        #expect(try JSONTraceDecoder.decode(JSONTraceEncoder.encode([group])).groups == [group], "seed \(seed)")
    }
}
