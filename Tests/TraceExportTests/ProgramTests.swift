import Foundation
import TestSupport
import Testing
import TraceModel
import TraceStore

/// A program of its own, killed and watched.
@Suite struct ExportingPrograms {
    /// Starts it; its standard output comes through the pipe.
    private func start(_ arguments: [String], under tracer: [String] = []) throws -> (Process, Pipe) {
        let process = Process()
        let pipe = Pipe()
        let command = tracer + [Self.program.path] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return (process, pipe)
    }

    /// Lines until one fulfils the condition, or the end.
    private func lines(_ pipe: Pipe, until isLast: (String) -> Bool) -> [String] {
        var (text, lines): (String, [String]) = ("", [])
        while true {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { return lines }
            text += String(decoding: data, as: UTF8.self)
            while let end = text.firstIndex(of: "\n") {
                lines.append(String(text[..<end]))
                text = String(text[text.index(after: end)...])
                if isLast(lines[lines.count - 1]) { return lines }
            }
        }
    }

    private func kill(_ process: Process) {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    @Test(arguments: [1, 4, 9, 16]) func haveWhatAFlushReturnedForWhenTheyAreKilled(_ flushes: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let (process, pipe) = try start(["flushes", path])
        let said = lines(pipe) { $0 == String(flushes * 50) }
        kill(process)
        #expect(said.count == flushes)
        let stored = try storedCount(path)
        #expect(stored >= flushes * 50)
        #expect(try Store(path: path).read { try $0.check().problems } == [])
        // The next writer goes on from there.
        try StoreWriter(path: path, creating: false).finish()
        #expect(try storedCount(path) == stored)
    }

    /// Nothing asks for it: an interval after it has ended, a span is there.
    @Test func haveEarlierBatchesWhenTheyAreKilled() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let (process, pipe) = try start(["waits", path, "500"])
        _ = lines(pipe) { $0 == "made" }
        #expect(try await eventually { try storedCount(path) == 500 })
        kill(process)
        #expect(try storedCount(path) == 500)
        #expect(try Store(path: path).read { try $0.check().problems } == [])
    }

    @Test func writeToOneStoreTogether() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let programs = try (0..<3).map { _ in try start(["counts", path, "400"]) }
        for (process, pipe) in programs {
            #expect(lines(pipe) { _ in true } == ["durable"])
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
        #expect(try storedCount(path) == 1200)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["s.db"])
    }

    /// A limit on the size of files is met as a full disk is.
    @Test(arguments: [400, 640]) func goOnWhereTheDiskIsFullAndSayWhatIsLost(_ kibibytes: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let (process, pipe) = try start(
            ["counts", path, "20000"],
            under: ["/bin/bash", "-c", "trap '' XFSZ; ulimit -f \(kibibytes); exec \"$0\" \"$@\" 2>/dev/null"])
        #expect(lines(pipe) { _ in true }.first?.hasPrefix("failed(\(path): ") == true)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 0)
        #expect(try Store(path: path).read { try $0.check().problems } == [])
    }

    @Test(.enabled(if: canTrace, "strace is not installed, or may not trace here"))
    func haveTheLogOnDiskBeforeAFlushReturns() throws {
        let folder = try TemporaryFolder()
        let calls = folder.path("calls")
        let (process, pipe) = try start(
            ["flushes", folder.path("s.db"), "3"],
            under: [Self.strace, "-f", "-y", "-o", calls, "-e", "trace=fsync,fdatasync,write,pwrite64"])
        #expect(lines(pipe) { _ in false } == ["50", "100", "150"])
        process.waitUntilExit()
        let all = try String(contentsOfFile: calls, encoding: .utf8).split(separator: "\n")
        let report = try #require(all.firstIndex { $0.contains(" write(1<") && $0.contains("\"150\\n\"") })
        let written = try #require(all[..<report].lastIndex { $0.contains(" pwrite64(") && $0.contains("/s.db-wal>") })
        let isSynced = all[written..<report].contains { call in
            (call.contains(" fdatasync(") || call.contains(" fsync(")) && call.contains("/s.db-wal>")
        }
        #expect(isSynced)
    }

    private static let strace = "/usr/bin/strace"

    private static let canTrace: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: strace)
        process.arguments = ["-o", "/dev/null", "/bin/true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Beside the test bundle, which is where the package manager puts both.
    private static let program: URL = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let folders = [
            bundle.deletingLastPathComponent(), Bundle.main.bundleURL.deletingLastPathComponent(),
            Checkout.root.appendingPathComponent(".build/debug"),
        ]
        let places = folders.map { $0.appendingPathComponent("ExportProgram") }
        return places.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? places[0]
    }()
}
