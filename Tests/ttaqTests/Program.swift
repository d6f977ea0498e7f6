import Foundation
import TestSupport

/// The built `ttaq`, run as a user runs it.
enum Program {
    struct Outcome {
        let exitCode: Int32
        let output: String
        let errors: String
    }

    /// Beside the test bundle, which is where the package manager puts both.
    static let executable: URL = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let folders = [bundle.deletingLastPathComponent(), Bundle.main.bundleURL.deletingLastPathComponent()]
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(".build/debug")
        let places = (folders + [checkout]).map { $0.appendingPathComponent("ttaq") }
        return places.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? checkout
    }()

    /// - Parameters:
    ///   - columns: The width of the screen; `nil` for output that goes into a pipe.
    ///   - input: What standard input has.
    static func run(
        _ arguments: String..., in folder: TemporaryFolder, columns: Int? = nil, input: [UInt8] = []
    ) throws -> Outcome {
        try run(arguments, in: folder, columns: columns, input: input)
    }

    static func run(
        _ arguments: [String], in folder: TemporaryFolder, columns: Int? = nil, input: [UInt8] = []
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path(""))
        var environment = ["PATH": "/usr/bin:/bin", "TZ": "UTC", "HOME": folder.path("")]
        if let columns { environment["COLUMNS"] = String(columns) }
        process.environment = environment
        // Files, not pipes: no pipe can fill up and block.
        let files = try ["stdin", "stdout", "stderr"].map { name in
            try FileHandle(
                forUpdating: URL(fileURLWithPath: try folder.write(name == "stdin" ? input : [], to: ".\(name)")))
        }
        process.standardInput = files[0]
        process.standardOutput = files[1]
        process.standardError = files[2]
        try process.run()
        process.waitUntilExit()
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: folder.path(".\(name)"))), as: UTF8.self)
        }
        return Outcome(exitCode: process.terminationStatus, output: try text("stdout"), errors: try text("stderr"))
    }
}

/// What `ttaq demo` makes, made once for all tests that ask it.
enum DemoStore {
    private static let made = Result<Data, any Error> {
        let folder = try TemporaryFolder()
        let outcome = try Program.run("demo", "--db", "made.db", in: folder)
        guard outcome.exitCode == 0 else { throw NotMade(errors: outcome.errors) }
        return try Data(contentsOf: URL(fileURLWithPath: folder.path("made.db")))
    }

    private struct NotMade: Error {
        let errors: String
    }

    /// Puts a copy into `folder`.
    static func copy(to name: String, in folder: TemporaryFolder) throws {
        try made.get().write(to: URL(fileURLWithPath: folder.path(name)))
    }
}

/// Whole outputs in `Golden/`.
enum Golden {
    /// - Parameter actual: What to record; `nil` to read only.
    static func text(_ name: String, recording actual: String? = nil) throws -> String {
        try Checkout.text("Tests/ttaqTests/Golden/\(name)", recording: actual)
    }
}
