/// The commands as a manual page in mdoc: `Sources/ttaq/ttaq.1`.
struct ManualPage {
    let text: String

    init(_ catalog: CommandCatalog) {
        var lines = [
            ".\\\" Made from the help texts.", ".Dd $Mdocdate$", ".Dt TTAQ 1", ".Os", ".Sh NAME",
            ".Nm ttaq",
            ".Nd " + Self.escaped(catalog.abstract.prefix(1).lowercased() + catalog.abstract.dropFirst().dropLast()),
            ".Sh SYNOPSIS", ".Nm", ".Ar COMMAND", ".Op Ar OPTIONS", ".Nm", ".Op Ar FILE", ".Sh DESCRIPTION",
        ]
        lines += Self.paragraphs(catalog.discussion)
        lines += [".Sh COMMANDS"]
        for group in catalog.groups {
            lines += [".Ss \(Self.escaped(group.title))", ".Bl -tag -width Ds"]
            lines += group.commands.flatMap(Self.items) + [".El"]
        }
        lines += [".Sh COMMON OPTIONS", "Most commands take these."] + Self.list(catalog.common)
        text = (lines + Self.rest).joined(separator: "\n") + "\n"
    }

    /// What no command says of itself.
    private static let rest = """
        .Sh ENVIRONMENT
        .Bl -tag -width Ds
        .It Ev TTAQ_DB
        The store, where
        .Fl -db
        does not name one.
        .It Ev TTAQ_PRICES
        A file of list prices, where
        .Fl -prices
        does not name one.
        .It Ev NO_COLOR
        No colours on a terminal, when it is not empty.
        .It Ev COLUMNS
        The width of the screen, where the terminal does not say it.
        .It Ev TZ
        The zone of the local times in tables.
        .El
        .Sh EXIT STATUS
        .Bl -tag -width Ds -compact
        .It 0
        Done.
        .It 1
        Failed, or something was rejected.
        .It 3
        A check did not hold.
        .It 64
        Wrong usage.
        .It 130 , 143
        Stopped by Ctrl-C or SIGTERM.
        .El
        """.split(separator: "\n").map(String.init)

    /// A command and what stands below it.
    private static func items(_ command: CommandCatalog.Command) -> [String] {
        if !command.subcommands.isEmpty { return command.subcommands.flatMap(items) }
        let name = command.name.dropFirst("ttaq ".count)
        var lines = command.usage.map { use in
            let rest = use.dropFirst(command.name.count).drop { $0 == " " }
            return ".It Cm \(name)"
                + (rest.isEmpty ? "" : " No " + rest.split(separator: " ").map(argument).joined(separator: " "))
        }
        lines += wrapped(command.abstract)
        for paragraph in command.discussion { lines += [".Pp"] + wrapped(paragraph) }
        if !command.own.isEmpty { lines += list(command.own) }
        for example in command.examples { lines += [".Pp", ".Dl " + escaped(example)] }
        return lines
    }

    private static func paragraphs(_ texts: [String]) -> [String] {
        Array(texts.map(wrapped).joined(separator: [".Pp"]))
    }

    private static func list(_ arguments: [CommandCatalog.Argument]) -> [String] {
        let items = arguments.flatMap { argument in
            [
                ".It "
                    + argument.spelling.split(separator: " ").map { part in
                        part.hasPrefix("--")
                            ? "Fl \\-" + escaped(String(part.dropFirst(2)))
                            : "Ar " + escaped(part.filter { $0 != "<" && $0 != ">" })
                    }.joined(separator: " ")
            ] + wrapped(argument.text)
        }
        return [".Bl -tag -width Ds"] + items + [".El"]
    }

    /// A word of a usage line, in which brackets are no macros.
    private static func argument(_ word: Substring) -> String { "\\&" + escaped(word) }

    /// A sentence a line or more, at most 79 bytes each.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        var last: Substring = ""
        for word in text.split(separator: " ") {
            let next = (line.isEmpty ? "" : line + " ") + unbroken(word)
            if !line.isEmpty, next.count > 79 || endsSentence(last) {
                lines.append(line)
                line = unbroken(word)
            } else {
                line = next
            }
            last = word
        }
        return lines + [line]
    }

    /// A word that stays whole at the end of a line if it is a name: `error.type`.
    private static func unbroken(_ word: Substring) -> String {
        let isName = word.dropLast().contains { "._/=".contains($0) }
        return (isName ? "\\%" : "") + escaped(word)
    }

    private static func endsSentence(_ word: Substring) -> Bool {
        guard let last = word.reversed().first(where: { !"\"')]".contains($0) }) else { return false }
        return ".?!".contains(last)
    }

    /// Text as it stands: what roff takes for its own gets a name, as does what is no ASCII.
    private static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "\"": result += "\\(dq"
            case "-": result += "\\-"
            case "(" where result.last?.isLetter == true: result += "\\&("
            default: result += scalar.isASCII ? String(scalar) : "\\[u\(hex(scalar))]"
            }
        }
        return result.hasPrefix(".") ? "\\&" + result : result
    }

    private static func hex(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
