import Tracing

/// A primitive whose executions are told by a span each, named `primitive.{type}.{action}`, with the standard attributes.
///
/// Implement ``run(_:in:)``; ``WorkflowPrimitive/execute(_:in:)`` is given.
public protocol InstrumentedPrimitive<Input, Output>: WorkflowPrimitive {
    /// What it is called. Make it once, in `init`.
    var identity: PrimitiveIdentity { get }

    /// Does the work.
    ///
    /// - Parameter context: That of this execution: hand it on to other primitives, and their spans hang under this one's.
    nonisolated(nonsending) func run(_ input: Input, in context: WorkflowContext) async throws -> Output
}

extension InstrumentedPrimitive {
    /// Runs in a span. An error is recorded once and thrown unchanged.
    public nonisolated(nonsending) func execute(_ input: Input, in context: WorkflowContext) async throws -> Output {
        guard let listeners = Listeners.current else {
            return try await context.unobserved { context in try await run(input, in: context) }
        }
        return try await identity.execute(in: context, listeners) { context in try await run(input, in: context) }
    }
}

/// What a primitive is called in traces and metrics.
public struct PrimitiveIdentity: Sendable, Hashable {
    /// `primitive.name`, by which people know it.
    public let name: String
    /// `primitive.type`, such as `retry`.
    public let type: String
    /// `primitive.action`, such as `execute`.
    public let action: String
    /// The name of its spans.
    public let spanName: String
    /// Of its spans.
    let kind: SpanKind

    /// - Parameters:
    ///   - name: `primitive.name`, by which people know it.
    ///   - type: `primitive.type`, in lowercase.
    ///   - action: `primitive.action`.
    ///   - domain: What the span's name begins with; `primitive` for all but the kinds of recovery and the like.
    public init(name: String, type: String, action: String = "execute", domain: String = "primitive") {
        self.name = name
        self.type = type
        self.action = action
        spanName = "\(domain).\(type).\(action)"
        kind = .internal
    }

    /// One whose type is no part of its spans' name.
    init(name: String, type: String, action: String, spanName: String, kind: SpanKind = .internal) {
        self.name = name
        self.type = type
        self.action = action
        self.spanName = spanName
        self.kind = kind
    }
}

/// A function as a primitive with a span of its own.
public struct Instrumented<Input: Sendable, Output: Sendable>: InstrumentedPrimitive {
    /// What it is called.
    public let identity: PrimitiveIdentity
    private let body: WorkflowFunction<Input, Output>

    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - type: `primitive.type`.
    ///   - action: `primitive.action`.
    ///   - body: Gets the input and the context.
    public init(
        _ name: String, type: String = "function", action: String = "execute",
        _ body: @escaping WorkflowFunction<Input, Output>
    ) {
        identity = PrimitiveIdentity(name: name, type: type, action: action)
        self.body = body
    }

    /// Calls the function.
    public nonisolated(nonsending) func run(_ input: Input, in context: WorkflowContext) async throws -> Output {
        try await body(input, context)
    }
}
