import Foundation
import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceStore

/// What becomes of one session of a writer: its batches, one transaction each.
private typealias Session = [[ArrivingSpan]]

private func fill(_ path: String, _ sessions: [Session]) throws {
    for session in sessions {
        let writer = try StoreWriter(path: path)
        for batch in session { try writer.add(SpanBatch(batch)) }
        try writer.finish()
    }
}

private func shop(_ span: TraceSpan) -> ArrivingSpan { ArrivingSpan("shop", span) }
private func bank(_ span: TraceSpan) -> ArrivingSpan { ArrivingSpan("bank", span) }

private let hour: UInt64 = 3_600_000

struct Arrival: Sendable, Testing.CustomTestStringConvertible {
    let testDescription: String
    fileprivate let sessions: [Session]
    let kept: [ArrivingSpan]

    fileprivate init(_ description: String, _ sessions: [Session], keeps kept: [ArrivingSpan]) {
        (testDescription, self.sessions, self.kept) = (description, sessions, kept)
    }

    private static let chat: [String: AttributeValue] = ["gen_ai.operation.name": "chat", "llm.prompt_tokens": 7]
    private static let root = shop(span(1, "root", to: 50))
    private static let child = bank(span(2, parent: 1, "child", from: 5, to: 9, chat))
    private static let grandchild = shop(span(3, parent: 2, "leaf", from: 6, to: 8, status: 2, chat))
    private static let open = bank(span(2, parent: 1, "open", from: 5, to: nil, ["cache.hit": true]))
    private static let lastOfHour = shop(span(1, "last", from: hour - 1, to: hour + 1))
    private static let firstOfHour = shop(span(2, parent: 1, "first", from: hour, to: hour))
    private static let late = shop(span(4, parent: 1, "late", from: 6 * hour, to: 6 * hour + 3, ["cache.hit": false]))

    static let all = [
        Arrival("sent again in a batch", [[[root, root, child, child]]], keeps: [root, child]),
        Arrival("sent again in another batch", [[[root], [child, root], [child]]], keeps: [root, child]),
        Arrival("sent again in another session", [[[root, child]], [[child], [root]]], keeps: [root, child]),
        Arrival("finished in the same batch", [[[root, open, child]]], keeps: [root, child]),
        Arrival("finished in the same session", [[[root, open], [child]]], keeps: [root, child]),
        Arrival("finished in another session", [[[root, open]], [[child, open]]], keeps: [root, child]),
        Arrival("finished first, then unfinished", [[[child], [open]], [[open, root]]], keeps: [root, child]),
        Arrival("unfinished for ever", [[[root, open], [open]], [[open]]], keeps: [root, open]),
        Arrival("children first in a batch", [[[grandchild, child, root]]], keeps: [root, child, grandchild]),
        Arrival("children first in batches", [[[grandchild], [child], [root]]], keeps: [root, child, grandchild]),
        Arrival(
            "children first in sessions", [[[grandchild]], [[child]], [[root]]], keeps: [root, child, grandchild]),
        Arrival("a parent that never comes", [[[grandchild]], [[root]]], keeps: [root, grandchild]),
        Arrival("hours later in a sealed trace", [[[root, child]], [[late]], [[late]]], keeps: [root, child, late]),
        Arrival("an empty batch", [[[], [root], []], [[]]], keeps: [root]),
        Arrival("on both sides of an hour", [[[lastOfHour], [firstOfHour]]], keeps: [lastOfHour, firstOfHour]),
    ]
}

@Suite struct Arrivals {
    @Test(arguments: Arrival.all) func leaveTheSameSpansAndAnswers(_ arrival: Arrival) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("a.db")
        try fill(path, arrival.sessions)
        #expect(defects(ofStoreAt: path) == [])
        let stored = try spans(ofStoreAt: path)
        #expect(stored.count == arrival.kept.count)
        #expect(Set(stored) == Set(arrival.kept))
        #expect(try Store(path: path).read { try AnswerSums.answers(in: $0) } == AnswerSums.answers(of: arrival.kept))
    }

    /// Interleaved traces in batches of any size and sessions of any length, with copies and late spans.
    @Test(arguments: 1...12 as ClosedRange<UInt64>) func leaveTheSameSpansAndAnswersForGeneratedTraces(_ seed: UInt64)
        throws
    {
        var generator = TraceGenerator(seed: seed)
        let sent = generator.traces(60)
        let delivery = generator.delivery(of: sent)
        let folder = try TemporaryFolder()
        let path = folder.path("g.db")
        var writer = try StoreWriter(path: path)
        for piece in generator.pieces(of: delivery, most: 90) {
            try writer.add(SpanBatch(piece))
            switch generator.below(4) {
            case 0: try writer.finish()
            case 1: writer = try StoreWriter(path: path)  // without finishing, as a program that gives up does
            default: break
            }
        }
        #expect(defects(ofStoreAt: path) == [], "before it is finished, seed \(seed)")
        try writer.finish()
        #expect(defects(ofStoreAt: path) == [], "seed \(seed)")
        let stored = try spans(ofStoreAt: path)
        #expect(stored.count == sent.count && Set(stored) == Set(sent), "seed \(seed)")
    }

    /// What a reader sees while a writer is at work: every batch that was acknowledged, and nothing of a later one.
    @Test func areSeenByAReaderBatchByBatch() throws {
        var generator = TraceGenerator(seed: 77)
        let sent = generator.traces(120).shuffled(with: &generator)
        let folder = try TemporaryFolder()
        let path = folder.path("r.db")
        let writer = try StoreWriter(path: path)
        var acknowledged = 0
        for piece in generator.pieces(of: sent, most: 150) {
            try writer.add(SpanBatch(piece))
            acknowledged += piece.count
            let answers = try Store(path: path).read { try AnswerSums.answers(in: $0) }
            #expect(answers == AnswerSums.answers(of: sent.prefix(acknowledged)))
        }
        // One state of the file for a whole question, whatever is committed and sealed meanwhile; the writer does not
        // wait for its end.
        try Store(path: path).read { snapshot in
            #expect(try snapshot.summary().spans == sent.count)
            try writer.add(SpanBatch([shop(span(1, trace: 9_999))]))
            try writer.finish()
            #expect(try AnswerSums.answers(in: snapshot) == AnswerSums.answers(of: sent))
        }
        #expect(try spans(ofStoreAt: path).count == sent.count + 1)
        #expect(defects(ofStoreAt: path) == [])
    }
}

extension [ArrivingSpan] {
    fileprivate func shuffled(with generator: inout TraceGenerator) -> [ArrivingSpan] {
        map { (generator.below(1 << 40), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
