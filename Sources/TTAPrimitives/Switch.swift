import Tracing

/// One of several cases, as a key decides.
///
/// One span, `primitive.switch.case` or `primitive.switch.default`; it covers the case. What decides the key stands before it;
/// when that throws, a span `primitive.switch.selection` of no length records the error. As a workflow's outermost primitive it
/// has a span `primitive.switch.execute` around all.
public struct Switch<Key: Hashable & Sendable, Input: Sendable, Output: Sendable>: IdentifiedPrimitive {
    let identity: PrimitiveIdentity
    private let defaultIdentity: PrimitiveIdentity
    private let failureIdentity: PrimitiveIdentity
    private let selectKey: WorkflowFunction<Input, Key>
    private let cases: [Key: any WorkflowPrimitive<Input, Output>]
    private let defaultCase: (any WorkflowPrimitive<Input, Output>)?

    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - selectKey: Decides. The key's description is `case.key`.
    ///   - cases: What to run, by key.
    ///   - defaultCase: Runs for all other keys. When `nil`, they are an ``UnknownKeyError``.
    public init(
        name: String = "Switch", on selectKey: @escaping WorkflowFunction<Input, Key>,
        cases: [Key: any WorkflowPrimitive<Input, Output>],
        default defaultCase: (any WorkflowPrimitive<Input, Output>)? = nil
    ) {
        identity = PrimitiveIdentity(name: name, type: "switch", action: "case")
        defaultIdentity = PrimitiveIdentity(name: name, type: "switch", action: "default")
        failureIdentity = PrimitiveIdentity(name: name, type: "switch", action: "selection")
        self.selectKey = selectKey
        self.cases = cases
        self.defaultCase = defaultCase
    }

    /// Runs the case that the key chooses.
    public nonisolated(nonsending) func execute(_ input: Input, in context: WorkflowContext) async throws -> Output {
        try await identity.asOneRun(in: context) { context in
            let key = try await failureIdentity.recordingFailure(in: context) { try await selectKey(input, context) }
            return try await (cases[key] == nil ? defaultIdentity : identity).execute(in: context) {
                try await run(key, input, in: $0)
            }
        }
    }

    private nonisolated(nonsending) func run(
        _ key: Key, _ input: Input, in context: WorkflowContext
    ) async throws -> Output {
        context.annotate(["case.key": .string("\(key)")])
        guard let chosen = cases[key] ?? defaultCase else {
            throw UnknownKeyError(key: "\(key)", known: cases.keys.map { "\($0)" }.sorted())
        }
        let label = chosen.label
        context.annotate(["case.name": .string(label.name)])
        PrimitiveMetrics.current?.recordConnection(.conditional, from: identity.label, to: label)
        return try await chosen.execute(input, in: context)
    }
}
