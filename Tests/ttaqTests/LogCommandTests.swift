import JSONText
import TestSupport
import Testing

@Suite struct LogCommands {
    /// Of the Python SDK: messages that were logged, an exception, and a record of no run.
    @Test func showsWhatWasLogged() throws {
        let folder = try TemporaryFolder()
        let ingested = try Program.run(
            "ingest", Sample.path("exporters/otel-python-logs"), "--db", "s.db", in: folder)
        #expect(try JSONValue(parsing: ingested.output).number("log_records") == 11)
        let shown = try Program.run("show", "last", "--db", "s.db", in: folder).output
        for text in [
            "user       Where is my parcel?", #"assistant  → track {"id": 42}"#, "tool       in transit",
            "assistant  It is in transit.", "closing the ticket failed: carrier did not answer in 5 s",
        ] { #expect(shown.contains(text), "\(text)") }
        #expect(!shown.contains("starting up"))
        let waterfall = try Program.run("trace", "last", "--db", "s.db", in: folder).output
        #expect(waterfall.contains("info   ticket 42 opened") && waterfall.contains("error  closing the ticket failed"))
        let otlp = try Program.run(
            "export", "logs", "--format", "otlp", "--output", "l.jsonl", "--db", "s.db", in: folder)
        #expect(otlp.exitCode == 0)
        let again = try Program.run("ingest", "l.jsonl", "--db", "s.db", in: folder)
        #expect(try JSONValue(parsing: again.output).number("duplicate_log_records") == 11)
        let errors = try Program.run(
            "export", "logs", "--where", "rootName = answer_ticket && childCount > 0", "--db", "s.db", in: folder)
        #expect(errors.output.split(separator: "\n").count == 3)
        let migrated = try Program.run("db", "migrate", "--db", "s.db", in: folder)
        #expect(migrated.output == #"{"from_version":5,"to_version":5}"# + "\n")
    }
}
