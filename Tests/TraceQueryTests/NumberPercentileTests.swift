import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceStore

@Suite struct NumberPercentileRules {
    private func answer(_ of: String, _ spans: [TraceSpan]) throws -> NumberPercentiles {
        try withStore(spans) { snapshot in
            try NumberPercentiles(
                of: FieldName(of, in: snapshot), by: nil, quantiles: [0, 0.5, 0.9, 1], withHistograms: true,
                window: .all, in: snapshot)
        }
    }

    /// numpy.percentile([1, 2, 3, 10], [0, 50, 90, 100]) = 1, 2.5, 7.9, 10, to the last bit; in a column, in rows, and as
    /// the text that formats without types send.
    @Test(arguments: ["gen_ai.usage.input_tokens", "gen_ai.server.time_to_first_token", "span.words", "step.index"])
    func interpolateBetweenRanksWhereverTheNumberStands(_ name: String) throws {
        let key = name.hasPrefix("span.") ? String(name.dropFirst(5)) : name
        let spans = [3, 1, 10, 2].enumerated().map { place, number in
            span(UInt64(place + 1), status: number == 10 ? 2 : 0, [key: .int(number)])
        }
        let answer = try answer(name, spans)
        let row = try #require(answer.rows.first)
        #expect(answer.by.map(\.text) == ["name"])
        #expect((row.count, row.errors) == (4, 1))
        #expect((row.min, row.mean, row.max) == (1, 4, 10))
        #expect(row.quantiles == [1, 2.5, 0x1.f99999999999bp+2, 10])
    }

    @Test func leaveOutAndCountWhatHasNone() throws {
        let spans = [
            span(1, ["x": 0.5]), span(2, ["x": "2.5"]), span(3, ["x": "fast"]), span(4, ["x": .double(.nan)]), span(5),
            span(6, ["x": .array([.int(1)])]),
        ]
        let answer = try answer("x", spans)
        #expect(answer.rows.map(\.count) == [2])
        #expect(answer.rows.map(\.mean) == [1.5])
        #expect(answer.spansWithOtherValue == 3)
        #expect(answer.spansWithoutNumber == 1)
        #expect(answer.spansWithoutGroup == 0)
    }

    @Test func countsBucketsOfEasyBounds() throws {
        let numbers = [-1, 0, 1, 1.1, 2, 9.9, 30].enumerated().map { place, number in
            span(UInt64(place + 1), ["x": .double(number)])
        }
        let buckets = try #require(try answer("x", numbers).rows.first?.histogram).buckets
        #expect(buckets.map(\.from) == [nil, 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30])
        #expect(buckets.map(\.count) == [2, 2, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1])
        #expect(buckets.last?.to == 40)
    }

    @Test func countsBucketsOfDurations() throws {
        let spans = [1, 15, 900].enumerated().map { span(UInt64($0.offset + 1), from: 0, to: $0.element) }
        let rows = try withStore(spans) { try Percentiles(by: nil, withHistograms: true, window: .all, in: $0) }.rows
        let buckets = try #require(rows.first?.histogram).buckets
        #expect(buckets.first?.from == 1e6)
        #expect(buckets.filter { $0.count > 0 }.map(\.from) == [1e6, 15e6, 700e6])
        #expect(buckets.count <= 20)
    }
}
