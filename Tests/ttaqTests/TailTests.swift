import Foundation
import JSONText
import TestSupport
import Testing
import TraceModel

@Suite struct Following {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try DemoStore.copy(to: "d.db", in: folder)
    }

    private func tail(_ arguments: String..., pipe: Pipe) throws -> ChildProcess {
        try ChildProcess(
            executable: Program.executable.path, ["tail", "--db", "d.db"] + arguments, in: folder, output: pipe)
    }

    private struct NothingCame: Error {}

    /// The next line of a pipe, waited for.
    ///
    /// - Throws: When nothing comes for so long that the test would hang.
    private func line(_ pipe: Pipe) throws -> String {
        var bytes: [UInt8] = []
        while true {
            var waiting = pollfd(fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 30_000) > 0, let byte = try pipe.fileHandleForReading.read(upToCount: 1)?.first
            else { throw NothingCame() }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }

    /// Ends the process too when the test fails on its way.
    private func ending(_ tail: ChildProcess, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            _ = tail.kill(afterSeconds: 0)
            throw error
        }
    }

    @Test func printsWhatAnotherProcessCommitsUntilCtrlC() throws {
        let pipe = Pipe()
        let tail = try tail("--last", "1s", "--where", "name != noise", "--format", "jsonl", pipe: pipe)
        try pipe.fileHandleForWriting.close()
        try ending(tail) { try follows(pipe) }
        tail.send(SIGINT)
        #expect(!tail.kill(afterSeconds: 30))
        let outcome = try tail.outcome()
        #expect(outcome.exitCode == 130)
        #expect(outcome.errors.contains("following d.db; Ctrl-C ends\n"))
    }

    private func follows(_ pipe: Pipe) throws {
        // Once the last second of the demo is there, it follows the file.
        let query =
            "SELECT count(*) AS n FROM spans, (SELECT max(start_unix_nano) AS last FROM spans) "
            + "WHERE start_unix_nano >= last - 1000000000"
        let count = try Program.run("sql", query, "--format", "json", "--db", "d.db", in: folder)
        let old = try #require(JSONValue(parsing: count.output).array?.first).number("n")
        #expect(old > 1)
        for _ in 0..<Int(old) { #expect(try JSONValue(parsing: line(pipe)).text("start_time") > "2026-11-20T10:57:35") }
        let request = WireWriter.request(
            { $0.spanBasics(id: 1) }, { $0.spanBasics(id: 2) })
        for id in [1, 3] {
            _ = try folder.write(id == 1 ? request : WireWriter.request { $0.spanBasics(id: 3) }, to: "r.pb")
            #expect(try Program.run("ingest", "r.pb", "--db", "d.db", in: folder).exitCode == 0)
            let found = try JSONValue(parsing: line(pipe))
            #expect(found.text("span_id").hasSuffix(String(id)), "\(found.text)")
            if id == 1 { #expect(try JSONValue(parsing: line(pipe)).text("span_id").hasSuffix("2")) }
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("d.db-wal")), "the store is one file again")
    }

    @Test func endsWhenNobodyReads() throws {
        let pipe = Pipe()
        let tail = try tail("--last", "1h", pipe: pipe)
        try pipe.fileHandleForWriting.close()
        try ending(tail) {
            let first = try line(pipe)
            #expect(first.hasPrefix("09:57:"))
        }
        try pipe.fileHandleForReading.close()
        #expect(!tail.kill(afterSeconds: 30))
        #expect(try tail.outcome().exitCode == 0)
    }
}
