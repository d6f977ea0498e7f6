import Foundation
import Metrics
import TraceExport
import Tracing

/// A program that exports spans: to be killed and traced by tests, and to measure.
///
///     ExportProgram flushes STORE [ROUNDS] spans and flushes, for ever; each flush prints how many are on disk
///     ExportProgram waits STORE COUNT      so many spans, then waits to be killed
///     ExportProgram counts STORE COUNT     so many spans, a shutdown, an exit
///     ExportProgram cost STORE             nanoseconds that a span costs who makes it
///     ExportProgram primitive STORE        the same of an instrumented primitive
///     ExportProgram bare                   the same with no exporter at all
///     ExportProgram rate STORE RATE SECONDS TASKS   spans at a rate, and how many were dropped
@main enum ExportProgram {
    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.dropFirst() == ["bare"] { return try await PrimitiveCost.withoutBackend() }
        guard arguments.count > 2 else { return say("usage: ExportProgram MODE STORE …") }
        let exporter = try TraceExporter.bootstrap(
            store: arguments[2], service: "export-program", configuration: configuration())
        func number(_ index: Int) -> Int { arguments.count > index ? Int(arguments[index]) ?? 1 : 1 }
        switch arguments[1] {
        case "flushes": await flushes(exporter, arguments.count > 3 ? number(3) : .max)
        case "waits":
            makeSpans(0..<number(3))
            say("made")
            try await Task.sleep(for: .seconds(600))
        case "counts":
            makeSpans(0..<number(3))
            say("\(await exporter.shutdown())")
        case "cost": await Measurement.cost(exporter)
        case "primitive": try await PrimitiveCost.withExporter(exporter)
        case "rate": await Measurement.rate(exporter, spansPerSecond: number(3), seconds: number(4), tasks: number(5))
        default: say("unknown mode \(arguments[1])")
        }
    }

    private static func configuration() -> ExporterConfiguration {
        var configuration = ExporterConfiguration()
        configuration.batchInterval = .milliseconds(100)
        configuration.shutdownPatience = .seconds(1)
        return configuration
    }

    private static func flushes(_ exporter: TraceExporter, _ rounds: Int) async {
        var made = 0
        for _ in 0..<rounds {
            makeSpans(made..<made + 50)
            made += 50
            if await exporter.flush() == .durable { say("\(made)") }
        }
    }

    private static func makeSpans(_ numbers: Range<Int>) {
        for number in numbers {
            withSpan("step") { $0.attributes["step.index"] = number }
            Counter(label: "steps").increment()
        }
    }

    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
