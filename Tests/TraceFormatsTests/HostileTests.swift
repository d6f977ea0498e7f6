import Foundation
import Gzip
import TestSupport
import Testing
import TraceFormats
import TraceModel

/// Inputs that are wrong: each is rejected span by span, counted, or told with its place; nothing of it is kept that is
/// not whole, and what is whole is kept.
@Suite struct Hostile {
    private static let good = #"{"traceId":"a","id":"9","timestamp":1,"duration":1}"#
    private static let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    private static let tags = (0..<100_000).map { "\"k\($0)\":\"v\"" }.joined(separator: ",")

    /// A member of a Zipkin span, and why it is rejected.
    @Test(
        arguments: [
            (#""id":"""#, .spanIDLength), (#""id":"12345678901234567""#, .spanIDLength), (#""id":"0""#, .spanIDZero),
            (#""id":"xyz""#, .idNotHexadecimal), (#""traceId":"""#, .traceIDLength),
            (#""traceId":"123456789012345678901234567890123""#, .traceIDLength), (#""traceId":"000""#, .traceIDZero),
            (#""parentId":"12345678901234567""#, .parentSpanIDLength), (#""parentId":"é""#, .idNotHexadecimal),
            (#""timestamp":null"#, .timeMissing), (#""timestamp":-1"#, .timeOutOfRange),
            (#""timestamp":18446744073709552"#, .timeOutOfRange), (#""timestamp":1e300"#, .timeOutOfRange),
            (#""timestamp":"soon""#, .unreadable(expected: "microseconds", found: "'\"'")),
            (#""timestamp":18446744073709550,"duration":2"#, .timeOutOfRange), (#""duration":-5"#, .timeOutOfRange),
            (#""id":7"#, .unreadable(expected: "a string", found: "'7'")),
            (#""name":{}"#, .unreadable(expected: "a string", found: "'{'")),
            (#""tags":[]"#, .unreadable(expected: "an object", found: "'['")),
            (#""tags":{"a":\#(deep)}"#, .unreadable(expected: "at most 64 nested values", found: "one more")),
            (#""tags":{\#(tags)}"#, .tooManyAttributes(limit: 1024)),
            (#""annotations":[1]"#, .unreadable(expected: "an object", found: "'1'")),
            (#""localEndpoint":"here""#, .unreadable(expected: "an object", found: "'\"'")),
            (
                #""binaryAnnotations":[]"#,
                .unreadable(expected: "a span of Zipkin's version 2", found: "binaryAnnotations of version 1")
            ),
            (#""annotations":[{"value":"no time"}],"timestamp":null"#, .timeMissing),
            (#""shared":"yes""#, .unreadable(expected: "true or false", found: "'\"'")),
        ] as [(String, SpanRejection.Reason)])
    func zipkinSpan(_ member: String, _ reason: SpanRejection.Reason) throws {
        let bad = #"{"traceId":"a","id":"8","timestamp":1,\#(member)}"#
        for shape in ["[G,B,G]", "G\nB\nG", "[[G],[B],[G]]"] {
            let reading = try Reading(
                shape.replacingOccurrences(of: "G", with: Self.good).replacingOccurrences(of: "B", with: bad))
            #expect(reading.complaints.isEmpty)
            #expect(reading.spans.count == 2)
            #expect(reading.rejections.map(\.reason) == [reason])
            #expect(reading.rejections.map(\.firstIndex) == [1])
        }
    }

    /// A member of a Jaeger span, and why it is rejected.
    @Test(
        arguments: [
            (#""spanID":"12345678901234567""#, .spanIDLength), (#""spanID":"""#, .spanIDLength),
            (#""traceID":"-1""#, .idNotHexadecimal), (#""startTime":-1"#, .timeOutOfRange),
            (#""duration":1e18"#, .timeOutOfRange),
            (#""startTime":{}"#, .unreadable(expected: "a number", found: "'{'")),
            (#""references":[{"refType":"CHILD_OF","traceID":"1","spanID":"zz"}]"#, .idNotHexadecimal),
            (#""references":[{"refType":"FOLLOWS_FROM","traceID":"1"}]"#, .spanIDLength),
            (#""references":{}"#, .unreadable(expected: "an array", found: "'{'")),
            (#""tags":{"a":"b"}"#, .unreadable(expected: "an array", found: "'{'")),
            (#""logs":["text"]"#, .unreadable(expected: "an object", found: "'\"'")),
            (#""flags":-1"#, .unreadable(expected: "an unsigned 32-bit integer", found: "'-'")),
            (
                #""tags":[\#(Array(repeating: #"{"key":"k","value":1}"#, count: 2000).joined(separator: ","))]"#,
                .tooManyAttributes(limit: 1024)
            ),
            (#""processID":"p2""#, .tooManyAttributes(limit: 1024)),
        ] as [(String, SpanRejection.Reason)])
    func jaegerSpan(_ member: String, _ reason: SpanRejection.Reason) throws {
        let good = #"{"spanID":"1","startTime":1,"processID":"p1"}"#
        let many = Array(repeating: #"{"key":"k","value":1}"#, count: 1100).joined(separator: ",")
        let trace =
            #"{"traceID":"1","spans":[\#(good),{"spanID":"2","startTime":1,\#(member)},\#(good)],"processes":{"p1":{"serviceName":"s"},"p2":{"tags":[\#(many)]}}}"#
        let reading = try Reading(#"{"data":[\#(trace)]}"#)
        #expect(reading.complaints.isEmpty)
        #expect(reading.spans.count == 2)
        #expect(reading.rejections.map(\.reason) == [reason])
        #expect(reading.rejections.map(\.firstIndex) == [1])
    }

    /// G stands for a good span of Zipkin's on a line of its own: how many are kept, and what is said.
    @Test(
        arguments: [
            ("[G,G", 2, "line(1, column: 105): the end of the list, the end of the text"),
            ("[G,G,", 2, "line(1, column: 106): the end of the list, the end of the text"),
            (#"[G,{"traceId":"a""#, 1, "line(1, column: 68): , or }, the end of the text"),
            ("[G,]", 1, "line(1, column: 54): an object, ']'"), ("[G G]", 1, "line(1, column: 54): , or ], '{'"),
            ("[G,7]", 1, "line(1, column: 54): an object, '7'"),
            (#"[G,{"traceId":"a","id":"b",}]"#, 1, "line(1, column: 78): a key in quotes, '}'"),
            (#"[G,{"traceId":"a","id":"b","x":tru},G]"#, 2, "line(1, column: 82): true or false, 't'"),
            (
                "[G,{\"traceId\":\"a\",\"id\n[G]\n[G]", 3,
                "line(1, column: 72): an escaped control character or the end of the string, byte 0x0a"
            ),
            (#"[G,{"message":"hello"}]"#, 1, "whole: KIND, an object with message"),
            (#"{"data":[{"object":"model"}]}"#, 0, "whole: KIND, an object with object"),
            (#"{"data":[]}"#, 0, "whole: KIND, an object with data"),
            (#"{"data":[7],"total":1,"errors":null}"#, 0, "line(1, column: 10): an object, '7'"),
            (
                #"{"data":[{"traceID":"1","spans":[]}"#, 0,
                "line(1, column: 36): the end of the list, the end of the text"
            ),
            (#"{"data":[{"traceID":"1","spans":[]}],"total":"#, 0, "line(1, column: 46): a value, the end of the text"),
            (
                #"{"data":[{"traceID":"1","spans":[{"spanID":"1","startTime":1}"#, 0,
                "line(1, column: 62): , or ], the end of the text"
            ),
            ("[[[G]]]", 0, "whole: KIND, a JSON list"),
            (String(repeating: "[", count: 200_000), 0, "whole: KIND, a JSON list"),
            (
                String(repeating: #"{"data":[{"data":["#, count: 50_000), 0,
                "line(1, column: 2314): at most 512 nested brackets, one more"
            ),
        ] as [(String, Int, String)])
    func text(_ text: String, _ kept: Int, _ complaint: String) throws {
        let reading = try Reading(text.replacingOccurrences(of: "G", with: Self.good))
        #expect(reading.spans.count == kept)
        let kind = "OTLP, or JSON of Jaeger, Zipkin v2, TTA.dev, Langfuse or LangSmith; plain, gzip or zlib"
        #expect(reading.complaints == [complaint.replacingOccurrences(of: "KIND", with: kind)])
    }
}

/// Captures with bytes changed, cut out, doubled: read to the end, whatever they have become.
@Suite struct Damaged {
    @Test(arguments: [
        "zipkin.json.gz", "jaeger.json.gz", "langfuse-trace.json", "langfuse-observations.jsonl", "langsmith-runs.json",
    ])
    func captureIsReadToItsEnd(_ name: String) throws {
        let whole = try unzipped(Sample.path("other-formats/\(name)"))
        let seed = UInt64.random(in: 0...UInt64.max)
        var numbers = SplitMix64(seed: seed)
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                let place = Int.random(in: 0..<bytes.count - 60, using: &numbers)
                switch Int.random(in: 0...2, using: &numbers) {
                case 0: bytes[place] = Array("{}[],:\"0-9eE\\\n".utf8).randomElement(using: &numbers) ?? 0
                case 1: bytes.removeSubrange(place..<place + Int.random(in: 1...50, using: &numbers))
                default: bytes.insert(contentsOf: bytes[place..<place + 50], at: place)
                }
            }
            let reading = try Reading(String(decoding: bytes, as: UTF8.self))
            #expect(reading.spans.count <= 14, "seed \(seed)")
            let rejected = reading.rejections.reduce(0) { $0 + $1.count }
            #expect(reading.spans.count + rejected + reading.failures.count > 0, "seed \(seed)")
        }
    }

    private func unzipped(_ path: String) throws -> [UInt8] {
        var rest = Array(try Data(contentsOf: URL(fileURLWithPath: path)))[...]
        if !path.hasSuffix(".gz") { return Array(rest) }
        let decoder = GzipDecoder { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        var bytes: [UInt8] = []
        while case let piece = try decoder.read(1 << 16), !piece.isEmpty { bytes += piece }
        return bytes
    }
}

@Suite struct SaidFormat {
    private func read(_ text: String, as format: InputFormat) throws -> Reading {
        try Reading(text, format: format)
    }

    @Test func takesWhatDoesNotLookLikeIt() throws {
        #expect(try read(#"[{"id":"1"}]"#, as: .zipkin).rejections.map(\.reason) == [.traceIDLength])
        let jaeger = try read(#"{"spans":[{"traceID":"1","spanID":"2","startTime":1}]}"#, as: .jaeger)
        #expect(jaeger.spans.count == 1)
        #expect(try read(#"{"data":[]}"#, as: .jaeger).complaints.isEmpty)
        #expect(try read(#"{"trace_id":"1","span_id":"2","start_time":3}"#, as: .tta).spans.count == 1)
        #expect(try read(#"{"other":1}"#, as: .otlp).complaints.isEmpty)
    }

    @Test(arguments: [
        (InputFormat.zipkin, #"{"resourceSpans":[]}"#, "Zipkin v2 JSON, OTLP"),
        (.jaeger, #"[{"traceId":"1","id":"2"}]"#, "Jaeger JSON, Zipkin v2 JSON"),
        (.otlp, #"{"traceID":"1","spans":[]}"#, "OTLP, Jaeger JSON"),
        (.tta, "\n\u{2}ab", "TTA.dev's JSON lines, a file that begins with bytes 0a026162"),
    ])
    func refusesWhatIsAnother(_ format: InputFormat, _ text: String, _ complaint: String) throws {
        #expect(try read(text, as: format).complaints == ["whole: " + complaint])
    }
}
