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
    private static let inferenceKinds: Set<String> = ["LLM", "EMBEDDING", "GENERATION"]
    /// Langfuse's words for an observation of no special kind.
    private static let kindless: Set<String> = ["SPAN", "EVENT"]
    private static let containerOperations: Set<String> = [
        "invoke_agent", "create_agent", "invoke_workflow", "execute_tool",
    ]

    /// What marks a model call beside the operation and the kind.
    struct Marks: OptionSet, Hashable, Sendable {
        let rawValue: UInt32

        static let inferenceRequest = Marks(rawValue: 1)
        static let generateName = Marks(rawValue: 2)
        static let promptTokens = Marks(rawValue: 4)

        static func isInferenceRequest(_ requestType: String) -> Bool { inferenceRequests.contains(requestType) }
    }

    /// `nil` when nothing tells a kind.
    ///
    /// - Parameters:
    ///   - operation: `gen_ai.operation.name`.
    ///   - kind: `openinference.span.kind`, or what Langfuse and LangSmith call it.
    init?(operation: String?, kind told: String?, _ marks: Marks) {
        let told = told?.uppercased()
        let isKindless = told.map(Self.kindless.contains) == true
        let kind = isKindless ? nil : told
        let isInferenceKind = kind.map(Self.inferenceKinds.contains) == true
        if operation.map(Self.containerOperations.contains) == true || (kind != nil && !isInferenceKind) {
            self = .container
        } else if isInferenceKind || operation.map(Self.inferenceOperations.contains) == true || !marks.isEmpty {
            self = .inference
        } else if operation != nil || isKindless {
            self = .other
        } else {
            return nil
        }
    }

    /// TTA.dev's `llm.{provider}.generate`.
    static func isGenerateName(_ name: UnsafeRawBufferPointer) -> Bool {
        let (prefix, suffix) = ("llm.".utf8, ".generate".utf8)
        return name.count > prefix.count + suffix.count && name.prefix(prefix.count).elementsEqual(prefix)
            && name.suffix(suffix.count).elementsEqual(suffix)
    }
}
