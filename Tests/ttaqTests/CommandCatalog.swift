import Foundation
import TestSupport

/// Every command as the program tells of itself: what the reference page and the manual page are made of.
struct CommandCatalog {
    /// A command or one of its subcommands.
    struct Command {
        /// What is typed, `ttaq` included.
        let name: String
        let abstract: String
        /// Without the examples.
        let discussion: [String]
        let examples: [String]
        /// How it is called, a line each.
        let usage: [String]
        /// What others don't have.
        let own: [Argument]
        /// Options that many commands share, as ``common`` has them.
        let shared: [Argument]
        let subcommands: [Command]
    }

    struct Argument: Hashable {
        /// `--by <fields>`, `<file>`.
        let spelling: String
        let isOption: Bool
        /// What it does, its default and values included.
        let text: String
    }

    /// A heading of the program's help, and what stands below it.
    struct Group {
        let title: String
        let commands: [Command]
    }

    let abstract: String
    let discussion: [String]
    let usage: [String]
    let groups: [Group]
    /// Options that at least five commands have, each spelt and said alike.
    let common: [Argument]

    init() throws {
        let folder = try TemporaryFolder()
        let dump = try Program.run("--experimental-dump-help", in: folder)
        let root = try JSONDecoder().decode(ToolInfo.self, from: Data(dump.output.utf8)).command
        func help(_ path: [String]) throws -> String {
            try Program.run(path + ["--help"], in: folder, columns: 400).output
        }
        var uses: [Argument: Int] = [:]
        func count(_ info: CommandInfo) {
            for argument in info.listed.map(\.argument) where argument.isOption { uses[argument, default: 0] += 1 }
            info.subcommands?.forEach(count)
        }
        count(root)
        func command(_ info: CommandInfo, _ path: [String]) throws -> Command {
            let arguments = info.listed.map(\.argument)
            return Command(
                name: (["ttaq"] + path).joined(separator: " "), abstract: info.abstract ?? "",
                discussion: info.paragraphs.filter { !$0.hasPrefix(Self.example) },
                examples: info.paragraphs.filter { $0.hasPrefix(Self.example) }.map {
                    String($0.dropFirst(Self.example.count))
                },
                usage: Self.usage(try help(path)),
                own: arguments.filter { uses[$0, default: 0] < 5 },
                shared: arguments.filter { uses[$0, default: 0] >= 5 },
                subcommands: try (info.subcommands ?? []).map { try command($0, path + [$0.commandName]) })
        }
        let text = try help([])
        let infos = Dictionary(uniqueKeysWithValues: (root.subcommands ?? []).map { ($0.commandName, $0) })
        abstract = root.abstract ?? ""
        discussion = root.paragraphs
        usage = Self.usage(text)
        groups = try Self.groups(text).map { title, names in
            Group(title: title, commands: try names.compactMap { infos[$0] }.map { try command($0, [$0.commandName]) })
        }
        var seen: Set<Argument> = []
        let all = groups.flatMap(\.commands).flatMap { [$0] + $0.subcommands }
        common = all.flatMap(\.shared).filter { seen.insert($0).inserted }
    }

    private static let example = "Example: "

    private static func usage(_ help: String) -> [String] {
        guard let start = help.range(of: "USAGE: ") else { return [] }
        return help[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// The headings of the program's help with the commands below each.
    private static func groups(_ help: String) -> [(title: String, names: [String])] {
        var groups: [(title: String, names: [String])] = []
        for line in help.split(separator: "\n") {
            if let heading = line.wholeMatch(of: /([A-Z][A-Z ,']*?)(?: SUBCOMMANDS)?:/)?.1 {
                groups.append((heading.prefix(1) + heading.dropFirst().lowercased(), []))
            } else if let name = line.firstMatch(of: /^  ([a-z]+)/)?.1, !groups.isEmpty {
                groups[groups.count - 1].names.append(String(name))
            }
        }
        return groups.filter { !$0.names.isEmpty }
    }
}

/// The form in which swift-argument-parser describes commands, as far as pages need it.
private struct ToolInfo: Decodable {
    let command: CommandInfo
}

private struct CommandInfo: Decodable {
    let commandName: String
    let abstract: String?
    let discussion: String?
    let arguments: [ArgumentInfo]?
    let subcommands: [CommandInfo]?

    /// Without those that every command has.
    var listed: [ArgumentInfo] {
        (arguments ?? []).filter { $0.shouldDisplay && $0.valueName != "version" && $0.valueName != "help" }
    }

    var paragraphs: [String] {
        (discussion ?? "").components(separatedBy: "\n\n").filter { !$0.isEmpty }
            .map { $0.replacingOccurrences(of: "\n", with: " ") }
    }
}

private struct ArgumentInfo: Decodable {
    struct Name: Decodable {
        let kind: String
        let name: String

        var text: String { (kind == "long" ? "--" : "-") + name }
    }

    let kind: String
    let shouldDisplay: Bool
    let isRepeating: Bool
    let names: [Name]?
    let valueName: String?
    let abstract: String?
    let discussion: String?
    let defaultValue: String?
    let allValues: [String]?

    var argument: CommandCatalog.Argument {
        let names = (names ?? []).map(\.text).joined(separator: ", ")
        let value =
            kind == "flag" ? nil : "<\(valueName ?? "value")>" + (isRepeating && kind == "positional" ? "…" : "")
        var text = [abstract, discussion].compactMap { $0 }
        if let allValues { text.append("One of \(allValues.joined(separator: ", ")).") }
        if let defaultValue { text.append("Default: \(defaultValue).") }
        return CommandCatalog.Argument(
            spelling: [names.isEmpty ? nil : names, value].compactMap { $0 }.joined(separator: " "),
            isOption: kind != "positional", text: text.joined(separator: " "))
    }
}
