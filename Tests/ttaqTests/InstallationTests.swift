import Foundation
import JSONText
import TestSupport
import Testing

@Suite struct Manual {
    @Test func isMadeFromTheHelpTexts() throws {
        let page = ManualPage(try CommandCatalog()).text
        #expect(page == (try Checkout.text("Sources/ttaq/ttaq.1", recording: page)))
        #expect(page.split(separator: "\n").filter { $0.count > 80 && !$0.hasPrefix(".") }.isEmpty)
    }

    private static let mandoc = "/usr/bin/mandoc"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: mandoc), "mandoc checks it"))
    func isAsMandocWantsIt() throws {
        let page = Checkout.root.appendingPathComponent("Sources/ttaq/ttaq.1").path
        let folder = try TemporaryFolder()
        let lint = try ChildProcess(executable: Self.mandoc, ["-Tlint", page], in: folder).outcome()
        #expect(lint.exitCode == 0 && lint.output == "" && lint.errors == "", "\(lint.output)")
    }
}

/// What the shells are told to complete.
@Suite struct Completions {
    @Test func everyFileIsCompletedAsOne() throws {
        let folder = try TemporaryFolder()
        let dump = try JSONValue(parsing: Program.run("--experimental-dump-help", in: folder).output)
        var files = 0
        func look(_ command: JSONValue) {
            for argument in command["arguments"]?.array ?? []
            where ["file", "out", "rules"].contains(argument.text("valueName")) {
                files += 1
                let name = "\(command.text("commandName")) \(argument.text("abstract"))"
                #expect(argument["completionKind"]?["file"] != nil, "\(name)")
            }
            command["subcommands"]?.array?.forEach(look)
        }
        look(try #require(dump["command"]))
        #expect(files > 40)
    }

    /// bash itself runs the script; what is typed, and what it offers.
    @Test(arguments: [
        ("ttaq trac", "trace\ntraces"), ("ttaq trace ", "failed\nlast\nslowest"),
        ("ttaq graph --of ", "agents\noperations\nprimitives\nservices"), ("ttaq info --db ru", "run.db"),
        ("ttaq traces --sort d", "duration"), ("ttaq ingest ru", "run.db"), ("ttaq db co", "compact"),
        ("ttaq percentiles --quan", "--quantiles"),
    ])
    func bashOffers(_ typed: String, _ expected: String) throws {
        let folder = try TemporaryFolder()
        let script = try Program.run("--generate-completion-script", "bash", in: folder).output
        _ = try folder.write(Array(script.utf8), to: "completion")
        _ = try folder.write([UInt8](), to: "run.db")
        let ask = """
            . ./completion
            COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9
            read -ra COMP_WORDS <<<"$1"
            case $1 in *' ') COMP_WORDS+=('') ;; esac
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _ttaq ttaq "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}" | sort
            """
        let bash = try ChildProcess(executable: "/bin/bash", ["-c", ask, "bash", typed], in: folder)
        let outcome = try bash.outcome()
        #expect(outcome.errors == "")
        #expect(outcome.output == expected + "\n")
    }
}

/// What `scripts/install` says before it builds anything.
@Suite struct Installation {
    private func install(_ arguments: String..., in folder: TemporaryFolder) throws -> Program.Outcome {
        let script = Checkout.root.appendingPathComponent("scripts/install").path
        return try ChildProcess(executable: "/bin/bash", [script] + arguments, in: folder).outcome()
    }

    @Test func refusesAPlaceThatCannotBeWrittenTo() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write([UInt8](), to: "file")
        let outcome = try install(file, in: folder)
        #expect(outcome.exitCode == 1)
        #expect(
            outcome.errors == """
                ttaq: \(file)/bin: expected a folder that can be written to; name another place with scripts/install \
                PREFIX, or install as its owner

                """)
    }

    @Test(arguments: [["-h"], ["a", "b"], [""]])
    func saysHowItIsCalled(_ arguments: [String]) throws {
        let script = Checkout.root.appendingPathComponent("scripts/install").path
        let folder = try TemporaryFolder()
        let outcome = try ChildProcess(executable: "/bin/bash", [script] + arguments, in: folder).outcome()
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors == "usage: scripts/install [--uninstall] [PREFIX]\n")
    }

    @Test func uninstallsOnlyItsOwn() throws {
        let folder = try TemporaryFolder()
        for name in ["p/bin", "p/share/doc/ttaq"] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
        }
        for name in ["p/bin/ttaq", "p/bin/other", "p/share/doc/ttaq/LICENSE"] {
            _ = try folder.write([UInt8](), to: name)
        }
        let outcome = try install("--uninstall", "p", in: folder)
        #expect(outcome.exitCode == 0)
        #expect(outcome.errors == "removed \(folder.path("p/bin/ttaq"))\nremoved \(folder.path("p/share/doc/ttaq"))\n")
        #expect(FileManager.default.fileExists(atPath: folder.path("p/bin/other")))
    }
}
