import Foundation
import TraceModel
import Yams

/// A file of settings: a stream of YAML documents, bounded in size, without anchors.
///
/// Anchors are refused before the file is parsed: each alias of an alias doubles what a parser holds, so that a hundred
/// bytes can become gigabytes. libyaml itself bounds nesting at 1,000.
enum YAMLFile {
    static let mostBytes = 256 << 10

    /// The documents' top values; empty documents are left out.
    ///
    /// - Throws: ``ConfigError``.
    static func documents(_ path: String) throws -> [ConfigValue] {
        try documents(text(path), file: path)
    }

    static func documents(_ text: String, file: String) throws -> [ConfigValue] {
        if let place = firstAnchor(text, file) {
            throw ConfigError(place, expected: "YAML without anchors (&name) and aliases", found: "an anchor")
        }
        var documents: [ConfigValue] = []
        do {
            let parser = try Yams.Parser(yaml: text, encoding: .utf8)
            while let root = try parser.nextRoot() {
                let value = ConfigValue(root, ConfigPlace(file: file, line: 1, column: 1))
                if !value.isNothing { documents.append(value) }
            }
        } catch let error as YamlError {
            throw ConfigError(error, file)
        }
        return documents
    }

    private static func text(_ path: String) throws -> String {
        func wrong(_ found: String) -> ConfigError {
            ConfigError(ConfigPlace(file: path), expected: "a YAML file", found: found)
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw wrong("no file of that name")
        }
        if isFolder.boolValue { throw wrong("a folder") }
        guard let handle = FileHandle(forReadingAtPath: path) else { throw wrong("no permission to read it") }
        var data = Data()
        do {
            // A pipe gives what it has, piece by piece.
            while data.count <= mostBytes, let piece = try handle.read(upToCount: mostBytes + 1 - data.count),
                !piece.isEmpty
            {
                data += piece
            }
        } catch {
            throw wrong("one that can't be read to its end")
        }
        if data.count > mostBytes { throw wrong("more than \(mostBytes >> 10) KiB") }
        guard let text = String(validating: data, as: UTF8.self) else { throw wrong("bytes that are no UTF-8") }
        return text
    }

    /// The first `&name` where a value may begin: in a comment or text too, which costs a quote or a space there.
    private static func firstAnchor(_ text: String, _ file: String) -> ConfigPlace? {
        var (line, column): (Int, Int) = (1, 1)
        var (last, isAtAnchor): (UInt8, Bool) = (0x0A, false)
        for byte in text.utf8 {
            if isAtAnchor, isNamePart(byte) { return ConfigPlace(file: file, line: line, column: column - 1) }
            isAtAnchor = byte == UInt8(ascii: "&") && mayPrecedeValue(last)
            last = byte
            if byte == 0x0A {
                (line, column) = (line + 1, 1)
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return nil
    }

    /// Of anchors, as libyaml has them.
    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// What is no such byte goes on with the text before it, as in `R&D`.
    private static func mayPrecedeValue(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x20, UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "?"), UInt8(ascii: "-"), UInt8(ascii: "\""),
            UInt8(ascii: "'"), 0x80...0xFF:
            true
        default: false
        }
    }
}

extension ConfigError {
    init(_ error: YamlError, _ file: String) {
        func place(_ mark: Mark) -> ConfigPlace { ConfigPlace(file: file, line: mark.line, column: mark.column) }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(place(mark), expected: "YAML", found: "a mistake (\(problem))")
        case .duplicatedKeysInMapping(let keys, let context):
            self.init(place(context.mark), expected: "each key once", found: "'\(keys.first ?? "")' again")
        default: self.init(ConfigPlace(file: file), expected: "YAML", found: "what can't be read as such")
        }
    }
}
