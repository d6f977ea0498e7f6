import Foundation
import JSONText
import TestSupport
import Testing
import TraceModel
import TraceOTLP

@Suite struct InAndOut {
    /// Bytes from an exporter → the file → OTLP: every field of every span comes back.
    @Test(arguments: Sample.allCases)
    func exportsWhatItIngested(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        let reference = try sample.spans()
        let ingested = try Program.run("ingest", sample.folder, "--db", "s.db", in: folder)
        #expect(ingested.exitCode == 0, "\(ingested.errors)")
        let counts = try JSONValue(parsing: ingested.output)
        #expect(counts.number("spans") == Double(reference.count))
        #expect(counts.number("rejected_spans") == 0)
        let exported = try Program.run("export", "spans", "--format", "otlp", "--db", "s.db", in: folder)
        #expect(exported.exitCode == 0)
        var spans: Set<ReferenceSpan> = []
        for line in exported.output.split(separator: "\n") {
            for group in try JSONTraceDecoder.decode(Array(line.utf8)).groups {
                for span in group.spans {
                    spans.insert(ReferenceSpan(span: span, resource: group.resource, scope: group.scope))
                }
            }
        }
        #expect(spans == Set(reference))
    }

    /// A run in Jaeger's form is read as the run.
    @Test func takesARunInOtherFormsForTheSameSpans() throws {
        let folder = try TemporaryFolder()
        try DemoStore.copy(to: "d.db", in: folder)
        for format in ["otlp", "jaeger"] {
            let run = try Program.run("trace", "failed", "--format", format, "--db", "d.db", in: folder)
            #expect(run.exitCode == 0 && run.errors.isEmpty)
            let again = try Program.run("ingest", "-", "--db", "d.db", in: folder, input: Array(run.output.utf8))
            #expect(try JSONValue(parsing: again.output).number("duplicate_spans") == 31)
        }
        let chrome = try Program.run("trace", "failed", "--format", "chrome", "--db", "d.db", in: folder)
        #expect(try JSONValue(parsing: chrome.output)["traceEvents"]?.array?.count == 31 + 12 + 8)
    }

    @Test func takesItsOwnExportForTheSameSpans() throws {
        let folder = try TemporaryFolder()
        _ = try Program.run("ingest", Sample.otelPlain.folder, "--db", "a.db", in: folder)
        _ = try Program.run("export", "spans", "--format", "otlp", "--output", "a.jsonl", "--db", "a.db", in: folder)
        let again = try Program.run("ingest", "a.jsonl", "--db", "a.db", in: folder)
        #expect(try JSONValue(parsing: again.output).number("duplicate_spans") == 355)
    }

    /// The view is SQLite's own count of the spans that meet a condition.
    @Test func takesOnlyTheSpansThatMeetAllConditions() throws {
        let folder = try TemporaryFolder()
        _ = try Program.run("ingest", Sample.workload.folder, "--db", "s.db", in: folder)
        func lines(_ arguments: String...) throws -> Int {
            let outcome = try Program.run(arguments + ["--format", "csv", "--db", "s.db"], in: folder)
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            return outcome.output.split(separator: "\n").count - 1
        }
        let conditions = ["--where", "status = error", "--where", "duration > 100ms && kind != server"]
        let sql = "FROM spans WHERE status = 'error' AND duration_ms > 100 AND kind <> 'server'"
        let spans = try lines("sql", "SELECT span_id \(sql)")
        #expect(spans > 0)
        #expect(try lines("export", "spans", conditions[0], conditions[1], conditions[2], conditions[3]) == spans)
        let runs = try lines("sql", "SELECT DISTINCT trace_id \(sql)")
        #expect(
            try lines("traces", "--limit", "9999", conditions[0], conditions[1], conditions[2], conditions[3]) == runs)
        let services = try lines("sql", "SELECT DISTINCT service \(sql)")
        for command in [
            ["percentiles", "--by", "service"], ["slo", "--target", "0.9", "--threshold", "1s", "--by", "service"],
        ] {
            let outcome = try Program.run(command + conditions + ["--format", "csv", "--db", "s.db"], in: folder)
            #expect(outcome.output.split(separator: "\n").count - 1 == services)
        }
    }

    @Test func sayWhereRunsAreGone() throws {
        let folder = try TemporaryFolder()
        _ = try Program.run("ingest", Sample.workload.folder, "--db", "s.db", in: folder)
        let all = try Program.run("percentiles", "--by", "service", "--format", "csv", "--db", "s.db", in: folder)
        #expect(try Program.run("db", "retain", "--before", "end-6h", "--db", "s.db", in: folder).exitCode == 0)
        let kept = try Program.run("percentiles", "--by", "service", "--format", "csv", "--db", "s.db", in: folder)
        func counts(_ outcome: Program.Outcome) -> [String] {
            outcome.output.split(separator: "\n").map { $0.split(separator: ",").prefix(3).joined(separator: ",") }
        }
        #expect(counts(kept) == counts(all), "rollups count what was removed")
        #expect(kept.errors.contains("were removed; rollups count them in whole hours, here since "))
        for command in [
            ["traces"], ["slo", "--target", "0.9", "--threshold", "1s"], ["export", "spans"],
            ["graph", "--of", "agents"],
        ] {
            let outcome = try Program.run(command + ["--db", "s.db"], in: folder)
            #expect(outcome.errors.contains("were removed; this question needs their spans"), "\(command)")
        }
        #expect(try Program.run("db", "check", "--db", "s.db", in: folder).exitCode == 0)
        let again = try Program.run("ingest", Sample.workload.folder, "--db", "s.db", in: folder)
        #expect(again.exitCode == 1 && again.errors.contains("that had ended when 'ttaq db retain' removed"))
    }

    @Test func readsStandardInputAndFollowsTTAQDB() throws {
        let folder = try TemporaryFolder()
        let path = try #require(try Sample.ttaExamples.inputs().first?.path)
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let outcome = try Program.run("ingest", "-", in: folder, input: bytes)
        #expect(outcome.exitCode == 0)
        #expect(FileManager.default.fileExists(atPath: folder.path("ttaq.db")), "the default store")
        #expect(try Program.run("info", in: folder).output.hasPrefix("spans               6\n"))
    }

    @Test func countsMetricsAndSaysThatTheyAreNotStored() throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run("ingest", Sample.path("metrics"), in: folder)
        #expect(outcome.exitCode == 0)
        #expect(try JSONValue(parsing: outcome.output).number("unstored_data_points") == 54)
        #expect(outcome.errors.contains("54 data points in 2 requests were left out"))
    }

    /// The same spans in another format and as OTLP: the second are copies, whichever comes first.
    @Test(arguments: ["zipkin", "jaeger"])
    func takesOtherFormatsFromFilesAndStandardInput(_ name: String) throws {
        let folder = try TemporaryFolder()
        let path = Sample.path("other-formats/\(name)")
        let other = try Program.run("ingest", "\(path).json.gz", in: folder)
        #expect(other.exitCode == 0, "\(other.errors)")
        #expect(try JSONValue(parsing: other.output).number("spans") == 7)
        let otlp = try Program.run("ingest", "\(path).otlp.pb.gz", in: folder)
        #expect(try JSONValue(parsing: otlp.output).number("duplicate_spans") == 7)
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(path).json.gz")))
        let piped = try Program.run("ingest", "-", "--input-format", name, in: folder, input: bytes)
        #expect(try JSONValue(parsing: piped.output).number("duplicate_spans") == 7)
        let totals = try Program.run("tokens", "--format", "csv", in: folder)
        #expect(totals.output.split(separator: "\n").last?.contains(",120,7,") == true, "\(totals.output)")
    }

    @Test func refusesAnInputOfAnotherFormatThanSaid() throws {
        let folder = try TemporaryFolder()
        let path = Sample.path("other-formats/zipkin.json.gz")
        let outcome = try Program.run("ingest", path, "--input-format", "jaeger", in: folder)
        #expect(outcome.exitCode == 1)
        #expect(outcome.errors == "\(path): expected Jaeger JSON, found Zipkin v2 JSON\n")
        #expect(try Program.run("ingest", path, "--input-format", "xml", in: folder).exitCode == 64)
    }

    @Test func countsAndNamesBadSpansOfAList() throws {
        let folder = try TemporaryFolder()
        let list =
            #"[{"traceId":"1","id":"2","timestamp":1},{"traceId":"1","id":"3","timestamp":"x"},{"traceId":"1","id":"4"}]"#
        _ = try folder.write(Array(list.utf8), to: "z.json")
        let outcome = try Program.run("ingest", "z.json", in: folder)
        #expect(outcome.exitCode == 1)
        #expect(
            outcome.errors == """
                z.json: rejected 1 span with a value of another kind: expected microseconds, found '"'; the first is \
                number 2 of its request
                z.json: rejected 1 span with no start time; the first is number 3 of its request

                """)
        #expect(try JSONValue(parsing: outcome.output).number("rejected_spans") == 2)
    }

    @Test func keepsTheRestOfARequestWithBadSpansAndExitsWithOne() throws {
        let folder = try TemporaryFolder()
        let request = WireWriter.request({ $0.spanBasics() }, { $0.spanBasics(id: 3, trace: [1, 2]) })
        _ = try folder.write(request, to: "r.pb")
        let outcome = try Program.run("ingest", "r.pb", in: folder)
        #expect(outcome.exitCode == 1)
        #expect(
            outcome.errors
                == "r.pb: rejected 1 span with a trace id that is not 16 bytes long; the first is number 2 of its request\n"
        )
        let counts = try JSONValue(parsing: outcome.output)
        #expect(counts.number("spans") == 1)
        #expect(counts.number("rejected_spans") == 1)
    }

    /// Times that are no part of one run must not end the program that draws them.
    @Test func drawsARunWhoseSpansAreUnfinishedAndDecadesApart() throws {
        let folder = try TemporaryFolder()
        let request = WireWriter.request(
            { $0.spanBasics(id: 1) },
            { span in
                span.spanBasics(id: 2)
                span.fixed64(7, 1 << 62)
                span.fixed64(8, 0)
            })
        _ = try folder.write(request, to: "r.pb")
        _ = try Program.run("ingest", "r.pb", in: folder)
        for command in ["trace", "show"] {
            #expect(try Program.run(command, "last", in: folder, columns: 80).exitCode == 0)
        }
    }

    @Test func leavesTheStoreGoodWhenAFileIsBad() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(WireWriter.request { $0.spanBasics() }, to: "good.pb")
        _ = try folder.write(Array(WireWriter.request { $0.spanBasics(id: 9) }.dropLast()), to: "cut.pb")
        let outcome = try Program.run("ingest", "good.pb", "cut.pb", in: folder)
        #expect(outcome.exitCode == 1)
        #expect(outcome.errors.hasPrefix("ttaq: ") == false)
        #expect(outcome.errors.contains("cut.pb, byte 1: expected a length of at most"))
        let check = try Program.run("sql", "SELECT count(*) AS n FROM spans", "--format", "csv", in: folder)
        #expect(check.output == "n\n1\n")
    }
}

@Suite struct Messages {
    /// What is typed, the exit code, and the message: where, expected, found, cure.
    @Test(
        arguments: [
            (
                ["percentiles"], 1,
                "ttaq: ttaq.db: no store there; make one with 'ttaq ingest FILE… --db ttaq.db', or name yours with --db"
            ),
            (
                ["percentils"], 64,
                "ttaq: there is no command and no file 'percentils'; did you mean 'ttaq percentiles'?"
            ),
            (["xyzzy"], 64, "ttaq: there is no command and no file 'xyzzy'; 'ttaq --help' lists the commands"),
            (
                ["none.db"], 1,
                "ttaq: none.db: no store there; make one with 'ttaq ingest FILE… --db none.db', or name yours with --db"
            ),
            (["ingest", "none.pb"], 1, "ttaq: none.pb: expected a file or a folder, found nothing of that name"),
            (
                ["trace", "newest", "--db", "d.db"], 1,
                "ttaq: 'newest': expected the first digits of an id (4 or more, hexadecimal), last, slowest or failed"
            ),
            (["trace", "abcd", "--db", "d.db"], 1, "ttaq: no run or span begins with abcd; 'ttaq traces' lists runs"),
            (
                ["cache", "--by", "cache.typ", "--db", "d.db"], 64,
                "ttaq: --by cache.typ: no span in the file has an attribute of that name; did you mean cache.type?"
            ),
            (
                ["errors", "--where", "nmae = x", "--db", "d.db"], 64,
                "ttaq: --where nmae: no span in the file has an attribute of that name; did you mean name?"
            ),
            (
                ["traces", "--db", "d.db", "--output", "d.db"], 1,
                "ttaq: d.db: is an SQLite database and is not overwritten; name another file for --output"
            ),
            (
                ["throughput", "--step", "1us", "--db", "d.db"], 64,
                "ttaq: --step: expected at most 100,000 rows, found 7,040,830,582 steps of 1us; make --step longer, or the window shorter with --from, --to or --last"
            ),
            (
                ["percentiles", "--of", "llm.promt_tokens", "--db", "d.db"], 64,
                "ttaq: --of llm.promt_tokens: no span in the file has an attribute of that name; did you mean llm.prompt_tokens?"
            ),
            (
                ["sql", "DELETE FROM span", "--db", "d.db"], 1,
                "ttaq: sql: expected a SELECT that only reads, found one that changes data or settings"
            ),
            (
                ["info", "--db", "text"], 1,
                "ttaq: text: expected an SQLite database, found damaged or other data (file is not a database); restore a copy"
            ),
            (
                ["traces", "--output", "none/x.csv", "--db", "d.db"], 1,
                "ttaq: none/x.csv: can't be written; name a file in a folder that exists and that you may write to"
            ),
        ] as [([String], Int32, String)])
    func sayWhereExpectedFoundAndCure(_ arguments: [String], _ exitCode: Int32, _ message: String) throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(Array("no store".utf8) + [UInt8](repeating: 0x20, count: 2000), to: "text")
        if arguments.contains("d.db") { try DemoStore.copy(to: "d.db", in: folder) }
        let outcome = try Program.run(arguments, in: folder)
        #expect(outcome.exitCode == exitCode)
        #expect(outcome.errors.split(separator: "\n").last.map(String.init) == message)
        #expect(outcome.output.isEmpty)
    }

    @Test(
        arguments: [
            (["slo", "--target", "2", "--threshold", "1s"], "--target"),
            (["slo", "--target", "0.9", "--threshold", "1 furlong"], "--threshold"),
            (["percentiles", "--last", "15"], "units: ns us ms s m h d w"),
            (["percentiles", "--from", "soon"], "RFC 3339"),
            (["percentiles", "--quantiles", "95"], "--quantiles"), (["throughput", "--step", "0s"], "--step"),
            (["active", "--step", "soon"], "--step"), (["sessions", "--limit", "0"], "expected 1 or more"),
            (["graph", "--tree", "--format", "svg"], "--tree goes alone"),
            (["export", "links", "--format", "otlp"], "expected spans or logs, found links"),
            (["traces", "--limit", "0"], "expected 1 or more"), (["compare"], "expected what to compare"),
            (["compare", "--b-from", "now", "--bad", "status = error"], "--bad: expected --attributes beside it"),
            (["compare", "--b-from", "soon"], "--b-from soon"),
            (["compare", "--a-where", "status = errr"], "--a-where"),
            (["search", "x", "--limit", "9223372036854775807"], "expected at most"),
            (["percentiles", "--format", "xml"], "table"),
            (["percentiles", "--by", "name,name"], "--by"), (["percentiles", "--by", "a,,b"], "--by"),
            (["percentiles", "--last", "1h", "--to", "now"], "--last goes alone"),
            (["tokens", "--where", "status = errr"], "--where: column 10: expected unset, ok, error, found 'errr'"),
        ] as [([String], String)])
    func nameTheOptionThatIsWrong(_ arguments: [String], _ part: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(arguments, in: folder)
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors.contains(part), "\(outcome.errors)")
    }

    @Test func sayTheWindowAndTheFilesOwnRangeWhenNothingIsFound() throws {
        let folder = try TemporaryFolder()
        try DemoStore.copy(to: "d.db", in: folder)
        let outcome = try Program.run(
            "percentiles", "--to", "2020-01-01", "--format", "csv", "--db", "d.db", in: folder)
        #expect(outcome.exitCode == 0)
        #expect(outcome.output == "name,count,errors,min_ms,mean_ms,p50_ms,p90_ms,p95_ms,p99_ms,max_ms,method\n")
        #expect(
            outcome.errors.contains("window: 2026-11-20 09:00:15.453 Z to 2020-01-01 00:00:00.000 Z, the end excluded"))
        #expect(outcome.errors.contains("nothing found; the file has spans from 2026-11-20 09:00:15.453 Z to"))
    }
}

@Suite struct WholeOutputs {
    @Test(arguments: [
        "", "ingest", "demo", "overview", "info", "errors", "metrics", "traces", "spans", "sessions", "search", "trace",
        "show", "diff",
        "percentiles", "critical-path", "flame", "recovery", "routes", "loops", "compare", "postmortem", "report",
        "check",
        "graph", "cache", "tokens", "slo", "slo ledger", "slo replay", "throughput", "active", "tail", "sql", "export",
        "db", "db check",
        "db backup",
        "db retain",
        "db compact",
    ])
    func helpTexts(_ command: String) throws {
        let folder = try TemporaryFolder()
        let arguments = command.split(separator: " ").map(String.init) + ["--help"]
        let outcome = try Program.run(arguments, in: folder, columns: 80)
        #expect(outcome.exitCode == 0)
        let name = "help\(command.isEmpty ? "" : "-" + command.replacingOccurrences(of: " ", with: "-")).txt"
        #expect(outcome.output == (try Golden.text(name, recording: outcome.output)))
        #expect(outcome.output.split(separator: "\n").filter { $0.count > 80 }.isEmpty)
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(!command.isEmpty || lines <= 61, "the commands fit a screen of 60 lines and a newline")
    }

    @Test(
        arguments: [
            ("demo", ["demo", "--utc"]), ("demo-trace", ["trace", "failed"]), ("demo-show", ["show", "failed"]),
            ("demo-traces", ["traces", "--sort", "errors", "--limit", "6"]),
            ("demo-tokens", ["tokens"]), ("demo-primitives", ["graph", "--of", "primitives"]), ("demo-info", ["info"]),
            ("demo-tree", ["graph", "--tree"]), ("demo-graph.dot", ["graph", "--format", "dot"]),
            ("demo-graph.mermaid", ["graph", "--of", "primitives", "--format", "mermaid"]),
            ("demo-graph.svg", ["graph", "--of", "operations", "--format", "svg"]),
            ("demo-errors", ["errors"]), ("demo-throughput", ["throughput", "--by", "service", "--step", "1h"]),
            ("demo-active", ["active", "--roots", "--step", "15m"]),
            ("demo-sessions", ["sessions", "--sort", "failures", "--limit", "4"]),
            ("demo-cost", ["percentiles", "--of", "llm.cost_usd", "--plot"]),
            ("demo-metrics", ["metrics"]), ("demo-critical-path", ["critical-path"]),
            ("demo-edges", ["critical-path", "--edges", "--by", "service"]),
            ("demo-compare", ["compare", "--b-from", "2026-11-20T10:20:00Z", "--limit", "12"]),
            ("demo-attributes", ["compare", "--b-from", "2026-11-20T10:20:00Z", "--attributes"]),
            ("demo-postmortem", ["postmortem", "--utc"]),
            ("demo-report", ["report", "--utc", "--from", "2026-11-20T10:00:00Z"]), ("demo-diff", ["diff", "failed"]),
            (
                "demo-replay",
                ["slo", "replay", "--target", "99%", "--threshold", "4s", "--roots", "--by", "workflow.name"]
            ),
            ("demo-stragglers", ["critical-path", "--stragglers"]), ("demo-recovery", ["recovery"]),
            ("demo-routes", ["routes"]), ("demo-loops", ["loops", "--limit", "5"]),
            ("demo-misses", ["cache", "--misses", "--by", "primitive.name"]),
            ("demo-flame.folded", ["flame", "--of", "critical", "--format", "folded"]),
            ("demo-flame.svg", ["flame", "--of", "tokens", "--format", "svg"]),
            ("demo-ledger", ["slo", "ledger", "--target", "99%", "--roots", "--by", "workflow.name"]),
            ("demo-span", ["show", "6212ebfbaec534fa", "--raw"]),
        ] as [(String, [String])])
    func onTheDemoIn80Columns(_ name: String, _ arguments: [String]) throws {
        let folder = try TemporaryFolder()
        if arguments[0] != "demo" { try DemoStore.copy(to: "ttaq-demo.db", in: folder) }
        let store = arguments[0] == "demo" ? [] : ["--db", "ttaq-demo.db"]
        let outcome = try Program.run(arguments + store, in: folder, columns: 80)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output == (try Golden.text("\(name).txt", recording: outcome.output)))
    }

    /// One file that needs no other, the same each time, and no text of the store is markup in it.
    @Test(arguments: ["postmortem", "report"])
    func aReportAsAPage(_ command: String) throws {
        let folder = try TemporaryFolder()
        try DemoStore.copy(to: "d.db", in: folder)
        let pages = try ["a.html", "b.html"].map { name in
            let outcome = try Program.run(command, "--db", "d.db", "--output", name, in: folder)
            #expect(outcome.exitCode == 0 && outcome.output.isEmpty)
            return try String(contentsOfFile: folder.path(name), encoding: .utf8)
        }
        #expect(pages[0] == pages[1])
        for part in ["<script", "http://127", "src=", "href=\"h", "url("] { #expect(!pages[0].contains(part)) }
        #expect(pages[0].utf8.count < 2_000_000)
        #expect(pages[0].contains(command == "report" ? "aurora-large-2</tspan>" : "<td>aurora-large-2</td>"))
        _ = try folder.write(
            WireWriter.request { span in
                span.spanBasics(id: 1)
                span.text(5, "<b>&\"'")
                span.message(15) { $0.varint(3, 2) }
            }, to: "r.pb")
        _ = try Program.run("ingest", "r.pb", "--db", "e.db", in: folder)
        let other = try Program.run(
            command, "--db", "e.db", "--from", "1970-01-01", "--output", "e.html", in: folder)
        #expect(other.exitCode == 0, "\(other.errors)")
        let page = try String(contentsOfFile: folder.path("e.html"), encoding: .utf8)
        #expect(page.contains("&lt;b&gt;&amp;") && !page.contains("<b>"))
    }

    @Test func aReportOfNothingSaysSo() throws {
        let folder = try TemporaryFolder()
        _ = try Program.run("ingest", Sample.ttaWorkflows.folder, "--db", "s.db", in: folder)
        let quiet = try Program.run("postmortem", "--db", "s.db", in: folder)
        #expect(quiet.exitCode == 0 && quiet.output.contains("Nothing stands out"))
        let still = try Program.run("report", "--db", "s.db", in: folder)
        #expect(still.exitCode == 0, "\(still.errors)")
        for command in ["postmortem", "report"] {
            let empty = try Program.run(command, "--db", "s.db", "--from", "2200-01-01", in: folder)
            #expect(empty.exitCode == 1 && empty.errors.contains("found one in which no run starts"))
        }
    }

    /// Each question's JSON has the keys of its CSV header, in its order, for every row.
    @Test(arguments: [
        ["overview"], ["info"], ["traces"], ["spans", "--show", "llm.model_name"], ["trace", "failed"],
        ["show", "failed"], ["percentiles"], ["graph"], ["diff", "failed"], ["critical-path"],
        ["critical-path", "--edges"],
        ["compare", "--b-from", "2026-11-20T10:20:00Z"],
        ["compare", "--b-from", "2026-11-20T10:20:00Z", "--attributes"],
        ["graph", "--of", "primitives"], ["cache"], ["tokens"],
        ["slo", "--target", "99%", "--threshold", "2s", "--by", "workflow.name,agent.type"],
        ["critical-path", "--stragglers"], ["recovery"], ["routes"], ["loops"], ["cache", "--misses"], ["flame"],
        ["slo", "ledger", "--target", "99%", "--by", "workflow.name"],
        ["slo", "replay", "--target", "99.9%", "--by", "workflow.name"],
        ["slo", "replay", "--target", "99.9%", "--runs"],
        ["sql", "SELECT name, service FROM spans LIMIT 3"], ["export", "spans"], ["errors"],
        ["export", "edges"], ["search", "parcel"],
        ["throughput", "--by", "service"], ["active"], ["sessions"], ["percentiles", "--of", "llm.prompt_tokens"],
    ])
    func jsonKeysAreTheCSVHeader(_ arguments: [String]) throws {
        let folder = try TemporaryFolder()
        try DemoStore.copy(to: "d.db", in: folder)
        let json = try Program.run(arguments + ["--format", "json", "--db", "d.db"], in: folder)
        let csv = try Program.run(arguments + ["--format", "csv", "--db", "d.db"], in: folder)
        let header = try #require(csv.output.split(separator: "\n").first).split(separator: ",").map(String.init)
        let rows = try #require(try JSONValue(parsing: json.output).array)
        #expect(!rows.isEmpty)
        for row in rows {
            guard case .object(let members) = row else {
                Issue.record("a row is an object")
                return
            }
            #expect(members.map(\.key) == header)
        }
    }

    @Test func theReadmeNamesEveryCommand() throws {
        let readme = try Checkout.text("README.md")
        let table = readme.split(separator: "\n").filter { $0.hasPrefix("| `") }.joined()
        let words = table.split { !$0.isLetter }.map(String.init)
        let help = try Golden.text("help.txt")
        let commands = help.components(separatedBy: ":\n").dropFirst().flatMap { section in
            section.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
                .map { String($0.drop { $0 == " " }.prefix { $0.isLetter }) }
        }.filter { $0 != "See" && !$0.isEmpty }
        #expect(commands.count >= 20)
        for command in commands { #expect(words.contains(command), "README has \(command)") }
    }
}
