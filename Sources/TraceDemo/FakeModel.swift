import TTAPrimitives

/// A model that takes its time, says what it is told to say, and costs nothing.
struct FakeModel: Sendable {
    let provider: String
    let name: String
    let tier: ModelTier
    let price: TokenPrice
    /// Until the first token, without the prompt.
    let firstTokenMilliseconds: Double
    let millisecondsPerToken: Double
    /// Calls out of a hundred that are refused.
    var refusedPercent = 0.0

    static let large = FakeModel(
        provider: "aurora", name: "aurora-large", tier: .quality,
        price: TokenPrice(promptUSDPerMillion: 2.5, completionUSDPerMillion: 10), firstTokenMilliseconds: 320,
        millisecondsPerToken: 22)
    /// Better, dearer, and with a quota that is used up.
    static let largeTwo = FakeModel(
        provider: "aurora", name: "aurora-large-2", tier: .quality,
        price: TokenPrice(promptUSDPerMillion: 5, completionUSDPerMillion: 20), firstTokenMilliseconds: 410,
        millisecondsPerToken: 24, refusedPercent: 66)
    static let mini = FakeModel(
        provider: "borealis", name: "borealis-mini", tier: .fast,
        price: TokenPrice(promptUSDPerMillion: 0.15, completionUSDPerMillion: 0.6), firstTokenMilliseconds: 120,
        millisecondsPerToken: 7)

    /// A call of it as a primitive. Its answer is streamed in pieces of eight tokens.
    func call(_ primitive: String, _ random: DemoRandom) -> LLMCall<Prompt, String> {
        LLMCall(
            streaming: primitive, provider: provider, model: name, tier: tier,
            settings: ModelSettings(temperature: 0.2, maxTokens: 400), price: price, captureContent: true
        ) { prompt, context, stream in
            let usage = TokenUsage(prompt: prompt.tokens, completion: Self.tokens(in: prompt.answer))
            let wait = firstTokenMilliseconds + Double(usage.prompt) * 0.15
            if random.happens(percent: refusedPercent) {
                try await context.clock.sleep(for: random.around(wait / 3))
                throw RateLimitError(description: "\(provider) returned 429: quota of \(name) is used up")
            }
            try await context.clock.sleep(for: random.around(wait))
            for place in stride(from: 0, to: usage.completion, by: 8) {
                stream.received()
                let tokens = min(8, usage.completion - place)
                try await context.clock.sleep(for: random.around(Double(tokens) * millisecondsPerToken))
            }
            return ModelAnswer(prompt.answer, usage: usage, finishReason: "stop")
        }
    }

    /// About as many as there are; some four bytes each.
    static func tokens(in text: String) -> Int { (text.utf8.count + 3) / 4 }
}

/// What a model is asked, and what the fake one will say.
struct Prompt: Sendable, ModelContent {
    let messages: [ModelMessage]
    let answer: String

    func messages(as role: ModelMessage.Role) -> [ModelMessage] { messages }

    var tokens: Int {
        messages.reduce(0) { sum, message in
            sum + 4
                + message.parts.reduce(0) { sum, part in
                    guard case .text(let text) = part else { return sum }
                    return sum + FakeModel.tokens(in: text)
                }
        }
    }
}

/// A provider that takes no more for now.
struct RateLimitError: RecoverableError, CustomStringConvertible {
    let description: String
    var isRecoverable: Bool { true }
}

/// A service that is not there for the moment.
struct UnavailableError: RecoverableError, CustomStringConvertible {
    let description: String
    var isRecoverable: Bool { true }
}
