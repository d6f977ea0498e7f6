import ArgumentParser
import Foundation
import GRDB
import JSONText
import TraceFormats
import TraceOTLP

/// The whole table: ingest beside the yardstick in alternating runs, then every question as a whole process.
struct Table: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure ingest and every question; medians and ratios.")

    @Option(help: "The program to measure.") var ttaq: String
    @Option(help: "A folder for the workload and the stores.") var folder: String
    @Option(help: "How many spans.") var spans = 1_000_000
    @Option(help: "Runs of each; the median counts.") var runs = 5
    @Option(help: "Write the figures to this file as JSON.") var json: String?

    private static let questions: [[String]] = [
        ["percentiles"], ["percentiles", "--exact"], ["errors"], ["percentiles", "--by", "workflow.name,agent.type"],
        ["percentiles", "--by", "route.key"],
        ["graph"], ["graph", "--exact"], ["graph", "--of", "primitives"], ["cache"], ["tokens"],
        ["slo", "--target", "0.99", "--threshold", "500ms", "--by", "workflow.name"], ["traces", "--sort", "duration"],
        ["trace", "last"], ["percentiles", "--by", "session.id"], ["info"], ["sql", "SELECT * FROM spans LIMIT 100"],
        ["--version"],
    ]

    private struct Figure {
        let name: String
        let value: Double
        let unit: String
    }

    func run() throws {
        let input = folder + "/workload-\(spans)"
        let store = folder + "/bench.db"
        let plain = folder + "/plain.db"
        var workload = MakeWorkload()
        workload.spans = spans
        workload.out = input
        workload.seed = 42
        if !FileManager.default.fileExists(atPath: input) { try workload.run() }
        var figures = try ingest(input, store, plain)
        figures += try jsonLines(input)
        figures += try plainSQL(store, plain)
        for question in Self.questions {
            let isGlobal = question == ["--version"]
            let command = [ttaq] + question + (isGlobal ? [] : ["--db", store])
            _ = try MeasuredProcess(command)
            let times = try (0..<runs).map { _ in try MeasuredProcess(command).seconds }
            figures.append(Figure(name: question.joined(separator: " "), value: times.median * 1000, unit: "ms"))
        }
        try report(figures)
    }

    private func ingest(_ input: String, _ store: String, _ plain: String) throws -> [Figure] {
        var walls: [Double] = []
        var yardsticks: [Double] = []
        var peaks: [Double] = []
        for _ in 0..<runs {
            for file in [store, plain, plain + "-wal", plain + "-shm"] { unlink(file) }
            let (count, seconds) = try Yardstick.run(folder: input, database: plain)
            let process = try MeasuredProcess([ttaq, "ingest", input, "--db", store])
            let stored = try JSONValue(parsing: process.output)["spans"]
            guard count == spans, stored == .number(String(spans)) else {
                throw ValidationError(
                    "expected \(spans) spans; the yardstick stored \(count), ttaq \(stored?.text ?? "none")")
            }
            yardsticks.append(seconds)
            walls.append(process.seconds)
            peaks.append(Double(process.peakBytes ?? 0))
        }
        func bytes(_ path: String) throws -> Double {
            ((try FileManager.default.attributesOfItem(atPath: path)[.size]) as? NSNumber)?.doubleValue ?? .nan
        }
        let count = Double(spans)
        return [
            Figure(name: "ingest", value: count / walls.median, unit: "spans/s"),
            Figure(name: "plain insertion alone", value: count / yardsticks.median, unit: "spans/s"),
            Figure(
                name: "ingest / plain insertion, time", value: zip(walls, yardsticks).map { $0 / $1 }.median, unit: "x"),
            Figure(name: "ingest peak memory", value: peaks.median / 1e6, unit: "MB"),
            Figure(name: "store", value: try bytes(store) / count, unit: "bytes a span"),
            Figure(name: "plain table", value: try bytes(plain) / count, unit: "bytes a span"),
        ]
    }

    /// The same spans as JSON lines, the first tenth of them, beside their protobuf.
    private func jsonLines(_ input: String) throws -> [Figure] {
        let (lines, bodies) = (folder + "/lines.jsonl", folder + "/bodies")
        if FileManager.default.fileExists(atPath: bodies) { try FileManager.default.removeItem(atPath: bodies) }
        try FileManager.default.createDirectory(atPath: bodies, withIntermediateDirectories: true)
        var text: [UInt8] = []
        for input in InputList([input]).inputs.prefix(max(1, spans / 5120)) {
            let name = URL(fileURLWithPath: input.name).lastPathComponent
            try FileManager.default.copyItem(atPath: input.name, toPath: bodies + "/" + name)
            try PayloadReader(input).forEach { payload in
                if case .spans(let request) = payload { text += JSONTraceEncoder.encode(request.batch.groups) + [0x0A] }
            } failure: { _ in
            }
        }
        try Data(text).write(to: URL(fileURLWithPath: lines))
        let store = folder + "/json.db"
        let ratios = try (0..<runs).map { _ in
            let seconds = try [bodies, lines].map { input in
                unlink(store)
                return try MeasuredProcess([ttaq, "ingest", input, "--db", store]).seconds
            }
            return seconds[0] / seconds[1]
        }
        return [Figure(name: "JSON lines: rate / rate of protobuf", value: ratios.median, unit: "x")]
    }

    /// What SQLite's own shell would need.
    private func plainSQL(_ store: String, _ plain: String) throws -> [Figure] {
        let first = try time("SELECT * FROM spans LIMIT 100", in: store)
        let all = try time("SELECT count(*), sum(length(attributes)), max(end_time) FROM spans", in: store)
        let key = "$.\"execution.retry_count\""
        let scan = try time(
            "SELECT attributes ->> '\(key)', count(*), max(end_nanos - start_nanos) FROM span GROUP BY 1", in: plain)
        let question = [ttaq, "percentiles", "--by", "execution.retry_count", "--db", store]
        let asked = try (0..<runs).map { _ in try MeasuredProcess(question).seconds }.median
        return [
            Figure(name: "view spans: first 100 rows", value: first * 1000, unit: "ms"),
            Figure(name: "view spans: all rows with attributes", value: all, unit: "s"),
            Figure(name: "by an attribute as sent / JSON scan of the plain table", value: asked / scan, unit: "x"),
        ]
    }

    private func time(_ sql: String, in path: String) throws -> Double {
        let queue = try DatabaseQueue(path: path)
        let times = try (0..<min(runs, 3)).map { _ in
            try queue.read { db in
                try ContinuousClock().measure {
                    let rows = try Row.fetchCursor(db, sql: sql)
                    while try rows.next() != nil {}
                }
            }
        }
        return times.map(\.seconds).median
    }

    private func report(_ figures: [Figure]) throws {
        print("\(spans) spans, median of \(runs)")
        for figure in figures {
            let value =
                figure.value >= 100 ? String(Int(figure.value.rounded())) : String((figure.value * 100).rounded() / 100)
            print(figure.name.padding(toLength: 70, withPad: " ", startingAt: 0) + "\(value) \(figure.unit)")
        }
        guard let json else { return }
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("spans")
            writer.write(spans)
            writer.key("runs")
            writer.write(runs)
            writer.key("figures")
            writer.array { writer in
                for figure in figures {
                    writer.object { writer in
                        writer.key("name")
                        writer.write(figure.name)
                        writer.key("value")
                        writer.write(figure.value)
                        writer.key("unit")
                        writer.write(figure.unit)
                    }
                }
            }
        }
        try Data(writer.bytes).write(to: URL(fileURLWithPath: json))
    }
}
