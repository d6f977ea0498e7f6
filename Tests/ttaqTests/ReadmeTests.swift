import Foundation
import TestSupport
import Testing

/// What the README shows is what the program prints.
@Suite struct Readme {
    /// All of its sessions, one after another in one shell and folder, on a screen of 80 columns in UTC.
    @Test func showsWhatIsPrinted() throws {
        let sessions = try Session.all(in: Checkout.text("README.md"))
        let steps = sessions.flatMap(\.steps)
        #expect(steps.count >= 8)
        let folder = try TemporaryFolder()
        let program = Program.executable.deletingLastPathComponent().path
        let mark = "==== next ===="
        var script = "export PATH='\(program)':$PATH COLUMNS=80\nttaq demo --db ttaq.db >/dev/null 2>&1\n"
        for step in steps { script += "echo '\(mark)'\n\(step.command)\n" }
        let outcome = try ChildProcess(executable: "/bin/bash", ["-c", script], in: folder).outcome()
        let outputs = outcome.output.components(separatedBy: mark + "\n").dropFirst()
        #expect(outputs.count == steps.count)
        for (step, output) in zip(steps, outputs) {
            let lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            #expect(step.isTrue(of: lines), "$ \(step.command)\n\(output)")
        }
    }

    @Test func theSwiftProgramIsTheExample() throws {
        let blocks = try Checkout.text("README.md").components(separatedBy: "```swift\n").dropFirst()
        let program = try #require(blocks.first?.components(separatedBy: "```").first)
        #expect(program == (try Checkout.text("Tests/Examples/Sources/SupportDesk/main.swift")))
    }

    @Test(arguments: [
        (["a", "b"], ["a", "b", ""], true), (["a", "…", "d"], ["a", "b", "c", "d"], true), (["a"], ["a", "b"], false),
        (["a", "…"], ["a", "b"], true), (["…", "b"], ["a", "c"], false), (["a", "b"], ["a"], false),
        (["a", "…", "b"], ["a", "b"], false),
    ])
    func linesMayBeLeftOutOnlyWhereItSaysSo(_ shown: [String], _ printed: [String], _ isTrue: Bool) {
        #expect(Session.Step(command: "", shown: shown).isTrue(of: printed) == isTrue)
    }
}

/// A fenced block whose first line begins with `$`: commands, each with what it prints below.
private struct Session {
    struct Step {
        let command: String
        /// `…` alone stands for lines that are left out.
        var shown: [String]

        func isTrue(of printed: [String]) -> Bool {
            Self.matches(Self.trimmed(shown)[...], Self.trimmed(printed)[...])
        }

        private static func trimmed(_ lines: [String]) -> [String] {
            Array(lines.reversed().drop { $0.isEmpty }.reversed())
        }

        private static func matches(_ shown: ArraySlice<String>, _ printed: ArraySlice<String>) -> Bool {
            guard let line = shown.first else { return printed.isEmpty }
            guard !printed.isEmpty else { return false }
            if line != "…" { return line == printed.first && matches(shown.dropFirst(), printed.dropFirst()) }
            return (1...printed.count).contains { matches(shown.dropFirst(), printed.dropFirst($0)) }
        }
    }

    var steps: [Step] = []

    static func all(in text: String) -> [Session] {
        var sessions: [Session] = []
        // Odd pieces stand between fences.
        for (place, block) in text.components(separatedBy: "\n```").enumerated() where place % 2 == 1 {
            let lines = block.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            guard lines.count > 1, lines[0].isEmpty, lines[1].hasPrefix("$ ") else { continue }
            var session = Session()
            for line in lines.dropFirst() {
                if line.hasPrefix("$ ") {
                    session.steps.append(Step(command: String(line.dropFirst(2)), shown: []))
                } else {
                    session.steps[session.steps.count - 1].shown.append(line)
                }
            }
            sessions.append(session)
        }
        return sessions
    }
}
