import TestSupport
import Testing
import TraceModel
import TraceStore

@testable import TraceQuery

@Suite struct CriticalPathTests {
    /// Root 0 to 100: a from 0 to 40, b from 10 to 60 beside it with c from 20 to 50 inside, d from 70 to 95.
    private let run = [
        span(1, "root", from: 0, to: 100), span(2, parent: 1, "a", from: 0, to: 40),
        span(3, parent: 1, "b", from: 10, to: 60), span(4, parent: 3, "c", from: 20, to: 50),
        span(5, parent: 1, "d", from: 70, to: 95),
    ]

    private func asked(
        _ spans: [TraceSpan], by name: String = "name", window: TimeWindow = .all
    ) throws -> CriticalPath {
        try withStore(spans) { try CriticalPath(by: [FieldName(name, in: $0)], window: window, in: $0) }
    }

    private func milliseconds(_ path: CriticalPath, _ value: (CriticalPath.Row) -> UInt64) -> [String: UInt64] {
        Dictionary(uniqueKeysWithValues: path.rows.map { (name($0.group), value($0) / 1_000_000) })
    }

    private func name(_ group: GroupKey) -> String {
        group.first.flatMap { $0?.scalarText } ?? "-"
    }

    /// From the end back: root waited 95 to 100 on nobody, 70 to 95 for d, 60 to 70 on nobody, 10 to 60 for b (10 to 20 and 50
    /// to 60 itself, 20 to 50 for c); a had not ended by 10, so 0 to 10 is the root's.
    @Test func whatWasWaitedForIsWorkedOutByHand() throws {
        let path = try asked(run)
        #expect(milliseconds(path) { $0.criticalNanos } == ["root": 25, "b": 20, "c": 30, "d": 25, "a": 0])
        // Without children: the root 60 to 70 and 95 to 100.
        #expect(milliseconds(path) { $0.selfNanos } == ["root": 15, "a": 40, "b": 20, "c": 30, "d": 25])
        #expect(milliseconds(path) { $0.totalNanos } == ["root": 100, "a": 40, "b": 50, "c": 30, "d": 25])
        #expect(path.criticalNanos == 100_000_000)
        let edges = path.edges.map {
            "\(name($0.source)) \(name($0.target)) \($0.count) \($0.criticalNanos / 1_000_000)"
        }
        #expect(edges == ["root b 1 50", "b c 1 30", "root d 1 25"])
    }

    @Test func spansWithoutTheFieldCountForWhatTheyAreIn() throws {
        let spans = [
            span(1, "root", from: 0, to: 100, ["primitive.name": "workflow"]),
            span(2, parent: 1, "step", from: 0, to: 90),
            span(3, parent: 2, "call", from: 10, to: 80, ["primitive.name": "model"]),
        ]
        let path = try asked(spans, by: "primitive.name")
        #expect(milliseconds(path) { $0.criticalNanos } == ["workflow": 30, "model": 70])
        #expect(milliseconds(path) { $0.selfNanos } == ["workflow": 30, "model": 70])
        #expect(milliseconds(path) { $0.totalNanos } == ["workflow": 100, "model": 70])
        #expect(path.rows.map { $0.spans }.sorted() == [1, 1])
    }

    @Test func runsWithoutAnEndAndCirclesAreNoTrouble() throws {
        let path = try asked([
            span(1, "open", from: 0, to: nil), span(2, parent: 1, "inside", from: 0, to: 5),
            span(3, trace: 2, parent: 4, "circle", from: 0, to: 10),
            span(4, trace: 2, parent: 3, "circle", from: 0, to: 10),
            span(5, trace: 3, "early", from: 50, to: 20),
        ])
        #expect((path.runs, path.runsWithoutEnd, path.criticalNanos) == (3, 3, 0))
    }

    /// Two runs from 1970 to 2554, as broken clocks tell them: their sum is as much as there is.
    @Test func centuriesAddUpToAsMuchAsThereIs() throws {
        let spans = (1...2 as ClosedRange<UInt64>).map { trace in
            var one = span(1, trace: trace, "long")
            (one.startNanos, one.endNanos) = (1, UInt64.max)
            return one
        }
        let path = try asked(spans)
        #expect(path.criticalNanos == UInt64.max)
        #expect(path.rows.map { $0.totalNanos } == [UInt64.max])
        try withStore(spans) { snapshot in
            let side = ComparedSide(snapshot, window: .all)
            let comparison = try Comparison(side, side)
            let postmortem = try Postmortem(incident: .all, baseline: .all, in: snapshot)
            #expect((comparison.aRuns, postmortem.during.runs) == (2, 2))
        }
    }

    @Test func aRunCountsWhereItStarts() throws {
        let later = [span(9, trace: 2, "later", from: 200, to: 230)]
        let window = TimeWindow(from: base + 100_000_000, to: nil)
        #expect(try asked(run + later, window: window).criticalNanos == 30_000_000)
    }

    /// The sum over all groups is the duration of the runs, and `trace` marks the same spans, in every sample.
    @Test(arguments: [Sample.workload, .otelPlain])
    func allTimeOfTheRunsIsSomebodys(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        try Store(path: sample.store(in: folder)).read { snapshot in
            let path = try CriticalPath(by: [FieldName("name", in: snapshot)], window: .all, in: snapshot)
            let trees = try RunList(window: .all, in: snapshot).runs.map { try TraceTree($0.traceID, in: snapshot) }
            let marked = trees.flatMap(\.nodes).filter { $0.isCritical }
            let roots = marked.filter { $0.depth == 0 }
            #expect(path.criticalNanos == roots.reduce(0) { $0 + ($1.stored.row.durationNanos ?? 0) })
            let names = Set(marked.map { $0.stored.span.name })
            #expect(path.rows.allSatisfy { $0.criticalNanos == 0 || names.contains(name($0.group)) })
        }
    }
}
