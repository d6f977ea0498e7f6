import Tracing

/// One who acts: runs a primitive, all of whose spans name the agent.
///
/// The span `agent.{type}.execute` covers it.
public struct Agent<Input: Sendable, Output: Sendable>: IdentifiedPrimitive {
    /// `agent.type`: what kind of agent it is.
    public let type: String
    /// `agent.id`: which of its kind.
    public let id: String?
    let identity: PrimitiveIdentity
    private let behaviour: any WorkflowPrimitive<Input, Output>

    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - type: `agent.type`, a part of the span's name; when `nil`, the name.
    ///   - id: `agent.id`.
    ///   - behaviour: What it does.
    public init(
        _ name: String, type: String? = nil, id: String? = nil, does behaviour: some WorkflowPrimitive<Input, Output>
    ) {
        self.type = type ?? name
        self.id = id
        identity = PrimitiveIdentity(
            name: name, type: "agent", action: "execute", spanName: "agent.\(self.type).execute")
        self.behaviour = behaviour
    }

    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - type: `agent.type`, a part of the span's name; when `nil`, the name.
    ///   - id: `agent.id`.
    ///   - body: What it does. Gets the input and the agent's context.
    public init(
        _ name: String, type: String? = nil, id: String? = nil,
        _ body: @escaping WorkflowFunction<Input, Output>
    ) {
        self.init(name, type: type, id: id, does: Lambda(body))
    }

    /// Acts.
    public nonisolated(nonsending) func execute(_ input: Input, in context: WorkflowContext) async throws -> Output {
        try await identity.execute(in: context.acting(as: self)) { try await behaviour.execute(input, in: $0) }
    }
}

extension WorkflowContext {
    fileprivate func acting<Input, Output>(as agent: Agent<Input, Output>) -> WorkflowContext {
        var context = self
        context.agentType = agent.type
        context.agentID = agent.id
        return context
    }

    /// Lets another agent go on, and gives what it gives.
    ///
    /// A span `agent.handoff` stands around the other agent's own, with `handoff.from_agent` and `handoff.to_agent` (their
    /// types), `handoff.task_id` and `handoff.reason`.
    ///
    /// - Parameters:
    ///   - agent: Who goes on.
    ///   - input: What it is to work on.
    ///   - taskID: Of the work that is handed over.
    ///   - reason: In words.
    public nonisolated(nonsending) func handOff<Input, Output>(
        to agent: Agent<Input, Output>, _ input: Input, taskID: String? = nil, reason: String? = nil
    ) async throws -> Output {
        return try await inPart(
            "handoff", of: "handoff", spanName: "agent.handoff", action: "handoff",
            [("from_agent", agentType), ("to_agent", agent.type), ("task_id", taskID), ("reason", reason)]
                .compactMap { key, value in value.map { (key, .string($0)) } }
        ) { try await agent.execute(input, in: $0) }
    }
}
