import Tracing

/// A primitive whose types are not told any more: those who put steps together have checked that they fit.
struct Step: Sendable {
    /// By what people know it.
    struct Label: Hashable, Sendable {
        let name: String
        let type: String
    }

    let label: Label
    private let body: WorkflowFunction<any Sendable, any Sendable>

    init<Primitive: WorkflowPrimitive>(_ primitive: Primitive) {
        let identity =
            (primitive as? any InstrumentedPrimitive)?.identity ?? (primitive as? any IdentifiedPrimitive)?.identity
        let typeName = Self.typeName(Primitive.self)
        label = Label(name: identity?.name ?? typeName, type: identity?.type ?? typeName.lowercased())
        body = { input, context in
            guard let input = input as? Primitive.Input else { preconditionFailure("steps fit by construction") }
            return try await primitive.execute(input, in: context)
        }
    }

    var name: String { label.name }
    var type: String { label.type }

    /// Without the types in angle brackets.
    private static func typeName(_ type: Any.Type) -> String { String("\(type)".prefix { $0 != "<" }) }

    nonisolated(nonsending) func run(_ input: any Sendable, in context: WorkflowContext) async throws -> any Sendable {
        try await body(input, context)
    }
}

extension WorkflowContext {
    /// Runs one part of a primitive in a span of its own: a step, a branch, an attempt.
    ///
    /// - Parameters:
    ///   - part: What its attributes begin with; `{part}.status` says how it ended.
    ///   - type: `primitive.type` of the primitive that it is a part of.
    ///   - action: `primitive.action`, and the end of the span's name.
    ///   - attributes: Those of the part, without its name in front; made only where someone listens.
    ///   - spanName: When `nil`, put together from domain, type and action.
    nonisolated(nonsending) func inPart<Output>(
        _ part: String, of type: String, domain: String = "primitive", spanName: String? = nil, action: String,
        _ attributes: @autoclosure () -> [(String, SpanAttribute)],
        _ body: nonisolated(nonsending) (WorkflowContext) async throws -> Output
    ) async throws -> Output {
        guard let listeners = Listeners.current else { return try await unobserved(body) }
        return try await inSpan(
            spanName ?? "\(domain).\(type).\(action)", listeners,
            attributes: { execution in
                var all = fields.attributes
                all.set("primitive.type", value: .string(type))
                all.set("primitive.action", value: .string(action))
                for (key, value) in attributes() { all.set("\(part).\(key)", value: value) }
                all.set("\(part).status", value: .string(execution.status.rawValue))
                all.set("execution.status", value: .string(execution.status.rawValue))
                return all
            }, body)
    }
}
