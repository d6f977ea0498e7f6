import TestSupport
import Testing
import TraceConfig
import TraceModel
import TraceQuery

/// Answers that were worked out by hand.
@Suite struct ServiceLevels {
    private func report(
        _ spans: [TraceSpan], _ file: String, to end: UInt64? = nil
    ) throws -> [ServiceLevelReport.Answer] {
        let levels = try ServiceLevel.parse(file, file: "slo.yaml")
        return try withStore(spans) { try ServiceLevelReport(levels, endingAt: end, in: $0) }.answers
    }

    private static let minute: UInt64 = 60_000

    /// Ten spans, one a minute; the last is an error, the first took 30 ms.
    private func tenSpans() -> [TraceSpan] {
        (0..<10 as Range<UInt64>).map { minute in
            let start = minute * Self.minute
            return span(
                minute + 1, from: start, to: start + (minute == 0 ? 30 : 10), status: minute == 9 ? 2 : 0,
                ["agent.name": .string(minute < 8 ? "a" : "b"), "llm.completion_tokens": .int(Int64(minute) * 100)])
        }
    }

    @Test func availabilityAloneWithoutAThreshold() throws {
        let answers = try report(tenSpans(), "slos: [{name: a, target: 80%}, {name: b, target: 80%, threshold: 20ms}]")
        let rows = try answers.map { try #require($0.compliance?.rows.first) }
        #expect(rows[0].total == 10 && rows[0].good == 9 && rows[0].latencyCompliance == nil)
        #expect(isClose(rows[0].burnRate, 0.5) && isClose(rows[0].errorBudgetRemaining, 0.5))
        #expect(rows[1].good == 8 && rows[1].latencyCompliance == 0.9 && rows[1].availability == 0.9)
        #expect(isClose(rows[1].burnRate, 1) && rows[1].status == .ok)
    }

    /// The newest span starts at minute 9, so that 5 minutes back take minutes 5 to 9 (minute 4 starts too early by a
    /// nanosecond): one bad of five.
    @Test func windowsAreCountedBackFromTheNewestSpan() throws {
        let answers = try report(tenSpans(), "slos: [{name: a, target: 0.9, window: 3m}]")
        let row = try #require(answers[0].compliance?.rows.first)
        #expect(row.total == 3 && row.good == 2)
        #expect(isClose(row.burnRates[0], 2), "1 of 5 bad, budget 0.1")
        let whole = row.burnRates.dropFirst().allSatisfy { isClose($0, 1) }
        #expect(whole, "1 of 10 bad")
        let earlier = try report(
            tenSpans(), "slos: [{name: a, target: 0.9, window: 3m}]", to: milliseconds(3 * Self.minute))
        let early = try #require(earlier[0].compliance?.rows.first)
        #expect(early.total == 3 && early.good == 3 && early.burnRates == Array(repeating: 0, count: 7))
    }

    /// Two days without a span before the last one: the windows from 5m to 1d have only it.
    @Test func whatWasNotMeasuredHasNoRate() throws {
        let day = 24 * 60 * Self.minute
        let spans = [
            span(1, from: 0, to: 10, status: 2, ["agent.name": "a"]),
            span(2, from: 2 * day, to: 2 * day + 10, ["agent.name": "b"]),
        ]
        let answers = try report(spans, "slos: [{name: a, target: 0.5, by: agent.name}]")
        let rows = try #require(answers[0].compliance?.rows)
        #expect(rows.map(\.group) == [["a"], ["b"]])
        #expect(rows[0].burnRates == [nil, nil, nil, nil, nil, nil, 2])
        #expect(rows[1].burnRates == [0, 0, 0, 0, 0, 0, 0])
    }

    @Test func ratiosCountWhatTheFileCallsGoodOrBad() throws {
        func file(_ kind: String, _ condition: String) -> String {
            """
            apiVersion: openslo/v1
            kind: SLO
            metadata: {name: x}
            spec:
              indicator:
                spec:
                  ratioMetric:
                    \(kind): {metricSource: {type: ttaq, spec: {where: '\(condition)'}}}
                    total: {metricSource: {type: ttaq, spec: {where: 'agent.name = a'}}}
              budgetingMethod: Occurrences
              objectives: [{target: 0.5}]
            """
        }
        // Of the eight of a, one took 30 ms.
        for text in [file("good", "duration < 20ms"), file("bad", "duration >= 20ms")] {
            let row = try #require(try report(tenSpans(), text)[0].compliance?.rows.first)
            #expect(row.total == 8 && row.good == 7 && row.availability == nil && row.latencyCompliance == nil)
            #expect(isClose(row.burnRate, 0.25))
        }
    }

    @Test func thresholdsCompareANumber() throws {
        func file(_ of: String, _ op: String, _ value: String) -> String {
            """
            apiVersion: openslo/v1
            kind: SLO
            metadata: {name: x}
            spec:
              indicator:
                spec: {thresholdMetric: {metricSource: {type: ttaq, spec: {of: \(of)}}}}
              budgetingMethod: Occurrences
              objectives: [{op: \(op), value: \(value), target: 0.5}]
            """
        }
        // Tokens are 0, 100, …, 900.
        for (of, op, value, good) in [
            ("llm.completion_tokens", "lte", "300", 4), ("llm.completion_tokens", "lt", "300", 3),
            ("llm.completion_tokens", "gte", "300", 7), ("llm.completion_tokens", "gt", "300", 6),
            ("duration", "lt", "10.5", 9), ("duration", "gt", "20ms", 1),
        ] {
            let spans = tenSpans() + [span(99, from: 0, to: nil)]
            let row = try #require(try report(spans, file(of, op, value))[0].compliance?.rows.first)
            #expect(row.total == 10 && row.good == good, "\(of) \(op) \(value)")
        }
    }

    @Test func aNameThatNoSpanHasIsNoData() throws {
        let answers = try report(tenSpans(), "slos: [{name: a, target: 0.9, where: 'agnt.name = b'}]")
        #expect(answers[0].compliance == nil && answers[0].unknownName?.nearest == "agent.name")
        let empty = try report([], "slos: [{name: a, target: 0.9}]")
        #expect(empty[0].compliance?.rows.map(\.status) == [.noData])
    }

    /// facts of the SRE workbook: 14.4 over 1h and 5m pages in 30 days, 6 over 6h and 30m, 3 over 1d and 2h and 1 over 3d
    /// and 6h are tickets.
    @Test(
        arguments: [
            ([15, 0, 15, 0, 0, 0, 0], 30, .page), ([14, 0, 15, 0, 0, 0, 0], 30, nil),
            ([0, 7, 0, 0, 7, 0, 0], 30, .page), ([0, 0, 0, 4, 0, 4, 0], 30, .ticket),
            ([0, 0, 0, 0, 2, 0, 2], 30, .ticket), ([0, 0, 0, 0, 1, 0, 1], 30, nil),
            // 2% of 15 days over one hour is 7.2.
            ([8, 0, 8, 0, 0, 0, 0], 15, .page), ([7, 0, 7, 0, 0, 0, 0], 15, nil),
            // A day has no window of three days.
            ([0, 0, 0, 0, 0, 0, 9], 1, nil), ([nil, nil, 99, nil, nil, nil, nil], 30, nil),
        ] as [([Double?], UInt64, BurnWindows.Alert?)])
    func bothWindowsOfAnAlertMustBurn(_ rates: [Double?], _ days: UInt64, _ alert: BurnWindows.Alert?) {
        #expect(BurnWindows.alert(rates, period: days * 86_400_000_000_000) == alert)
    }
}

private func isClose(_ left: Double?, _ right: Double) -> Bool { left.map { abs($0 - right) < 1e-9 } ?? false }
