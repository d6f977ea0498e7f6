import Foundation

/// A program run once from start to end, as the operating system saw it.
struct MeasuredProcess {
    let seconds: Double
    /// Of the largest resident set; `nil` where the system does not say.
    let peakBytes: Int?
    let output: String

    struct Failed: Error {
        let command: [String]
        let exitCode: Int32
        let errors: String
    }

    /// - Throws: ``Failed`` when the exit code is not 0.
    init(_ command: [String]) throws {
        let folder = FileManager.default.temporaryDirectory
        let name = "ttaq-bench-\(ProcessInfo.processInfo.processIdentifier)"
        let files = ["out", "err"].map { folder.appendingPathComponent("\(name).\($0)").path }
        defer { for file in files { unlink(file) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, file) in files.enumerated() {
            posix_spawn_file_actions_addopen(
                &actions, Int32(descriptor + 1), file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let start = ContinuousClock().now
        let code = posix_spawn(&process, command[0], &actions, nil, &arguments, environ)
        guard code == 0 else { throw Failed(command: command, exitCode: code, errors: "can't be started") }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(process, &status, 0, &usage) == -1, errno == EINTR {}
        seconds = (ContinuousClock().now - start).seconds
        let texts = try files.map { String(decoding: try Data(contentsOf: URL(fileURLWithPath: $0)), as: UTF8.self) }
        output = texts[0]
        if status != 0 { throw Failed(command: command, exitCode: status >> 8, errors: texts[1]) }
        // Linux counts kilobytes, macOS bytes.
        #if os(Linux)
            peakBytes = Int(usage.ru_maxrss) * 1024
        #else
            peakBytes = Int(usage.ru_maxrss)
        #endif
    }
}

extension [Double] {
    /// Of a list that is not empty: the middle one, or the mean of the two in the middle.
    var median: Double {
        let sorted = sorted()
        let middle = count / 2
        return count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
