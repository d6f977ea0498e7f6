import JSONText
import TestSupport
import Testing
import TraceModel
import TraceStore

@Suite struct MetricCommands {
    /// Two runs, and metrics of each kind.
    private func fill(_ folder: TemporaryFolder, dropping: Int64 = 0) throws {
        var (histogram, exponential, summary) = (HistogramValue(), ExponentialHistogramValue(), SummaryValue())
        (histogram.count, histogram.sum, histogram.bounds, histogram.bucketCounts) = (2, 2.5, [1, 5], [1, 1, 0])
        exponential.count = 1
        (summary.count, summary.sum) = (4, .nan)
        let full = [Attribute("error.type", "queue_full")]
        let writer = try StoreWriter(path: folder.path("s.db"))
        try writer.add(batch([span(1, trace: 1), span(1, trace: 2, from: 500, to: 1000)]))
        try writer.add(
            batch(
                [
                    metric("queue.size", unit: "{item}", [point(.int(4), at: 1), point(.double(-.infinity), at: 600)]),
                    metric(
                        "requests", kind: .sum(.cumulative, isMonotonic: true), description: "Requests, by path",
                        [
                            point(.int(1), at: 1, [Attribute("path", "/a,b")], from: 0),
                            point(.int(2), at: 600, [Attribute("path", "/a,b")], from: 0),
                            point(.int(3), at: 600, [Attribute("path", "\"/\"")], from: 0),
                        ]),
                    metric("active", kind: .sum(.delta, isMonotonic: false), [point(.double(0.25), at: 600)]),
                    metric(
                        "duration", kind: .histogram(.cumulative), unit: "ms", [point(.histogram(histogram), at: 600)]),
                    metric(
                        "size", kind: .exponentialHistogram(.delta), [point(.exponentialHistogram(exponential), at: 2)]),
                    metric("latency", kind: .summary, [point(.summary(summary), at: 600)]),
                ]
                    + (dropping == 0
                        ? []
                        : [
                            metric(
                                "otel.sdk.processor.span.processed", kind: .sum(.cumulative, isMonotonic: true),
                                [point(.int(dropping), at: 600, full)])
                        ])))
        try writer.finish()
    }

    @Test func listsMetricsByName() throws {
        let folder = try TemporaryFolder()
        try fill(folder)
        let csv = try Program.run("metrics", "s.db", "--format", "csv", in: folder)
        #expect(csv.exitCode == 0 && csv.errors.isEmpty)
        let (early, late) = ("2026-11-20T09:00:00.001000000Z", "2026-11-20T09:00:00.600000000Z")
        #expect(
            csv.output == """
                name,kind,unit,series,points,first,last,temporality,description
                active,updowncounter,,1,1,\(late),\(late),delta,
                duration,histogram,ms,1,1,\(late),\(late),cumulative,
                latency,summary,,1,1,\(late),\(late),,
                queue.size,gauge,{item},1,2,\(early),\(late),,
                requests,counter,,2,3,\(early),\(late),cumulative,"Requests, by path"
                size,exponential_histogram,,1,1,2026-11-20T09:00:00.002000000Z,2026-11-20T09:00:00.002000000Z,delta,

                """)
        let table = try Program.run("metrics", "--utc", "--db", "s.db", in: folder, columns: 80).output
        #expect(table.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(table.contains("queue.size") && table.contains("2026-11-20 09:00:00.600 Z"))
    }

    @Test func sayWhenThereAreNone() throws {
        let folder = try TemporaryFolder()
        try makeStore(at: folder.path("s.db"), batch([span(1)]))
        let outcome = try Program.run("metrics", "--db", "s.db", in: folder)
        #expect(outcome.exitCode == 0 && outcome.errors == "nothing found; the file has no metric points\n")
        #expect(try Program.run("metrics", "none.db", in: folder).exitCode == 1)
    }

    /// SQLite computes the view, the program the export: they must agree to the byte.
    @Test(arguments: ["csv", "jsonl"]) func exportsTheColumnsAndValuesOfTheView(_ format: String) throws {
        let folder = try TemporaryFolder()
        try fill(folder)
        let exported = try Program.run("export", "metrics", "--format", format, "--db", "s.db", in: folder)
        #expect(exported.exitCode == 0 && exported.errors == "9 metric points\n")
        let selected = try Program.run("sql", "SELECT * FROM metrics", "--format", format, "--db", "s.db", in: folder)
        func lines(_ text: String) -> [Substring] { text.split(separator: "\n").sorted() }
        #expect(lines(exported.output) == lines(selected.output))
        #expect(lines(exported.output).count == (format == "csv" ? 10 : 9))
    }

    @Test func exportsByTime() throws {
        let folder = try TemporaryFolder()
        try fill(folder)
        let some = try Program.run(
            "export", "metrics", "--to", "2026-11-20T09:00:00.6Z", "--format", "jsonl", "--db", "s.db", in: folder)
        let rows = try some.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(rows.map { $0.text("metric") } == ["queue.size", "requests", "size"])
        #expect(rows[1].number("value") == 1 && rows[1].text("attributes") == #"{"path":"/a,b"}"#)
        for arguments in [["--where", "status = error"], ["--format", "otlp"]] {
            #expect(try Program.run(["export", "metrics", "--db", "s.db"] + arguments, in: folder).exitCode == 64)
        }
    }

    @Test func infoSaysHowManyPointsThereAreAndWhatWasDropped() throws {
        let folder = try TemporaryFolder()
        try fill(folder)
        let info = try Program.run("info", "--db", "s.db", in: folder).output
        #expect(info.contains("metric_points       9\n"))
        #expect(!info.contains("dropped_spans") && !info.contains("unsampled_spans"))
        let other = try TemporaryFolder()
        try fill(other, dropping: 1234)
        #expect(try Program.run("info", "--db", "s.db", in: other).output.contains("dropped_spans       1,234\n"))
        for (folder, dropped) in [(folder, 0.0), (other, 1234)] {
            let json = try Program.run("info", "--format", "jsonl", "--db", "s.db", in: folder).output
            #expect(try JSONValue(parsing: json).number("dropped_spans") == dropped)
        }
    }

    @Test func copiesThatAreMadeAnewSayWhatTheyLeaveOut() throws {
        let folder = try TemporaryFolder()
        try fill(folder)
        let plain = try Program.run("db", "backup", "plain.db", "--db", "s.db", in: folder)
        #expect(plain.exitCode == 0 && plain.errors.isEmpty)
        let bare = try Program.run("db", "backup", "bare.db", "--without-content", "--db", "s.db", in: folder)
        #expect(bare.exitCode == 0 && bare.errors == "left out: 9 metric points, which belong to no run\n")
        let info = try Program.run("info", "--format", "jsonl", "--db", "plain.db", in: folder).output
        #expect(try JSONValue(parsing: info).number("metric_points") == 9)
    }

    @Test func retentionSaysHowManyPointsGo() throws {
        let folder = try TemporaryFolder()
        try fill(folder)
        for arguments in [["--dry-run"], []] {
            let outcome = try Program.run(
                ["db", "retain", "--before", "2026-11-20T09:00:00.100Z", "--db", "s.db"] + arguments, in: folder)
            let told = try JSONValue(parsing: outcome.output)
            #expect(told.number("removed_metric_points") == 3 && told.number("removed_spans") == 1)
        }
        #expect(try Program.run("db", "check", "--db", "s.db", in: folder).exitCode == 0)
    }
}
