import TestSupport
import Testing
import TraceModel
import TraceQL
import TraceQuery
import TraceStore

@Suite struct TextSearches {
    private func found(_ text: String, _ snapshot: StoreSnapshot) throws -> Set<SpanKey> {
        let search = try TextSearch(text, in: snapshot)
        var keys: Set<SpanKey> = []
        try snapshot.forEachBlock(.all) { block, selection in
            var rows: [Int64] = []
            for trace in try block.traces() { for place in trace.spans { rows.append(trace.rowID(place)) } }
            var ids: [Int64] = []
            try search.forEach(block, selection) { ids.append(rows[$0]) }
            try snapshot.forEachSpan(ids) { keys.insert(SpanKey($0.span)) }
        }
        return keys
    }

    private static func lower(_ text: String) -> [UInt8] {
        text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }

    private static func says(_ value: AttributeValue, _ text: [UInt8]) -> Bool {
        switch value {
        case .string(let said):
            let said = lower(said)
            return said.count >= text.count
                && (0...said.count - text.count).contains { Array(said[$0..<$0 + text.count]) == text }
        case .array(let values): return values.contains { says($0, text) }
        case .map(let members): return members.contains { says($0.value, text) }
        default: return false
        }
    }

    /// By looking at every text of every span, but for those that the alias table has as fields to group by.
    private static func recount(_ text: String, _ spans: [TraceSpan]) -> Set<SpanKey> {
        let text = lower(text)
        return Set(
            spans.filter { span in
                let said = span.attributes.filter {
                    switch AliasTable.standard[$0.key]?.meaning {
                    case .operation, .context: false
                    case .number, nil: true
                    }
                }
                let events = span.events.flatMap(\.attributes)
                return says(.string(span.status.message), text) || (said + events).contains { says($0.value, text) }
            }.map { SpanKey($0) })
    }

    @Test(arguments: [Sample.workloadPrompts, .pydanticAI, .langgraph])
    func findWhatTheSpansSay(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        let spans = try sample.spans().map(\.span)
        var random = SplitMix64(seed: 11)
        let texts = spans.flatMap(\.attributes).compactMap(\.value.string).filter { $0.utf8.count > 40 }
        var needles = ["the", "THE", "\"role\"", "\\n", "error", "é", "zebra crossing", "},{", "\n", "a", "timeout"]
        for _ in 0..<20 {
            let text = Array(texts[Int(random.next() % UInt64(texts.count))])
            let start = Int(random.next() % UInt64(text.count))
            needles.append(String(text[start..<min(text.count, start + 1 + Int(random.next() % 300))]))
        }
        try Store(path: sample.store(in: folder)).read { snapshot in
            for needle in needles {
                let expected = Self.recount(needle, spans)
                let answer = try found(needle, snapshot)
                #expect(answer == expected, "\(needle.debugDescription): \(answer.count) of \(expected.count)")
            }
        }
    }

    /// Where pieces of long texts meet, and where one of them is shorter than what is looked for.
    @Test func findWhatStandsAcrossPieces() throws {
        var random = SplitMix64(seed: 5)
        let words = (0..<4000).map { "\($0)-\(random.next() % 1000)" }
        let long = words.joined(separator: " ")
        let list =
            "["
            + (0..<40).map { #"{"role":"user","content":"message \#($0) of forty, and some more text to fill it"}"# }
            .joined(separator: ", ") + "]"
        let spans = [
            span(1, ["llm.prompt": .string(long)]), span(2, ["llm.prompt": .string(long + " end")]),
            span(3, ["input.value": .string(list)]),
            span(4, ["x": .array([.string("in a list"), .map([Attribute("k", "deep \"quote\"")])])]),
            span(5, ["llm.model_name": "not looked at", "note": "SHORT"]),
        ]
        try withStore(spans) { (snapshot) throws in
            for place in stride(from: 0, to: words.count - 40, by: 61) {
                for count in [2, 5, 37] {
                    let needle = words[place..<place + count].joined(separator: " ")
                    let answer = try found(needle, snapshot).map(\.span.value).sorted()
                    #expect(answer == [1, 2], "words \(place) to \(place + count)")
                }
            }
            func ids(_ text: String) throws -> [UInt64] { try found(text, snapshot).map(\.span.value).sorted() }
            #expect(try ids(words.last! + " end") == [2])
            #expect(try ids(#"fill it"}, {"role":"user","content":"message 7 "#) == [3])
            #expect(try ids(#"[{"role":"user","content":"message 0"#) == [3])
            #expect(try ids(#"to fill it"}]"#) == [3])
            #expect(try ids("deep \"QUOTE\"") == [4] && ids("short") == [5] && ids("not looked at") == [])
            #expect(try ids("in a list") == [4] && ids("nowhere") == [])
        }
    }

    @Test func areListedWithWhereAndWhat() throws {
        var failed = span(2, trace: 1, parent: 1, from: 20, status: 2)
        failed.status.message = "Quota of the day is used up"
        var event = SpanEvent()
        event.name = "exception"
        event.attributes = [Attribute("exception.message", "429: quota of the day")]
        var other = span(3, trace: 1, parent: 1, from: 30)
        other.events = [event]
        try withStore([span(1, trace: 1, ["llm.prompt": "what is my QUOTA OF THE DAY?"]), failed, other]) {
            (snapshot) throws in
            func matches(_ filter: String, limit: Int = 9) throws -> TextMatches {
                try TextMatches(
                    "quota of the day", limit: limit, window: .all,
                    where: SpanFilter([SpanQuery(parsing: filter)], in: snapshot), in: snapshot)
            }
            let all = try matches("{ }")
            #expect(all.matches.map(\.field) == ["event.exception.message", "statusMessage", "llm.prompt"])
            #expect(all.matches.map(\.offset) == [5, 0, 11] && all.spans == 3)
            #expect(try matches("{ }", limit: 1).matches.map(\.field) == ["event.exception.message"])
            #expect(try matches("status = error").matches.map(\.field) == ["statusMessage"])
        }
    }

    /// Only one of two names of a meaning is the field; the other one is looked through.
    @Test func areListedAsManyAsTheyAreCounted() throws {
        let spans = [span(1, ["llm.model_name": "first name", "gen_ai.request.model": "second name"])]
        try withStore(spans) { (snapshot) throws in
            let found = try ["first name", "second name"].map {
                try TextMatches($0, limit: 5, window: .all, in: snapshot)
            }
            #expect(!found.contains { $0.matches.count != $0.spans })
            #expect(found.map(\.spans).reduce(0, +) == 1)
        }
    }
}
