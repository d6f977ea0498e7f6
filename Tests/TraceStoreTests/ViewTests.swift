import GRDB
import TestSupport
import Testing
import TraceModel
import TraceSchema
import TraceStore

@Suite struct ViewsForPeople {
    private func rows(_ path: String, _ sql: String) throws -> [[String?]] {
        try DatabaseQueue(path: path).read { db in
            try Row.fetchAll(db, sql: sql).map { row in row.databaseValues.map { String.fromDatabaseValue($0) } }
        }
    }

    /// What an independent decoder read of the exporters' bytes, type by type.
    @Test(arguments: [Sample.otelJSON, .pydanticAI, .workloadPrompts])
    func haveEveryAttributeWithItsTypeAndText(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        let path = try sample.store(in: folder)
        let found = Set(
            try rows(path, "SELECT trace_id, span_id, CAST(position AS TEXT), key, type, value FROM span_attributes"))
        var sent: Set<[String?]> = []
        for span in try sample.spans().map(\.span) {
            for (position, attribute) in span.attributes.enumerated() {
                sent.insert(
                    [span.traceID.hex, span.spanID.hex, String(position), attribute.key] + attribute.value.described)
            }
        }
        #expect(found == sent)
    }

    @Test func haveTheExactTextOfOddValues() throws {
        let folder = try TemporaryFolder()
        let values: [String: AttributeValue] = [
            "a": .int(.max), "b": .double(0.1), "c": .double(.nan), "d": .bytes([1, 2]), "e": .empty, "f": .bool(false),
            "g": .map([Attribute("x", .double(.infinity))]), "h": .array([]), "i": "", "j": .double(5),
        ]
        let path = folder.path("s.db")
        try makeStore(at: path, batch([span(1, values)]))
        let found = try rows(path, "SELECT key, type, value FROM span_attributes ORDER BY position")
        #expect(
            found == [
                ["a", "int", "9223372036854775807"], ["b", "double", "0.1"], ["c", "double", "NaN"],
                ["d", "bytes", "AQI="], ["e", "empty", nil], ["f", "bool", "false"],
                ["g", "map", #"{"x":"Infinity"}"#], ["h", "array", "[]"], ["i", "string", ""], ["j", "double", "5.0"],
            ])
    }

    /// The view's lists of names are those of the alias table, in its order.
    @Test func nameTokensAsTheAliasTableDoes() throws {
        let view = try #require(TraceSQL.temporaryViews.first { $0.contains("VIEW llm_calls") })
        for meaning in ["llm.prompt_tokens", "llm.completion_tokens", "llm.cached_tokens", "llm.cost_usd"] {
            let line = try #require(
                TraceSQL.attributeAliases.split(separator: "\n").first { $0.hasPrefix(meaning + "\t") })
            let aliases = try #require(line.split(separator: "\t").last)
            #expect(view.contains("instr(' \(aliases) ', ' ' || slot.key"), "\(meaning)")
        }
    }

    @Test func comeIntoAFileThatLacksThemWithTheNextWriting() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        try makeStore(at: path, batch([span(1)]))
        try DatabaseQueue(path: path).write { try $0.execute(sql: "DROP VIEW edges; DROP VIEW llm_calls") }
        _ = try Store(path: path).read { try $0.summary() }
        #expect(throws: DatabaseError.self) { try rows(path, "SELECT * FROM edges") }
        let writer = try StoreWriter(path: path)
        try writer.add(batch([span(2, parent: 1)]))
        try writer.finish()
        #expect(try rows(path, "SELECT source_span_id FROM edges") == [["0000000000000001"]])
        #expect(try rows(path, "SELECT * FROM llm_calls").isEmpty)
    }
}

extension AttributeValue {
    /// Type and text as the view says them; of what stands in the samples.
    fileprivate var described: [String?] {
        switch self {
        case .string(let text): ["string", text]
        case .bool(let flag): ["bool", flag ? "true" : "false"]
        case .int(let number): ["int", String(number)]
        case .double(let number):
            [
                "double",
                number.isNaN ? "NaN" : number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : number.description,
            ]
        case .bytes: ["bytes", AttributeCodec.encode(self).json.trimmingQuotes]
        case .array: ["array", AttributeCodec.encode(self).json]
        case .map: ["map", AttributeCodec.encode(self).json]
        case .empty: ["empty", nil]
        }
    }
}

extension String {
    fileprivate var trimmingQuotes: String { String(dropFirst().dropLast()) }
}
