import Tracing

/// A primitive that people know by a name, though no one span covers all that it does, or none at all.
protocol IdentifiedPrimitive: WorkflowPrimitive {
    /// Of its main span, where it has any; name and type are those of all of them.
    var identity: PrimitiveIdentity { get }
}

extension WorkflowPrimitive {
    /// Its name and type, or those of its type if it has none.
    var label: Step.Label { Step(self).label }
}

extension PrimitiveIdentity {
    var label: Step.Label { Step.Label(name: name, type: type) }

    /// Runs `body`, which has several spans side by side: where it is the outermost of a workflow, in a span
    /// `primitive.{type}.execute` around them all, so that the workflow stays one trace.
    nonisolated(nonsending) func asOneRun<Output>(
        in context: WorkflowContext, _ body: nonisolated(nonsending) (WorkflowContext) async throws -> Output
    ) async throws -> Output {
        if context.position.isInside { return try await body(context) }
        guard let listeners = Listeners.current else { return try await context.unobserved(body) }
        let whole = PrimitiveIdentity(name: name, type: type)
        listeners.metrics?.workflowBegan(context)
        return try await context.inSpan(
            whole.spanName, listeners, attributes: { whole.attributes(context, $0) },
            ended: { listeners.metrics?.workflowEnded(context, $0) }, body)
    }
}

extension SpanAttribute {
    /// As in the status of a span that failed with it: `{type}: {message}`.
    static func error(_ error: any Error) -> SpanAttribute { .string("\(Swift.type(of: error)): \(error)") }
}

/// There is nothing that a key chooses.
public struct UnknownKeyError: Error, Hashable, CustomStringConvertible {
    /// What was chosen.
    public let key: String
    /// What there is, in ascending order.
    public let known: [String]

    /// Both.
    public var description: String { "unknown key \(key), known are \(known.joined(separator: ", "))" }
}
