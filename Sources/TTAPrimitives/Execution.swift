import Tracing

/// How an execution ended.
public enum ExecutionStatus: String, Sendable, Hashable {
    /// With an output.
    case success
    /// With an error.
    case error
    /// With a ``TimeoutError``.
    case timeout
    /// With a `CancellationError`.
    case cancelled

    init(_ error: any Error) {
        switch error {
        case is CancellationError: self = .cancelled
        case is TimeoutError: self = .timeout
        default: self = .error
        }
    }
}

/// What took longer than it was given.
public struct TimeoutError: Error, Sendable, Hashable {
    /// What it was given.
    public let limit: Duration

    /// - Parameter limit: What it was given.
    public init(limit: Duration) { self.limit = limit }
}

/// An error that knows whether trying again can help: `error.recoverable`.
public protocol RecoverableError: Error {
    /// Whether trying again can help.
    var isRecoverable: Bool { get }
}

extension TimeoutError: RecoverableError {
    /// It can.
    public var isRecoverable: Bool { true }
}

extension PrimitiveIdentity {
    /// Runs `body` in a span with the standard attributes.
    nonisolated(nonsending) func execute<Output>(
        in context: WorkflowContext, _ body: nonisolated(nonsending) (WorkflowContext) async throws -> Output
    ) async throws -> Output {
        try await context.inSpan(
            spanName, attributes: { attributes(context, start: $0, end: $1, $2) }, body)
    }

    private func attributes(
        _ context: WorkflowContext, start: UInt64, end: UInt64, _ status: ExecutionStatus
    ) -> SpanAttributes {
        var attributes = context.fields.attributes
        attributes.set("primitive.name", value: .string(name))
        attributes.set("primitive.type", value: .string(type))
        attributes.set("primitive.action", value: .string(action))
        if let step = context.step {
            attributes.set("primitive.step_index", value: .int64(Int64(step.index)))
            attributes.set("primitive.total_steps", value: .int64(Int64(step.total)))
        }
        attributes.set("primitive.status", value: .string(status.rawValue))
        attributes.set("execution.status", value: .string(status.rawValue))
        attributes.set("execution.start_time", value: .int64(Int64(clamping: start)))
        attributes.set("execution.duration_ms", value: .double(Double(end > start ? end - start : 0) / 1e6))
        attributes.set("execution.retry_count", value: .int64(Int64(context.retryCount)))
        attributes.set("workflow.elapsed_ms", value: .double(context.elapsedMilliseconds))
        return attributes
    }
}

extension WorkflowContext {
    /// Runs `body` in a span, with a context whose spans hang under it. An error is recorded once and thrown unchanged.
    ///
    /// - Parameter attributes: Made at the end, from start and end in nanoseconds since 1970 and how it ended; not at all where
    ///   nothing is recorded.
    nonisolated(nonsending) func inSpan<Output>(
        _ name: String, attributes: (UInt64, UInt64, ExecutionStatus) -> SpanAttributes,
        _ body: nonisolated(nonsending) (WorkflowContext) async throws -> Output
    ) async throws -> Output {
        let start = clock.nowNanos
        var service = parentContext ?? .topLevel
        let span: any Span = InstrumentationSystem.tracer.startSpan(
            name, context: service, ofKind: .internal,
            at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: start))
        var inner = self
        inner.isInside = true
        inner.span = span
        service = span.context
        inner.parent = service
        service.workflow = inner
        do {
            let output = try await ServiceContext.$current.withValue(service) { try await body(inner) }
            finish(span, attributes, start: start, error: nil)
            return output
        } catch {
            finish(span, attributes, start: start, error: error)
            throw error
        }
    }

    private func finish(
        _ span: any Span, _ makeAttributes: (UInt64, UInt64, ExecutionStatus) -> SpanAttributes, start: UInt64,
        error: (any Error)?
    ) {
        let end = clock.nowNanos
        let instant = DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: end)
        defer { span.end(at: instant) }
        guard span.isRecording else { return }
        var attributes = makeAttributes(start, end, error.map(ExecutionStatus.init) ?? .success)
        if let error {
            let (type, message) = ("\(Swift.type(of: error))", "\(error)")
            attributes.set("error.type", value: .string(type))
            attributes.set("error.message", value: .string(message))
            if let error = error as? any RecoverableError {
                attributes.set("error.recoverable", value: .bool(error.isRecoverable))
            }
            span.recordError(error, attributes: [:], at: instant)
            span.setStatus(SpanStatus(code: .error, message: "\(type): \(message)"))
        } else {
            span.setStatus(SpanStatus(code: .ok))
        }
        attributes.merge(span.attributes)
        span.attributes = attributes
    }
}
