/// What was done: the slots of `operation`, in column order. Names are those of `attribute_aliases.tsv`.
package enum OperationField: String, CaseIterable, Sendable {
    case primitiveName = "primitive.name"
    case primitiveType = "primitive.type"
    case executionStatus = "execution.status"
    case workflowName = "workflow.name"
    case agentType = "agent.type"
    case agentName = "agent.name"
    case provider = "llm.provider"
    case model = "llm.model_name"
    case tool = "tool.name"
    case genAIOperation = "gen_ai.operation.name"
    case openInferenceKind = "openinference.span.kind"
    case cacheType = "cache.type"
    case errorType = "error.type"
    case stepName = "step.name"
    case branchName = "branch.name"

    package var index: Int { Self.indexes[self] ?? 0 }
    private static let indexes = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}

/// For whom it was done: the slots of `context`, in column order.
package enum ContextField: String, CaseIterable, Sendable {
    case workflowID = "workflow.id"
    case sessionID = "session.id"
    case agentID = "agent.id"
    case correlationID = "correlation.id"
    case userID = "user.id"

    package var index: Int { Self.indexes[self] ?? 0 }
    private static let indexes = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}

/// How much: the number slots of `span`, in column order.
package enum NumberField: String, CaseIterable, Sendable {
    case promptTokens = "llm.prompt_tokens"
    case completionTokens = "llm.completion_tokens"
    case cachedTokens = "llm.cached_tokens"
    case cacheWriteTokens = "llm.cache_write_tokens"
    case reasoningTokens = "llm.reasoning_tokens"
    case cost = "llm.cost_usd"
    case cacheHit = "cache.hit"
    case cacheSavings = "cache.savings_usd"
    case stepIndex = "step.index"
    case primitiveStepIndex = "primitive.step_index"
    case branchIndex = "branch.index"

    package var index: Int { Self.indexes[self] ?? 0 }
    private static let indexes = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}

/// A normalised meaning and the slot that holds it.
package enum Meaning: Hashable, Sendable {
    case operation(OperationField)
    case context(ContextField)
    case number(NumberField)

    init?(name: String) {
        if let field = OperationField(rawValue: name) {
            self = .operation(field)
        } else if let field = ContextField(rawValue: name) {
            self = .context(field)
        } else if let field = NumberField(rawValue: name) {
            self = .number(field)
        } else {
            return nil
        }
    }
}
