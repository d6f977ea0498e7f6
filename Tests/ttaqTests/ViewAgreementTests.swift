import JSONText
import TestSupport
import Testing

@Suite struct ViewsAndAnswers {
    /// SQLite computes the view, the program the export: they must agree to the byte.
    @Test(arguments: [Sample.otelJSON, .workload], ["spans", "events", "links", "edges", "logs"])
    func exportsTheColumnsAndValuesOfTheView(_ sample: Sample, _ view: String) throws {
        let folder = try TemporaryFolder()
        _ = try Program.run("ingest", sample.folder, "--db", "s.db", in: folder)
        _ = try Program.run("ingest", Sample.path("exporters/otel-python-logs"), "--db", "s.db", in: folder)
        for format in ["csv", "json"] {
            let exported = try Program.run("export", view, "--format", format, "--db", "s.db", in: folder)
            let selected = try Program.run(
                "sql", "SELECT * FROM \(view)", "--format", format, "--db", "s.db", in: folder)
            #expect(lines(exported.output) == lines(selected.output))
            #expect(lines(exported.output).count > 2 || sample == .workload && view == "links")
        }
    }

    private func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { String($0.hasSuffix(",") ? $0.dropLast() : $0) }.sorted()
    }

    /// The same of the runs, which the view names by other rules of SQL's.
    @Test(arguments: Sample.allCases)
    func viewsRunsAsTracesDoes(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        _ = try Program.run("ingest", sample.folder, "--db", "s.db", in: folder)
        let listed = try Program.run("traces", "--limit", "9999", "--format", "json", "--db", "s.db", in: folder)
        let columns = """
            trace_id, root_name, service, start_time AS start, duration_ms, spans, errors, status,
            workflow_name AS "workflow.name", session_id AS "session.id", user_id AS "user.id"
            """
        let viewed = try Program.run(
            "sql", "SELECT \(columns) FROM traces", "--format", "json", "--db", "s.db", in: folder)
        func rows(_ outcome: Program.Outcome) throws -> Set<String> {
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            return Set(
                try (JSONValue(parsing: outcome.output).array ?? []).map { row in
                    guard case .object(let members) = row else { return "no object" }
                    return JSONValue.object(members.filter { $0.key != "tokens" && $0.key != "cost_usd" }).text
                })
        }
        let runs = try rows(listed)
        #expect(!runs.isEmpty)
        #expect(try rows(viewed) == runs)
    }

    @Test(arguments: Sample.allCases)
    func viewsModelCallsAsTokensCountsThem(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        _ = try Program.run("ingest", sample.folder, "--db", "s.db", in: folder)
        let counted = try Program.run("tokens", "--format", "json", "--db", "s.db", in: folder)
        let query = """
            SELECT model AS "llm.model_name", count(*) AS calls, coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
            coalesce(sum(completion_tokens), 0) AS completion_tokens, sum(cost_usd) AS cost_usd
            FROM llm_calls GROUP BY model
            """
        let viewed = try Program.run("sql", query, "--format", "json", "--db", "s.db", in: folder)
        func sums(_ outcome: Program.Outcome) throws -> [String: [Double]] {
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            return Dictionary(
                uniqueKeysWithValues: try (JSONValue(parsing: outcome.output).array ?? []).map { row in
                    let cost = row.optionalNumber("cost_usd").map { ($0 * 1e9).rounded() } ?? -1
                    let numbers = ["calls", "prompt_tokens", "completion_tokens"].map { row.number($0) }
                    return (row.text("llm.model_name"), numbers + [cost])
                })
        }
        #expect(try sums(viewed) == sums(counted))
    }
}
