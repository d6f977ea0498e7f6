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
public struct TimeoutError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What it was given.
    public let limit: Duration

    /// - Parameter limit: What it was given.
    public init(limit: Duration) { self.limit = limit }

    /// What it was given.
    public var description: String { "took longer than \(limit)" }
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
    /// Runs `body` in a span with the standard attributes, and counts the execution. An error is recorded once and thrown
    /// unchanged. Where neither spans nor metrics are recorded, no attribute is built and no clock is read.
    nonisolated(nonsending) func execute<Output>(
        in context: WorkflowContext, _ body: nonisolated(nonsending) (WorkflowContext) async throws -> Output
    ) async throws -> Output {
        guard let listeners = Listeners.current else { return try await context.unobserved(body) }
        return try await execute(in: context, listeners, body)
    }

    nonisolated(nonsending) func execute<Output>(
        in context: WorkflowContext, _ listeners: Listeners,
        _ body: nonisolated(nonsending) (WorkflowContext) async throws -> Output
    ) async throws -> Output {
        let metrics = listeners.metrics
        let isOutermost = !context.position.isInside
        if isOutermost { metrics?.workflowBegan(context) }
        return try await context.inSpan(
            spanName, kind: kind, listeners, attributes: { attributes(context, $0) },
            ended: { execution in
                metrics?.record(execution, of: self, in: context)
                if isOutermost { metrics?.workflowEnded(context, execution) }
            }, body)
    }

    /// The standard ones.
    func attributes(_ context: WorkflowContext, _ execution: Execution) -> SpanAttributes {
        var attributes = context.fields.attributes
        attributes.set("primitive.name", value: .string(name))
        attributes.set("primitive.type", value: .string(type))
        attributes.set("primitive.action", value: .string(action))
        if let step = context.position.step {
            attributes.set("primitive.step_index", value: .int64(Int64(step.index)))
            attributes.set("primitive.total_steps", value: .int64(Int64(step.total)))
        }
        attributes.set("primitive.status", value: .string(execution.status.rawValue))
        attributes.set("execution.status", value: .string(execution.status.rawValue))
        attributes.set("execution.start_time", value: .int64(Int64(clamping: execution.startNanos)))
        attributes.set("execution.duration_ms", value: .double(execution.milliseconds))
        attributes.set("execution.retry_count", value: .int64(Int64(context.position.retryCount)))
        attributes.set("workflow.elapsed_ms", value: .double(context.elapsedMilliseconds))
        return attributes
    }
}

extension WorkflowContext {
    /// Runs `body` in a span, with a context whose spans hang under it. An error is recorded once and thrown unchanged.
    ///
    /// - Parameters:
    ///   - attributes: Made at the end; not at all where no span is recorded.
    ///   - ended: Called once the span is complete.
    nonisolated(nonsending) func inSpan<Output>(
        _ name: String, kind: SpanKind = .internal, _ listeners: Listeners,
        attributes: (Execution) -> SpanAttributes, ended: (Execution) -> Void = { _ in },
        _ body: nonisolated(nonsending) (WorkflowContext) async throws -> Output
    ) async throws -> Output {
        let start = clock.nowNanos
        var service = parentContext ?? .topLevel
        let span: (any Span)? = listeners.tracer?.startSpan(
            name, context: service, ofKind: kind, at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: start))
        if let span { service = span.context }
        var inner = self
        inner.position = position.inside(span, below: service)
        service.workflow = inner
        func finish(_ error: (any Error)?) {
            let execution = Execution(startNanos: start, endNanos: clock.nowNanos, error: error)
            span?.finish(execution, error, attributes)
            ended(execution)
        }
        do {
            let output = try await ServiceContext.$current.withValue(service) { [inner] in try await body(inner) }
            finish(nil)
            return output
        } catch {
            finish(error)
            throw error
        }
    }

    /// Runs `body` where nobody listens. Only the task's workflow is kept up to date.
    nonisolated(nonsending) func unobserved<Output>(
        _ body: nonisolated(nonsending) (WorkflowContext) async throws -> Output
    ) async throws -> Output {
        var inner = self
        if !position.isInside { inner.position = .inside }
        let current = ServiceContext.current
        if let workflow = current?.workflow, workflow.isSame(as: inner) { return try await body(inner) }
        var service = current ?? .topLevel
        service.workflow = inner
        return try await ServiceContext.$current.withValue(service) { [inner] in try await body(inner) }
    }
}

/// Who wants to know what is executed here.
struct Listeners {
    /// `nil` where no spans are recorded.
    let tracer: (any Tracer)?
    /// `nil` where no metrics are recorded.
    let metrics: PrimitiveMetrics?

    /// `nil` where there is nobody.
    static var current: Listeners? {
        let instrument = InstrumentationSystem.instrument
        let metrics = PrimitiveMetrics.current
        // Types are compared first, and one cast saved, because a cast to a protocol costs as much as all the rest.
        if type(of: instrument) == NoOpInstrument.self {
            return metrics.map { Listeners(tracer: nil, metrics: $0) }
        }
        return Listeners(tracer: instrument as? any Tracer ?? InstrumentationSystem.tracer, metrics: metrics)
    }
}

extension Span {
    fileprivate func finish(
        _ execution: Execution, _ error: (any Error)?, _ makeAttributes: (Execution) -> SpanAttributes
    ) {
        let instant = DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: execution.endNanos)
        defer { end(at: instant) }
        guard isRecording else { return }
        var all = makeAttributes(execution)
        if let error, let type = execution.errorType {
            let message = "\(error)"
            all.set("error.type", value: .string(type))
            all.set("error.message", value: .string(message))
            if let error = error as? any RecoverableError {
                all.set("error.recoverable", value: .bool(error.isRecoverable))
            }
            recordError(error, attributes: [:], at: instant)
            setStatus(SpanStatus(code: .error, message: "\(type): \(message)"))
        } else {
            setStatus(SpanStatus(code: .ok))
        }
        all.merge(attributes)
        attributes = all
    }
}
