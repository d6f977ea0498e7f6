/// Branches of one type at the same time, all with the same input; gives their outputs as an array, in the order of the
/// branches. ``Parallel`` is for branches of different types.
///
/// When a branch fails the others are cancelled, and all have ended before the error is thrown. Spans as those of
/// ``Parallel``: `primitive.parallel.execute`, and `primitive.parallel.branch_{i}` around each branch, from 0.
public struct ParallelMap<Branch: WorkflowPrimitive>: InstrumentedPrimitive {
    /// What all branches take.
    public typealias Input = Branch.Input
    /// The outputs of the branches, in their order.
    public typealias Output = [Branch.Output]

    /// What it is called.
    public let identity: PrimitiveIdentity
    /// Of which only the branches are used, not the tuple.
    private let parallel: Parallel<Branch.Input>

    /// - Parameters:
    ///   - branches: Any number; without any the output is empty.
    ///   - name: `primitive.name`.
    public init(branches: [Branch], name: String = "ParallelMap") {
        parallel = Parallel(branches.map { Step($0) })
        identity = PrimitiveIdentity(name: name, type: "parallel")
    }

    /// Runs the branches, each with a child of the context.
    public nonisolated(nonsending) func run(_ input: Input, in context: WorkflowContext) async throws -> Output {
        try await parallel.runBranches(input, of: identity.label, context).map { output in
            guard let output, let output = output as? Branch.Output else {
                preconditionFailure("branches fit by construction")
            }
            return output
        }
    }
}
