import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceStore

/// Answers by hand; steps of a second.
@Suite struct OverTime {
    private static let second: UInt64 = 1_000_000_000
    /// Out of order, one an error, one unfinished.
    private let spans = [
        span(3, from: 3200, to: 3300, ["a": "x"]), span(1, from: 0, to: 1500, ["a": "x"]),
        span(2, parent: 1, from: 500, to: 700, status: 2, ["a": "y"]), span(4, parent: 1, from: 3400, to: nil),
    ]

    private func throughput(
        by: String? = nil, roots: Bool = false, _ window: TimeWindow = .all
    ) throws -> Throughput {
        try withStore(spans) { snapshot in
            let fields = try by.map { [try FieldName($0, in: snapshot)] } ?? []
            return try Throughput(step: Self.second, by: fields, rootsOnly: roots, window: window, in: snapshot)
        }
    }

    private func concurrency(
        of spans: [TraceSpan]? = nil, roots: Bool = false, _ window: TimeWindow = .all
    ) throws -> Concurrency {
        try withStore(spans ?? self.spans) {
            try Concurrency(step: Self.second, by: [], rootsOnly: roots, window: window, in: $0)
        }
    }

    @Test func countsASpanInTheStepInWhichItStarts() throws {
        let all = try throughput()
        #expect(all.groups.map { $0.counts.map(\.spans) } == [[2, 0, 0, 2]])
        #expect(all.groups.map { $0.counts.map(\.errors) } == [[1, 0, 0, 0]])
        let roots = try throughput(roots: true)
        #expect(roots.groups.map { $0.counts.map(\.spans) } == [[1, 0, 0, 1]])
    }

    @Test func keepsGroupsApartTheLargestFirst() throws {
        let answer = try throughput(by: "a")
        #expect(answer.groups.map(\.key) == [[.string("x")], [.string("y")]])
        #expect(answer.groups.map { $0.counts.map(\.spans) } == [[1, 0, 0, 1], [1, 0, 0, 0]])
        #expect(answer.spansWithoutGroup == 1)
    }

    @Test func cutsStepsToTheWindow() throws {
        let window = TimeWindow(from: milliseconds(1000), to: milliseconds(3250))
        let counted = try throughput(window)
        let steps = try #require(counted.window)
        #expect(counted.groups.map { $0.counts.map(\.spans) } == [[0, 0, 1]])
        #expect((0..<3).map(steps.seconds) == [1, 1, 0.25])
        let levels = try #require(try concurrency(window).groups.first).levels
        #expect(levels.map(\.most) == [1, 0, 1])
        #expect(levels.map(\.mean) == [0.5, 0, 0.2])
    }

    @Test func weighsConcurrencyByTime() throws {
        let answer = try concurrency()
        let levels = try #require(answer.groups.first).levels
        #expect(levels.map(\.most) == [2, 1, 0, 1])
        #expect(levels.map(\.mean) == [1.2, 0.5, 0, 0.1])
        #expect(answer.spansWithoutDuration == 1)
        #expect(try concurrency(roots: true).groups.first?.levels.map(\.most) == [1, 1, 0, 1])
    }

    @Test func takesASpanThatFollowsAtOnceAsNotBesideTheFirst() throws {
        let chain = [span(2, from: 10, to: 20), span(1, from: 0, to: 10), span(3, from: 20, to: 20)]
        let levels = try #require(try concurrency(of: chain).groups.first).levels
        #expect(levels.map(\.most) == [1])
        #expect(levels.map(\.mean) == [0.02])
    }

    @Test func isNothingWhereNothingStarts() throws {
        let answer = try throughput(TimeWindow(to: milliseconds(0)))
        #expect(answer.groups.isEmpty && answer.window == nil)
    }

    @Test func refusesMoreRowsThanItMayHave() throws {
        let far = [span(1, from: 0, to: 1), span(2, from: 100_000_000, to: 100_000_001)]
        let expected = TooManyStepsError(step: Self.second, steps: 100_001, groups: 1, mostRows: 100_000)
        try withStore(far) { snapshot throws -> Void in
            #expect(throws: expected) {
                try Throughput(step: Self.second, by: [], rootsOnly: false, window: .all, in: snapshot)
            }
            #expect(throws: expected) {
                try Concurrency(step: Self.second, by: [], rootsOnly: false, window: .all, in: snapshot)
            }
        }
    }

    /// A plain count over spans that an independent decoder read: blocks, spans that no block has, and all groups.
    @Test(arguments: [Sample.workload, .ttaWorkflows])
    func agreesWithAPlainCount(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        let sent = try sample.spans().map(\.span).filter { $0.endNanos > $0.startNanos }
        try Store(path: try sample.store(in: folder)).read { snapshot in
            let counted = try Throughput(step: nil, by: [], rootsOnly: false, window: .all, in: snapshot)
            let steps = try #require(counted.window).steps
            for step in 0..<steps.count {
                let window = TimeWindow(from: steps.start(step), to: steps.end(step))
                #expect(counted.groups[0].counts[step].spans == sent.count { window.contains($0.startNanos) })
            }
            let busy = try Concurrency(step: steps.nanos, by: [], rootsOnly: false, window: .all, in: snapshot)
            let levels = busy.groups[0].levels
            let busySteps = try #require(busy.window).steps
            for step in 0..<busySteps.count {
                let (from, to) = (busySteps.start(step), busySteps.end(step))
                let overlaps = sent.filter { $0.startNanos < to && $0.endNanos > from }
                let area = overlaps.reduce(0.0) { $0 + Double(min($1.endNanos, to) - max($1.startNanos, from)) }
                #expect(abs(levels[step].mean - area / Double(to - from)) < 1e-9)
                let moments = [from] + overlaps.map(\.startNanos).filter { $0 >= from }
                let most = moments.map { moment in
                    overlaps.count { $0.startNanos <= moment && $0.endNanos > moment }
                }.max()
                #expect(levels[step].most == most)
            }
        }
    }
}
