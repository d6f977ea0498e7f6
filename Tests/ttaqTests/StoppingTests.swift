import Foundation
import TestSupport
import Testing

/// `ingest` that is stopped by its user. A shell feeds it, says when everything is handed over but for what fits the
/// pipe, and holds the pipe open: only a signal ends it.
@Suite struct Stopping {
    /// More than two commits hold.
    private static let spans = 40_000

    /// Starts `ingest` and returns once it reads, when its signals are taken care of.
    private func started(_ spans: Int, in folder: TemporaryFolder) throws -> (child: ChildProcess, feeder: ChildProcess)
    {
        let lines = (1...spans).map { id in
            #"{"traceId":"\#(id / 100 + 1)","id":"\#(String(id, radix: 16))","timestamp":1,"duration":1}"#
        }
        _ = try folder.write(Array(lines.joined(separator: "\n").utf8), to: "in.jsonl")
        let pipe = Pipe()
        let feeder = try ChildProcess(
            executable: "/bin/sh", ["-c", "cat in.jsonl; echo > fed; exec sleep 600"], in: folder, output: pipe)
        let child = try ChildProcess("ingest", "-", "--db", "s.db", in: folder, input: pipe)
        // Both ends are the children's now.
        try pipe.fileHandleForReading.close()
        try pipe.fileHandleForWriting.close()
        while !FileManager.default.fileExists(atPath: folder.path("fed")), child.isRunning { usleep(10_000) }
        return (child, feeder)
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func keepsWhatWasCommittedAndSaysIt(_ signal: Int32, _ code: Int32) throws {
        let folder = try TemporaryFolder()
        let (child, feeder) = try started(Self.spans, in: folder)
        child.send(signal)
        let outcome = try child.outcome()
        _ = feeder.kill(afterSeconds: 0)
        #expect(outcome.exitCode == code)
        let stored = try #require(try outcome.count("spans"))
        #expect(stored >= 16_384 && stored <= Self.spans)
        let digits = stored >= 1000 ? "\(stored / 1000),\(String(stored % 1000 + 1000).dropFirst())" : "\(stored)"
        #expect(
            outcome.errors
                == "stopped: \(digits) spans of this call are stored; the same command again adds the rest\n")
        let check = try Program.run("db", "check", "--db", "s.db", in: folder)
        #expect(try check.count("spans") == stored)
        #expect(try check.count("problems") == 0)
        let again = try Program.run("ingest", "in.jsonl", "--db", "s.db", in: folder)
        #expect(try again.count("spans") == Self.spans - stored)
        #expect(try again.count("duplicate_spans") == stored)
    }

    /// Another writer holds the store, so that what the first signal asks for has to wait.
    @Test func endsAtOnceByTheSecondSignal() throws {
        let folder = try TemporaryFolder()
        let lock = open(folder.path("s.db-lock"), O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        try #require(lock >= 0 && flock(lock, LOCK_EX) == 0)
        defer { close(lock) }
        // More than a pipe holds.
        let (child, feeder) = try started(3000, in: folder)
        // Signals that come close together are taken for one.
        while child.isRunning {
            child.send(SIGINT)
            usleep(10_000)
        }
        let outcome = try child.outcome()
        _ = feeder.kill(afterSeconds: 0)
        #expect(outcome.exitCode == 130)
        #expect(outcome.output.isEmpty && outcome.errors.isEmpty)
    }
}

@Suite struct Progress {
    private static let script = "/usr/bin/script"

    /// `script` runs a command on a terminal of its own and keeps what that shows.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: script), "there is no script program here"))
    func isShownOnATerminalAndErasedAtTheEnd() throws {
        let folder = try TemporaryFolder()
        // Spans come through a pipe with a name until the line is there.
        let feed = """
            mkfifo in; (while ! grep -q ' read, ' shown 2>/dev/null; do echo '\(Self.span)'; sleep 0.05; done) > in &
            exec \(Self.script) -qefc '\(Program.executable.path) ingest in --db s.db' shown
            """
        let outcome = try ChildProcess(executable: "/bin/sh", ["-c", feed], in: folder).outcome()
        #expect(outcome.exitCode == 0)
        let shown = try String(contentsOfFile: folder.path("shown"), encoding: .utf8)
        #expect(shown.contains(" read, 0 spans, 0 a second") || shown.contains(" read, 1 span, "))
        // Nothing of it is left when the report comes.
        let last = try #require(shown.components(separatedBy: "\r\u{1B}[K").last)
        #expect(last.hasPrefix("{\"spans\":1,"))
    }

    @Test func isNotShownOtherwise() throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run("ingest", "-", "--db", "s.db", in: folder, input: Array(Self.span.utf8))
        #expect(outcome.exitCode == 0 && outcome.errors.isEmpty)
    }

    private static let span = #"{"traceId":"a","id":"9","timestamp":1,"duration":1}"#
}
