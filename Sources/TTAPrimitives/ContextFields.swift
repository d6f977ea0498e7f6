import Synchronization
import Tracing

/// What the spans of a workflow say about whom they are for. Shared by all copies of a context until one of them is changed.
final class ContextFields: Sendable {
    struct Values: Sendable {
        var workflowID: String?
        var workflowName: String?
        var sessionID: String?
        var playerID: String?
        var agentID: String?
        var agentType: String?
        var provider: String?
        var modelName: String?
        var modelTier: ModelTier?
        var correlationID = ""
        var causationID: String?
        var tags: [String: String] = [:]
        var baggage: [String: String] = [:]
        var metadata: [String: String] = [:]
        var objectives: [ServiceObjective] = []
    }

    let values: Values
    /// The attributes that all spans have in common, with room for those of one primitive.
    private let template = Mutex<SpanAttributes?>(nil)

    init(_ values: Values) { self.values = values }

    /// The standard attributes that have a value here.
    var attributes: SpanAttributes {
        template.withLock { template in
            if let template { return template }
            let made = makeAttributes()
            template = made
            return made
        }
    }

    private func makeAttributes() -> SpanAttributes {
        var attributes = SpanAttributes()
        attributes.reserveCapacity(24 + values.tags.count + values.baggage.count)
        func set(_ key: String, _ value: String?) {
            if let value { attributes.set(key, value: .string(value)) }
        }
        set("agent.id", values.agentID)
        set("agent.type", values.agentType)
        set("workflow.id", values.workflowID)
        set("workflow.name", values.workflowName)
        set("session.id", values.sessionID)
        set("player.id", values.playerID)
        set("correlation.id", values.correlationID)
        set("causation.id", values.causationID)
        set("llm.provider", values.provider)
        set("llm.model_name", values.modelName)
        set("llm.model_tier", values.modelTier?.rawValue)
        for (key, value) in values.tags { set("tag." + key, value) }
        for (key, value) in values.baggage { set("baggage." + key, value) }
        return attributes
    }
}

/// How good, and how slow and dear, a model is.
public struct ModelTier: RawRepresentable, Hashable, Sendable {
    /// As it stands in `llm.model_tier`.
    public let rawValue: String

    /// - Parameter rawValue: As it stands in `llm.model_tier`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Answers soon.
    public static let fast = ModelTier(rawValue: "fast")
    /// Between the others.
    public static let balanced = ModelTier(rawValue: "balanced")
    /// Answers well.
    public static let quality = ModelTier(rawValue: "quality")
}

/// What the steps of one workflow share and change: its state, and the points that it passed.
final class WorkflowRun: Sendable {
    struct Contents: Sendable {
        var state: [String: any Sendable] = [:]
        var checkpoints: [WorkflowContext.Checkpoint] = []
    }

    let startNanos: UInt64
    let contents: Mutex<Contents>

    init(startNanos: UInt64, state: [String: any Sendable] = [:]) {
        self.startNanos = startNanos
        contents = Mutex(Contents(state: state))
    }
}
