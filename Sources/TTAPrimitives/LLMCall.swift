import Synchronization
import Tracing

/// What calls a model whose answer arrives piece by piece, and tells the stream of each piece.
public typealias StreamingModelFunction<Input, Output: Sendable> =
    nonisolated(nonsending) @Sendable (Input, WorkflowContext, ModelStream) async throws -> ModelAnswer<Output>

/// A call of a language model, by any function that makes it.
///
/// The span `llm.{provider}.generate` has the provider, the model, its settings, tokens and cost, and, where the answer is
/// streamed, `llm.time_to_first_token_ms`. What was said is kept only where the call captures content: `gen_ai.input.messages`,
/// `gen_ai.output.messages` and `gen_ai.system_instructions`, as OpenTelemetry's GenAI conventions have them.
///
/// ```swift
/// let answer = LLMCall<String, String>("answer", provider: "openai", model: "gpt-4o") { question, _ in
///     let reply = try await client.complete(question)
///     return ModelAnswer(reply.text, usage: TokenUsage(prompt: reply.promptTokens, completion: reply.completionTokens))
/// }
/// ```
public struct LLMCall<Input: Sendable, Output: Sendable>: IdentifiedPrimitive {
    let identity: PrimitiveIdentity
    private let model: LanguageModel
    private let settings: ModelSettings
    private let isStreaming: Bool
    private let capturesContent: Bool
    private let body: StreamingModelFunction<Input, Output>

    /// One that gives its answer as a whole.
    ///
    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - provider: Whose model it is; a part of the span's name.
    ///   - model: As it is asked for.
    ///   - tier: What kind of model it is.
    ///   - settings: What it is asked for, beside the input.
    ///   - price: By which the cost is computed where the answer does not tell it.
    ///   - captureContent: Whether the span keeps input and output. Types that are ``ModelContent`` are kept as the messages that
    ///     they are, others as text.
    ///   - body: Makes the call.
    public init(
        _ name: String, provider: String, model: String, tier: ModelTier? = nil,
        settings: ModelSettings = ModelSettings(), price: TokenPrice? = nil, captureContent: Bool = false,
        _ body: @escaping WorkflowFunction<Input, ModelAnswer<Output>>
    ) {
        self.init(
            name, LanguageModel(provider, model, tier, price), settings, isStreaming: false, captureContent
        ) { input, context, _ in try await body(input, context) }
    }

    /// One whose answer arrives piece by piece.
    ///
    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - provider: Whose model it is; a part of the span's name.
    ///   - model: As it is asked for.
    ///   - tier: What kind of model it is.
    ///   - settings: What it is asked for, beside the input.
    ///   - price: By which the cost is computed where the answer does not tell it.
    ///   - captureContent: Whether the span keeps input and output. Types that are ``ModelContent`` are kept as the messages that
    ///     they are, others as text.
    ///   - body: Makes the call, and tells the stream of each piece that arrives.
    public init(
        streaming name: String, provider: String, model: String, tier: ModelTier? = nil,
        settings: ModelSettings = ModelSettings(), price: TokenPrice? = nil, captureContent: Bool = false,
        _ body: @escaping StreamingModelFunction<Input, Output>
    ) {
        self.init(
            name, LanguageModel(provider, model, tier, price), settings, isStreaming: true, captureContent, body)
    }

    private init(
        _ name: String, _ model: LanguageModel, _ settings: ModelSettings, isStreaming: Bool, _ capturesContent: Bool,
        _ body: @escaping StreamingModelFunction<Input, Output>
    ) {
        identity = PrimitiveIdentity(
            name: name, type: "llm", action: "generate", spanName: "llm.\(model.provider).generate", kind: .client)
        self.model = model
        self.settings = settings
        self.isStreaming = isStreaming
        self.capturesContent = capturesContent
        self.body = body
    }

    /// Calls the model.
    public nonisolated(nonsending) func execute(_ input: Input, in context: WorkflowContext) async throws -> Output {
        var context = context
        context.setModel(provider: model.provider, name: model.name, tier: model.tier)
        return try await identity.execute(in: context) { try await call(input, in: $0) }
    }

    private nonisolated(nonsending) func call(_ input: Input, in context: WorkflowContext) async throws -> Output {
        context.annotate(requestAttributes(input))
        let stream = ModelStream(context.clock)
        defer { context.annotate(stream.attributes) }
        let answer = try await body(input, context, stream)
        context.annotate(attributes(of: answer))
        if let usage = answer.usage, let metrics = PrimitiveMetrics.current {
            let (name, agent) = (answer.modelName ?? model.name, context.agentType)
            metrics.recordTokens(usage.prompt, "prompt", provider: model.provider, model: name, agentType: agent)
            metrics.recordTokens(
                usage.completion, "completion", provider: model.provider, model: name, agentType: agent)
        }
        return answer.output
    }

    private func requestAttributes(_ input: Input) -> SpanAttributes {
        var attributes = settings.attributes
        attributes.set("gen_ai.operation.name", value: "chat")
        attributes.set("llm.streaming", value: .bool(isStreaming))
        if capturesContent {
            let messages = ModelMessage.messages(of: input, as: .user)
            let system = messages.filter { $0.role == .system }.flatMap(\.parts)
            if !system.isEmpty {
                attributes.set("gen_ai.system_instructions", value: .string(MessageJSON.text(parts: system)))
            }
            let others = messages.filter { $0.role != .system }
            attributes.set("gen_ai.input.messages", value: .string(MessageJSON.text(messages: others)))
        }
        return attributes
    }

    private func attributes(of answer: ModelAnswer<Output>) -> SpanAttributes {
        var attributes = SpanAttributes()
        if let name = answer.modelName { attributes.set("llm.model_name", value: .string(name)) }
        if let usage = answer.usage { attributes.merge(usage.attributes) }
        if let cost = answer.costUSD ?? answer.usage.flatMap({ model.price?.costUSD(of: $0) }) {
            attributes.set("llm.cost_usd", value: .double(cost))
        }
        if let reason = answer.finishReason {
            attributes.set("gen_ai.response.finish_reasons", value: .stringArray([reason]))
        }
        if capturesContent {
            let messages = ModelMessage.messages(of: answer.output, as: .assistant)
            attributes.set(
                "gen_ai.output.messages",
                value: .string(MessageJSON.text(messages: messages, finishReason: answer.finishReason)))
        }
        return attributes
    }
}

/// Which model is asked.
private struct LanguageModel: Sendable {
    let provider: String
    let name: String
    let tier: ModelTier?
    let price: TokenPrice?

    init(_ provider: String, _ name: String, _ tier: ModelTier?, _ price: TokenPrice?) {
        self.provider = provider
        self.name = name
        self.tier = tier
        self.price = price
    }
}

/// Notes when the pieces of a streamed answer arrive.
public final class ModelStream: Sendable {
    private struct Progress: Sendable {
        var firstNanos: UInt64?
        var pieces = 0
    }

    private let clock: any WorkflowClock
    private let startNanos: UInt64
    private let progress = Mutex(Progress())

    init(_ clock: any WorkflowClock) {
        self.clock = clock
        startNanos = clock.nowNanos
    }

    /// To be called for each piece of the answer as it arrives: the first one ends the time to the first token.
    public func received() {
        let now = clock.nowNanos
        progress.withLock { progress in
            progress.firstNanos = progress.firstNanos ?? now
            progress.pieces += 1
        }
    }

    var attributes: SpanAttributes {
        let progress = progress.withLock { $0 }
        guard let first = progress.firstNanos else { return [:] }
        let wait = Double(first > startNanos ? first - startNanos : 0) / 1e6
        return ["llm.time_to_first_token_ms": .double(wait), "llm.chunks": .int64(Int64(progress.pieces))]
    }
}
