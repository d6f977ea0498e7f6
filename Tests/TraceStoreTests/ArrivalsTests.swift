import TestSupport
import Testing
import TraceModel
import TraceStore

@Suite struct Arrivals {
    private let folder: TemporaryFolder
    private let path: String
    private let writer: StoreWriter

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("s.db")
        writer = try StoreWriter(path: path)
    }

    /// Names of what is new, in the order handed out.
    private func look(_ arrivals: inout SpanArrivals, where filter: BlockFilter? = nil) throws -> [String] {
        var names: [String] = []
        try Store(path: path).read { snapshot in
            try arrivals.forEachNew(in: snapshot, where: filter) { names.append($0.span.name) }
        }
        return names
    }

    @Test func areHandedOutOnceInOrderOfStart() throws {
        var arrivals = SpanArrivals()
        try writer.add(batch([span(1, "second", from: 5), span(2, "first", from: 1)]))
        #expect(try look(&arrivals) == ["first", "second"])
        #expect(try look(&arrivals) == [])
        try writer.add(batch([span(3, trace: 2, "third", from: 0), span(1, "a copy", from: 5)]))
        #expect(try look(&arrivals) == ["third"])
    }

    /// Spans go into blocks, and out again when something comes late: neither is news.
    @Test func areNotNewBecauseTheyAreSealed() throws {
        var arrivals = SpanArrivals()
        try writer.add(batch([span(1, "a"), span(1, trace: 2, "b")]))
        #expect(try look(&arrivals) == ["a", "b"])
        try writer.finish()
        #expect(try look(&arrivals) == [])
        try writer.add(batch([span(2, parent: 1, "late")]))
        #expect(try look(&arrivals) == ["late"])
        try writer.finish()
        #expect(try look(&arrivals) == [])
    }

    /// Between two looks.
    @Test func areFoundWhereTheyWereWrittenAndSealedAtOnce() throws {
        var arrivals = SpanArrivals()
        try writer.add(batch([span(1, "a"), span(1, trace: 2, "b")]))
        try writer.finish()
        #expect(try look(&arrivals) == ["a", "b"])
        try writer.add(batch([span(2, trace: 2, "c"), span(1, trace: 3, "d")]))
        try writer.finish()
        #expect(try look(&arrivals) == ["c", "d"])
    }

    @Test func waitForTheEndOfAnUnfinishedSpan() throws {
        var arrivals = SpanArrivals()
        try writer.add(batch([span(1, "open", to: nil), span(2, "closed")]))
        #expect(try look(&arrivals) == ["closed"])
        try writer.add(batch([span(1, "open", to: 9)]))
        #expect(try look(&arrivals) == ["open"])
        try writer.finish()
        #expect(try look(&arrivals) == [])
    }

    @Test func leaveOutWhatWasThereBeforeButForItsEnd() throws {
        var arrivals = SpanArrivals()
        try writer.add(batch([span(1, "old"), span(2, "open", to: nil)]))
        try writer.finish()
        try Store(path: path).read { try arrivals.skip($0) }
        try writer.add(batch([span(2, "open", to: 3), span(3, "new")]))
        #expect(try look(&arrivals) == ["open", "new"], "both start at once: in order of their rows")
    }

    @Test func areThoseThatMeetACondition() throws {
        var arrivals = SpanArrivals()
        try writer.add(batch([span(1, "a", from: 1), span(2, "b", from: 2)]))
        let lateOnes: BlockFilter = { block, selection in
            let starts = try block.startNanos()
            return starts.indices.map { (selection?[$0] ?? true) && starts[$0] > milliseconds(1) }
        }
        #expect(try look(&arrivals, where: lateOnes) == ["b"])
        #expect(try look(&arrivals) == [], "what a condition left out was seen")
    }
}
