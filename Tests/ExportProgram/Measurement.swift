import Foundation
import Metrics
import TraceExport
import Tracing

enum Measurement {
    /// Twenty attributes as a primitive's span has them.
    static let attributes: SpanAttributes = [
        "agent.id": "agent-17", "agent.type": "researcher", "correlation.id": "5b7c2d1e", "execution.duration_ms": 12.5,
        "execution.status": "success", "llm.completion_tokens": 140, "llm.cost_usd": 0.0021, "llm.model_name": "gpt-4o",
        "llm.prompt_tokens": 912, "llm.provider": "openai", "primitive.input_size": 2048,
        "primitive.name": "summarize", "primitive.output_size": 512, "primitive.type": "LLMPrimitive",
        "session.id": "session-204", "step.index": 3, "step.name": "summarize", "workflow.id": "workflow-11",
        "workflow.name": "support", "workflow.version": "2",
    ]

    /// Bursts that fit the queue, each followed by a flush that is not counted.
    static func cost(_ exporter: TraceExporter) async {
        let tracer = exporter.tracer
        var best: [String: Double] = [:]
        let template = attributes
        var parent = tracer.startSpan("run", context: .topLevel)
        let factory = exporter.metricsFactory
        let counter = Counter(label: "counted", factory: factory)
        let timer = Metrics.Timer(label: "timed", factory: factory)
        var off = ExporterConfiguration()
        off.sampler = .alwaysOff
        guard let other = try? TraceExporter(store: CommandLine.arguments[2] + ".off", configuration: off) else {
            return
        }
        let unsampled = other.tracer
        func measure(_ name: String, _ body: () -> Void) async {
            let count = 20_000
            let clock = ContinuousClock()
            var time = Duration.zero
            for _ in 0..<count / 100 {
                // Runs of a hundred spans: a trace of all of them would be sealed over and over.
                parent = tracer.startSpan("run", context: .topLevel)
                time += clock.measure { for _ in 0..<100 { body() } }
                parent.end()
            }
            let nanos = Double(time.components.attoseconds) / 1e9 + Double(time.components.seconds) * 1e9
            best[name] = min(best[name] ?? .infinity, nanos / Double(count))
            _ = await exporter.flush()
        }
        for _ in 0..<5 {
            await measure("shared attributes") {
                let span = tracer.startSpan("step", context: parent.context)
                span.attributes = template
                span.end()
            }
            await measure("own attributes") {
                let span = tracer.startSpan("step", context: parent.context)
                span.attributes = Self.fresh(3)
                span.end()
            }
            await measure("building the attributes alone") { sink = Self.fresh(3) }
            await measure("withSpan, through the existential") {
                InstrumentationSystem.tracer.withSpan("step", context: parent.context) { $0.attributes = template }
            }
            await measure("no attributes") { tracer.startSpan("step", context: parent.context).end() }
            await measure("a counter") { counter.increment() }
            await measure("a timer") { timer.recordNanoseconds(1_500_000) }
            await measure("a counter, made each time") {
                Counter(label: "made", dimensions: [("a", "b"), ("c", "d")], factory: factory).increment()
            }
            await measure("an unsampled span") {
                let span = unsampled.startSpan("step", context: .topLevel)
                span.attributes = template
                span.end()
            }
            await measure("the clock, twice") {
                instant = DefaultTracerClock.now.nanosecondsSinceEpoch &+ DefaultTracerClock.now.nanosecondsSinceEpoch
            }
        }
        for (name, nanos) in best.sorted(by: { $0.key < $1.key }) { ExportProgram.say("\(name): \(Int(nanos)) ns") }
        await other.shutdown()
        await exporter.shutdown()
    }

    nonisolated(unsafe) private static var sink = SpanAttributes()
    nonisolated(unsafe) private static var instant: UInt64 = 0

    static func fresh(_ step: Int) -> SpanAttributes {
        [
            "agent.id": "agent-17", "agent.type": "researcher", "correlation.id": "5b7c2d1e",
            "execution.duration_ms": .double(Double(step)), "execution.status": "success",
            "llm.completion_tokens": .int64(Int64(step)), "llm.cost_usd": 0.0021, "llm.model_name": "gpt-4o",
            "llm.prompt_tokens": .int64(Int64(step)), "llm.provider": "openai", "primitive.input_size": 2048,
            "primitive.name": "summarize", "primitive.output_size": 512, "primitive.type": "LLMPrimitive",
            "session.id": "session-204", "step.index": .int64(Int64(step)), "step.name": "summarize",
            "workflow.id": "workflow-11", "workflow.name": "support", "workflow.version": "2",
        ]
    }

    /// Runs of twelve spans each, a millisecond's spans at a time.
    static func rate(_ exporter: TraceExporter, spansPerSecond: Int, seconds: Int, tasks: Int) async {
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks {
                group.addTask { pace(exporter.tracer, spansPerSecond / tasks, seconds, start) }
            }
        }
        let made = start.duration(to: .now)
        let result = await exporter.shutdown()
        let stored = start.duration(to: .now)
        ExportProgram.say("made in \(made), stored in \(stored): \(result)\(peakMemory.map { ", " + $0 } ?? "")")
    }

    /// The most memory that the process has had, where the system says so.
    private static var peakMemory: String? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.map { "at most " + $0.dropFirst(6).trimmingCharacters(in: .whitespaces) }
    }

    private static func pace(
        _ tracer: StoreTracer, _ spansPerSecond: Int, _ seconds: Int, _ start: ContinuousClock.Instant
    ) {
        let all = spansPerSecond * seconds
        var made = 0
        while made < all {
            let elapsed = start.duration(to: .now)
            let due = Int(
                Double(spansPerSecond)
                    * (Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18))
            while made < min(due, all) {
                let root = tracer.startSpan("run", context: .topLevel)
                for step in 1..<12 {
                    let span = tracer.startSpan("step", context: root.context)
                    span.attributes = fresh(step)
                    span.end()
                }
                root.end()
                made += 12
            }
            usleep(500)
        }
    }
}
