import TTAPrimitives

/// The workflow of the demo, put together from primitives: an agent finds out what a customer wants and hands over to one that
/// knows about it; that one looks things up, and has a model answer.
struct SupportDesk: Sendable {
    private let services: DemoServices
    private let random: DemoRandom
    private let lookUps: LookUps

    init(_ services: DemoServices, _ random: DemoRandom) {
        self.services = services
        self.random = random
        lookUps = LookUps(services, random)
    }

    /// What all releases have in common.
    ///
    /// - Parameters:
    ///   - workflows: The service that does the work.
    ///   - model: Which model it asks for answers.
    func triage(_ workflows: DemoService, _ model: FakeModel) -> Agent<Turn, String> {
        let prompt = Lambda<Turn, Prompt>("prompt") { turn, _ in
            let rules = "Say which of refund_request, order_status and product_question it is, and nothing else."
            let messages = [ModelMessage(.system, rules), ModelMessage(.user, turn.question)]
            return Prompt(messages: messages, answer: turn.topic.rawValue)
        }
        let classify = services.gateway.answering("classify", by: FakeModel.mini.call("classify", random))
        let understand = (prompt >>> classify).named("understand")
        let routes = Topic.allCases.map { topic in
            let specialist = specialist(topic, model)
            let handOver = Lambda<Turn, String>(topic.agent) { turn, context in
                try await context.handOff(
                    to: specialist, turn, taskID: context.workflowID, reason: "it is a \(topic.rawValue)")
            }
            return (
                topic.rawValue, workflows.answering(topic.agent, by: handOver) as any WorkflowPrimitive<Turn, String>
            )
        }
        let route = Router(name: "by_topic", routes: Dictionary(uniqueKeysWithValues: routes)) { turn, context in
            RouteDecision(try await understand.execute(turn, in: context), reason: "what the model said")
        }
        return Agent("triage", does: route)
    }

    private func specialist(_ topic: Topic, _ model: FakeModel) -> Agent<Turn, String> {
        let prompt = Lambda<Turn, Prompt>("prompt") { turn, _ in Prompt(messages: turn.messages, answer: turn.answer) }
        let backoff = Backoff.exponential(.milliseconds(400)).jittered(random: random.next)
        let patient = Retry(
            services.gateway.answering("answer", by: model.call("answer", random)), name: "answer_with_retry",
            backoff: backoff)
        let prepare = lookUps.all >>> lookUps.join >>> prompt
        // Money is not left to the small model.
        if topic == .refundRequest { return Agent(topic.agent, does: (prepare >>> patient).named(topic.rawValue)) }
        let small = services.gateway.answering(
            "short_answer", by: FakeModel.mini.call("short_answer", random))
        let answer = Fallback(patient, else: small, name: "answer_or_short_answer")
        return Agent(topic.agent, does: (prepare >>> answer).named(topic.rawValue))
    }
}

/// What is looked up for every question, side by side: the customer, the policy, the order.
struct LookUps: Sendable {
    let all: Parallel<Turn, Turn, String, String>
    /// The turn with what was found.
    let join: Lambda<(Turn, String, String), Turn>

    init(_ services: DemoServices, _ random: DemoRandom) {
        let customer = services.cache.answering("customers", by: Self.customer(random))
        let known = Lambda<Turn, Turn>("customers") { turn, context in
            _ = try await customer.execute(turn, in: context)
            return turn
        }
        let branches = known | services.cache.answering("policies", by: Self.policy(random)) | Self.order(random)
        all = branches.named("look_up")
        join = Lambda("join_findings") { found, _ in
            var turn = found.0
            turn.findings = [found.1, found.2]
            return turn
        }
    }

    private static func customer(_ random: DemoRandom) -> some WorkflowPrimitive<Turn, String> {
        let load = ToolCall<Turn, String>("load_customer", arguments: \.customer) { _, context in
            try await context.clock.sleep(for: random.around(30))
            return "a customer since 2024"
        }
        return Cache(load, key: \.customer, name: "customers", type: "memory", capacity: 200)
    }

    private static func policy(_ random: DemoRandom) -> some WorkflowPrimitive<Turn, String> {
        let search = ToolCall<Turn, String>(
            "search_policy", captureContent: true, arguments: \.question
        ) { turn, context in
            try await context.clock.sleep(for: random.around(140))
            return "rules for a \(turn.topic.rawValue)"
        }
        return Cache(
            search, key: \.question, name: "policies", type: "semantic", ttl: .seconds(1_200), savings: { _ in 0.0004 })
    }

    /// A service that fails now and then, and seldom hangs.
    private static func order(_ random: DemoRandom) -> some WorkflowPrimitive<Turn, String> {
        let find = ToolCall<Turn, String>("find_order", captureContent: true, arguments: \.order) { turn, context in
            if random.happens(percent: 1) { try await context.clock.sleep(for: .seconds(60)) }
            try await context.clock.sleep(for: random.around(45))
            if random.happens(percent: 3) { throw UnavailableError(description: "orders: connection refused") }
            return "order \(turn.order) is on its way"
        }
        let guarded = CircuitBreaker(find, name: "order_service")
        let inTime = Timeout(guarded, after: .milliseconds(800), name: "order_in_time")
        return Retry(inTime, name: "order_with_retry", backoff: .constant(.milliseconds(100)))
    }
}
