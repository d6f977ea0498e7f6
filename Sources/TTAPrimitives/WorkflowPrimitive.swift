/// A part of a workflow: takes an input, gives an output, may fail.
///
/// One that shows in traces is an ``InstrumentedPrimitive``.
public protocol WorkflowPrimitive<Input, Output>: Sendable {
    /// What it takes.
    associatedtype Input: Sendable
    /// What it gives.
    associatedtype Output: Sendable

    /// Does its work, on the caller's executor.
    nonisolated(nonsending) func execute(_ input: Input, in context: WorkflowContext) async throws -> Output
}

/// What primitives are made of: takes an input and the context, gives an output, on the caller's executor.
public typealias WorkflowFunction<Input, Output> =
    nonisolated(nonsending) @Sendable (Input, WorkflowContext) async throws -> Output

/// A function as a primitive, with no span of its own.
public struct Lambda<Input: Sendable, Output: Sendable>: IdentifiedPrimitive {
    let identity: PrimitiveIdentity
    private let body: WorkflowFunction<Input, Output>

    /// - Parameters:
    ///   - name: What it is called where it is a step, a branch or a case.
    ///   - body: Gets the input and the context.
    public init(_ name: String, _ body: @escaping WorkflowFunction<Input, Output>) {
        identity = PrimitiveIdentity(name: name, type: "lambda")
        self.body = body
    }

    /// - Parameter body: Gets the input and the context.
    public init(_ body: @escaping WorkflowFunction<Input, Output>) { self.init("Lambda", body) }

    /// Calls the function.
    public nonisolated(nonsending) func execute(_ input: Input, in context: WorkflowContext) async throws -> Output {
        try await body(input, context)
    }
}
