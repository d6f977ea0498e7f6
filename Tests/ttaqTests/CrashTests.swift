import Foundation
import TestSupport
import Testing
import TraceModel

/// What becomes of a store whose writers are slow, meet a full disk at once, or do the same work; `RepeatedCrashes` has
/// the kills at any moment.
@Suite struct Crashes {
    /// Spans that come slowly are committed second by second: kills fall between and into several commits of one run.
    @Test(arguments: [0.9, 1.4, 1.9, 2.4]) func loseNothingByAKillInTheMiddleOfASlowRun(_ delay: Double) throws {
        let folder = try TemporaryFolder()
        let inputs = (0..<5 as Range<UInt64>).map { GeneratedInput($0, requests: 2) }
        try folder.write(inputs, to: "in")
        let pipe = Pipe()
        let feeder = try ChildProcess(
            executable: "/bin/sh", ["-c", "for file in in/*; do cat $file; sleep 0.55; done"], in: folder, output: pipe)
        let child = try ChildProcess("ingest", "-", "--db", "s.db", in: folder, input: pipe)
        #expect(child.kill(afterSeconds: delay))
        _ = feeder.kill(afterSeconds: 0)
        try expectSoundStore(folder, "killed after \(delay) s")
        try expectWholeStore(folder, of: inputs, "killed after \(delay) s")
    }

    @Test(.enabled(if: canTrace, "strace is not installed, or may not trace here"))
    func haveTheirStoreOnDiskBeforeTheyReport() throws {
        let folder = try TemporaryFolder()
        try folder.write([GeneratedInput(1, requests: 6)], to: "in")
        let child = try ChildProcess(
            executable: Self.strace,
            ["-f", "-y", "-o", "calls", "-e", "trace=fsync,fdatasync,write,pwrite64", Program.executable.path]
                + ["ingest", "in", "--db", "s.db"], in: folder)
        #expect(try child.outcome().exitCode == 0)
        let calls = try String(contentsOfFile: folder.path("calls"), encoding: .utf8).split(separator: "\n")
        let report = try #require(calls.firstIndex { $0.contains(" write(1<") })
        for file in ["/s.db>", "/s.db-wal>"] {
            let written = try #require(calls.lastIndex { $0.contains(" pwrite64(") && $0.contains(file) })
            #expect(written < report)
            // What was in the log is in the file once that is synced.
            let isSynced = calls[written..<report].contains { call in
                call.contains(" fdatasync(") || call.contains(" fsync(")
                    ? call.contains("/s.db>") || call.contains(file) : false
            }
            #expect(isSynced, "\(file)")
        }
    }

    @Test func storeEverySpanOnceWhereTwoWriteTheSame() throws {
        let folder = try TemporaryFolder()
        let input = GeneratedInput(1, requests: 20)
        try folder.write([input], to: "in")
        let children = try (0..<2).map { _ in try ChildProcess("ingest", "in", "--db", "s.db", in: folder) }
        var (spans, duplicates) = (0, 0)
        for child in children {
            let outcome = try child.outcome()
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            spans += try outcome.count("spans") ?? 0
            duplicates += try outcome.count("duplicate_spans") ?? 0
        }
        #expect(spans == input.spanCount)
        #expect(duplicates == input.spanCount)
        try expectWholeStore(folder, of: [input], "two writers of the same")
    }

    /// A limit on the size of files is met as a full disk is: a write ends early, here while the store is made.
    @Test(arguments: [1, 8, 100])
    func keepTheirStoreSoundWhereTheDiskIsFull(_ kibibytes: Int) throws {
        let folder = try TemporaryFolder()
        let inputs = (0..<2 as Range<UInt64>).map { GeneratedInput($0, requests: 10) }
        try folder.write(inputs, to: "in")
        let child = try ChildProcess(
            executable: "/bin/bash",
            ["-c", "trap '' XFSZ; ulimit -f \(kibibytes); exec \"$0\" \"$@\"", Program.executable.path]
                + ["ingest", "in", "--db", "s.db"], in: folder)
        let outcome = try child.outcome()
        #expect(outcome.exitCode == 1, "\(outcome.errors)")
        #expect(outcome.output.isEmpty, "no report of what is not stored")
        try expectSoundStore(folder, "a limit of \(kibibytes) KiB")
        try expectWholeStore(folder, of: inputs, "a limit of \(kibibytes) KiB")
    }
}

extension Crashes {
    private static let strace = "/usr/bin/strace"

    /// It may be there and not be allowed to trace, as in some containers.
    private static let canTrace: Bool = {
        guard let folder = try? TemporaryFolder(),
            let child = try? ChildProcess(executable: strace, ["-o", "calls", "/bin/true"], in: folder)
        else { return false }
        return (try? child.outcome().exitCode) == 0
    }()

    /// What is there is consistent. A file without a byte, which a writer that is stopped at its very start leaves, is
    /// no store yet.
    private func expectSoundStore(_ folder: TemporaryFolder, _ when: Comment) throws {
        guard FileManager.default.fileExists(atPath: folder.path("s.db")) else { return }
        let check = try Program.run("db", "check", "--db", "s.db", in: folder)
        if try folder.size(of: "s.db") == 0 { return }
        #expect(check.exitCode == 0, "\(when): \(check.errors)")
    }

    /// Once all inputs are read, every span is there once, in one file.
    private func expectWholeStore(_ folder: TemporaryFolder, of inputs: [GeneratedInput], _ when: Comment) throws {
        let all = inputs.reduce(0) { $0 + $1.spanCount }
        let report = try Program.run("ingest", "in", "--db", "s.db", in: folder)
        #expect(report.exitCode == 0, "\(when): \(report.errors)")
        #expect(try (report.count("spans") ?? 0) + (report.count("duplicate_spans") ?? 0) == all, when)
        let check = try Program.run("db", "check", "--db", "s.db", in: folder)
        #expect(check.exitCode == 0, "\(when): \(check.errors)")
        #expect(try check.count("spans") == all, when)
        #expect(try check.count("problems") == 0, when)
        #expect(try folder.companions(of: "s.db") == [], when)
        let fresh = try Program.run("ingest", "in", "--db", "fresh.db", in: folder)
        #expect(try fresh.count("spans") == all, when)
    }
}
