/// What was done: the slots of `operation`, in column order. Names are those of `attribute_aliases.tsv`.
package enum OperationField: Int, CaseIterable, Sendable {
    case primitiveName, primitiveType, executionStatus, workflowName, agentType, agentName, provider, model, tool
    case genAIOperation, openInferenceKind, cacheType, errorType, stepName, branchName

    package var name: String { Self.names[rawValue] }

    package static let names = [
        "primitive.name", "primitive.type", "execution.status", "workflow.name", "agent.type", "agent.name",
        "llm.provider", "llm.model_name", "tool.name", "gen_ai.operation.name", "openinference.span.kind",
        "cache.type", "error.type", "step.name", "branch.name",
    ]
}

/// For whom it was done: the slots of `context`, in column order.
package enum ContextField: Int, CaseIterable, Sendable {
    case workflowID, sessionID, agentID, correlationID, userID

    package var name: String { Self.names[rawValue] }

    package static let names = ["workflow.id", "session.id", "agent.id", "correlation.id", "user.id"]
}

/// How much: numbers that are summed.
package enum NumberField: Int, CaseIterable, Sendable {
    case promptTokens, completionTokens, cachedTokens, cacheWriteTokens, reasoningTokens, cost, cacheHit, cacheSavings
    case stepIndex, primitiveStepIndex, branchIndex

    package var name: String { Self.names[rawValue] }

    package static let names = [
        "llm.prompt_tokens", "llm.completion_tokens", "llm.cached_tokens", "llm.cache_write_tokens",
        "llm.reasoning_tokens", "llm.cost_usd", "cache.hit", "cache.savings_usd", "step.index",
        "primitive.step_index", "branch.index",
    ]

    /// Whether it is a real number; the others are whole.
    package var isReal: Bool { self == .cost || self == .cacheSavings }
}

/// A normalised meaning and the slot that holds it.
package enum Meaning: Hashable, Sendable {
    case operation(OperationField)
    case context(ContextField)
    case number(NumberField)

    init?(name: String) {
        if let field = OperationField.allCases.first(where: { $0.name == name }) {
            self = .operation(field)
        } else if let field = ContextField.allCases.first(where: { $0.name == name }) {
            self = .context(field)
        } else if let field = NumberField.allCases.first(where: { $0.name == name }) {
            self = .number(field)
        } else {
            return nil
        }
    }
}
