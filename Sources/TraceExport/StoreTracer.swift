import TraceModel
import Tracing

/// Makes spans that a ``TraceExporter`` stores, and passes their ids on by the W3C's headers.
public final class StoreTracer: Tracing.Tracer {
    /// What it makes.
    public typealias Span = StoreSpan

    private let core: ExportCore

    init(_ core: ExportCore) { self.core = core }

    /// Starts a span, under the one of `context` where there is one.
    ///
    /// - Parameters:
    ///   - operationName: The span's name.
    ///   - context: Where it is started.
    ///   - kind: Its kind.
    ///   - instant: When it starts.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: Tracing.SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> StoreSpan {
        var context = context()
        let parent = context.traceContext
        let trace = parent?.trace ?? core.newTraceID()
        let isSampled = core.sampler.samples(trace, parent: parent)
        core.counts.countStart(isSampled: isSampled, parent: parent)
        let flags = (parent?.flags ?? 0) & ~TraceContext.sampledFlag | (isSampled ? TraceContext.sampledFlag : 0)
        let ids = TraceContext(
            trace: trace, span: SpanID(value: core.ids.nextSpanID()), flags: flags, traceState: parent?.traceState ?? ""
        )
        context.traceContext = ids
        return StoreSpan(
            operationName, context: context, ids: ids, parent: parent, kind: kind,
            startNanos: isSampled ? core.nanos(instant()) : 0, core: isSampled ? core : nil)
    }

    /// Waits until everything that has ended is on disk: see ``TraceExporter/flushAndWait()``.
    public func forceFlush() { _ = core.queue.waitForFlush() }
}

// MARK: - From program to program
extension StoreTracer {
    /// Takes `traceparent`, `tracestate` and `baggage` from a request. What can't be read is left out, and `context` keeps what
    /// it has.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        if let parent = extractor.extract(key: "traceparent", from: carrier) {
            let state = extractor.extract(key: "tracestate", from: carrier) ?? ""
            if let remote = TraceContext(traceparent: parent, tracestate: state) { context.traceContext = remote }
        }
        if let header = extractor.extract(key: "baggage", from: carrier) {
            let baggage = Baggage(header: header)
            if !baggage.members.isEmpty { context.baggage = baggage }
        }
    }

    /// Puts `traceparent`, `tracestate` and `baggage` into a request, those of them that `context` has.
    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        if let ids = context.traceContext {
            injector.inject(ids.traceparent, forKey: "traceparent", into: &carrier)
            if !ids.traceState.isEmpty { injector.inject(ids.traceState, forKey: "tracestate", into: &carrier) }
        }
        let baggage = context.baggage.header
        if !baggage.isEmpty { injector.inject(baggage, forKey: "baggage", into: &carrier) }
    }
}
