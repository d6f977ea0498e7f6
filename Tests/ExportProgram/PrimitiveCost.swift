import Metrics
import TTAPrimitives
import TraceExport
import Tracing

/// What an instrumented primitive costs who runs it, beside a bare `withSpan`.
enum PrimitiveCost {
    private static let nothing = Instrumented<Int, Int>("nothing", type: "noop") { number, _ in number }
    private static let rounds = 9
    private static let count = 10_000

    /// A context as an agent's run has it: a span has twenty attributes with it.
    private static var context: WorkflowContext {
        var context = WorkflowContext(
            workflowID: "workflow-11", workflowName: "support", sessionID: "session-204", playerID: "player-5",
            agentID: "agent-17", agentType: "researcher", tags: ["release": "2"])
        (context.provider, context.modelName, context.modelTier) = ("openai", "gpt-4o", .quality)
        return context
    }

    /// With no backend at all: the ratio to `withSpan`, round by round.
    static func withoutBackend() async throws {
        let context = context
        var (primitive, span): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            span.append(
                try await nanos {
                    for _ in 0..<count { sink &+= await withSpan("nothing") { _ in await same(1) } }
                })
            primitive.append(
                try await nanos { for _ in 0..<count { sink &+= try await nothing.execute(1, in: context) } })
        }
        say(["primitive": primitive.map { $0 / Double(count) }, "withSpan": span.map { $0 / Double(count) }])
    }

    /// With the exporter running: bursts that fit the queue, each followed by a flush that is not counted.
    static func withExporter(_ exporter: TraceExporter) async throws {
        var (primitive, span): ([Double], [Double]) = ([], [])
        let run = Instrumented<Int, (Double, Double)>("run", type: "run") { _, context in
            let first = try await nanos {
                for _ in 0..<100 { sink &+= try await nothing.execute(1, in: context) }
            }
            let second = try await nanos {
                for _ in 0..<100 {
                    sink &+= await withSpan("nothing") { span in
                        span.attributes = Measurement.attributes
                        return await same(1)
                    }
                }
            }
            return (first, second)
        }
        for _ in 0..<rounds {
            var (primitiveNanos, spanNanos) = (0.0, 0.0)
            for _ in 0..<count / 100 {
                // Runs of two hundred spans: a trace of all of them would be sealed over and over.
                let (first, second) = try await run.execute(0, in: context)
                primitiveNanos += first
                spanNanos += second
            }
            _ = await exporter.flush()
            primitive.append(primitiveNanos / Double(count))
            span.append(spanNanos / Double(count))
        }
        say(["primitive": primitive, "withSpan, twenty shared attributes": span])
        await exporter.shutdown()
    }

    @inline(never) private static func same(_ number: Int) async -> Int { number }

    private static func nanos(_ body: nonisolated(nonsending) () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body()
        let time = start.duration(to: .now).components
        return Double(time.seconds) * 1e9 + Double(time.attoseconds) / 1e9
    }

    private static func say(_ figures: [String: [Double]]) {
        for (name, values) in figures.sorted(by: { $0.key < $1.key }) {
            ExportProgram.say(
                "\(name): median \(Int(values.sorted()[values.count / 2])) ns, least \(Int(values.min() ?? 0)) ns")
        }
    }

    nonisolated(unsafe) private static var sink = 0
}
