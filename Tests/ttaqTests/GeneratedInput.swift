import Foundation
import JSONText
import TestSupport
import TraceModel
import TraceOTLP

/// Spans of which no two inputs have one in common.
struct GeneratedInput {
    let spanCount: Int
    /// OTLP JSON, a request a line.
    let bytes: [UInt8]

    private static let spansPerTrace = 10
    private static let tracesPerRequest = 10

    /// - Parameters:
    ///   - number: Tells it from the others, and seeds its texts.
    ///   - requests: Of 100 spans each, about 50 kB.
    init(_ number: UInt64, requests: Int) {
        var random = SplitMix64(seed: number)
        var bytes: [UInt8] = []
        for request in 0..<requests {
            let spans = (0..<Self.tracesPerRequest).flatMap { place -> [TraceSpan] in
                let trace = number << 32 | UInt64(request * Self.tracesPerRequest + place + 1)
                return (1...UInt64(Self.spansPerTrace)).map { id in
                    let text = (0..<20).map { _ in String(random.next(), radix: 36) }.joined(separator: " ")
                    return span(
                        id, trace: trace, parent: id == 1 ? nil : id / 2, "step \(id)", from: id, to: id + 20,
                        ["session.id": .string("session \(trace)"), "text": .string(text), "llm.prompt_tokens": 7])
                }
            }
            bytes += JSONTraceEncoder.encode(batch(spans).groups) + [UInt8(ascii: "\n")]
        }
        self.bytes = bytes
        spanCount = requests * Self.tracesPerRequest * Self.spansPerTrace
    }
}

extension TemporaryFolder {
    /// A file of each input, for `ttaq ingest`.
    func write(_ inputs: [GeneratedInput], to name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        for (place, input) in inputs.enumerated() { _ = try write(input.bytes, to: "\(name)/\(place).jsonl") }
    }

    /// What stands beside a store: its log, its journal, its lock.
    func companions(of store: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path("")).filter { $0.hasPrefix(store + "-") }
    }

    func size(of name: String) throws -> Int {
        try (FileManager.default.attributesOfItem(atPath: path(name))[.size] as? NSNumber)?.intValue ?? 0
    }
}

extension Program.Outcome {
    /// A count of the one JSON object that the command printed; `nil` when it printed none.
    func count(_ name: String) throws -> Int? {
        output.isEmpty ? nil : Int(try JSONValue(parsing: output).number(name))
    }
}
