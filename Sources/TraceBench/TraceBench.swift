import ArgumentParser
import Foundation
import TraceFormats
import TraceModel
import TraceOTLP
import TraceStore

/// Benchmarks: `scripts/bench` builds and calls this. Never part of the tests.
@main
struct TraceBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace-bench", abstract: "Measure ttaq against SQLite itself.",
        subcommands: [MakeWorkload.self, Table.self, Parts.self])
}

struct MakeWorkload: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload", abstract: "Write a generated workload: OTLP protobuf requests of 512 spans.")

    @Option(help: "How many spans.") var spans: Int
    @Option(help: "The folder to write to; it is made when there is none.") var out: String
    @Option(help: "The same seed gives the same spans.") var seed: UInt64 = 42

    func run() throws {
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        var workload = Workload(seed: seed, spans: spans)
        var written = 0
        var file = 0
        while written < spans {
            let count = min(512, spans - written)
            let bytes = ProtobufTraceEncoder.encode(workload.request(of: count))
            let digits = String(file)
            let name = "body-\(String(repeating: "0", count: 6 - digits.count))\(digits).pb"
            try Data(bytes).write(to: URL(fileURLWithPath: out).appendingPathComponent(name))
            written += count
            file += 1
        }
    }
}

/// Micro-benchmarks: the parts of ingest and of rollups, one after the other in one thread.
struct Parts: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time decoding, preparing, writing and sketches apart.")

    @Option(help: "How many spans.") var spans = 51_200

    func run() throws {
        var workload = Workload(seed: 42, spans: spans)
        let clock = ContinuousClock()
        var bodies: [[UInt8]] = []
        for _ in 0..<(spans / 512) { bodies.append(ProtobufTraceEncoder.encode(workload.request(of: 512))) }
        var requests: [FlatSpans] = []
        let decoding = try clock.measure { requests = try bodies.map { try ProtobufTraceDecoder.decode($0) } }
        let json = requests.map { JSONTraceEncoder.encode($0.batch.groups) }
        let decodingJSON = try clock.measure {
            for line in json { _ = FlatSpans(try JSONTraceDecoder.decode(line)) }
        }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("trace-bench-parts.db").path
        defer { unlink(path) }
        let writer = try StoreWriter(path: path)
        var preparer = try writer.makePreparer()
        var prepared: [PreparedBatch] = []
        let preparing = clock.measure {
            for request in requests {
                preparer.add(request)
                if preparer.waitingSpans >= 32_768 { prepared.append(preparer.take()) }
            }
            prepared.append(preparer.take())
        }
        let writing = try clock.measure {
            for batch in prepared { try writer.add(batch) }
        }
        let sealing = try clock.measure { try writer.finish() }
        let count = Double(bodies.count * 512)
        for (name, time) in [
            ("decode protobuf", decoding), ("decode JSON", decodingJSON), ("prepare", preparing), ("write", writing),
            ("finish", sealing),
        ] {
            print("\(name): \(Int(time.seconds / count * 1e9)) ns a span, \(Int(count / time.seconds)) spans/s")
        }
        sketches()
    }

    /// Sketches of a hundred durations each, as an hour of a group has them.
    private func sketches() {
        var random = SplitMix64(seed: 42)
        let durations = (0..<1000).map { _ in
            (0..<100).map { _ in UInt64(exp(Double.random(in: 13...20, using: &random))) }
        }
        let clock = ContinuousClock()
        var sketches: [DurationSketch] = []
        let inserting = clock.measure {
            sketches = durations.map { durations in
                var sketch = DurationSketch()
                sketch.add(durations)
                return sketch
            }
        }
        let encoded = sketches.map(\.encoded)
        var (merged, read) = (DurationSketch(), DurationSketch())
        let merging = clock.measure { sketches.forEach { merged += $0 } }
        let reading = clock.measure { encoded.forEach { precondition(read.add(encoded: $0), "it was encoded here") } }
        precondition(merged == read, "merged and read sketches are the same")
        let counts = [
            ("insert into a sketch", inserting, 100_000.0), ("merge", merging, 1000), ("read and merge", reading, 1000),
        ]
        for (name, time, count) in counts {
            print("\(name): \(Int(time.seconds / count * 1e9)) ns a \(count > 1000 ? "duration" : "sketch")")
        }
    }
}
