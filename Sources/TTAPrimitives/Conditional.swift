/// One of two branches, as a condition decides.
///
/// One span, named by the result: `primitive.conditional.branch_then` or `primitive.conditional.branch_else`. It covers the
/// branch; what the condition does stands before it. When the condition itself throws, no branch is taken, and a span
/// `primitive.conditional.condition` of no length records the error.
public struct Conditional<Input: Sendable, Output: Sendable>: IdentifiedPrimitive {
    let identity: PrimitiveIdentity
    private let elseIdentity: PrimitiveIdentity
    private let failureIdentity: PrimitiveIdentity
    private let condition: @Sendable (Input, WorkflowContext) async throws -> Bool
    private let thenBranch: any WorkflowPrimitive<Input, Output>
    private let elseBranch: any WorkflowPrimitive<Input, Output>
    private let names: (thenBranch: String, elseBranch: String)

    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - condition: Decides for `thenBranch`.
    ///   - thenBranch: Runs if it holds.
    ///   - elseBranch: Runs if not.
    public init(
        name: String = "Conditional", if condition: @escaping @Sendable (Input, WorkflowContext) async throws -> Bool,
        then thenBranch: some WorkflowPrimitive<Input, Output>, else elseBranch: some WorkflowPrimitive<Input, Output>
    ) {
        self.init(name, condition, thenBranch, elseBranch, elseName: elseBranch.nameInTraces)
    }

    /// One whose input passes through unchanged if the condition does not hold: `branch.name` is `passthrough` then.
    ///
    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - condition: Decides for `thenBranch`.
    ///   - thenBranch: Runs if it holds.
    public init(
        name: String = "Conditional", if condition: @escaping @Sendable (Input, WorkflowContext) async throws -> Bool,
        then thenBranch: some WorkflowPrimitive<Input, Input>
    ) where Output == Input {
        self.init(name, condition, thenBranch, Lambda { input, _ in input }, elseName: "passthrough")
    }

    private init(
        _ name: String, _ condition: @escaping @Sendable (Input, WorkflowContext) async throws -> Bool,
        _ thenBranch: any WorkflowPrimitive<Input, Output>, _ elseBranch: any WorkflowPrimitive<Input, Output>,
        elseName: String
    ) {
        identity = PrimitiveIdentity(name: name, type: "conditional", action: "branch_then")
        elseIdentity = PrimitiveIdentity(name: name, type: "conditional", action: "branch_else")
        failureIdentity = PrimitiveIdentity(name: name, type: "conditional", action: "condition")
        self.condition = condition
        self.thenBranch = thenBranch
        self.elseBranch = elseBranch
        names = (thenBranch.nameInTraces, elseName)
    }

    /// Runs the branch that the condition chooses.
    public nonisolated(nonsending) func execute(_ input: Input, in context: WorkflowContext) async throws -> Output {
        let holds = try await failureIdentity.recordingFailure(in: context) { try await condition(input, context) }
        let branch = holds ? thenBranch : elseBranch
        return try await (holds ? identity : elseIdentity).execute(in: context) { context in
            context.annotate([
                "branch.name": .string(holds ? names.thenBranch : names.elseBranch),
                "branch.condition_result": .bool(holds),
            ])
            return try await branch.execute(input, in: context)
        }
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
