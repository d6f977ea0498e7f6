/// The commands in Markdown: `Sources/ttaq/COMMANDS.md`.
struct CommandPage {
    let text: String

    init(_ catalog: CommandCatalog) {
        var page = """
            # Commands
            \(catalog.abstract) Made from the help texts; a test holds it against them. `ttaq COMMAND --help` shows the same.

            ```
            \(catalog.usage.joined(separator: "\n"))
            ```

            \(catalog.discussion.map(Self.markdown).joined(separator: "\n\n"))

            """
        for group in catalog.groups {
            page += "\n## \(group.title)\n"
            for command in group.commands { page += Self.section(command) }
        }
        page += "\n## Common options\n" + Self.table(catalog.common)
        page += "| `--version` | Show the version. |\n| `-h`, `--help` | Show the help of a command. |\n"
        text = page
    }

    private static func section(_ command: CommandCatalog.Command) -> String {
        var lines = ["", "### \(command.name)", markdown(command.abstract), "", "```"]
        lines += command.usage + ["```"]
        for paragraph in command.discussion { lines += ["", markdown(paragraph)] }
        for example in command.examples { lines += ["", "Example:", "", "    " + example] }
        var text = lines.joined(separator: "\n") + "\n"
        if !command.own.isEmpty { text += "\n" + table(command.own) }
        let shared = command.shared.map { "`\($0.spelling.prefix { $0 != " " })`" }
        if !shared.isEmpty { text += "\nCommon options: \(shared.joined(separator: ", ")).\n" }
        return text + command.subcommands.map(section).joined()
    }

    private static func table(_ arguments: [CommandCatalog.Argument]) -> String {
        "| argument | does |\n|---|---|\n"
            + arguments.map { argument in
                "| \(argument.spelling.split(separator: ", ").map { "`\($0)`" }.joined(separator: ", ")) | \(markdown(argument.text)) |\n"
            }.joined()
    }

    /// Plain text with what Markdown would take for its own escaped.
    private static func markdown(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "\\|<>*_`{}[]#".contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}
