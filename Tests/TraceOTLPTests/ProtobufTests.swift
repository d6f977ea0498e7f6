import TestSupport
import Testing
import TraceModel
import TraceOTLP

@Suite struct ProtobufRejections {
    private func decode(_ body: @escaping (inout WireWriter) -> Void) throws -> SpanBatch {
        try ProtobufTraceDecoder.decode(WireWriter.request({ $0.spanBasics() }, body)).batch
    }

    @Test(arguments: [0, 1, 15, 17, 32])
    func rejectsATraceIDOfWrongLengthAndKeepsTheRest(_ length: Int) throws {
        let batch = try decode { $0.spanBasics(id: 3, trace: [UInt8](repeating: 7, count: length)) }
        #expect(batch.rejections.reasons == [SpanRejection(reason: .traceIDLength, count: 1, firstIndex: 1)])
        #expect(batch.spanCount == 1)
    }

    @Test func rejectsIDsOfZeros() throws {
        let trace = try decode { $0.spanBasics(id: 3, trace: [UInt8](repeating: 0, count: 16)) }
        #expect(trace.rejections.reasons.map(\.reason) == [.traceIDZero])
        let span = try decode { $0.spanBasics(id: 0) }
        #expect(span.rejections.reasons.map(\.reason) == [.spanIDZero])
    }

    @Test func rejectsAParentIDOfWrongLengthButTakesZerosForNone() throws {
        let short = try decode {
            $0.spanBasics(id: 3)
            $0.data(4, [1, 2, 3])
        }
        #expect(short.rejections.reasons.map(\.reason) == [.parentSpanIDLength])
        let zeros = try decode {
            $0.spanBasics(id: 3)
            $0.data(4, [UInt8](repeating: 0, count: 8))
        }
        let span = try #require(zeros.groups.first?.spans.last)
        #expect(span.parent == nil)
        #expect(span.parentSpanID == SpanID(value: 0), "kept as sent")
    }

    @Test func rejectsMoreAttributesThanTheLimit() throws {
        let batch = try decode { span in
            span.spanBasics(id: 3)
            for _ in 0...1024 { span.message(9) { $0.text(1, "k") } }
        }
        #expect(batch.rejections.reasons.map(\.reason) == [.tooManyAttributes(limit: 1024)])
    }

    @Test func rejectsAValueLongerThanTheLimit() throws {
        var limits = DecodingLimits()
        limits.valueBytes = 10
        let request = WireWriter.request { span in
            span.spanBasics()
            span.message(9) { attribute in
                attribute.text(1, "k")
                attribute.message(2) { $0.text(1, "eleven bytes") }
            }
        }
        let batch = try ProtobufTraceDecoder.decode(request, limits: limits).batch
        #expect(batch.rejections.reasons.map(\.reason) == [.valueTooLong(limit: 10)])
    }

    /// Two bytes an item on the wire must not become a hundred in memory, however many there are.
    @Test func buildsNothingOfWhatIsOverTheLimits() throws {
        var events = WireWriter()
        var elements = WireWriter()
        for _ in 0..<50_000 {
            events.data(11, [])
            elements.data(1, [])
        }
        var limits = DecodingLimits()
        limits.valueBytes = 1600
        let request = WireWriter.request(
            { $0.spanBasics(id: 1) },
            { span in
                span.spanBasics(id: 2)
                span.raw(events.bytes)
            },
            { span in
                span.spanBasics(id: 3)
                span.message(9) { attribute in attribute.message(2) { $0.data(5, elements.bytes) } }
            })
        let batch = try ProtobufTraceDecoder.decode(request, limits: limits).batch
        #expect(batch.spanCount == 1)
        #expect(batch.rejections.reasons.map(\.reason) == [.tooManyEvents(limit: 1024), .valueTooLong(limit: 1600)])
    }

    @Test func rejectsTheSpansOfAResourceOverTheLimitsAndKeepsOthers() throws {
        var request = WireWriter()
        for count in [3, 2000] {
            request.message(1) { resourceSpans in
                resourceSpans.message(2) { scope in scope.message(2) { $0.spanBasics(id: UInt8(count % 255)) } }
                resourceSpans.message(1) { resource in
                    for _ in 0..<count { resource.message(1) { $0.text(1, "k") } }
                }
            }
        }
        let batch = try ProtobufTraceDecoder.decode(request.bytes).batch
        #expect(batch.groups.map(\.resource.attributes.count) == [3])
        #expect(
            batch.rejections.reasons == [
                SpanRejection(reason: .tooManyAttributes(limit: 1024), count: 1, firstIndex: 1)
            ])
    }
}

@Suite struct ProtobufContent {
    @Test func keepsInvalidUTF8ByteForByte() throws {
        let bytes: [UInt8] = [0x61, 0xFF, 0xFE]
        let batch = try ProtobufTraceDecoder.decode(
            WireWriter.request { span in
                span.spanBasics()
                span.message(9) { attribute in
                    attribute.data(1, bytes)
                    attribute.message(2) { $0.data(1, bytes) }
                }
            }
        ).batch
        let attribute = try #require(batch.groups.first?.spans.first?.attributes.first)
        #expect(ByteText.bytes(of: attribute.key) == bytes)
        #expect(ByteText.bytes(of: attribute.value.string ?? "") == bytes)
    }

    @Test func skipsUnknownFieldsOfEveryWireType() throws {
        let batch = try ProtobufTraceDecoder.decode(
            WireWriter.request { span in
                span.varint(200, 7)
                span.fixed64(201, 7)
                span.text(202, "new")
                span.spanBasics()
            }
        ).batch
        #expect(batch.groups.first?.spans.first?.name == "work")
    }

    @Test func acceptsNestingUpToTheLimitAndNoDeeper() throws {
        func request(depth: Int) -> [UInt8] {
            var value = WireWriter()
            value.varint(3, 1)
            for _ in 0..<depth {
                var outer = WireWriter()
                outer.message(5) { $0.data(1, value.bytes) }
                value = outer
            }
            return WireWriter.request { span in
                span.spanBasics()
                span.message(9) { attribute in
                    attribute.text(1, "deep")
                    attribute.data(2, value.bytes)
                }
            }
        }
        #expect(try ProtobufTraceDecoder.decode(request(depth: 64)).batch.spanCount == 1)
        #expect(throws: WireError.self) { try ProtobufTraceDecoder.decode(request(depth: 65)) }
    }

    @Test func refusesTwentyThousandNestedMessagesWithoutUsingTheStack() {
        // Built from the inside: each level is an array of one value.
        var value: [UInt8] = []
        for _ in 0..<20_000 {
            var array = WireWriter()
            array.data(1, value)
            var outer = WireWriter()
            outer.data(5, array.bytes)
            value = outer.bytes
        }
        let request = WireWriter.request { span in
            span.spanBasics()
            span.message(9) { $0.data(2, value) }
        }
        #expect(throws: WireError.self) { try ProtobufTraceDecoder.decode(request) }
    }
}

@Suite struct ProtobufDamage {
    /// A small whole request with everything in it.
    private static let request = WireWriter.request { span in
        span.spanBasics()
        span.message(9) { attribute in
            attribute.text(1, "key")
            attribute.message(2) { $0.text(1, "value") }
        }
        span.message(11) { event in
            event.fixed64(1, 5)
            event.text(2, "event")
        }
        span.message(15) { $0.varint(3, 2) }
    }

    @Test func saysWhereALengthPointsPastTheEnd() {
        #expect(throws: WireError(offset: 1, expected: "a length of at most 1, which is what is left", found: "100")) {
            try ProtobufTraceDecoder.decode([0x0A, 100, 0x12])
        }
    }

    @Test(arguments: 1..<request.count)
    func refusesEveryTruncation(_ length: Int) {
        #expect(throws: WireError.self) { try ProtobufTraceDecoder.decode(Array(Self.request.prefix(length))) }
    }

    /// Decoding damaged bytes ends with a batch or an error, never with a crash.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func survivesRandomDamage(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<3000 {
            var bytes = Self.request
            for _ in 0...Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                let batch = try ProtobufTraceDecoder.decode(bytes).batch
                #expect(batch.spanCount + batch.rejections.count <= 1 + bytes.count)
            } catch {
                #expect(error.offset <= bytes.count)
            }
        }
    }

    @Test(arguments: [4, 5] as [UInt64])
    func survivesRandomBytes(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for length in 0..<400 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = ProtobufRequest.signal(of: bytes)
            do { _ = try ProtobufTraceDecoder.decode(bytes) } catch { #expect(error.offset <= length) }
        }
    }
}
