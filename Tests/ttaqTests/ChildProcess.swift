import Foundation
import TestSupport

/// A program that runs beside the test: to be killed, limited, watched, or one of several.
final class ChildProcess {
    private let process = Process()
    private let ended = DispatchSemaphore(value: 0)
    private var hasEnded = false
    private let output: URL
    private let errors: URL

    /// `ttaq` with these arguments.
    ///
    /// - Parameter input: What it reads on standard input; nothing unless told.
    convenience init(_ arguments: String..., in folder: TemporaryFolder, input: Any? = nil) throws {
        try self.init(executable: Program.executable.path, arguments, in: folder, input: input)
    }

    /// Starts it.
    init(
        executable: String, _ arguments: [String], in folder: TemporaryFolder, input: Any? = nil,
        output pipe: Pipe? = nil
    ) throws {
        let name = ".\(UUID().uuidString)"
        output = URL(fileURLWithPath: try folder.write([], to: name + ".out"))
        errors = URL(fileURLWithPath: try folder.write([], to: name + ".err"))
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path(""))
        process.environment = ["PATH": "/usr/bin:/bin", "TZ": "UTC", "HOME": folder.path("")]
        process.standardInput = input ?? FileHandle.nullDevice
        process.standardOutput = try pipe ?? FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
    }

    /// Sends SIGKILL after so long, unless it has ended by then.
    ///
    /// - Returns: Whether it was killed.
    func kill(afterSeconds seconds: Double) -> Bool {
        if ended.wait(timeout: .now() + seconds) == .timedOut {
            Foundation.kill(process.processIdentifier, SIGKILL)
            ended.wait()
        }
        hasEnded = true
        return process.terminationReason == .uncaughtSignal
    }

    func send(_ signal: Int32) { Foundation.kill(process.processIdentifier, signal) }

    var isRunning: Bool { process.isRunning }

    /// Waits for its end; once it was killed there is nothing to wait for.
    func outcome() throws -> Program.Outcome {
        if !hasEnded { ended.wait() }
        func text(_ file: URL) throws -> String { String(decoding: try Data(contentsOf: file), as: UTF8.self) }
        return Program.Outcome(
            exitCode: process.terminationStatus, output: try text(output), errors: try text(errors))
    }
}
