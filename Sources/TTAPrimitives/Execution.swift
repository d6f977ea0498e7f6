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
        let start = context.clock.nowNanos
        var service = context.parentContext ?? .topLevel
        let span: any Span = InstrumentationSystem.tracer.startSpan(
            spanName, context: service, ofKind: .internal,
            at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: start))
        var inner = context
        inner.isInside = true
        inner.span = span
        service = span.context
        inner.parent = service
        service.workflow = inner
        let outcome: Result<Output, any Error>
        do {
            outcome = .success(
                try await ServiceContext.$current.withValue(service) { try await body(inner) })
        } catch {
            outcome = .failure(error)
        }
        finish(span, context, start: start, error: outcome.error)
        return try outcome.get()
    }

    private func finish(_ span: any Span, _ context: WorkflowContext, start: UInt64, error: (any Error)?) {
        let end = context.clock.nowNanos
        let instant = DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: end)
        if span.isRecording {
            let status = error.map(ExecutionStatus.init) ?? .success
            var attributes = attributes(context, start: start, end: end, status)
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
            let added = span.attributes
            attributes.merge(added)
            span.attributes = attributes
        }
        span.end(at: instant)
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

extension Result {
    fileprivate var error: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
