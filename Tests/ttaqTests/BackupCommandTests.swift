import Foundation
import JSONText
import TestSupport
import Testing

@Suite struct BackupCommand {
    /// Every question that counts or adds up. `errors` and `overview` show messages too.
    private static let questions = [
        ["info"], ["traces", "--limit", "9999"], ["percentiles"], ["percentiles", "--by", "llm.model_name,session.id"],
        ["graph"], ["graph", "--of", "primitives"], ["graph", "--of", "agents"], ["graph", "--of", "operations"],
        ["cache"], ["tokens"], ["tokens", "--by", "user.id"], ["errors"],
        ["slo", "--target", "0.9", "--threshold", "1s", "--by", "service"], ["trace", "slowest"],
    ]

    private func answers(_ store: String, _ folder: TemporaryFolder) throws -> [[String]] {
        var answers: [[String]] = []
        for question in Self.questions {
            let outcome = try Program.run(question + ["--format", "jsonl", "--db", store], in: folder)
            #expect(outcome.exitCode == 0, "\(question): \(outcome.errors)")
            for line in outcome.output.split(separator: "\n") {
                guard case .object(let members) = try JSONValue(parsing: String(line)) else { continue }
                let told = members.filter { !["bytes", "example_message", "error"].contains($0.key) }
                answers.append(told.map { "\(question) \($0.key) \($0.value)" })
            }
        }
        return answers
    }

    @Test(arguments: Sample.allCases) func everyNumberOfEveryAnswerStaysWithoutContent(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        let store = try sample.store(in: folder)
        let outcome = try Program.run("db", "backup", "bare.db", "--without-content", "--db", store, in: folder)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(try answers("bare.db", folder) == answers(store, folder))
        #expect(try Program.run("db", "check", "--db", "bare.db", in: folder).exitCode == 0)
    }

    /// Looked for in the bytes of the file: words that prompts and outputs of the sample have.
    @Test func noPromptStandsInAFileWithoutContent() throws {
        let folder = try TemporaryFolder()
        let store = try Sample.workloadPrompts.store(in: folder)
        var words: Set<String> = []
        for span in try Sample.workloadPrompts.spans() {
            for attribute in span.span.attributes where attribute.key.hasPrefix("gen_ai.") {
                guard let text = attribute.value.string, text.utf8.count > 200 else { continue }
                words.formUnion(text.split { !$0.isLetter }.map(String.init).filter { $0.count > 7 })
            }
        }
        #expect(words.count > 20)
        _ = try Program.run("db", "backup", "bare.db", "--without-content", "--db", store, in: folder)
        func found(_ path: String) throws -> Int {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            return words.count { data.range(of: Data($0.utf8)) != nil }
        }
        #expect(try found(store) > 20)
        let kept = try found(folder.path("bare.db"))
        #expect(kept <= 3, "words that are names of services or primitives too")
        let shown = try Program.run("show", "slowest", "--db", "bare.db", in: folder)
        #expect(shown.exitCode == 0 && shown.output.contains("[removed]"))
    }

    /// The view is SQLite's own count of the runs in which a span meets the condition.
    @Test func aSliceIsAStore() throws {
        let folder = try TemporaryFolder()
        let store = try Sample.workload.store(in: folder)
        let outcome = try Program.run(
            "db", "backup", "failed.db", "--where", "status = error", "--where", "duration > 100ms", "--db", store,
            in: folder)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let condition = "status = 'error' AND duration_ms > 100"
        let sql = """
            SELECT count(DISTINCT trace_id) AS runs, count(*) AS spans FROM spans
            WHERE trace_id IN (SELECT trace_id FROM spans WHERE \(condition))
            """
        let counted = try Program.run("sql", sql, "--format", "jsonl", "--db", store, in: folder)
        let (told, expected) = (try JSONValue(parsing: outcome.output), try JSONValue(parsing: counted.output))
        #expect(told.number("traces") == expected.number("runs") && told.number("traces") > 0)
        #expect(told.number("spans") == expected.number("spans"))
        #expect(try Program.run("db", "check", "--db", "failed.db", in: folder).exitCode == 0)
        let columns =
            "SELECT * FROM spans WHERE trace_id IN (SELECT trace_id FROM spans WHERE \(condition)) ORDER BY 1, 2"
        let there = try Program.run("sql", columns, "--format", "csv", "--db", store, in: folder)
        let here = try Program.run(
            "sql", "SELECT * FROM spans ORDER BY 1, 2", "--format", "csv", "--db", "failed.db", in: folder)
        #expect(here.output == there.output)
        let again = try Program.run("db", "backup", "failed.db", "--db", store, in: folder)
        #expect(again.exitCode == 1 && again.errors.contains("is there already"))
        let typo = try Program.run("db", "backup", "x.db", "--where", "statuss = error", "--db", store, in: folder)
        #expect(typo.exitCode == 64 && typo.errors.contains("--where statuss"), "\(typo.errors)")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("")).filter { $0.hasPrefix("x") }
        #expect(left == [])
    }

    @Test func rulesSayHowOftenTheyReplaced() throws {
        let folder = try TemporaryFolder()
        try DemoStore.copy(to: "d.db", in: folder)
        let rules =
            "rules:\n  - {name: users, keys: [player.id], replacement: someone}\n  - {name: codes, pattern: '\\b429\\b'}\n"
        _ = try folder.write(Array(rules.utf8), to: "rules.yaml")
        let outcome = try Program.run("db", "backup", "r.db", "--redact", "rules.yaml", "--db", "d.db", in: folder)
        #expect(outcome.exitCode == 0)
        let sql = "SELECT count(*) AS n FROM spans WHERE attributes ->> '$.\"player.id\"' = 'someone'"
        let counted = try Program.run("sql", sql, "--format", "csv", "--db", "r.db", in: folder)
        let users = counted.output.split(separator: "\n").last.map(String.init) ?? ""
        #expect(Int(users) ?? 0 > 100)
        let said = outcome.errors.replacingOccurrences(of: ",", with: "").split(separator: "\n")
        let line = said.first { $0.hasPrefix("users") }
        #expect(line?.split(separator: " ").last.map(String.init) == users)
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("r.db")))
        #expect(data.range(of: Data("customer-25".utf8)) == nil && data.range(of: Data("returned 429".utf8)) == nil)
        #expect(data.range(of: Data("returned [redacted]".utf8)) != nil)
    }
}
