import Tracing

/// A primitive that people know by a name, though no one span covers all that it does.
protocol IdentifiedPrimitive: WorkflowPrimitive {
    /// Of its main span; name and type are those of all of them.
    var identity: PrimitiveIdentity { get }
}

extension WorkflowPrimitive {
    /// Its name, or that of its type if it has none.
    var nameInTraces: String { Step(self).name }
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
