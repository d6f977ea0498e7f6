import TestSupport
import Testing

/// Pages in the checkout that are made from what the program says of itself.
@Suite struct ReferencePages {
    @Test func everyCommandIsOnThePageOfCommands() throws {
        let catalog = try CommandCatalog()
        let page = CommandPage(catalog).text
        #expect(page == (try Checkout.text("Sources/ttaq/COMMANDS.md", recording: page)))
    }

    /// The help as people read it is the other way to the same facts.
    @Test func theCatalogHasWhatTheHelpTextsHave() throws {
        let folder = try TemporaryFolder()
        let catalog = try CommandCatalog()
        let commands = catalog.groups.flatMap(\.commands).flatMap { [$0] + $0.subcommands }
        #expect(commands.count >= 23)
        for command in commands {
            let path = command.name.split(separator: " ").dropFirst().map(String.init)
            let help = try Program.run(path + ["--help"], in: folder, columns: 80).output
            let spellings = help.split(separator: "\n").compactMap {
                $0.firstMatch(of: #/^  (?:-[a-z], )?(?:(--[a-z-]+)|<[a-z]+>)/#).map { $0.1 ?? $0.0.dropFirst(2) }
            }
            let told = (command.own + command.shared).map { option in
                let long = option.spelling.firstRange(of: "--").map { option.spelling[$0.lowerBound...] }
                return (long ?? option.spelling[...]).prefix { $0 != " " && $0 != "…" }
            }
            #expect(Set(told).union(["--version", "--help"]) == Set(spellings), "\(command.name)")
            #expect(
                !command.usage.isEmpty && command.usage.allSatisfy { $0.hasPrefix(command.name) }, "\(command.name)")
        }
    }

    @Test func everyCommandThatAsksHasAnExampleThatBeginsWithIt() throws {
        for command in try CommandCatalog().groups.flatMap(\.commands).flatMap({ [$0] + $0.subcommands })
        where command.subcommands.isEmpty {
            #expect(command.examples.count == 1, "\(command.name)")
            #expect(
                command.examples.allSatisfy { $0.hasPrefix(command.name + " ") || $0 == command.name },
                "\(command.name)")
        }
    }
}
