import Foundation
import JSONText
import TestSupport
import Testing
import TraceModel
import TraceOTLP
import TraceStore

/// Files of OTLP JSON whose traces go on from file to file, so that each run takes traces out of blocks again.
private struct Inputs {
    let names: [String]
    let sent: [ArrivingSpan]

    init(seed: UInt64, files: Int, traces: Int, in folder: TemporaryFolder) throws {
        var generator = TraceGenerator(seed: seed)
        sent = generator.traces(traces)
        let delivery = generator.delivery(of: sent)
        let size = (delivery.count + files - 1) / files
        names = try (0..<files).map { number in
            let part = delivery.dropFirst(number * size).prefix(size)
            _ = try folder.write(JSONTraceEncoder.encode(SpanBatch(part).groups), to: "\(number).json")
            return "\(number).json"
        }
    }
}

@Suite struct RepeatedCrashes {
    /// 10 stores, 10 kills each, at moments from before the file exists until after the end. The moment is a share of
    /// how long a whole run takes, so that it falls anywhere in the run on any machine.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func leaveEveryAcknowledgedSpanOnceAndNothingHalf(_ seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let inputs = try Inputs(seed: seed, files: 10, traces: 60, in: folder)
        let start = ContinuousClock.now
        #expect(try Program.run("ingest", inputs.names[0], "--db", "whole.db", in: folder).exitCode == 0)
        let whole = (ContinuousClock.now - start) / .seconds(1)
        var random = SplitMix64(seed: seed)
        let path = folder.path("k.db")
        for (round, name) in inputs.names.enumerated() {
            let share = Double(random.next(upperBound: 1100 as UInt64)) / 1000
            let run = try ChildProcess("ingest", name, "--db", "k.db", in: folder)
            _ = run.kill(afterSeconds: whole * share)
            let outcome = try run.outcome()
            let found = try defectsAfterKill(path)
            #expect(found == [], "seed \(seed), kill \(round) after \(share) of a run")
            if found != [] { return }
            // A report that is out says that its spans are in the file for good.
            if !outcome.output.isEmpty {
                let again = try Program.run("ingest", name, "--db", "k.db", in: folder)
                #expect(try JSONValue(parsing: again.output).number("spans") == 0, "seed \(seed), kill \(round)")
            }
        }
        let again = try Program.run(["ingest"] + inputs.names + ["--db", "k.db"], in: folder)
        #expect(again.exitCode == 0, "\(again.errors)")
        #expect(defects(ofStoreAt: path) == [], "seed \(seed)")
        let stored = try spans(ofStoreAt: path)
        #expect(stored.count == inputs.sent.count && Set(stored) == Set(inputs.sent), "seed \(seed)")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("")).filter { $0.hasPrefix("k.db") }
        #expect(left == ["k.db"], "one file and no other")
    }

    /// A kill may come before there is a file, or before anything is in it.
    private func defectsAfterKill(_ path: String) throws -> [String] {
        do {
            _ = try Store(path: path)
        } catch StoreError.noSuchFile {
            return []
        } catch StoreError.notAStore {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
            return size == 0 ? [] : ["no store, with \(size ?? 0) bytes"]
        }
        return defects(ofStoreAt: path)
    }
}

@Suite struct KilledMaintenance {
    /// 12 kills of `db retain`, and 12 of `db compact` on what it left: nothing half removed, and rollups count all that
    /// was ever sent.
    @Test(arguments: 61...64 as ClosedRange<UInt64>) func leavesWholeRunsAndAllCounts(_ seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let inputs = try Inputs(seed: seed, files: 3, traces: 600, in: folder)
        #expect(try Program.run(["ingest"] + inputs.names + ["--db", "full.db"], in: folder).exitCode == 0)
        let horizon = milliseconds(3 * 3_600_000)
        let ends = inputs.sent.reduce(into: [TraceID: UInt64]()) { ends, sent in
            ends[sent.span.traceID] = max(ends[sent.span.traceID] ?? 0, sent.span.endNanos, sent.span.startNanos)
        }
        let kept = inputs.sent.filter { (ends[$0.span.traceID] ?? 0) >= horizon }
        #expect(kept.count > 100 && kept.count < inputs.sent.count - 100)
        let retain = ["db", "retain", "--before", "\(horizon / 1_000_000_000)", "--db", "k.db"]
        let compact = ["db", "compact", "--db", "k.db"]
        var random = SplitMix64(seed: seed)
        try copy("full.db", to: "k.db", in: folder)
        let whole = try seconds(retain, in: folder)
        let path = folder.path("k.db")
        for _ in 0..<3 {
            try copy("full.db", to: "k.db", in: folder)
            for command in [retain, compact] {
                let run = try ChildProcess(executable: Program.executable.path, command, in: folder)
                _ = run.kill(afterSeconds: whole * Double(random.next(upperBound: 1100 as UInt64)) / 1000)
                let left = try spans(ofStoreAt: path)
                #expect(Set(left).isSuperset(of: kept) && Set(left).isSubset(of: inputs.sent))
                #expect(
                    Set(left.map(\.span.traceID)).allSatisfy { trace in
                        left.count { $0.span.traceID == trace } == inputs.sent.count { $0.span.traceID == trace }
                    })
                try expectSound(path, counting: inputs.sent)
            }
            for command in [retain, compact] {
                #expect(try Program.run(command, in: folder).exitCode == 0)
                #expect(try Set(spans(ofStoreAt: path)) == Set(kept))
                try expectSound(path, counting: inputs.sent)
            }
        }
    }

    private func expectSound(_ path: String, counting sent: [ArrivingSpan]) throws {
        try Store(path: path).read { snapshot in
            #expect(try snapshot.check().problems == [])
            snapshot.mostCountedOneByOne = 0
            let coverage = try snapshot.coverage(.all, .service, isExact: false)
            var count = 0
            try snapshot.forEachRollup(.service, coverage.hours) { count += $1.spans }
            #expect(count == sent.count)
        }
    }

    private func copy(_ name: String, to other: String, in folder: TemporaryFolder) throws {
        for name in try folder.companions(of: other) + [other]
        where FileManager.default.fileExists(atPath: folder.path(name)) {
            try FileManager.default.removeItem(atPath: folder.path(name))
        }
        try FileManager.default.copyItem(atPath: folder.path(name), toPath: folder.path(other))
    }

    private func seconds(_ command: [String], in folder: TemporaryFolder) throws -> Double {
        let start = ContinuousClock.now
        #expect(try Program.run(command, in: folder).exitCode == 0)
        return (ContinuousClock.now - start) / .seconds(1)
    }
}

@Suite struct WritersAtOnce {
    private func ingest(_ runs: [[String]], in folder: TemporaryFolder) throws -> [JSONValue] {
        let running = try runs.map { files in
            try ChildProcess(
                executable: Program.executable.path, ["ingest"] + files + ["--db", "t.db"], in: folder)
        }
        return try running.map { run in
            let outcome = try run.outcome()
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            return try JSONValue(parsing: outcome.output)
        }
    }

    private func expect(_ sent: [ArrivingSpan], _ reports: [JSONValue], in folder: TemporaryFolder) throws {
        let path = folder.path("t.db")
        #expect(defects(ofStoreAt: path) == [])
        let stored = try spans(ofStoreAt: path)
        #expect(stored.count == sent.count && Set(stored) == Set(sent))
        #expect(reports.reduce(0) { $0 + $1.number("spans") } >= Double(sent.count))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("")).filter { $0.hasPrefix("t.db") }
        #expect(left == ["t.db"])
    }

    /// Each process has some spans of every trace.
    @Test(arguments: 21...24 as ClosedRange<UInt64>) func ingestDifferentFilesIntoOneStoreAtOnce(_ seed: UInt64) throws
    {
        let folder = try TemporaryFolder()
        let inputs = try Inputs(seed: seed, files: 9, traces: 80, in: folder)
        let reports = try ingest((0..<3).map { Array(inputs.names[($0 * 3)..<($0 * 3 + 3)]) }, in: folder)
        try expect(inputs.sent, reports, in: folder)
    }

    /// A reader asks while another process writes: whatever is there counts once, and there is never less of it.
    @Test func letAReaderSeeWholeTransactionsOnly() throws {
        let folder = try TemporaryFolder()
        let inputs = try Inputs(seed: 41, files: 6, traces: 300, in: folder)
        let path = folder.path("t.db")
        try makeStore(at: path, SpanBatch([]))
        var seen = 0
        for name in inputs.names {
            let run = try ChildProcess("ingest", name, "--db", "t.db", in: folder)
            repeat {
                let isRunning = run.isRunning
                let (count, problems) = try Store(path: path).read { snapshot in
                    (try snapshot.summary().spans, try snapshot.check().problems)
                }
                #expect(problems == [] && count >= seen)
                seen = count
                if !isRunning { break }
            } while true
            #expect(try run.outcome().exitCode == 0)
        }
        #expect(seen == inputs.sent.count)
        #expect(defects(ofStoreAt: path) == [])
    }
}

@Suite struct FullDisk {
    /// A limit on the size of files stands for a full disk. A process that does not ignore the signal is killed by it.
    @Test(arguments: [20, 60, 120, 180, 240], ["trap '' XFSZ; ", ""])
    func leavesWhatWasThereAndLetsALaterRunEndTheWork(_ room: Int, _ signal: String) throws {
        let folder = try TemporaryFolder()
        let inputs = try Inputs(seed: 51, files: 2, traces: 400, in: folder)
        let path = folder.path("f.db")
        #expect(try Program.run("ingest", inputs.names[0], "--db", "f.db", in: folder).exitCode == 0)
        let before = try spans(ofStoreAt: path)
        // Of 1,024 bytes each, as bash counts.
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        let limit = (size?.intValue ?? 0) / 1024 + room - 100
        let failed = try ChildProcess(
            executable: "/bin/bash",
            [
                "-c", "\(signal)ulimit -f \(limit); exec $0 ingest \(inputs.names[1]) --db f.db",
                Program.executable.path,
            ], in: folder
        ).outcome()
        #expect((failed.exitCode == 0) == !failed.output.isEmpty, "a report only of what is stored: \(failed)")
        #expect(defects(ofStoreAt: path) == [])
        let finished = Set(before.filter { $0.span.endNanos != 0 })
        let afterwards = try spans(ofStoreAt: path)
        #expect(finished.isSubset(of: afterwards) && afterwards.count >= before.count)
        #expect(try Program.run(["ingest"] + inputs.names + ["--db", "f.db"], in: folder).exitCode == 0)
        let stored = try spans(ofStoreAt: path)
        #expect(stored.count == inputs.sent.count && Set(stored) == Set(inputs.sent))
        #expect(defects(ofStoreAt: path) == [])
    }
}
