/// One of two branches, as a condition decides.
///
/// One span, named by the result: `primitive.conditional.branch_then` or `primitive.conditional.branch_else`. It covers the
/// branch; what the condition does stands before it. When the condition itself throws, no branch is taken, and a span
/// `primitive.conditional.condition` of no length records the error. As a workflow's outermost primitive it has a span
/// `primitive.conditional.execute` around all.
public struct Conditional<Input: Sendable, Output: Sendable>: IdentifiedPrimitive {
    let identity: PrimitiveIdentity
    private let elseIdentity: PrimitiveIdentity
    private let failureIdentity: PrimitiveIdentity
    private let condition: WorkflowFunction<Input, Bool>
    private let thenBranch: any WorkflowPrimitive<Input, Output>
    private let elseBranch: any WorkflowPrimitive<Input, Output>
    /// No connection leads to an `else` that is none.
    private let elseLabel: Step.Label?

    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - condition: Decides for `thenBranch`.
    ///   - thenBranch: Runs if it holds.
    ///   - elseBranch: Runs if not.
    public init(
        name: String = "Conditional", if condition: @escaping WorkflowFunction<Input, Bool>,
        then thenBranch: some WorkflowPrimitive<Input, Output>, else elseBranch: some WorkflowPrimitive<Input, Output>
    ) {
        self.init(name, condition, thenBranch, elseBranch, elseBranch.label)
    }

    /// One whose input passes through unchanged if the condition does not hold: `branch.name` is `passthrough` then.
    ///
    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - condition: Decides for `thenBranch`.
    ///   - thenBranch: Runs if it holds.
    public init(
        name: String = "Conditional", if condition: @escaping WorkflowFunction<Input, Bool>,
        then thenBranch: some WorkflowPrimitive<Input, Input>
    ) where Output == Input {
        self.init(name, condition, thenBranch, Lambda { input, _ in input }, nil)
    }

    private init(
        _ name: String, _ condition: @escaping WorkflowFunction<Input, Bool>,
        _ thenBranch: any WorkflowPrimitive<Input, Output>, _ elseBranch: any WorkflowPrimitive<Input, Output>,
        _ elseLabel: Step.Label?
    ) {
        identity = PrimitiveIdentity(name: name, type: "conditional", action: "branch_then")
        elseIdentity = PrimitiveIdentity(name: name, type: "conditional", action: "branch_else")
        failureIdentity = PrimitiveIdentity(name: name, type: "conditional", action: "condition")
        self.condition = condition
        self.thenBranch = thenBranch
        self.elseBranch = elseBranch
        self.elseLabel = elseLabel
    }

    /// Runs the branch that the condition chooses.
    public nonisolated(nonsending) func execute(_ input: Input, in context: WorkflowContext) async throws -> Output {
        try await identity.asOneRun(in: context) { context in
            let holds = try await failureIdentity.recordingFailure(in: context) { try await condition(input, context) }
            return try await (holds ? identity : elseIdentity).execute(in: context) {
                try await run(holds ? thenBranch : elseBranch, holds, input, in: $0)
            }
        }
    }

    private nonisolated(nonsending) func run(
        _ branch: any WorkflowPrimitive<Input, Output>, _ holds: Bool, _ input: Input, in context: WorkflowContext
    ) async throws -> Output {
        let label = holds ? branch.label : elseLabel
        context.annotate([
            "branch.name": .string(label?.name ?? "passthrough"), "branch.condition_result": .bool(holds),
        ])
        if let label { PrimitiveMetrics.current?.recordConnection(.conditional, from: identity.label, to: label) }
        return try await branch.execute(input, in: context)
    }
}

extension PrimitiveIdentity {
    /// Runs what decides how the span will be called. If it fails, a span of no length records that.
    nonisolated(nonsending) func recordingFailure<Output>(
        in context: WorkflowContext, _ decide: nonisolated(nonsending) () async throws -> Output
    ) async throws -> Output {
        do {
            return try await decide()
        } catch {
            return try await execute(in: context) { _ in throw error }
        }
    }
}
