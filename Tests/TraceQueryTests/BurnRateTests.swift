import JSONText
import TestSupport
import Testing
import TraceConfig
import TraceModel
import TraceStore

@testable import TraceQuery

/// Alerts and ledgers against those that `Tests/Reference/burn_rates.py` works out.
@Suite struct BurnRates {
    private struct Expected {
        let spans: [TraceSpan]
        let start: UInt64
        let answers: [JSONValue]

        init() throws {
            let golden = try JSONValue(parsing: try Checkout.text("Tests/Reference/Golden/burn-rates.json"))
            start = UInt64(golden.number("start"))
            let start = start
            spans = try #require(golden["spans"]?.array).enumerated().map { index, row in
                let cells = try #require(row.array)
                let second = UInt64(try #require(cells[0].asNumber))
                var span = span(
                    UInt64(index + 1), trace: UInt64(index + 1), status: cells[2] == .bool(true) ? 2 : 0,
                    ["agent.name": .string(try #require(cells[1].string))])
                span.startNanos = (start + second) * 1_000_000_000
                span.endNanos = span.startNanos + 1_000_000
                return span
            }
            answers = try #require(golden["answers"]?.array)
        }

        func level(_ answer: JSONValue) throws -> ServiceLevel {
            let text =
                "slos: [{name: x, roots: true, by: agent.name, target: \(answer.number("target")), "
                + "window: \(Int(answer.number("days")))d}]"
            return try #require(try ServiceLevel.parse(text, file: "slo.yaml").first)
        }
    }

    private func group(_ key: GroupKey) -> String { key.first.flatMap { $0?.scalarText } ?? "-" }

    @Test func alertsFireAndResolveAtTheMinutesThatPlainSumsSay() throws {
        let expected = try Expected()
        try withStore(expected.spans) { snapshot in
            for answer in expected.answers {
                let firings = try AlertReplay(expected.level(answer), window: .all, in: snapshot).firings
                let alerts = try #require(answer["alerts"]?.array)
                #expect(firings.count == alerts.count)
                func minute(_ nanos: UInt64) -> Double { Double(nanos / 1_000_000_000 - expected.start) / 60 }
                for (firing, alert) in zip(firings, alerts) {
                    #expect(group(firing.group) == alert.text("group"))
                    #expect(firing.rule.alert.rawValue == alert.text("alert"))
                    #expect(firing.rule.longNanos == UInt64(alert.number("long")) * 60_000_000_000)
                    #expect(minute(firing.firedNanos) == alert.number("fired"))
                    #expect(firing.resolvedNanos.map(minute) == alert.optionalNumber("resolved"))
                    #expect(abs(firing.peakBurnRate - alert.number("peak")) < 1e-9)
                    #expect(firing.count.total == Int(alert.number("total")))
                    #expect(firing.count.bad == Int(alert.number("bad")))
                    #expect(firing.runs.count == firing.count.bad, "each run is one span here")
                }
            }
        }
    }

    @Test func ledgersCountMonthsAndRollingWindows() throws {
        let expected = try Expected()
        try withStore(expected.spans) { snapshot in
            for answer in expected.answers {
                let level = try expected.level(answer)
                let ledger = try #require(answer["ledger"])
                let months = try #require(ledger["months"]?.array).compactMap(\.array)
                let found = try BudgetLedger(level, isRolling: false, window: .all, in: snapshot).rows
                #expect(found.map { group($0.group) } == months.compactMap { $0[0].string })
                #expect(
                    found.map { String(Timestamp.utcText($0.window.lowerBound).prefix(7)) }
                        == months.compactMap { $0[1].string })
                #expect(found.map { Double($0.count.total) } == months.compactMap { $0[2].asNumber })
                #expect(found.map { Double($0.count.bad) } == months.compactMap { $0[3].asNumber })
                let days = try #require(ledger["rolling"]?.array).compactMap(\.array)
                let rolling = try BudgetLedger(level, isRolling: true, window: .all, in: snapshot).rows
                #expect(
                    rolling.map { Double($0.window.upperBound / 86_400_000_000_000 - 1) }
                        == days.compactMap { $0[1].asNumber })
                #expect(rolling.map { Double($0.count.total) } == days.compactMap { $0[2].asNumber })
                #expect(rolling.map { Double($0.count.bad) } == days.compactMap { $0[3].asNumber })
            }
        }
    }

    @Test func monthsAreThoseOfTheCalendarToTheEndOfTime() throws {
        let february = Timestamp.month(of: try #require(Timestamp.parse("2028-02-29T23:59:59Z")))
        #expect(Timestamp.utcText(february.lowerBound).hasPrefix("2028-02-01T00:00:00.0"))
        #expect(Timestamp.utcText(february.upperBound).hasPrefix("2028-03-01T00:00:00.0"))
        let december = Timestamp.month(of: try #require(Timestamp.parse("2026-12-31T12:00:00Z")))
        #expect(Timestamp.utcText(december.upperBound).hasPrefix("2027-01-01"))
        #expect(Timestamp.month(of: .max).contains(.max - 1))
    }

    /// Spans of 1970 and 2554 in one file: rates are looked at where something changes, not each minute between.
    @Test func brokenClocksAreNoTrouble() throws {
        var (first, last) = (span(1, trace: 1, status: 2), span(2, trace: 2, status: 2))
        (first.startNanos, first.endNanos) = (1, 2)
        (last.startNanos, last.endNanos) = (.max - 1, .max)
        let level = ServiceLevel(name: "x", rootsOnly: true, good: .succeeding(withinNanos: nil), target: 0.9)
        try withStore([first, last]) { snapshot in
            let replay = try AlertReplay(level, window: .all, in: snapshot)
            #expect(replay.firings.count == 6, "10 is above 6, 3 and 1 and below 14.4, at both ends of time")
            #expect(try BudgetLedger(level, isRolling: true, window: .all, in: snapshot).rows.count == 2)
        }
    }

    /// Of a window the alerts are those of the whole file that were firing in it, and rolling windows reach back before it.
    @Test func whatCameBeforeTheWindowIsLookedAtToo() throws {
        let expected = try Expected()
        try withStore(expected.spans) { snapshot in
            let level = try expected.level(try #require(expected.answers.first))
            let from = (expected.start + 4 * 86_400) * 1_000_000_000
            let window = TimeWindow(from: from, to: nil)
            let all = try AlertReplay(level, window: .all, in: snapshot).firings
            let found = try AlertReplay(level, window: window, in: snapshot).firings
            let inWindow = all.filter { $0.resolvedNanos.map { $0 > from } ?? true }
            #expect(!found.isEmpty && found.map(\.firedNanos) == inWindow.map(\.firedNanos))
            #expect(found.map(\.count) == inWindow.map(\.count))
            let rows = try BudgetLedger(level, isRolling: true, window: .all, in: snapshot).rows
            let last = try BudgetLedger(level, isRolling: true, window: window, in: snapshot).rows
            #expect(!last.isEmpty && last.map(\.count) == rows.filter { $0.window.upperBound > from }.map(\.count))
            let months = try BudgetLedger(level, isRolling: false, window: window, in: snapshot).rows
            #expect(months.allSatisfy { $0.window.lowerBound == from })
        }
    }

    /// At 10:00:30 and 12:30, with a window of an hour: 10:00 to 11:00 and 12:00 to 13:00.
    @Test func windowsShorterThanADayEndWhereTheyAreFull() throws {
        let hour: UInt64 = 3_600_000
        let spans = [
            span(1, trace: 1, from: hour + 30_000, to: hour + 30_001),
            span(2, trace: 2, from: 3 * hour + hour / 2, to: 3 * hour + hour / 2 + 1, status: 2),
        ]
        let level = try #require(
            try ServiceLevel.parse("slos: [{name: x, target: 0.5, window: 1h}]", file: "slo.yaml").first)
        let rows = try withStore(spans) { try BudgetLedger(level, isRolling: true, window: .all, in: $0).rows }
        #expect(rows.map { ($0.window.lowerBound - base) / 1_000_000 / hour } == [1, 3])
        #expect(rows.map(\.count.total) == [1, 1] && rows.map(\.status) == [.ok, .breached])
    }

    /// One long run with a bad span now and a hundred eight hours later: each alert has what burned in its own time.
    @Test func aLongRunBurnsWhenItsSpansAreBad() throws {
        let hour: UInt64 = 3_600_000
        let steps = (0..<500 as Range<UInt64>).map { index in
            span(
                10 + index, trace: 1, parent: 1, "step", from: 8 * hour + index * 1000, to: 8 * hour + index * 1000 + 1,
                status: index < 100 ? 2 : 0)
        }
        let spans =
            [
                span(1, trace: 1, "run", from: 0, to: 9 * hour),
                span(2, trace: 1, parent: 1, "step", from: 60_000, status: 2),
            ]
            + steps
        let level = ServiceLevel(name: "x", rootsOnly: false, good: .succeeding(withinNanos: nil), target: 0.99)
        let firings = try withStore(spans) { try AlertReplay(level, window: .all, in: $0).firings }
        #expect(!firings.isEmpty && firings.allSatisfy { $0.runs.map(\.bad).reduce(0, +) == $0.count.bad })
        #expect(firings.contains { $0.rule.alert == .page && $0.count.bad == 100 })
    }

    @Test func whatHasNoEndIsCounted() throws {
        let level = ServiceLevel(name: "x", rootsOnly: true, good: .succeeding(withinNanos: nil), target: 0.9)
        let spans = [span(1, trace: 1, to: 5), span(2, trace: 2, to: nil, status: 2)]
        let history = try withStore(spans) { try ComplianceHistory(level, window: .all, in: $0) }
        #expect(history.spansWithoutDuration == 1 && history.groups.first?.minutes.first?.count.total == 1)
    }
}
