import Foundation
import GRDB
import TestSupport
import Testing
import TraceModel
import TraceStore

@Suite struct Maintaining {
    private func check(_ path: String) throws -> StoreCheck { try Store(path: path).read { try $0.check() } }

    private func spans(_ path: String) throws -> Int { try Store(path: path).read { try $0.summary() }.spans }

    @Test func manySmallIngestsLeaveFewBlocks() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        for trace in 1...100 as ClosedRange<UInt64> { try makeStore(at: path, batch([span(1, trace: trace)])) }
        let found = try check(path)
        #expect(found.spans == 100)
        #expect(found.problems == [])
        #expect(found.blocks <= 7, "as many as 100 has bits")
    }

    @Test func partsATraceThatIsLongerThanABlock() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        let many = (1...70_000 as ClosedRange<UInt64>).map { span($0, parent: $0 == 1 ? nil : 1) }
        try makeStore(at: path, batch([span(1, trace: 2)]), batch(many))
        #expect(try check(path).problems == [])
        // One more span takes the whole trace out of its blocks and puts it in again.
        try makeStore(at: path, batch([span(70_001, parent: 70_000)]))
        let found = try check(path)
        #expect(found.spans == 70_002)
        #expect(found.problems == [])
        let writer = try StoreWriter(path: path)
        #expect(try writer.retain(endingSince: .max).spans == 70_002)
        #expect(try spans(path) == 0)
    }

    @Test func aSpanThatEndsWithTheClockKeepsNoOtherRun() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        var last = span(1, trace: 2)
        last.startNanos = 1 << 63
        last.endNanos = .max
        try makeStore(at: path, batch([span(1, trace: 1)]), batch([last]))
        #expect(try StoreWriter(path: path).retain(endingSince: .max).traces == 1)
        #expect(try spans(path) == 1)
        #expect(try check(path).problems == [])
    }

    /// A file from elsewhere may hold anything: it is refused, without a crash or an endless loop.
    @Test(arguments: ["removed = x'ff'", "min_start_nanos = max_start_nanos", "max_start_nanos = min_start_nanos"])
    func refusesABlockThatDisagreesWithItself(_ change: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        try filled(path)
        try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE block SET \(change)") }
        #expect(throws: StoreError.self) { try check(path) }
    }

    @Test(arguments: ["spans = 1 << 32", "sketch = x'0000'"])
    func refusesARollupThatNoStoreHas(_ change: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        try filled(path)
        try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE rollup SET \(change)") }
        #expect(throws: StoreError.self) { try check(path) }
    }

    @Test func sumsOfTheLargestCostsStayFinite() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        let spans = ([1e308, 1e308, 1e15] as [Double]).enumerated().map { index, cost in
            span(
                1, trace: UInt64(index + 1), ["gen_ai.operation.name": .string("chat"), "llm.cost_usd": .double(cost)])
        }
        try makeStore(at: path, batch(spans))
        try makeStore(at: path, batch([span(2, trace: 1), span(2, trace: 2), span(2, trace: 3)]))
        #expect(try check(path).problems == [])
        let costs = try DatabaseQueue(path: path).read { try Double.fetchSet($0, sql: "SELECT cost_usd FROM rollup") }
        #expect(costs == [1e15])
    }

    /// Each span's numbers are found without looking through those of its trace.
    @Test(.timeLimit(.minutes(1))) func checksALongTraceWithNumbers() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        let many = (1...40_000 as ClosedRange<UInt64>).map { span($0, ["llm.prompt_tokens": .int(Int64($0))]) }
        try makeStore(at: path, batch(many))
        #expect(try check(path).problems == [])
    }

    /// Traces that end at 100, 200, …, 1000 seconds.
    private func filled(_ path: String) throws {
        for trace in 1...10 as ClosedRange<UInt64> {
            var parent = span(1, trace: trace, ["session.id": .string("s\(trace)")])
            parent.startNanos = trace * 100_000_000_000 - 10
            parent.endNanos = trace * 100_000_000_000
            var child = span(
                2, trace: trace, parent: 1, ["input.value": .string(String(repeating: "\(trace) ", count: 900))])
            child.startNanos = parent.startNanos
            child.endNanos = parent.startNanos + 1
            try makeStore(at: path, batch([child, parent]))
        }
    }

    @Test(arguments: [(0, 0), (300, 2), (301, 3), (2000, 10)] as [(UInt64, Int)])
    func retainRemovesTheTracesThatEndedBefore(_ seconds: UInt64, _ removed: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        try filled(path)
        let counts = try StoreWriter(path: path).retain(endingSince: seconds * 1_000_000_000)
        #expect(counts.traces == removed)
        #expect(counts.spans == 2 * removed)
        #expect(try spans(path) == 20 - 2 * removed)
        #expect(try check(path).problems == [])
        #expect(try Store(path: path).read { try $0.startRange() } == nil || removed < 10)
    }

    @Test func compactDropsWhatNoSpanHasAnyMore() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        try filled(path)
        let writer = try StoreWriter(path: path)
        _ = try writer.retain(endingSince: 800_000_000_000)
        let counts = try writer.compact()
        #expect(counts.contexts == 14, "two of each removed trace")
        #expect(counts.contentPieces > 0)
        #expect(try writer.compact() == CompactCounts(), "a second time there is nothing to do")
        var texts: Set<String> = []
        try Store(path: path).read { snapshot in
            try snapshot.scanWithDetail(.all) { texts.insert($0.span.attributes["input.value"]?.string ?? "") }
        }
        #expect(texts == Set(["", "8 ", "9 ", "10 "].map { String(repeating: $0, count: 900) }))
    }

    @Test func anotherWriterGoesOnMeanwhile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        try filled(path)
        let other = try StoreWriter(path: path)
        try other.add(batch([span(3, trace: 1, parent: 1, ["session.id": "s1"])]))
        let writer = try StoreWriter(path: path)
        _ = try writer.retain(endingSince: 900_000_000_000)
        _ = try writer.compact()
        // What the other writer remembers of the trace and its context is gone from the file.
        try other.add(batch([span(4, trace: 1, parent: 1, ["session.id": "s1"])]))
        try other.finish()
        #expect(try check(path).problems == [])
        var sessions: [String] = []
        try Store(path: path).read { snapshot in
            try snapshot.scanWithDetail(.all) { sessions.append($0.row.context[.sessionID] ?? "-") }
        }
        #expect(sessions.contains("s1"))
    }

    @Test(arguments: [
        "UPDATE rollup SET errors = errors + 1", "UPDATE rollup SET spans = spans - 1", "DELETE FROM rollup",
        "UPDATE rollup SET max_nanos = max_nanos - 1 WHERE max_nanos > min_nanos",
        "UPDATE rollup SET rollup_id = rollup_id + (1 << 24)",
        "UPDATE rollup SET sketch = CAST(x'05' || substr(sketch, 2) AS BLOB)", "UPDATE rollup SET calls = 5",
    ])
    func checkFindsRollupsThatAreNotTheSumOfBlocks(_ sql: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        try filled(path)
        #expect(try check(path).problems == [])
        try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
        let problems = try check(path).problems
        #expect(!problems.isEmpty && problems.allSatisfy { $0.hasPrefix("rollup ") })
    }

    @Test func theViewOfRollupsIsForPeople() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        try filled(path)
        let rows = try DatabaseQueue(path: path).read { db in
            try Row.fetchAll(
                db, sql: "SELECT hour, dimensions ->> 'service', spans, max_ms FROM rollups WHERE family = 'service'")
        }
        // Ten runs of two spans in the first quarter of an hour.
        #expect(rows.map { $0[0] as String } == ["1970-01-01T00:00:00Z"])
        #expect(rows.map { $0[1] as String? } == ["shop"])
        #expect(rows.map { $0[2] as Int } == [20])
        #expect(rows.map { $0[3] as Double } == [10 / 1e6])
    }

    /// Sums of doubles would keep a rest: 2^60 + 1,000,000 - 2^60.
    @Test func rollupsAreExactAfterSpansWereTakenAway() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        var long = span(1, trace: 1, parent: 9, from: 0, to: 1)
        long.endNanos = long.startNanos + 1 << 60
        try makeStore(at: path, batch([long, span(1, trace: 2, parent: 9, from: 0, to: 1)]))
        // The parent of the long one: it is no orphan any more.
        try makeStore(at: path, batch([span(9, trace: 1, from: 0, to: 1)]))
        #expect(try check(path).problems == [])
        var orphans = RollupSums()
        try Store(path: path).read { snapshot in
            try snapshot.forEachRollup(.serviceConnection, 0..<RollupHour.end) {
                if $0 == [nil, nil, nil] { orphans += $1 }
            }
        }
        #expect(orphans.spans == 1 && orphans.nanos == 1_000_000)
    }

    /// However the copies are cut into batches, and although a later span makes a trace of that id again.
    @Test(arguments: [1, 2, 3]) func copiesOfRemovedSpansAreRefusedWithALaterSpanToo(_ size: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        let old = [span(1, from: 0, to: 10), span(2, parent: 1, from: 0, to: 5)]
        try makeStore(at: path, batch(old + [span(1, trace: 2, from: 90, to: 100)]))
        let writer = try StoreWriter(path: path)
        let removed = try writer.retain(endingSince: milliseconds(50))
        #expect(removed.spans == 2)
        let again = [span(3, parent: 1, from: 60, to: 70)] + old
        for start in stride(from: 0, to: 3, by: size) {
            try writer.add(batch(Array(again[start..<min(start + size, 3)])))
        }
        try writer.finish()
        #expect(writer.committed.spans == 1 && writer.committed.spansBeforeHorizon == 2)
        #expect(try check(path).problems == [])
        // A late span of a run that was there when others were removed is taken, however old it is.
        try makeStore(at: path, batch([span(2, trace: 2, parent: 1, from: 0, to: 5)]))
        #expect(try spans(path) == 3)
    }

    @Test func aRunThatEndsInThreeCenturiesIsKept() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        var far = span(1, from: 0, to: 1)
        far.endNanos = 1 << 63 + far.startNanos
        try makeStore(at: path, batch([far]))
        #expect(try StoreWriter(path: path).retain(endingSince: milliseconds(50)) == RetainCounts())
        #expect(try spans(path) == 1)
    }

    @Test func aWriterSaysThatAFileIsDamaged() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.db")
        try makeStore(at: path, batch([span(1)]))
        try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE rollup SET sketch = x'0203'") }
        #expect(throws: StoreError.damaged(path: path)) { try makeStore(at: path, batch([span(2)])) }
    }
}
