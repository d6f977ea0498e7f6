import Tracing

/// For whom a workflow runs, and where in it a step stands.
///
/// A value: a copy that is changed leaves the others alone. Only ``state`` and ``checkpoints`` are shared by the copies, and a
/// ``child()`` has its own. Hand it from primitive to primitive, as ``WorkflowPrimitive/execute(_:in:)`` does; it also stands
/// in the task's service context (``current``), so that it reaches functions that know nothing of it.
public struct WorkflowContext: Sendable {
    /// A point that a workflow has passed.
    public struct Checkpoint: Sendable, Hashable {
        /// What was reached.
        public let name: String
        /// Nanoseconds since 1970.
        public let timeNanos: UInt64
    }

    private(set) var fields: ContextFields
    private var run: WorkflowRun
    /// Where in the workflow a step stands.
    var position = WorkflowPosition.outside

    /// - Parameters:
    ///   - workflowID: Which run it is.
    ///   - workflowName: Which workflow runs.
    ///   - sessionID: To which conversation the run belongs.
    ///   - playerID: For which user.
    ///   - agentID: Which agent acts.
    ///   - agentType: What kind of agent.
    ///   - correlationID: What ties together all that one request sets off; a random UUID when `nil`.
    ///   - tags: Become attributes `tag.…` of all spans.
    ///   - state: What the steps share from the beginning on.
    ///   - clock: By which to tell the time and wait.
    public init(
        workflowID: String? = nil, workflowName: String? = nil, sessionID: String? = nil, playerID: String? = nil,
        agentID: String? = nil, agentType: String? = nil, correlationID: String? = nil, tags: [String: String] = [:],
        state: [String: any Sendable] = [:], clock: any WorkflowClock = SystemClock()
    ) {
        var values = ContextFields.Values()
        values.workflowID = workflowID
        values.workflowName = workflowName
        values.sessionID = sessionID
        values.playerID = playerID
        values.agentID = agentID
        values.agentType = agentType
        values.correlationID = correlationID ?? RandomUUID.text()
        values.tags = tags
        fields = ContextFields(values)
        run = WorkflowRun(clock, state: state)
    }

    /// By which its steps tell the time and wait.
    public var clock: any WorkflowClock { run.clock }

    private func value<Value>(_ path: KeyPath<ContextFields.Values, Value>) -> Value { fields.values[keyPath: path] }

    private mutating func set<Value>(_ path: WritableKeyPath<ContextFields.Values, Value>, _ value: Value) {
        var values = fields.values
        values[keyPath: path] = value
        fields = ContextFields(values)
    }

    /// Which run it is.
    public var workflowID: String? {
        get { value(\.workflowID) }
        set { set(\.workflowID, newValue) }
    }
    /// Which workflow runs.
    public var workflowName: String? {
        get { value(\.workflowName) }
        set { set(\.workflowName, newValue) }
    }
    /// To which conversation the run belongs.
    public var sessionID: String? {
        get { value(\.sessionID) }
        set { set(\.sessionID, newValue) }
    }
    /// For which user it runs.
    public var playerID: String? {
        get { value(\.playerID) }
        set { set(\.playerID, newValue) }
    }
    /// Which agent acts.
    public var agentID: String? {
        get { value(\.agentID) }
        set { set(\.agentID, newValue) }
    }
    /// What kind of agent acts.
    public var agentType: String? {
        get { value(\.agentType) }
        set { set(\.agentType, newValue) }
    }
    /// Whose model is asked.
    public var provider: String? {
        get { value(\.provider) }
        set { set(\.provider, newValue) }
    }
    /// Which model is asked.
    public var modelName: String? {
        get { value(\.modelName) }
        set { set(\.modelName, newValue) }
    }
    /// What kind of model is asked.
    public var modelTier: ModelTier? {
        get { value(\.modelTier) }
        set { set(\.modelTier, newValue) }
    }
    /// What ties together all that one request sets off.
    public var correlationID: String {
        get { value(\.correlationID) }
        set { set(\.correlationID, newValue) }
    }
    /// The correlation id of what set this off.
    public var causationID: String? {
        get { value(\.causationID) }
        set { set(\.causationID, newValue) }
    }
    /// Attributes `tag.…` of all spans.
    public var tags: [String: String] {
        get { value(\.tags) }
        set { set(\.tags, newValue) }
    }
    /// Attributes `baggage.…` of all spans; handed on to other services too.
    public var baggage: [String: String] {
        get { value(\.baggage) }
        set { set(\.baggage, newValue) }
    }
    /// For the program's own use: in no span.
    public var metadata: [String: String] {
        get { value(\.metadata) }
        set { set(\.metadata, newValue) }
    }

    /// Sets what spans say of the model, at once.
    mutating func setModel(provider: String, name: String, tier: ModelTier?) {
        var values = fields.values
        (values.provider, values.modelName, values.modelTier) = (provider, name, tier)
        fields = ContextFields(values)
    }

    /// What is promised of the workflow and its primitives: `slo.compliance` tells how far it holds.
    public var objectives: [ServiceObjective] {
        get { value(\.objectives) }
        set { set(\.objectives, newValue) }
    }

    /// What the steps share. Reading and writing one key are each whole; use ``withState(_:)`` to change what was read.
    public var state: [String: any Sendable] {
        get { run.contents.withLock { $0.state } }
        nonmutating set { run.contents.withLock { $0.state = newValue } }
    }

    /// Runs `body` while no other step reads or writes the state.
    public func withState<Result, Failure: Error>(
        _ body: (inout [String: any Sendable]) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try run.contents.withLock { (contents) throws(Failure) in try body(&contents.state) }
    }

    /// Notes that the workflow has reached a point.
    public func checkpoint(_ name: String) {
        let now = clock.nowNanos
        run.contents.withLock { $0.checkpoints.append(Checkpoint(name: name, timeNanos: now)) }
    }

    /// The points passed so far, in order.
    public var checkpoints: [Checkpoint] { run.contents.withLock { $0.checkpoints } }

    /// Since the context was made; never negative.
    public var elapsed: Duration { .nanoseconds(Int64(clamping: clock.saturatingNanos(since: run.startNanos))) }

    /// In milliseconds.
    var elapsedMilliseconds: Double { clock.milliseconds(since: run.startNanos) }

    /// A context for something that this one sets off: the same ids, a copy of the state, time and checkpoints from now on.
    /// What was set off is told by its ``causationID``, the correlation id of this one.
    public func child() -> WorkflowContext {
        var child = self
        child.causationID = correlationID
        child.run = WorkflowRun(clock, state: state)
        return child
    }

    /// Whether both are copies of one context.
    func isOfOneRun(with other: WorkflowContext) -> Bool { run === other.run }

    /// Whether both are at one place and say the same.
    func isSame(as other: WorkflowContext) -> Bool {
        fields === other.fields && run === other.run && position === other.position
    }

    /// As TTA.dev's `to_otel_context`: `workflow.id`, `workflow.session_id` and `workflow.player_id` (`unknown` when unset),
    /// `workflow.correlation_id`, `workflow.elapsed_ms`, and of agent, workflow name and model what is set.
    public func attributes() -> SpanAttributes {
        var attributes: SpanAttributes = [
            "workflow.id": .string(workflowID ?? "unknown"), "workflow.session_id": .string(sessionID ?? "unknown"),
            "workflow.player_id": .string(playerID ?? "unknown"), "workflow.correlation_id": .string(correlationID),
            "workflow.elapsed_ms": .double(elapsedMilliseconds),
        ]
        let optional = [
            ("agent.id", agentID), ("agent.type", agentType), ("workflow.name", workflowName),
            ("llm.provider", provider), ("llm.model_name", modelName), ("llm.model_tier", modelTier?.rawValue),
        ]
        for case (let key, let value?) in optional { attributes.set(key, value: .string(value)) }
        return attributes
    }

    /// Adds attributes to the span of the primitive in progress; nothing where none is recorded.
    public func annotate(_ attributes: @autoclosure () -> SpanAttributes) {
        guard let span = position.span, span.isRecording else { return }
        let added = attributes()
        span.updateAttributes { $0.merge(added) }
    }
}

/// A random UUID of version 4, after RFC 9562.
enum RandomUUID {
    static func text() -> String {
        let high = UInt64.random(in: .min ... .max) & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = UInt64.random(in: .min ... .max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        var text = ""
        text.reserveCapacity(36)
        for (number, groups) in [(high, [8, 4, 4]), (low, [4, 12])] {
            var shift = 64
            for digits in groups {
                if !text.isEmpty { text.append("-") }
                for _ in 0..<digits {
                    shift -= 4
                    let digit = UInt8(truncatingIfNeeded: number >> UInt64(shift) & 0xF)
                    text.unicodeScalars.append(Unicode.Scalar(digit < 10 ? 48 + digit : 87 + digit))
                }
            }
        }
        return text
    }
}
