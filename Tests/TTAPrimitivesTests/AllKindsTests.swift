import InMemoryTracing
import TTAPrimitives
import TestSupport
import Testing
import Tracing

/// The tree of one workflow in which every kind of primitive stands, whole.
@Suite struct AllKindsTests {
    private struct Unavailable: Error {}

    private let tracer = InMemoryTracer()

    /// Asks a model, which fails the first time that it is asked.
    private static let answer = LLMCall<String, String>(
        "answer", provider: "aurora", model: "aurora-large", tier: .quality,
        price: TokenPrice(promptUSDPerMillion: 2, completionUSDPerMillion: 8), captureContent: true
    ) { question, context in
        let isFirst = context.withState { state in
            defer { state["asked"] = true }
            return state["asked"] == nil
        }
        try await context.clock.sleep(for: .milliseconds(300))
        if isFirst { throw Unavailable() }
        return ModelAnswer(
            question + "!", usage: TokenUsage(prompt: 200, completion: 10), finishReason: "stop")
    }

    private static let stream = LLMCall<String, String>(streaming: "stream", provider: "borealis", model: "mini") {
        text, context, stream in
        try await context.clock.sleep(for: .milliseconds(20))
        stream.received()
        return ModelAnswer(text)
    }

    private static func workflow() -> some WorkflowPrimitive<String, Int> {
        let tidy = Instrumented<String, String>("tidy", type: "text") { text, context in
            context.checkpoint("tidied")
            return text.lowercased()
        }
        let find = ToolCall<String, String>("find", captureContent: true) { text, _ in "found " + text }
        let fails = ToolCall<String, String>("broken") { _, _ in throw Unavailable() }
        let never = Instrumented<String, String>("never") { text, context in
            try await context.clock.sleep(for: .seconds(3_600))
            return text
        }
        let hasEnd = Conditional<String, String>(
            name: "has_end", if: { text, _ in text.hasSuffix("!") }, then: Lambda { text, _ in text }, else: answer)
        let byLength = Switch<Int, String, String>(
            name: "by_length", on: { text, _ in text.count }, cases: [3: fails], default: stream)
        let route = Router<String, String>(name: "route", routes: ["answer": hasEnd, "other": fails]) { _, _ in
            RouteDecision("answer", reason: "always")
        }
        let retried = Retry(answer, name: "patient", maxAttempts: 2, backoff: .constant(.milliseconds(50)))
        let safe = Fallback(fails, else: CircuitBreaker(find, name: "guarded"), name: "safe")
        let limited = Timeout(never, after: .milliseconds(100), fallback: Lambda { text, _ in text }, name: "limited")
        let undone = Fallback(
            Saga(fails, compensation: tidy, name: "booking"), else: Lambda { text, _ in text }, name: "maybe_booked")
        let cache = Cache(find, name: "finds", type: "semantic", savings: { _ in 0.25 })
        let twice = Instrumented<String, String>("twice") { text, context in
            _ = try await cache.execute(text, in: context)
            return try await cache.execute(text, in: context)
        }
        let writer = Agent<String, String>("writer", id: "w-1", does: twice)
        let planner = Agent<String, String>("planner", id: "p-1") { text, context in
            try await context.handOff(to: writer, text, taskID: "t-1", reason: "prose")
        }
        let each = ParallelMap(branches: [Lambda<String, Int> { text, _ in text.count }], name: "each")
        let join = Lambda<([Int], String), Int> { values, _ in values.0.reduce(0, +) + values.1.count }
        return tidy >>> retried >>> route >>> byLength >>> safe >>> limited >>> undone >>> planner
            >>> (each | tidy) >>> join
    }

    @Test func theTreeIsAsItWas() async throws {
        let clock = TurnClock()
        let context = WorkflowContext(
            workflowID: "wf-1", workflowName: "all_kinds", sessionID: "s-1", playerID: "p-1", correlationID: "c-1",
            tags: ["env": "test"], clock: clock)
        let result = try await withTracer(tracer) { try await Self.workflow().execute("Hello", in: context) }
        // "hello!" is found, once by the tool behind the fallback and once by the agent, and then counted twice.
        #expect(result == 2 * "found found hello!".count)
        let tree = SpanTree(tracer.finishedSpans, leavingOut: context.attributesOfAll)
        #expect(tree.missing.isEmpty)
        #expect(tree.text == (try Checkout.text("Tests/TTAPrimitivesTests/Golden/all-kinds.txt", recording: tree.text)))
    }
}

extension WorkflowContext {
    /// What every span of it says, whatever it is.
    fileprivate var attributesOfAll: [String: SpanAttribute] {
        [
            "workflow.id": "wf-1", "workflow.name": "all_kinds", "session.id": "s-1", "player.id": "p-1",
            "correlation.id": "c-1", "tag.env": "test",
        ]
    }
}

/// Short sleeps pass at once, long ones only end by cancellation.
private final class TurnClock: WorkflowClock {
    private let clock = SetClock()

    var nowNanos: UInt64 { clock.nowNanos }

    func sleep(for duration: Duration) async throws {
        if duration > .seconds(60) { try await Task.sleep(for: .seconds(3_600)) }
        try await clock.sleep(for: duration)
    }
}

/// All that spans say, indented by depth; those of one parent in order of their start, then their names.
private struct SpanTree {
    private let spans: [FinishedInMemorySpan]
    private let common: [String: SpanAttribute]

    init(_ spans: [FinishedInMemorySpan], leavingOut common: [String: SpanAttribute]) {
        self.spans = spans
        self.common = common
    }

    /// Spans that do not say what all should.
    var missing: [String] {
        spans.filter { span in common.contains { span.attributes.get($0.key) != $0.value } }.map(\.operationName)
    }

    var text: String { below(nil, "").joined(separator: "\n") + "\n" }

    private func below(_ parent: String?, _ indent: String) -> [String] {
        spans.filter { $0.parentSpanID == parent }.sorted { key($0) < key($1) }.flatMap { span in
            [indent + line(span)] + details(span).map { indent + "    · " + $0 } + below(span.spanID, indent + "  ")
        }
    }

    private func key(_ span: FinishedInMemorySpan) -> (UInt64, String) {
        (span.startInstant.nanosecondsSinceEpoch, span.operationName)
    }

    private func line(_ span: FinishedInMemorySpan) -> String {
        let times = [span.startInstant, span.endInstant].map { ($0.nanosecondsSinceEpoch - 1_000_000_000) / 1_000_000 }
        let errors = span.errors.isEmpty ? "" : ", \(span.errors.count) exception"
        return "\(span.operationName) \(times[0]) to \(times[1]) ms, \(status(span.status))\(errors)"
    }

    private func status(_ status: SpanStatus?) -> String {
        guard let status else { return "unset" }
        return "\(status.code)" + (status.message.map { " '\($0)'" } ?? "")
    }

    private func details(_ span: FinishedInMemorySpan) -> [String] {
        var lines: [String] = []
        span.attributes.forEach { key, value in
            if common[key] == nil, key != "execution.start_time" { lines.append("\(key) = \(value.shown)") }
        }
        return lines.sorted()
    }
}

extension SpanAttribute {
    fileprivate var shown: String {
        switch self {
        case .string(let text): text
        case .int64(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        case .stringArray(let texts): "\(texts)"
        default: "\(self)"
        }
    }
}
