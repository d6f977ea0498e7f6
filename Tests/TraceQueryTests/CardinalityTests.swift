import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceStore

/// Values that differ from span to span where a few are usual.
@Suite struct Cardinality {
    /// Shaped like a UUID, the same in every run.
    private static func uuid(_ random: inout SplitMix64) -> String {
        let digits = TraceID(high: random.next(), low: random.next()).hex
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
            String(Array(digits)[range])
        }.joined(separator: "-")
    }

    /// In three batches and two sessions; every trace has a root and two children.
    private func store(_ sent: [ArrivingSpan], in folder: TemporaryFolder) throws -> String {
        let path = folder.path("many.db")
        for session in [sent[..<2000], sent[2000...]] {
            let writer = try StoreWriter(path: path)
            try writer.add(SpanBatch(session.prefix(700)))
            try writer.add(SpanBatch(session.dropFirst(700)))
            try writer.finish()
        }
        return path
    }

    private func sent(_ count: Int, _ make: (Int, inout SplitMix64) -> (String?, String, [String: AttributeValue]))
        -> [ArrivingSpan]
    {
        var random = SplitMix64(seed: 3)
        return (0..<count).map { number in
            let (service, name, attributes) = make(number, &random)
            let place = UInt64(number % 3)
            return ArrivingSpan(
                service,
                span(
                    place + 1, trace: UInt64(number / 3 + 1), parent: place == 0 ? nil : place, name,
                    from: UInt64(number), to: UInt64(number + 1 + number % 7), status: Int32(number % 3), attributes))
        }
    }

    private func expectExactAnswers(_ sent: [ArrivingSpan], demoted: [String]) throws {
        let folder = try TemporaryFolder()
        let path = try store(sent, in: folder)
        #expect(defects(ofStoreAt: path) == [])
        let stored = try spans(ofStoreAt: path)
        #expect(stored.count == sent.count && Set(stored) == Set(sent), "every span reads back as sent")
        try Store(path: path).read { snapshot in
            let (answers, recount) = (try AnswerSums.answers(in: snapshot), AnswerSums.answers(of: sent))
            let wrong = Set(answers.keys).union(recount.keys).filter { answers[$0] != recount[$0] }
            #expect(wrong.sorted().prefix(3) == [])
            #expect(try snapshot.summary().demotedFields == demoted)
        }
    }

    @Test func ofSpanNamesIsAnsweredExactly() throws {
        try expectExactAnswers(
            sent(3000) { _, random in ("shop", Self.uuid(&random), ["cache.hit": true]) }, demoted: ["name"])
    }

    @Test func ofContextsIsAnsweredExactly() throws {
        try expectExactAnswers(
            sent(3000) { _, random in ("shop", "work", ["session.id": .string(Self.uuid(&random))]) }, demoted: [])
    }

    @Test func ofServicesIsAnsweredExactly() throws {
        try expectExactAnswers(
            sent(3000) { number, _ in
                ("service \(number % 1300)", "work", ["gen_ai.operation.name": "chat", "llm.prompt_tokens": 3])
            }, demoted: ["service"])
    }

    @Test func ofMeaningsIsAnsweredExactly() throws {
        let sent = sent(3000) { number, random in
            (
                "shop", "work",
                ["tool.name": .string(Self.uuid(&random)), "llm.model_name": .string("m\(number % 1100)")]
            )
        }
        try expectExactAnswers(sent, demoted: ["llm.model_name", "tool.name"])
        let folder = try TemporaryFolder()
        try Store(path: try store(sent, in: folder)).read { snapshot in
            for key in ["tool.name", "llm.model_name"] {
                let answer = try Percentiles(by: [FieldName(key, in: snapshot)], window: .all, in: snapshot)
                let counted = Dictionary(
                    answer.rows.map { ($0.group[0]?.string ?? "-", $0.count) }, uniquingKeysWith: { $0 + $1 })
                let expected = Dictionary(grouping: sent) { $0.span.attributes[key]?.string ?? "-" }.mapValues(\.count)
                #expect(counted == expected)
            }
        }
    }

    /// The fields meet their limit at the 1,001st value, not at the 1,000th.
    @Test(arguments: [(1000, []), (1001, ["name"])]) func isTooHighFromTheThousandAndFirstValue(
        _ names: Int, _ demoted: [String]
    ) throws {
        let spans = (1...names).map { span(UInt64($0), "name \($0)") }
        #expect(try withStore(spans) { try $0.summary() }.demotedFields == demoted)
    }
}
