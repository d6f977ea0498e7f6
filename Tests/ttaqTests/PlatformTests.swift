import Foundation
import JSONText
import TestSupport
import Testing

/// What users ask first of a download of another platform's. The samples' answers are known by hand.
@Suite struct OtherPlatforms {
    private func store(_ name: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let ingested = try Program.run(
            "ingest", Sample.path("other-formats/\(name)"), "--db", "s.db", in: folder)
        #expect(ingested.exitCode == 0 && ingested.errors.isEmpty)
        return folder
    }

    @Test(arguments: [
        (
            "langfuse-trace.json", "langfuse",
            "model,calls,prompt,completion,cost\ngpt-4o-mini,2,120,18,0.0021\n"
        ),
        (
            "langfuse-observations.jsonl", "langfuse",
            "model,calls,prompt,completion,cost\nclaude-sonnet-4,1,11286,13,0.0056\n"
        ),
        (
            "langsmith-runs.json", "langsmith",
            "model,calls,prompt,completion,cost\ngpt-4o-mini,2,210,20,0.00043\n"
        ),
    ])
    func countTokens(_ name: String, _ format: String, _ expected: String) throws {
        let folder = try store(name)
        let tokens = try Program.run("tokens", "--db", "s.db", "--format", "csv", in: folder)
        let rows = tokens.output.split(separator: "\n").map {
            $0.split(separator: ",").prefix(5).joined(separator: ",")
        }
        #expect(rows.dropFirst() == expected.split(separator: "\n").dropFirst().map(String.init)[...])
        let said = try Program.run(
            "ingest", Sample.path("other-formats/\(name)"), "--input-format", format, "--db", "s.db", in: folder)
        #expect(try said.exitCode == 0 && said.count("spans") == 0, "all of them are known")
    }

    @Test(arguments: ["langfuse-trace.json", "langsmith-runs.json"])
    func showWhatTheFailedRunSaid(_ name: String) throws {
        let folder = try store(name)
        let shown = try Program.run("show", "failed", "--db", "s.db", "--utc", in: folder).output
        for text in [
            "system     You look up the weather.", "user       Is it warmer in Paris or in Rome?",
            #"assistant  → weather {"city":"Paris"}"#, "(3 earlier messages, shown above)", "✗ error",
            "429: quota of the day is used up",
        ] {
            #expect(shown.contains(text), "\(text)")
        }
        let traces = try Program.run("traces", "--db", "s.db", "--format", "json", in: folder)
        let run = try #require(try JSONValue(parsing: traces.output).array?.first)
        #expect(run.number("errors") == 2)
        #expect(run.text("session.id") == (name.hasPrefix("langfuse") ? "s-17" : "t-9"))
    }
}
