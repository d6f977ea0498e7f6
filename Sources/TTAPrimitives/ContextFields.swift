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

    /// Attributes of a primitive that succeeds as a step, beside those it annotates.
    private static let mostOfOnePrimitive = 11

    private func makeAttributes() -> SpanAttributes {
        var attributes = SpanAttributes()
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
        attributes.reserveCapacity(attributes.count + Self.mostOfOnePrimitive)
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

    let clock: any WorkflowClock
    let startNanos: UInt64
    let contents: Mutex<Contents>

    init(_ clock: any WorkflowClock, state: [String: any Sendable]) {
        self.clock = clock
        startNanos = clock.nowNanos
        contents = Mutex(Contents(state: state))
    }
}

/// Where in its workflow a context stands.
final class WorkflowPosition: Sendable {
    /// Where spans hang: that of the span that the context was handed into, or what came from outside.
    let parent: ServiceContext?
    /// Whether a primitive of the workflow is in progress around it.
    let isInside: Bool
    /// The span of the primitive in progress, which ``WorkflowContext/annotate(_:)`` writes to.
    let span: (any Span)?
    /// 0-based, with the number of steps, inside of a sequence.
    let step: (index: Int, total: Int)?
    /// Tries of the retry in progress before this one.
    let retryCount: Int

    private init(
        parent: ServiceContext?, isInside: Bool, span: (any Span)?, step: (index: Int, total: Int)?, retryCount: Int
    ) {
        self.parent = parent
        self.isInside = isInside
        self.span = span
        self.step = step
        self.retryCount = retryCount
    }

    /// Before the outermost primitive.
    static let outside = WorkflowPosition(parent: nil, isInside: false, span: nil, step: nil, retryCount: 0)
    /// In a primitive that nobody observes.
    static let inside = WorkflowPosition(parent: nil, isInside: true, span: nil, step: nil, retryCount: 0)

    /// In a primitive, below its span.
    func inside(_ span: (any Span)?, below parent: ServiceContext) -> WorkflowPosition {
        WorkflowPosition(parent: parent, isInside: true, span: span, step: step, retryCount: retryCount)
    }

    func under(_ parent: ServiceContext?) -> WorkflowPosition {
        WorkflowPosition(parent: parent, isInside: isInside, span: span, step: step, retryCount: retryCount)
    }

    func atStep(_ step: (index: Int, total: Int)?) -> WorkflowPosition {
        WorkflowPosition(parent: parent, isInside: isInside, span: span, step: step, retryCount: retryCount)
    }

    func afterRetries(_ count: Int) -> WorkflowPosition {
        WorkflowPosition(parent: parent, isInside: isInside, span: span, step: step, retryCount: count)
    }
}
