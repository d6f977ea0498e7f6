import Foundation

/// One thing to read: a file, or standard input.
package struct Input: Hashable, Sendable {
    /// As messages name it.
    package let name: String
    /// `nil` for standard input.
    package let path: String?
    /// Found inside a folder, rather than named by the user.
    package let isFromFolder: Bool

    package init(name: String, path: String?, isFromFolder: Bool = false) {
        self.name = name
        self.path = path
        self.isFromFolder = isFromFolder
    }

    /// The files that `arguments` name, folders replaced by the regular files below them in order of their paths.
    /// Hidden files and symbolic links to folders inside a folder are left out, so that no loop is walked.
    ///
    /// - Throws: ``InputError`` when a path does not exist or can't be listed, or a folder holds no file.
    package static func expand(_ arguments: [String]) throws -> [Input] {
        try arguments.flatMap { argument -> [Input] in
            if argument == "-" { return [Input(name: "standard input", path: nil)] }
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: argument, isDirectory: &isDirectory) else {
                throw InputError(
                    name: argument, place: .whole, expected: "a file or a folder", found: "nothing of that name")
            }
            return isDirectory.boolValue ? try files(below: argument) : [Input(name: argument, path: argument)]
        }
    }

    private static func files(below folder: String) throws -> [Input] {
        let root = URL(fileURLWithPath: folder)
        guard FileManager.default.isReadableFile(atPath: folder),
            let walk = FileManager.default.enumerator(
                at: root, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
        else {
            throw InputError(
                name: folder, place: .whole, expected: "a folder that can be listed", found: "no permission")
        }
        var paths: [String] = []
        for case let url as URL in walk {
            var isDirectory: ObjCBool = false
            // Follows links, so that one to a file is a file; a link to a folder is not walked.
            let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
            let type = try FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
            if exists, !isDirectory.boolValue, type == .typeRegular || type == .typeSymbolicLink {
                paths.append(url.path)
            }
        }
        if paths.isEmpty {
            throw InputError(name: folder, place: .whole, expected: "files in the folder", found: "none")
        }
        let prefix = root.path + "/"
        return paths.sorted().map { path in
            let inside = path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
            let name = folder.hasSuffix("/") ? folder + inside : folder + "/" + inside
            return Input(name: name, path: path, isFromFolder: true)
        }
    }
}

/// Bytes in pieces, from a file or standard input.
struct ByteSource {
    private let handle: FileHandle

    init(_ input: Input) throws {
        guard let path = input.path else {
            handle = .standardInput
            return
        }
        guard let opened = FileHandle(forReadingAtPath: path) else {
            throw InputError(
                name: input.name, place: .whole, expected: "a file that can be read", found: "no permission")
        }
        handle = opened
    }

    /// Up to `count` bytes, none at the end.
    func read(_ count: Int) throws -> [UInt8] {
        Array(try handle.read(upToCount: count) ?? Data())
    }
}
