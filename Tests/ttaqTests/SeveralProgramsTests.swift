import Foundation
import TestSupport
import Testing
import TraceModel
import TraceOTLP
import TraceStore

/// Programs that write, retain and back up one store at the same time, round after round. A round's runs take place an
/// hour after those of the round before; while three programs write them, others remove the runs before the last round's
/// and copy the store.
@Suite struct SeveralPrograms {
    private static let hour: UInt64 = 3_600_000
    private static let writers: UInt64 = 3
    /// At least so many rounds; with `TTAQ_SOAK_SECONDS` as many as that time has room for.
    private static let rounds: UInt64 = 4

    private func runs(_ round: UInt64, _ writer: UInt64, _ random: inout SplitMix64) -> [TraceSpan] {
        (1...30 as ClosedRange<UInt64>).flatMap { run in
            let trace = round << 32 | writer << 16 | run
            return (1...10 as ClosedRange<UInt64>).map { id in
                let text = (0..<10).map { _ in String(random.next(), radix: 36) }.joined(separator: " ")
                // Some are long, and some say the same.
                let said = String(repeating: id % 3 == 0 ? text : "all say this. ", count: Int(id))
                let start = round * Self.hour + run * 100 + id
                return span(
                    id, trace: trace, parent: id == 1 ? nil : id / 2, "step \(id % 4)", from: start, to: start + 50,
                    status: id == 7 ? 2 : 0,
                    ["session.id": .string("s\(trace)"), "said": .string(said), "llm.prompt_tokens": .int(Int64(id))])
            }
        }
    }

    @Test func keepEverySpanThatWasAcknowledgedAndNotRetained() throws {
        let seconds = ProcessInfo.processInfo.environment["TTAQ_SOAK_SECONDS"].flatMap { Double($0) } ?? 0
        let start = ContinuousClock.now
        let folder = try TemporaryFolder()
        var random = SplitMix64(seed: 77)
        var sent: [UInt64: Set<ArrivingSpan>] = [:]
        var round: UInt64 = 0
        while round < Self.rounds || ContinuousClock.now - start < .seconds(seconds) {
            round += 1
            sent[round] = []
            if round > 3 { sent[round - 3] = nil }
            var writing: [ChildProcess] = []
            for writer in 1...Self.writers {
                let spans = runs(round, writer, &random)
                sent[round]?.formUnion(spans.map { ArrivingSpan("shop", $0) })
                let parts = stride(from: 0, to: spans.count, by: 50).map {
                    Array(spans[$0..<min($0 + 50, spans.count)])
                }
                let lines = parts.flatMap { JSONTraceEncoder.encode(batch($0).groups) + [UInt8(ascii: "\n")] }
                _ = try folder.write(lines, to: "\(writer).jsonl")
                writing.append(try ChildProcess("ingest", "\(writer).jsonl", "--db", "s.db", in: folder))
            }
            if round > 1 { try maintain(folder, round, sent) }
            for writer in writing {
                let outcome = try writer.outcome()
                #expect(outcome.exitCode == 0, "round \(round): \(outcome.errors)")
            }
        }
        let left = (sent[round - 1] ?? []).union(sent[round] ?? [])
        let stored = try spans(ofStoreAt: folder.path("s.db"))
        #expect(stored.count == left.count && Set(stored) == left, "after \(round) rounds")
        // Rollups go on counting what was removed.
        let check = try Store(path: folder.path("s.db")).read { try $0.check() }
        #expect(check.problems == [])
    }

    /// Removes what ended before the last round and copies the store twice, at the same time.
    private func maintain(
        _ folder: TemporaryFolder, _ round: UInt64, _ sent: [UInt64: Set<ArrivingSpan>]
    ) throws {
        let horizon = Timestamp.utcText(milliseconds((round - 1) * Self.hour))
        let programs = [
            try ChildProcess("db", "backup", "pages.db", "--db", "s.db", in: folder),
            try ChildProcess("db", "retain", "--before", horizon, "--db", "s.db", in: folder),
            try ChildProcess("db", "backup", "runs.db", "--where", "name != nil", "--db", "s.db", in: folder),
        ]
        for program in programs {
            let outcome = try program.outcome()
            #expect(outcome.exitCode == 0, "round \(round): \(outcome.errors)")
        }
        let all = sent.values.reduce(into: Set<ArrivingSpan>()) { $0.formUnion($1) }
        let acknowledged = sent[round - 1] ?? []
        for name in ["pages.db", "runs.db"] {
            let copied = Set(try spans(ofStoreAt: folder.path(name)))
            #expect(copied.isSubset(of: all) && acknowledged.isSubset(of: copied), "round \(round), \(name)")
            try FileManager.default.removeItem(atPath: folder.path(name))
        }
    }
}
