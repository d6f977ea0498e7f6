import TestSupport
import Testing
import TraceModel
import TraceStore

@testable import TraceQuery

/// Answers by the hour against answers span by span, which the reference tests hold against numpy's.
@Suite struct Rollups {
    private static let fields = [
        "name", "service", "status", "primitive.name", "primitive.type", "agent.type", "workflow.name", "llm.provider",
        "llm.model_name", "tool.name", "cache.type", "error.type", "execution.status", "service,name",
        "primitive.type,primitive.name", "llm.provider,llm.model_name", "error.type,status",
    ]

    /// A sample, counted by the hour where that is possible.
    private func read(_ sample: Sample, _ body: (StoreSnapshot) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try Store(path: sample.store(in: folder)).read { snapshot in
            snapshot.mostCountedOneByOne = 0
            try body(snapshot)
        }
    }

    /// Both answers to one question.
    private func both<Answer>(_ ask: (Bool) throws -> Answer) rethrows -> (exact: Answer, rollups: Answer) {
        (try ask(true), try ask(false))
    }

    private func names(_ text: String, _ snapshot: StoreSnapshot) throws -> [FieldName] {
        try text.split(separator: ",").map { try FieldName(String($0), in: snapshot) }
    }

    @Test(arguments: Sample.allCases) func latency(_ sample: Sample) throws {
        try read(sample) { snapshot in
            for by in Self.fields { try expectSameLatency(names(by, snapshot), snapshot) }
        }
    }

    private func expectSameLatency(_ by: [FieldName], _ snapshot: StoreSnapshot) throws {
        let quantiles = [0, 0.01, 0.5, 0.9, 0.95, 0.99, 1]
        let (exact, rollups) = try both { isExact in
            try Percentiles(by: by, quantiles: quantiles, isExact: isExact, window: .all, in: snapshot)
        }
        #expect(!rollups.coverage.hours.isEmpty && rollups.coverage.sealedWindows.isEmpty)
        #expect(rollups.spansWithoutGroup == exact.spansWithoutGroup)
        #expect(rollups.spansWithoutDuration == exact.spansWithoutDuration)
        #expect(rollups.rows.count == exact.rows.count)
        let exactRows = Dictionary(uniqueKeysWithValues: exact.rows.map { ($0.group, $0) })
        var durations: [GroupKey: [UInt64]] = [:]
        try snapshot.scanWithDetail(.all) { span in
            if let nanos = span.row.durationNanos { durations[by.map { $0.value(span) }, default: []].append(nanos) }
        }
        for row in rollups.rows {
            let exact = try #require(exactRows[row.group])
            #expect(row.count == exact.count && row.errors == exact.errors)
            #expect(row.minNanos == exact.minNanos && row.maxNanos == exact.maxNanos)
            #expect(abs(row.meanNanos - exact.meanNanos) <= 1e-9 * exact.meanNanos)
            #expect(exact.isExact && !row.isExact)
            let sorted = try #require(durations[row.group]).sorted()
            for (quantile, found) in zip(quantiles, row.quantileNanos) {
                let nearest = Double(sorted[Int((quantile * Double(sorted.count - 1)).rounded())])
                #expect(abs(found - nearest) <= DurationSketch.relativeError * nearest)
            }
        }
    }

    @Test(arguments: Sample.allCases, [ConnectionGraph.Nodes.services, .primitives])
    func connections(_ sample: Sample, _ nodes: ConnectionGraph.Nodes) throws {
        try read(sample) { snapshot in
            let (exact, rollups) = try both { isExact in
                try ConnectionGraph(of: nodes, isExact: isExact, window: .all, in: snapshot)
            }
            #expect(!rollups.coverage.hours.isEmpty && rollups.coverage.sealedWindows.isEmpty)
            #expect(rollups.spansWithMissingParent == exact.spansWithMissingParent)
            #expect(rollups.edges.count == exact.edges.count)
            for (edge, exact) in zip(rollups.edges, exact.edges) {
                #expect([edge.source, edge.target] == [exact.source, exact.target] && edge.type == exact.type)
                #expect(edge.count == exact.count && edge.errors == exact.errors)
                #expect(abs((edge.meanNanos ?? 0) - (exact.meanNanos ?? 0)) <= 1e-9 * (exact.meanNanos ?? 0))
                #expect((edge.p95Nanos == nil) == (exact.p95Nanos == nil))
            }
        }
    }

    @Test(arguments: Sample.allCases) func sums(_ sample: Sample) throws {
        try read(sample) { snapshot in
            for by in ["", "service", "llm.model_name", "workflow.name", "cache.type", "error.type"] {
                try expectSameSums(names(by, snapshot), snapshot)
            }
        }
    }

    private func expectSameSums(_ by: [FieldName], _ snapshot: StoreSnapshot) throws {
        let tokens = try both { try TokenUse(by: by, isExact: $0, window: .all, in: snapshot).rows }
        #expect(tokens.rollups.map(\.group) == tokens.exact.map(\.group))
        for (sum, exact) in zip(tokens.rollups.map(\.totals), tokens.exact.map(\.totals)) {
            #expect(sum.calls == exact.calls && sum.promptTokens == exact.promptTokens)
            #expect(sum.completionTokens == exact.completionTokens && sum.costSource == exact.costSource)
            #expect(abs((sum.costUSD ?? 0) - (exact.costUSD ?? 0)) <= 1e-9)
        }
        let lookups = try both { try CacheUse(by: by, isExact: $0, window: .all, in: snapshot).rows }
        #expect(lookups.rollups.map(\.group) == lookups.exact.map(\.group))
        for (sum, exact) in zip(lookups.rollups.map(\.totals), lookups.exact.map(\.totals)) {
            #expect(sum.hits == exact.hits && sum.lookups == exact.lookups)
            #expect(abs(sum.savingsUSD - exact.savingsUSD) <= 1e-9)
        }
        let errors = try both { try ErrorGroups(by: by, isExact: $0, window: .all, in: snapshot).rows }
        #expect(errors.rollups.map(\.group) == errors.exact.map(\.group))
        for (row, exact) in zip(errors.rollups, errors.exact) {
            #expect(row.count == exact.count)
            #expect(row.firstNanos == exact.firstNanos && row.lastNanos == exact.lastNanos)
            #expect(row.exampleTraceID == exact.exampleTraceID && row.exampleMessage == exact.exampleMessage)
        }
    }

    @Test func aQuestionThatNoFamilyKnowsIsAnsweredSpanBySpan() throws {
        try read(.workload) { snapshot in
            for by in ["session.id", "workflow.name,llm.model_name", "kind", "llm.model_tier"] {
                let answer = try Percentiles(by: names(by, snapshot), window: .all, in: snapshot)
                #expect(answer.coverage.hours.isEmpty && answer.rows.allSatisfy(\.isExact))
            }
        }
    }

    /// 2,100 pairs of service and name: the family has no room for all, so spans are counted one by one.
    @Test func aFamilyWithTooManyGroupsIsNotUsed() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("r.db")
        let writer = try StoreWriter(path: path)
        for service in 0..<30 {
            let spans = (0..<70).map { span(UInt64(service * 70 + $0 + 1), "name \($0)", from: 0, to: 5) }
            try writer.add(batch(service: "service \(service)", spans))
        }
        try writer.finish()
        try Store(path: path).read { snapshot in
            snapshot.mostCountedOneByOne = 0
            let services = try Percentiles(by: names("service", snapshot), window: .all, in: snapshot)
            #expect(services.rows.map(\.count) == [Int](repeating: 70, count: 30))
            #expect(!services.rows.contains { !$0.isExact })
            #expect(try snapshot.check().problems == [])
            let status = try Percentiles(by: names("status", snapshot), window: .all, in: snapshot)
            #expect(status.rows.map(\.count) == [2100] && !status.rows[0].isExact)
        }
    }

    /// What was removed counts by whole hours, what is kept span by span; and each answer says which it used.
    @Test func hoursThatHaveLostSpansAreCountedWhole() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("r.db")
        let writer = try StoreWriter(path: path)
        // A run every half hour, at 0:00, 0:30, …, 9:30, each of one span of so many milliseconds.
        let runs = (0..<20 as Range<UInt64>).map { span(1, trace: $0 + 1, "run", from: $0 * half, to: $0 * half + 60) }
        try writer.add(batch(runs))
        let removed = try writer.retain(endingSince: milliseconds(9 * half))
        #expect(removed.spans == 9)
        let again = try StoreWriter(path: path)
        try again.add(batch(runs))
        #expect(again.committed.spansBeforeHorizon == 9 && again.committed.duplicateSpans == 11)
        // Half past four is where spans begin, five o'clock where they are answered for.
        try expect(path, .all, 20, hours: true, cut: 0)
        try expect(path, TimeWindow(from: milliseconds(10 * half)), 10, hours: false, cut: 0)
        try expect(path, TimeWindow(from: milliseconds(9 * half)), 11, hours: false, cut: 0)
        try expect(path, TimeWindow(from: milliseconds(2 * half)), 18, hours: true, cut: 0)
        try expect(path, TimeWindow(from: milliseconds(3 * half)), 16, hours: true, cut: 1)
        try expect(path, TimeWindow(to: milliseconds(3 * half)), 2, hours: true, cut: 1)
        try expect(path, TimeWindow(from: milliseconds(half), to: milliseconds(5 * half)), 2, hours: true, cut: 2)
        try expect(path, TimeWindow(from: milliseconds(half), to: milliseconds(2 * half)), 0, hours: false, cut: 1)
        // Between the horizon and the end of its hour all spans are there.
        try expect(
            path, TimeWindow(from: milliseconds(2 * half), to: milliseconds(9 * half + 5)), 7, hours: true, cut: 1)
        try expect(path, TimeWindow(from: milliseconds(9 * half)), 11, hours: true, cut: 0, mostOneByOne: 0)
        try expect(path, TimeWindow(from: milliseconds(8 * half + 5)), 11, hours: true, cut: 1, mostOneByOne: 0)
        try Store(path: path).read { snapshot in
            let exact = try Percentiles(by: names("name", snapshot), isExact: true, window: .all, in: snapshot)
            #expect(exact.rows.map(\.count) == [11])
            #expect(exact.coverage.horizon == milliseconds(9 * half))
        }
    }

    private let half: UInt64 = 1_800_000

    private func expect(
        _ path: String, _ window: TimeWindow, _ count: Int, hours: Bool, cut: Int, mostOneByOne: Int = 200_000
    ) throws {
        try Store(path: path).read { snapshot in
            snapshot.mostCountedOneByOne = mostOneByOne
            let answer = try Percentiles(by: names("name", snapshot), window: window, in: snapshot)
            #expect(answer.rows.reduce(0) { $0 + $1.count } == count, "\(window)")
            #expect(answer.coverage.hours.isEmpty != hours, "\(window)")
            #expect(answer.coverage.cut.count == cut, "\(window)")
            #expect(answer.rows.allSatisfy { $0.isExact != hours }, "\(window)")
        }
    }
}
