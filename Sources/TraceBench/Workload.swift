import Foundation
import TraceModel

/// Agent workflows without end, the same for a seed: runs of some twelve spans over a day, four services, about 20
/// attributes and 790 bytes a span, 4% of the steps failing; children stand before their parents, as exporters send
/// them.
struct Workload {
    private var random: SplitMix64
    private var time: UInt64
    private let stepBetweenRuns: UInt64
    private var session = ""
    private var runsLeftInSession: UInt64 = 0
    private var pending: [(service: Int, span: TraceSpan)] = []

    private static let services = ["agent-orchestrator", "workflow-engine", "llm-gateway", "cache-layer"]
    private static let workflows = ["story", "dialogue", "world", "character", "review", "rag", "summary", "tests"]
    private static let agents = ["input_processor", "world_builder", "narrator", "reviewer", "planner"]
    private static let models = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4", "gemini-2.5-flash", "llama3.1:8b"]
    private static let errors = ["TimeoutError", "RateLimitError", "ValidationError", "ConnectionError"]

    /// - Parameter spans: About how many will be asked for, so that they fill a day.
    init(seed: UInt64, spans: Int) {
        random = SplitMix64(seed: seed)
        time = 1_795_219_200_000_000_000  // 2026-11-21T00:00:00Z
        stepBetweenRuns = 86_400_000_000_000 / UInt64(max(1, spans / 12))
    }

    /// The next request: `count` spans by service.
    mutating func request(of count: Int) -> [SpanGroup] {
        while pending.count < count { addRun() }
        let taken = pending.prefix(count)
        pending.removeFirst(count)
        return Self.services.indices.compactMap { index in
            let spans = taken.filter { $0.service == index }.map(\.span)
            if spans.isEmpty { return nil }
            var resource = Resource()
            resource.attributes = [
                Attribute("service.name", .string(Self.services[index])),
                Attribute("service.version", .string("1.7.3")),
                Attribute("deployment.environment", .string("production")), Attribute("host.name", .string("node-1")),
            ]
            var scope = Scope()
            scope.name = "workflow_primitives"
            scope.version = "0.1.0"
            return SpanGroup(resource: resource, scope: scope, spans: spans)
        }
    }

    private mutating func addRun() {
        if runsLeftInSession == 0 {
            session = "session-\(hex(48))"
            runsLeftInSession = 4 + random.next() % 12
        }
        runsLeftInSession -= 1
        time += stepBetweenRuns / 2 + random.next() % max(1, stepBetweenRuns)
        let workflow = Self.workflows[Int(random.next() % 8)]
        let agent = Int(random.next() % 30)
        let common: [Attribute] = [
            Attribute("agent.id", .string("agent-\(agent)")), Attribute("agent.type", .string(Self.agents[agent % 5])),
            Attribute("workflow.id", .string("wf-\(workflow)-\(hex(32))")),
            Attribute("workflow.name", .string(workflow)),
            Attribute("workflow.version", .string("1.\(workflow.count).0")), Attribute("session.id", .string(session)),
            Attribute("player.id", .string("player-\(random.next() % 5000)")),
            Attribute("correlation.id", .string("\(hex(32))-\(hex(16))-\(hex(16))-\(hex(48))")),
            Attribute("environment", .string("production")),
        ]
        let trace = TraceID(high: random.next(), low: random.next() | 1)
        let steps = 4 + Int(random.next() % 4)
        var root = TraceSpan(traceID: trace, spanID: SpanID(value: random.next() | 1))
        root.startNanos = time
        var cursor = time + 50_000
        for index in 0..<steps { addStep(index, of: steps, root: root, common, &cursor) }
        root.endNanos = cursor + 50_000
        finish(
            &root, "primitive.sequential.execute", 2, common, "\(workflow)_pipeline", "SequentialPrimitive", 0, steps)
        pending.append((0, root))
    }

    private mutating func addStep(
        _ index: Int, of steps: Int, root: TraceSpan, _ common: [Attribute], _ cursor: inout UInt64
    ) {
        var step = TraceSpan(traceID: root.traceID, spanID: SpanID(value: random.next() | 1))
        step.parentSpanID = root.spanID
        var leaf = TraceSpan(traceID: root.traceID, spanID: SpanID(value: random.next() | 1))
        leaf.parentSpanID = step.spanID
        step.startNanos = cursor
        leaf.startNanos = cursor + 200_000
        let isError = random.next() % 100 < 4
        let kind = Int(random.next() % 4)
        let duration: UInt64
        switch kind {
        case 0: duration = 5_000_000 + random.next() % 40_000_000
        case 1: duration = 1_000_000 + random.next() % 60_000_000
        case 2: duration = 2_000_000 + random.next() % 8_000_000
        default: duration = 200_000_000 + random.next() % 2_000_000_000
        }
        leaf.endNanos = leaf.startNanos + duration
        step.endNanos = leaf.endNanos + 200_000
        cursor = step.endNanos + 20_000
        let extra = leafAttributes(kind)
        leaf.attributes = extra.attributes
        if isError { fail(&leaf) }
        finish(&leaf, extra.name, extra.kind, common, extra.primitive, extra.type, index, steps)
        pending.append((extra.service, leaf))
        step.attributes = [
            Attribute("step.primitive_type", .string(extra.type)), Attribute("step.name", .string(extra.primitive)),
        ]
        finish(&step, "primitive.sequential.step_\(index)", 1, common, "step_\(index)", "SequentialStep", index, steps)
        pending.append((1, step))
    }

    private struct Leaf {
        let name: String
        let kind: Int32
        let service: Int
        let primitive: String
        let type: String
        let attributes: [Attribute]
    }

    private mutating func leafAttributes(_ kind: Int) -> Leaf {
        switch kind {
        case 0:
            return Leaf(
                name: "primitive.processor.process", kind: 1, service: 1, primitive: "processor_\(random.next() % 5)",
                type: "LambdaPrimitive",
                attributes: [
                    Attribute("processor.input_bytes", .int(Int64(random.next() % 9000))),
                    Attribute("processor.output_bytes", .int(Int64(random.next() % 9000))),
                ])
        case 1:
            let isHit = random.next() % 100 < 60
            return Leaf(
                name: "primitive.cache.execute", kind: 3, service: 3, primitive: "cache_\(random.next() % 3)",
                type: "CachePrimitive",
                attributes: [
                    Attribute("cache.hit", .bool(isHit)),
                    Attribute("cache.type", .string(["memory", "redis", "semantic"][Int(random.next() % 3)])),
                    Attribute("cache.key", .string("key:\(random.next() % 20_000)")),
                    Attribute("cache.savings_usd", .double(isHit ? Double(random.next() % 9000) / 1e6 : 0)),
                ])
        case 2:
            return Leaf(
                name: "primitive.router.route_decision", kind: 1, service: 0, primitive: "router_\(random.next() % 2)",
                type: "RouterPrimitive",
                attributes: [
                    Attribute("route.key", .string(["fast", "quality", "local"][Int(random.next() % 3)])),
                    Attribute("route.used_default", .bool(random.next() % 10 == 0)),
                    Attribute("route.available_routes", .int(3)),
                ])
        default:
            let model = Self.models[Int(random.next() % 5)]
            let (prompt, completion) = (200 + random.next() % 3000, 20 + random.next() % 600)
            return Leaf(
                name: "llm.provider.generate", kind: 3, service: 2, primitive: "llm_\(random.next() % 4)",
                type: "LLMPrimitive",
                attributes: [
                    Attribute("llm.provider", .string("provider")), Attribute("llm.model_name", .string(model)),
                    Attribute("llm.model_tier", .string("quality")),
                    Attribute("llm.prompt_tokens", .int(Int64(prompt))),
                    Attribute("llm.completion_tokens", .int(Int64(completion))),
                    Attribute("llm.cost_usd", .double(Double(prompt) * 2.5e-6 + Double(completion) * 1e-5)),
                ])
        }
    }

    private mutating func fail(_ span: inout TraceSpan) {
        let type = Self.errors[Int(random.next() % 4)]
        let message = "the operation did not succeed: \(type)"
        span.status = SpanStatus(code: StatusCode.error, message: message)
        span.attributes += [Attribute("error.type", .string(type)), Attribute("error.message", .string(message))]
        var event = SpanEvent()
        event.name = "exception"
        event.timeNanos = span.endNanos
        event.attributes = [
            Attribute("exception.type", .string(type)), Attribute("exception.message", .string(message)),
            Attribute(
                "exception.stacktrace", .string("Traceback:\n  File \"/app/step.py\", line 214, in execute\n\(type)")),
        ]
        span.events = [event]
    }

    private func finish(
        _ span: inout TraceSpan, _ name: String, _ kind: Int32, _ common: [Attribute], _ primitive: String,
        _ type: String, _ index: Int, _ steps: Int
    ) {
        let isError = span.status.code == StatusCode.error
        if !isError { span.status.code = StatusCode.ok }
        span.name = name
        span.kind = kind
        let milliseconds = Double((span.endNanos - span.startNanos) / 1000) / 1000
        span.attributes =
            common + [
                Attribute("primitive.name", .string(primitive)), Attribute("primitive.type", .string(type)),
                Attribute("primitive.step_index", .int(Int64(index))),
                Attribute("primitive.total_steps", .int(Int64(steps))),
                Attribute("execution.status", .string(isError ? "error" : "success")),
                Attribute("execution.duration_ms", .double(milliseconds)), Attribute("execution.retry_count", .int(0)),
            ] + span.attributes
    }

    private mutating func hex(_ bits: Int) -> String {
        let digits = String(random.next() >> UInt64(64 - bits), radix: 16)
        return String(repeating: "0", count: bits / 4 - digits.count) + digits
    }
}
