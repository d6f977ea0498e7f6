import Tracing

/// What a model gave.
public struct ModelAnswer<Output: Sendable>: Sendable {
    /// What the ``LLMCall`` gives.
    public var output: Output
    /// What it used; `nil` where that is not known.
    public var usage: TokenUsage?
    /// What it cost, in US dollars, as far as the provider says so.
    public var costUSD: Double?
    /// Which model answered, where that is more than was asked for.
    public var modelName: String?
    /// Why it ended, in the provider's words.
    public var finishReason: String?

    /// - Parameters:
    ///   - output: What the call gives.
    ///   - usage: What it used.
    ///   - costUSD: What it cost, in US dollars.
    ///   - modelName: Which model answered.
    ///   - finishReason: Why it ended.
    public init(
        _ output: Output, usage: TokenUsage? = nil, costUSD: Double? = nil, modelName: String? = nil,
        finishReason: String? = nil
    ) {
        self.output = output
        self.usage = usage
        self.costUSD = costUSD
        self.modelName = modelName
        self.finishReason = finishReason
    }
}

/// Tokens of one call.
public struct TokenUsage: Sendable, Hashable {
    /// Of the input, those that the provider had in its cache included.
    public var prompt: Int
    /// Of the output.
    public var completion: Int
    /// Those of the input that the provider had in its cache.
    public var cachedPrompt: Int?

    /// - Parameters:
    ///   - prompt: Of the input, cached ones included.
    ///   - completion: Of the output.
    ///   - cachedPrompt: Those of the input that the provider had in its cache.
    public init(prompt: Int, completion: Int, cachedPrompt: Int? = nil) {
        self.prompt = prompt
        self.completion = completion
        self.cachedPrompt = cachedPrompt
    }

    var attributes: SpanAttributes {
        var attributes: SpanAttributes = [
            "llm.prompt_tokens": .int64(Int64(prompt)), "llm.completion_tokens": .int64(Int64(completion)),
            "llm.total_tokens": .int64(Int64(prompt) + Int64(completion)),
        ]
        if let cachedPrompt {
            attributes.set("gen_ai.usage.cache_read.input_tokens", value: .int64(Int64(cachedPrompt)))
        }
        return attributes
    }
}

/// What a model's tokens cost.
public struct TokenPrice: Sendable, Hashable {
    /// US dollars for a million tokens of input.
    public var promptUSDPerMillion: Double
    /// US dollars for a million tokens of output.
    public var completionUSDPerMillion: Double
    /// US dollars for a million cached tokens of input; `nil` when they cost the same.
    public var cachedPromptUSDPerMillion: Double?

    /// - Parameters:
    ///   - promptUSDPerMillion: US dollars for a million tokens of input.
    ///   - completionUSDPerMillion: US dollars for a million tokens of output.
    ///   - cachedPromptUSDPerMillion: US dollars for a million cached tokens of input.
    public init(
        promptUSDPerMillion: Double, completionUSDPerMillion: Double, cachedPromptUSDPerMillion: Double? = nil
    ) {
        self.promptUSDPerMillion = promptUSDPerMillion
        self.completionUSDPerMillion = completionUSDPerMillion
        self.cachedPromptUSDPerMillion = cachedPromptUSDPerMillion
    }

    func costUSD(of usage: TokenUsage) -> Double {
        let cached = min(usage.cachedPrompt ?? 0, usage.prompt)
        let prompt = Double(usage.prompt - cached) * promptUSDPerMillion
        let known = Double(cached) * (cachedPromptUSDPerMillion ?? promptUSDPerMillion)
        return (prompt + known + Double(usage.completion) * completionUSDPerMillion) / 1e6
    }
}

/// What a model is asked for, beside the input.
public struct ModelSettings: Sendable, Hashable {
    /// How much is left to chance.
    public var temperature: Double?
    /// How long the answer may be.
    public var maxTokens: Int?

    /// - Parameters:
    ///   - temperature: How much is left to chance.
    ///   - maxTokens: How long the answer may be.
    public init(temperature: Double? = nil, maxTokens: Int? = nil) {
        self.temperature = temperature
        self.maxTokens = maxTokens
    }

    var attributes: SpanAttributes {
        var attributes = SpanAttributes()
        if let temperature { attributes.set("llm.temperature", value: .double(temperature)) }
        if let maxTokens { attributes.set("llm.max_tokens", value: .int64(Int64(maxTokens))) }
        return attributes
    }
}
