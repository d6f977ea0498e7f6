import Foundation
import TestSupport
import Testing
import TraceModel
import TraceStore

@Suite struct RemovingLongTexts {
    private let long = String(repeating: "what was said ", count: 100)

    /// Traces that end at 100, 200, … 500 seconds, each with long values of every kind.
    private func filled(_ path: String) throws -> [TraceSpan] {
        let spans = (1...5 as ClosedRange<UInt64>).map { trace in
            var sent = span(
                1, trace: trace, status: 2,
                [
                    "text": .string(long), "short": "kept", "llm.prompt_tokens": .int(Int64(trace)),
                    "map": .map([Attribute("a", .string(long))]), "bytes": .bytes([UInt8](repeating: 7, count: 600)),
                    "own": .string("\(trace) \(long)"), "exact": .string(String(repeating: "\"", count: 512)),
                    "numbers": .array((0..<600).map { .int($0) }), "session.id": .string("s\(trace)"),
                ])
            (sent.startNanos, sent.endNanos) = (trace * 100_000_000_000 - 10, trace * 100_000_000_000)
            sent.status.message = long
            var event = SpanEvent()
            event.attributes = [Attribute("said", .string(long)), Attribute("n", 1)]
            sent.events = [event]
            var link = SpanLink()
            link.attributes = [Attribute("why", .string(long))]
            sent.links = [link]
            return sent
        }
        for sent in spans { try makeStore(at: path, batch([sent])) }
        return spans
    }

    /// What the documented rule makes of such a span: 14 characters a hundred times are 1,400 bytes.
    private func shortened(_ sent: TraceSpan) -> TraceSpan {
        var span = sent
        for place in span.attributes.indices {
            switch span.attributes[place].key {
            case "text": span.attributes[place].value = "[removed: 1400 bytes]"
            case "own": span.attributes[place].value = "[removed: 1402 bytes]"
            // {"a":"…"}
            case "map": span.attributes[place].value = "[removed: 1408 bytes]"
            // 600 bytes in base64, and two quotes.
            case "bytes": span.attributes[place].value = "[removed: 802 bytes]"
            // 10 + 90 × 2 + 500 × 3 digits, 599 commas, two brackets.
            case "numbers": span.attributes[place].value = "[removed: 2291 bytes]"
            default: break
            }
        }
        span.status.message = "[removed: 1400 bytes]"
        span.events[0].attributes[0].value = "[removed: 1400 bytes]"
        span.links[0].attributes[0].value = "[removed: 1400 bytes]"
        return span
    }

    private func stored(_ path: String) throws -> [TraceSpan] {
        var spans: [TraceSpan] = []
        try Store(path: path).read { try $0.scanWithDetail(.all) { spans.append($0.span) } }
        return spans
    }

    @Test func leavesAWordAndAllElse() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("r.db")
        let sent = try filled(path)
        let before = try Store(path: path).read { try AnswerSums.answers(in: $0) }
        let horizon: UInt64 = 300_000_000_001
        let told = try Store(path: path).read {
            try $0.retention(before: nil, textsBefore: horizon, keeping: [2])
        }
        let counts = try StoreWriter(path: path).removeTexts(endingSince: horizon, keeping: [2])
        #expect(counts.traces == 2 && counts.spans == 2)
        // text, map, bytes, own, numbers, message, event, link.
        #expect(counts.bytes == 2 * (1400 + 1408 + 802 + 1402 + 2291 + 3 * 1400))
        #expect(told.texts.bytes == counts.bytes && told.texts.spans == 2 && told.removed == RetainCounts())
        #expect(counts.contentPieces > 0, "what only those had")
        let expected = sent.enumerated().map { [0, 2].contains($0) ? shortened($1) : $1 }
        #expect(try stored(path) == expected)
        #expect(try Store(path: path).read { try $0.check() }.problems == [])
        #expect(try Store(path: path).read { try AnswerSums.answers(in: $0) } == before)
        #expect(try StoreWriter(path: path).removeTexts(endingSince: horizon, keeping: [2]) == TextCounts())
        // Copies that come again are copies still.
        #expect(try makeStore(at: path, batch(sent)).duplicateSpans == 5)
        #expect(try stored(path) == expected)
        _ = try StoreWriter(path: path).compact()
        #expect(try stored(path) == expected)
    }

    /// Neither in the pages that are used, nor in those that are free.
    @Test func noneIsLeftInTheFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("r.db")
        _ = try filled(path)
        func holds(_ text: String) throws -> Bool {
            try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data(text.utf8)) != nil
        }
        #expect(try holds("what was said"))
        let counts = try StoreWriter(path: path).removeTexts(endingSince: .max)
        #expect(counts.traces == 5)
        #expect(try !holds("what was said"))
        #expect(try holds("[removed: 1400 bytes]"))
    }

    @Test func keptRunsStayWhole() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("r.db")
        _ = try filled(path)
        let told = try Store(path: path).read {
            try $0.retention(before: 400_000_000_000, textsBefore: .max, keeping: [1, 5])
        }
        let removed = try StoreWriter(path: path).retain(endingSince: 400_000_000_000, keeping: [1, 5])
        #expect(removed.traces == 2 && removed.spans == 2 && told.removed == removed && told.bytes > 0)
        #expect(told.texts.traces == 1, "the fourth")
        #expect(try stored(path).map(\.traceID.low) == [1, 4, 5])
        #expect(try Store(path: path).read { try $0.check() }.problems == [])
    }
}
