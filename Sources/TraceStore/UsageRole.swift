import TraceModel

/// What a span's kind says about counting its tokens, so that usage which agents repeat from the calls below them is
/// counted once.
package enum UsageRole: String, Sendable {
    /// An inference or an embedding: counts.
    case inference
    /// An agent, a chain, a tool: never counts, whatever usage it carries.
    case container
    /// It names a kind that says neither.
    case other

    private static let inferenceOperations: Set<String> = [
        "chat", "text_completion", "generate_content", "embeddings", "embedding",
    ]
    /// Values of `llm.request.type`, by which Traceloop's and litellm's spans tell their kind.
    private static let inferenceRequests: Set<String> = ["chat", "completion", "embedding"]
    private static let containerOperations: Set<String> = [
        "invoke_agent", "create_agent", "invoke_workflow", "execute_tool",
    ]

    /// `nil` when nothing tells a kind.
    init?(_ span: TraceSpan, _ fields: NormalisedFields) {
        let operation = fields.operation[OperationField.genAIOperation.index]
        let kind = fields.operation[OperationField.openInferenceKind.index]?.uppercased()
        let isInferenceKind = kind == "LLM" || kind == "EMBEDDING"
        if operation.map(Self.containerOperations.contains) == true || (kind != nil && !isInferenceKind) {
            self = .container
        } else if isInferenceKind || operation.map(Self.inferenceOperations.contains) == true
            || span.attributes["llm.request.type"]?.string.map(Self.inferenceRequests.contains) == true
            || Self.isGenerateSpan(span.name) || span.attributes["llm.prompt_tokens"] != nil
        {
            self = .inference
        } else if operation != nil {
            self = .other
        } else {
            return nil
        }
    }

    /// TTA.dev's `llm.{provider}.generate`.
    private static func isGenerateSpan(_ name: String) -> Bool {
        name.hasPrefix("llm.") && name.hasSuffix(".generate") && name.utf8.count > "llm.generate".utf8.count + 1
    }
}
