import Foundation
import JSONText
import TestSupport
import Testing

@Suite struct RetainCommand {
    private func retain(_ arguments: String..., in folder: TemporaryFolder) throws -> JSONValue {
        let outcome = try Program.run(["db", "retain"] + arguments + ["--db", "s.db"], in: folder)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try JSONValue(parsing: outcome.output)
    }

    @Test func aDryRunSaysWhatGoesAndChangesNothing() throws {
        let folder = try TemporaryFolder()
        _ = try Program.run("ingest", Sample.workloadPrompts.folder, "--db", "s.db", in: folder)
        let file = URL(fileURLWithPath: folder.path("s.db"))
        let before = try Data(contentsOf: file)
        let arguments = ["--spans", "23h", "--content", "1h", "--keep", "status = error"]
        let dry = try Program.run(["db", "retain"] + arguments + ["--dry-run", "--db", "s.db"], in: folder)
        #expect(dry.exitCode == 0 && dry.errors.contains("nothing was changed"))
        #expect(try Data(contentsOf: file) == before)
        let told = try JSONValue(parsing: dry.output)
        let failedSQL = "SELECT count(DISTINCT trace_id) AS n FROM spans WHERE status = 'error'"
        let failed = try Program.run("sql", failedSQL, "--format", "csv", "--db", "s.db", in: folder).output
        let done = try retain(
            "--spans", "23h", "--content", "1h", "--keep", "status = error", in: folder)
        for key in ["removed_traces", "removed_spans", "shortened_traces", "shortened_spans", "removed_text_bytes"] {
            #expect(told.number(key) == done.number(key), "\(key)")
        }
        #expect(told.number("removed_traces") > 0 && told.number("shortened_spans") > 0)
        #expect(try Program.run("sql", failedSQL, "--format", "csv", "--db", "s.db", in: folder).output == failed)
        #expect(try Program.run("db", "check", "--db", "s.db", in: folder).exitCode == 0)
        let sql = "SELECT span_id FROM spans WHERE attributes LIKE '%[removed: %' LIMIT 1"
        let span = try Program.run("sql", sql, "--format", "csv", "--db", "s.db", in: folder).output
        let id = String(span.split(separator: "\n").last ?? "")
        #expect(try Program.run("show", id, "--db", "s.db", in: folder).output.contains("[removed: "))
    }

    @Test func countsBackFromTheNewestSpan() throws {
        let folder = try TemporaryFolder()
        try DemoStore.copy(to: "s.db", in: folder)
        _ = try Program.run("db", "backup", "t.db", "--db", "s.db", in: folder)
        let removed = try retain("--spans", "1h", in: folder)
        let same = try Program.run("db", "retain", "--before", "end-1h", "--db", "t.db", in: folder)
        #expect(try JSONValue(parsing: same.output).number("removed_spans") == removed.number("removed_spans"))
        #expect(removed.number("removed_spans") > 0)
    }

    @Test(
        arguments: [
            [], ["--spans", "7"], ["--content", "soon"], ["--spans", "1d", "--before", "now"],
            ["--spans", "1d", "--keep", "status = = error"],
        ]) func wrongUsageIsNamed(_ arguments: [String]) throws
    {
        let folder = try TemporaryFolder()
        #expect(try Program.run(["db", "retain"] + arguments, in: folder).exitCode == 64)
    }
}
