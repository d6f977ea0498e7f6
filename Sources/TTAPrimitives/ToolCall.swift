import Tracing

/// A tool that an agent uses, or a model has asked for.
///
/// The span `tool.{name}.call` has `tool.name` and `tool.arguments_hash`, by which calls with the same arguments are found; the
/// arguments and the result themselves only where it captures content.
public struct ToolCall<Input: Sendable, Output: Sendable>: InstrumentedPrimitive {
    /// What it is called.
    public let identity: PrimitiveIdentity
    private let capturesContent: Bool
    private let describe: @Sendable (Input) -> String
    private let body: WorkflowFunction<Input, Output>

    /// - Parameters:
    ///   - name: `tool.name` and `primitive.name`, a part of the span's name.
    ///   - captureContent: Whether the span keeps arguments and result as text: `gen_ai.tool.call.arguments` and
    ///     `gen_ai.tool.call.result`.
    ///   - arguments: The arguments as text, the same for the same ones, best as JSON; when `nil`, the input's description,
    ///     which for dictionaries and sets differs from run to run.
    ///   - body: Calls the tool.
    public init(
        _ name: String, captureContent: Bool = false, arguments: (@Sendable (Input) -> String)? = nil,
        _ body: @escaping WorkflowFunction<Input, Output>
    ) {
        identity = PrimitiveIdentity(
            name: name, type: "tool", action: "call", spanName: "tool.\(name).call", kind: .client)
        capturesContent = captureContent
        describe = arguments ?? { "\($0)" }
        self.body = body
    }

    /// Calls the tool.
    public nonisolated(nonsending) func run(_ input: Input, in context: WorkflowContext) async throws -> Output {
        context.annotate(argumentAttributes(input))
        let output = try await body(input, context)
        if capturesContent { context.annotate(["gen_ai.tool.call.result": .string("\(output)")]) }
        return output
    }

    private func argumentAttributes(_ input: Input) -> SpanAttributes {
        let arguments = describe(input)
        var attributes: SpanAttributes = [
            "gen_ai.operation.name": "execute_tool", "tool.name": .string(identity.name),
            "tool.arguments_hash": .string(StableHash.text(arguments)),
        ]
        if capturesContent { attributes.set("gen_ai.tool.call.arguments", value: .string(arguments)) }
        return attributes
    }
}
