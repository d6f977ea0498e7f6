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
