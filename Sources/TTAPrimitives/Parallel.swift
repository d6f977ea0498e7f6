import Tracing

/// Branches at the same time, all with the same input; gives their outputs as a tuple, in the order of the branches. Made with
/// `|`.
///
/// When a branch fails the others are cancelled, and all have ended before the error is thrown. Spans:
/// `primitive.parallel.execute`, and `primitive.parallel.branch_{i}` around each branch, from 0.
public struct Parallel<Input: Sendable, each Branch: Sendable>: InstrumentedPrimitive {
    /// The outputs of the branches, in their order.
    public typealias Output = (repeat each Branch)

    /// What it is called.
    public let identity: PrimitiveIdentity
    let branches: [Step]

    init(_ branches: [Step], name: String = "Parallel") {
        self.branches = branches
        identity = PrimitiveIdentity(name: name, type: "parallel")
    }

    /// The same branches under another name.
    public func named(_ name: String) -> Parallel { Parallel(branches, name: name) }

    /// Runs the branches, each with a child of the context.
    public nonisolated(nonsending) func run(
        _ input: Input, in context: WorkflowContext
    ) async throws -> (repeat each Branch) {
        let outputs = try await runBranches(input, of: identity.label, context)
        var place = 0
        func next<Value>(_ type: Value.Type) -> Value {
            defer { place += 1 }
            guard let value = outputs[place] as? Value else { preconditionFailure("branches fit by construction") }
            return value
        }
        return (repeat next((each Branch).self))
    }

    nonisolated(nonsending) func runBranches(
        _ input: Input, of label: Step.Label, _ context: WorkflowContext
    ) async throws -> [(any Sendable)?] {
        let metrics = PrimitiveMetrics.current
        return try await withThrowingTaskGroup(of: (Int, any Sendable).self) { group in
            for (index, branch) in branches.enumerated() {
                metrics?.recordConnection(.parallel, from: label, to: branch.label)
                let child = context.branch()
                group.addTask {
                    let output = try await child.inPart(
                        "branch", of: "parallel", action: "branch_\(index)",
                        [
                            ("index", .int64(Int64(index))), ("name", .string(branch.name)),
                            ("primitive_type", .string(branch.type)), ("total_branches", .int64(Int64(branches.count))),
                        ]
                    ) { try await branch.run(input, in: $0) }
                    return (index, output)
                }
            }
            var outputs = [(any Sendable)?](repeating: nil, count: branches.count)
            for try await (index, output) in group { outputs[index] = output }
            return outputs
        }
    }
}

extension WorkflowContext {
    /// A child whose spans hang where this one's do.
    fileprivate func branch() -> WorkflowContext {
        var child = child()
        child.position = position.under(parentContext).atStep(nil)
        return child
    }
}
