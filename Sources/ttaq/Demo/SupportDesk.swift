import TraceModel

/// The demo's story: a support desk whose agents classify a question, look things up and answer. From 09:00 on
/// 2026-11-20 (UTC) runs go well; from 10:20 the provider `aurora` refuses part of its calls, retries take their time,
/// and some runs fail.
struct SupportDesk {
    private var random = SplitMix64(seed: 20_261_120)
    private var spans: [(service: String, span: TraceSpan)] = []

    private static let firstStart: UInt64 = 1_795_165_200_000_000_000
    private static let incidentStart = firstStart + 80 * 60 * second
    private static let second: UInt64 = 1_000_000_000
    private static let millisecond: UInt64 = 1_000_000
    private static let runs = 120

    private static let topics: [(workflow: String, question: String, answer: String)] = [
        ("refund_request", "I want my money back for order 4711.", "Order 4711 can be refunded until Friday."),
        ("order_status", "Where is my parcel?", "It left the depot this morning and arrives tomorrow."),
        ("product_question", "Does the kettle switch itself off?", "Yes, thirty seconds after it boils."),
    ]
    private static let models: [(provider: String, name: String, inputUSD: Double, outputUSD: Double)] = [
        ("aurora", "aurora-large", 2.5e-6, 1e-5), ("borealis", "borealis-mini", 1.5e-7, 6e-7),
    ]

    /// All runs as one request, the spans of each service under its resource.
    var batch: SpanBatch {
        var desk = self
        for index in 0..<Self.runs { desk.addRun(index) }
        var batch = SpanBatch()
        for (service, spans) in Dictionary(grouping: desk.spans, by: \.service).sorted(by: { $0.key < $1.key }) {
            var resource = Resource()
            resource.attributes = [
                Attribute("service.name", .string(service)), Attribute("deployment.environment", .string("demo")),
            ]
            var scope = Scope()
            scope.name = "ttaq.demo"
            batch.groups.append(SpanGroup(resource: resource, scope: scope, spans: spans.map(\.span)))
        }
        return batch
    }

    private mutating func addRun(_ index: Int) {
        let topic = Self.topics[Int(random.next() % 3)]
        let spread = random.next() % (30 * Self.second)
        var run = Run(
            traceID: TraceID(high: random.next(), low: random.next()), topic: topic.workflow,
            session: "session-\(index / 3)", user: "customer-\(random.next() % 40)",
            time: Self.firstStart + UInt64(index) * 60 * Self.second + spread)
        var root = span(&run, "primitive.sequential.execute", parent: nil, type: "SequentialPrimitive", topic.workflow)
        root.kind = 2
        run.time += 2 * Self.millisecond
        var failure: Failure?
        let steps: [(name: String, type: String)] = [
            ("classify", "LLMPrimitive"), ("look_up", "ParallelPrimitive"), ("answer", "RetryPrimitive"),
        ]
        for (place, step) in steps.enumerated() where failure == nil {
            var outer = span(&run, "primitive.sequential.step_\(place)", parent: root, type: "SequentialStep", nil)
            outer.attributes += [
                Attribute("step.index", .int(Int64(place))), Attribute("step.name", .string(step.name)),
                Attribute("step.primitive_type", .string(step.type)), Attribute("step.total_steps", .int(3)),
            ]
            switch place {
            case 0: failure = addModelCall(&run, parent: outer, "classifier", model: 1, topic.question, topic.workflow)
            case 1: addLookUps(&run, parent: outer)
            default: failure = addAnswer(&run, parent: outer, topic.question, topic.answer)
            }
            finish(outer, at: run.time, service: "desk-workflows", failure)
            run.time += Self.millisecond
        }
        finish(root, at: run.time, service: "desk-orchestrator", failure)
    }

    /// A cache and a search side by side.
    private mutating func addLookUps(_ run: inout Run, parent: TraceSpan) {
        var parallel = span(&run, "primitive.parallel.execute", parent: parent, type: "ParallelPrimitive", "look_up")
        let start = run.time
        let isHit = random.next() % 100 < 64
        var cache = span(&run, "cache.memory.lookup", parent: parallel, type: "CachePrimitive", "policy_cache")
        cache.attributes += [
            Attribute("cache.hit", .bool(isHit)), Attribute("cache.type", .string("memory")),
            Attribute("cache.savings_usd", .double(isHit ? 0.0015 : 0)),
        ]
        finish(cache, at: start + (isHit ? 1 : 35) * Self.millisecond, service: "desk-cache", nil)
        let searchHit = random.next() % 100 < 31
        var search = span(&run, "cache.semantic.lookup", parent: parallel, type: "CachePrimitive", "answer_cache")
        search.attributes += [
            Attribute("cache.hit", .bool(searchHit)), Attribute("cache.type", .string("semantic")),
            Attribute("cache.savings_usd", .double(searchHit ? 0.004 : 0)),
        ]
        let searchTime = (40 + random.next() % 120) * Self.millisecond
        finish(search, at: start + searchTime, service: "desk-cache", nil)
        run.time = start + searchTime + Self.millisecond
        parallel.attributes.append(Attribute("branch.total_branches", .int(2)))
        finish(parallel, at: run.time, service: "desk-workflows", nil)
    }

    /// Up to three attempts at the large model.
    private mutating func addAnswer(
        _ run: inout Run, parent: TraceSpan, _ question: String, _ answer: String
    ) -> Failure? {
        let retry = span(&run, "recovery.retry.execute", parent: parent, type: "RetryPrimitive", "answer_with_retry")
        var failure: Failure?
        for attempt in 1...3 {
            var span = span(&run, "recovery.retry.attempt_\(attempt)", parent: retry, type: "RetryAttempt", nil)
            span.attributes += [
                Attribute("retry.attempt", .int(Int64(attempt))), Attribute("retry.max_attempts", .int(3)),
            ]
            failure = addModelCall(&run, parent: span, "answerer", model: 0, question, answer)
            finish(span, at: run.time, service: "desk-workflows", failure)
            if failure == nil { break }
            run.time += UInt64(attempt) * 400 * Self.millisecond
        }
        finish(retry, at: run.time, service: "desk-workflows", failure)
        return failure
    }

    private mutating func addModelCall(
        _ run: inout Run, parent: TraceSpan, _ primitive: String, model: Int, _ question: String, _ answer: String
    ) -> Failure? {
        let model = Self.models[model]
        var call = span(&run, "llm.\(model.provider).generate", parent: parent, type: "LLMPrimitive", primitive)
        call.kind = 3
        call.attributes += [
            Attribute("gen_ai.operation.name", .string("chat")), Attribute("llm.provider", .string(model.provider)),
            Attribute("llm.model_name", .string(model.name)),
            Attribute(
                "gen_ai.system_instructions", .string(Self.textPart("You answer for the support desk. Be brief."))),
            Attribute("gen_ai.input.messages", .string(Self.message("user", question))),
        ]
        let isRefused = model.provider == "aurora" && run.time >= Self.incidentStart && random.next() % 100 < 58
        if isRefused {
            run.time += (90 + random.next() % 60) * Self.millisecond
            let failure = Failure(type: "RateLimitError", message: "aurora returned 429: quota of the day is used up")
            finish(call, at: run.time, service: "desk-llm-gateway", failure)
            return failure
        }
        let (prompt, completion) = (300 + random.next() % 900, 20 + random.next() % 220)
        call.attributes += [
            Attribute("gen_ai.output.messages", .string(Self.message("assistant", answer))),
            Attribute("llm.prompt_tokens", .int(Int64(prompt))),
            Attribute("llm.completion_tokens", .int(Int64(completion))),
            Attribute("llm.cost_usd", .double(Double(prompt) * model.inputUSD + Double(completion) * model.outputUSD)),
        ]
        run.time += (180 + completion * (model.provider == "aurora" ? 9 : 3)) * Self.millisecond
        finish(call, at: run.time, service: "desk-llm-gateway", nil)
        return nil
    }

    private static func message(_ role: String, _ text: String) -> String {
        "[{\"role\":\"\(role)\",\"parts\":\(textPart(text))}]"
    }

    private static func textPart(_ text: String) -> String { "[{\"type\":\"text\",\"content\":\"\(text)\"}]" }
}

// MARK: - Spans
extension SupportDesk {
    private struct Run {
        let traceID: TraceID
        let topic: String
        let session: String
        let user: String
        /// Where the run has got to, in nanoseconds since 1970.
        var time: UInt64
    }

    private struct Failure {
        let type: String
        let message: String
    }

    private mutating func span(
        _ run: inout Run, _ name: String, parent: TraceSpan?, type: String, _ primitive: String?
    ) -> TraceSpan {
        var span = TraceSpan(traceID: run.traceID, spanID: SpanID(value: random.next() | 1))
        span.parentSpanID = parent?.spanID
        span.name = name
        span.kind = 1
        span.startNanos = run.time
        span.flags = 0x101
        span.attributes = [
            Attribute("workflow.name", .string(run.topic)), Attribute("session.id", .string(run.session)),
            Attribute("user.id", .string(run.user)), Attribute("agent.type", .string("support")),
            Attribute("primitive.type", .string(type)),
        ]
        if let primitive { span.attributes.append(Attribute("primitive.name", .string(primitive))) }
        return span
    }

    private mutating func finish(_ open: TraceSpan, at time: UInt64, service: String, _ failure: Failure?) {
        var span = open
        span.endNanos = max(time, open.startNanos)
        span.attributes.append(Attribute("execution.status", .string(failure == nil ? "success" : "error")))
        if let failure {
            span.status = SpanStatus(code: StatusCode.error, message: "\(failure.type): \(failure.message)")
            span.attributes += [
                Attribute("error.type", .string(failure.type)), Attribute("error.message", .string(failure.message)),
            ]
        } else {
            span.status = SpanStatus(code: StatusCode.ok)
        }
        spans.append((service, span))
    }
}
