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

    @Test func haveARowAMetricPoint() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        var (histogram, exponential, summary) = (HistogramValue(), ExponentialHistogramValue(), SummaryValue())
        (histogram.count, histogram.sum, histogram.min, histogram.max) = (3, 4.5, .nan, 2)
        (histogram.bounds, histogram.bucketCounts) = ([1], [1, 2])
        exponential.count = .max
        (summary.count, summary.sum) = (2, .infinity)
        var timeless = point(.none)
        timeless.timeNanos = 0
        let writer = try StoreWriter(path: path)
        try writer.add(
            batch([
                metric(
                    "a", kind: .sum(.cumulative, isMonotonic: true), unit: "By",
                    [point(.int(7), at: 1, [Attribute("k", 1)], from: 0)]),
                metric("b", kind: .sum(.delta, isMonotonic: false), [point(.double(0.5))]),
                metric("c", [point(.double(.nan)), timeless]),
                metric("d", kind: .histogram(.unspecified), [point(.histogram(histogram))]),
                metric("e", kind: .exponentialHistogram(.delta), [point(.exponentialHistogram(exponential))]),
                metric("f", kind: .summary, [point(.summary(summary))]),
            ]))
        try writer.finish()
        let (start, time) = ("2026-11-20T09:00:00.000000000Z", "2026-11-20T09:00:00.001000000Z")
        let columns =
            "metric, kind, unit, temporality, start_time, time, CAST(time_unix_nano AS TEXT), attributes, service"
        #expect(
            try rows(path, "SELECT \(columns) FROM metrics WHERE metric IN ('a', 'c') ORDER BY metric, time") == [
                [
                    "a", "counter", "By", "cumulative", start, time, "1795165200001000000", #"{"k":1}"#, "shop",
                ],
                ["c", "gauge", "", nil, nil, nil, nil, "{}", "shop"],
                ["c", "gauge", "", nil, nil, start, "1795165200000000000", "{}", "shop"],
            ])
        let numbers =
            "metric, kind, temporality, CAST(value AS TEXT), CAST(count AS TEXT), CAST(sum AS TEXT), min, CAST(max AS TEXT)"
        #expect(
            try rows(path, "SELECT \(numbers) FROM metrics ORDER BY metric, time") == [
                ["a", "counter", "cumulative", "7", nil, nil, nil, nil],
                ["b", "updowncounter", "delta", "0.5", nil, nil, nil, nil],
                ["c", "gauge", nil, nil, nil, nil, nil, nil], ["c", "gauge", nil, "NaN", nil, nil, nil, nil],
                ["d", "histogram", "unspecified", nil, "3", "4.5", "NaN", "2.0"],
                ["e", "exponential_histogram", "delta", nil, "1.84467440737096e+19", nil, nil, nil],
                ["f", "summary", nil, nil, "2", "Infinity", nil, nil],
            ])
        #expect(
            try rows(path, "SELECT detail FROM metrics WHERE metric = 'd'") == [
                [#"{"count":3,"sum":4.5,"min":"NaN","max":2.0,"bounds":[1.0],"bucket_counts":[1,2]}"#]
            ])
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
