import TestSupport
import Testing
import TraceModel
import TraceStore

@testable import TraceQuery

@Suite struct RunDiffTests {
    private func diff(_ a: [TraceSpan], _ b: [TraceSpan]) throws -> RunDiff {
        try withStore(a + b) { snapshot in
            RunDiff(
                try snapshot.trace(TraceID(high: 0, low: 1)), try snapshot.trace(TraceID(high: 0, low: 2)))
        }
    }

    private func rows(_ diff: RunDiff) -> [String] {
        diff.rows.map { "\(String(repeating: " ", count: $0.depth))\(($0.b ?? $0.a)?.span.name ?? "") \($0.state)" }
    }

    private func run(_ trace: UInt64, _ more: [TraceSpan], failed: Bool = false) -> [TraceSpan] {
        let status = failed ? StatusCode.error : StatusCode.ok
        return [
            span(1, trace: trace, "root", from: 0, to: 1_000, status: status),
            span(2, trace: trace, parent: 1, "plan", from: 0, to: 100),
        ] + more
    }

    @Test func oneRetryMoreDoesNotMoveWhatFollows() throws {
        let a = run(
            1,
            [
                span(3, trace: 1, parent: 1, "try", from: 100, to: 200),
                span(5, trace: 1, parent: 1, "tell", from: 300, to: 400),
            ])
        let b = run(
            2,
            [
                span(3, trace: 2, parent: 1, "try", from: 100, to: 200, status: StatusCode.error),
                span(4, trace: 2, parent: 1, "try", from: 200, to: 300),
                span(5, trace: 2, parent: 1, "tell", from: 300, to: 500),
            ])
        let diff = try diff(a, b)
        #expect(rows(diff) == ["root same", " plan same", " try failed", " try added", " tell slower"])
        #expect(diff.parting == 2)
    }

    @Test func whereTheyPartIsTheDeepestCause() throws {
        let a = run(
            1,
            [
                span(3, trace: 1, parent: 1, "step", from: 100, to: 900),
                span(
                    4, trace: 1, parent: 3, "call", from: 100, to: 800,
                    ["llm.model_name": "old", "llm.prompt_tokens": 5]),
            ])
        let b = run(
            2,
            [
                span(3, trace: 2, parent: 1, "step", from: 100, to: 900, status: StatusCode.error),
                span(
                    4, trace: 2, parent: 3, "call", from: 100, to: 800, status: StatusCode.error,
                    ["llm.model_name": "new", "llm.prompt_tokens": 9]),
            ], failed: true)
        let diff = try diff(a, b)
        #expect(rows(diff) == ["root failed", " plan same", " step failed", "  call failed"])
        #expect(diff.parting == 3)
        // Counts of tokens are no setting.
        #expect(
            diff.settings.map { "\($0.key) \($0.a?.scalarText ?? "") \($0.b?.scalarText ?? "")" } == [
                "llm.model_name old new"
            ])
    }

    @Test func spansOfOneSideTakeAllBelowThemAlong() throws {
        let a = run(
            1,
            [
                span(3, trace: 1, parent: 1, "gone", from: 100, to: 200),
                span(4, trace: 1, parent: 3, "below", from: 110, to: 120),
            ])
        let diff = try diff(a, run(2, []))
        #expect(rows(diff) == ["root same", " plan same", " gone missing", "  below missing"])
        #expect(diff.parting == 2)
    }

    @Test func whatModelsSaidIsComparedMessageByMessage() throws {
        func call(_ trace: UInt64, _ question: String) -> TraceSpan {
            span(
                3, trace: trace, parent: 1, "llm.a.generate", from: 100, to: 200,
                [
                    "gen_ai.operation.name": "chat",
                    "gen_ai.input.messages": .string(
                        #"[{"role":"system","parts":[{"type":"text","content":"Be brief."}]},"#
                            + #"{"role":"user","parts":[{"type":"text","content":"\#(question)"}]}]"#),
                ])
        }
        let diff = try diff(run(1, [call(1, "one")]), run(2, [call(2, "two")]))
        let row = try #require(diff.parting.map { diff.rows[$0] })
        #expect(
            row.said == [
                .init(side: .both, role: "system", text: "Be brief."), .init(side: .a, role: "user", text: "one"),
                .init(side: .b, role: "user", text: "two"),
            ])
        #expect(try self.diff(run(1, [call(1, "one")]), run(2, [call(2, "one")])).parting == nil)
    }

    /// Held against every subsequence of short lists.
    @Test(arguments: 1...50 as ClosedRange<UInt64>) func theCommonSequenceIsTheLongest(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        func list() -> [Int] { (0..<Int(random.next() % 9)).map { _ in Int(random.next() % 3) } }
        let (a, b) = (list(), list())
        let places = CommonSequence.places(a, b)
        #expect(places.allSatisfy { a[$0.0] == b[$0.1] })
        #expect(zip(places, places.dropFirst()).allSatisfy { $0.0 < $1.0 && $0.1 < $1.1 })
        func isSubsequence(_ part: [Int], of whole: [Int]) -> Bool {
            var rest = whole[...]
            return part.allSatisfy { element in
                guard let place = rest.firstIndex(of: element) else { return false }
                rest = rest[(place + 1)...]
                return true
            }
        }
        let longest = (0..<(1 << a.count)).map { mask in a.indices.filter { mask >> $0 & 1 == 1 }.map { a[$0] } }
            .filter { isSubsequence($0, of: b) }.map(\.count).max()
        #expect(places.count == longest, "seed \(seed): \(a) \(b)")
    }
}
