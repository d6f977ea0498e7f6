import Foundation
import TraceModel

/// One thing to read: a file, or standard input.
package struct Input: Hashable, Sendable {
    /// As messages name it.
    package let name: String
    /// `nil` for standard input. Bytes of a file's name that are no UTF-8 are kept as `ByteText`.
    package let path: String?
    /// Found inside a folder, rather than named by the user.
    package let isFromFolder: Bool

    package init(name: String, path: String?, isFromFolder: Bool = false) {
        self.name = name
        self.path = path
        self.isFromFolder = isFromFolder
    }

    /// Bytes of a regular file as it is now; `nil` for everything else.
    package var size: Int? {
        guard let path, case .regular(let size)? = FileKind(path) else { return nil }
        return size
    }
}

/// What arguments name: the inputs, and what there is not.
package struct InputList: Sendable {
    package private(set) var inputs: [Input] = []
    /// A path that does not exist or can't be listed; a folder without a file.
    package private(set) var failures: [InputError] = []

    /// Folders are replaced by the regular files below them in order of their paths. Hidden files and symbolic links to
    /// folders inside a folder are left out, so that no loop is walked.
    ///
    /// - Parameter arguments: Paths; `-` is standard input.
    package init(_ arguments: [String]) {
        for argument in arguments {
            if argument == "-" {
                inputs.append(Input(name: "standard input", path: nil))
                continue
            }
            let path = ByteText.text(Array(argument.utf8)[...])
            switch FileKind(path) {
            case nil: fail(argument, expected: "a file or a folder", found: FileKind.reason)
            case .folder: addFiles(below: path, as: argument)
            case .regular, .other: inputs.append(Input(name: argument, path: path))
            }
        }
    }

    private mutating func addFiles(below folder: String, as name: String) {
        var found: [Input] = []
        var waiting = [(path: folder, name: name)]
        let before = failures.count
        while let (path, name) = waiting.popLast() {
            guard let entries = FileKind.entries(of: path) else {
                fail(name, expected: "a folder that can be listed", found: FileKind.reason)
                continue
            }
            for entry in entries where !entry.utf8.starts(with: ".".utf8) {
                let inside = (path: joined(path, entry), name: joined(name, entry))
                switch FileKind(inside.path) {
                // A link to a folder may lead back to where it stands.
                case .folder: if !FileKind.isLink(inside.path) { waiting.append(inside) }
                case .regular: found.append(Input(name: inside.name, path: inside.path, isFromFolder: true))
                // Devices, pipes, and links to nothing.
                case .other, nil: break
                }
            }
        }
        if found.isEmpty, failures.count == before {
            fail(name, expected: "files in the folder", found: "none")
        }
        inputs += found.sorted { ($0.path ?? "").utf8.lexicographicallyPrecedes(($1.path ?? "").utf8) }
    }

    private func joined(_ folder: String, _ entry: String) -> String {
        folder.utf8.last == UInt8(ascii: "/") ? folder + entry : folder + "/" + entry
    }

    private mutating func fail(_ name: String, expected: String, found: String) {
        failures.append(InputError(name: name, place: .whole, expected: expected, found: found))
    }
}

/// What stands at a path, links followed. Paths are `ByteText`.
private enum FileKind {
    case folder
    case regular(size: Int)
    case other

    init?(_ path: String) {
        var status = stat()
        let code = ByteText.withPath(path) { stat($0, &status) }
        guard code == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: self = .folder
        case S_IFREG: self = .regular(size: Int(status.st_size))
        default: self = .other
        }
    }

    static func isLink(_ path: String) -> Bool {
        var status = stat()
        return ByteText.withPath(path) { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Names in a folder, in no order; `nil` when it can't be listed.
    static func entries(of folder: String) -> [String]? {
        guard let handle = ByteText.withPath(folder, { opendir($0) }) else { return nil }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 1) { bytes in
                    ByteText.text(
                        UnsafeRawBufferPointer(start: bytes, count: strlen(UnsafePointer<CChar>(OpaquePointer(bytes)))))
                }
            }
            names.append(name)
        }
        return names
    }

    /// Why the last call failed, in words.
    static var reason: String {
        switch errno {
        case ENOENT, ENOTDIR: "nothing of that name"
        case EACCES, EPERM: "no permission"
        default: String(cString: strerror(errno)).lowercased()
        }
    }
}

extension ByteText {
    /// - Parameter body: Gets the path's bytes as the system takes them.
    fileprivate static func withPath<Result>(_ path: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let bytes = bytes(of: path).map { CChar(bitPattern: $0) } + [0]
        return bytes.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("it ends with a zero") }
            return body(start)
        }
    }
}

/// Bytes in pieces, from a file or standard input.
final class ByteSource {
    private let input: Input
    private let descriptor: Int32
    /// What a regular file had when it was opened.
    private let size: Int
    private var bytesRead = 0

    /// - Throws: ``InputError``.
    init(_ input: Input) throws {
        self.input = input
        guard let path = input.path else {
            descriptor = STDIN_FILENO
            size = 0
            return
        }
        descriptor = ByteText.withPath(path) { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            size = 0
            throw input.error(.whole, expected: "a file that can be read", found: FileKind.reason)
        }
        var status = stat()
        size = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
    }

    deinit {
        if input.path != nil, descriptor >= 0 { close(descriptor) }
    }

    /// Up to `count` bytes, none at the end. A file that grows meanwhile is read to where it ends then.
    ///
    /// - Throws: ``InputError``, also for a file that ends before the size it had.
    func read(_ count: Int) throws -> [UInt8] {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            repeat {
                result = Foundation.read(descriptor, buffer.baseAddress, count)
            } while result < 0 && errno == EINTR
            filled = max(result, 0)
        }
        if result < 0 {
            throw input.error(.byte(bytesRead), expected: "a file that can be read", found: FileKind.reason)
        }
        bytesRead += bytes.count
        if bytes.isEmpty, bytesRead < size {
            throw input.error(
                .byte(bytesRead), expected: "\(size) bytes, as when it was opened", found: "the end of the file",
                cure: "something shortened it meanwhile: read it again when nobody writes to it")
        }
        return bytes
    }
}
