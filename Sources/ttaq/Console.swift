import Foundation
import TraceModel
import TraceReport

/// Where answers and words go: rows to stdout or a file, words to stderr.
struct Console: ~Copyable {
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private let path: String?

    /// - Parameter path: A file to write instead of stdout; it is replaced, unless it is a database.
    /// - Throws: ``Failure``.
    init(path: String? = nil) throws {
        self.path = path
        guard let path else {
            handle = .standardOutput
            return
        }
        if Self.isDatabase(path) {
            throw Failure("\(path): is an SQLite database and is not overwritten; name another file for --output")
        }
        // Opened in place: devices, pipes and links stay what they are, and an old file keeps its mode.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else {
            throw Failure("\(path): can't be written; name a file in a folder that exists and that you may write to")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// A slip in --output must not cost a store.
    private static func isDatabase(_ path: String) -> Bool {
        var status = stat()
        // Only a regular file: reading a pipe or a device would take from it, or wait.
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let file = FileHandle(forReadingAtPath: path)
        else { return false }
        do {
            return try file.read(upToCount: 16) == Data("SQLite format 3\0".utf8)
        } catch {
            // Opening it for writing comes next, and says what is wrong.
            return false
        }
    }

    mutating func write(_ text: String) throws {
        buffer += text.utf8
        if buffer.count > 64 * 1024 { try flush() }
    }

    mutating func write(_ bytes: [UInt8]) throws {
        buffer += bytes
        if buffer.count > 64 * 1024 { try flush() }
    }

    mutating func flush() throws {
        do {
            try handle.write(contentsOf: Data(buffer))
        } catch {
            throw Failure("\(path ?? "standard output"): can't be written to its end; is the disk full?")
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// One line on stderr.
    static func error(_ line: String) {
        do {
            try FileHandle.standardError.write(contentsOf: Data((HumanText.printable(line) + "\n").utf8))
        } catch {
            // There is nowhere left to say it.
        }
    }

    static var outputIsTerminal: Bool { isatty(FileHandle.standardOutput.fileDescriptor) == 1 }

    /// Columns of the terminal that stderr is; 80 when they are not known.
    static var errorWidth: Int { width(of: STDERR_FILENO) ?? 80 }

    private static func width(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20 else { return nil }
        return Int(size.ws_col)
    }

    /// Columns of the terminal that stdout is, or of `$COLUMNS`; `nil` when stdout is no terminal.
    static var outputWidth: Int? {
        if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int($0) }), columns >= 20 {
            return columns
        }
        return outputIsTerminal ? width(of: STDOUT_FILENO) ?? 80 : nil
    }
}
