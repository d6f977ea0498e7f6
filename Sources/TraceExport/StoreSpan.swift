import Synchronization
import TraceModel
import Tracing

/// A span of a ``StoreTracer``.
///
/// It is stored once it has ended: a span that never ends is not. After its end it is as it was then, whatever is called.
/// Set attributes together, with one assignment or `updateAttributes`, rather than one by one: each assignment copies all.
public final class StoreSpan: Tracing.Span {
    /// What can change until the end.
    struct State {
        var name: String
        var attributes: SpanAttributes = [:]
        var status: Tracing.SpanStatus?
        var events: [Tracing.SpanEvent] = []
        var links: [Tracing.SpanLink] = []
        var droppedEvents: UInt32 = 0
        var droppedLinks: UInt32 = 0
        /// Nanoseconds since 1970; 0 before the end.
        var endNanos: UInt64 = 0
    }

    /// That of the place where the span was started, with the span's own ``TraceContext``.
    public let context: ServiceContext
    let ids: TraceContext
    let parent: TraceContext?
    let kind: Tracing.SpanKind
    /// Nanoseconds since 1970.
    let startNanos: UInt64
    /// `nil` for a span that is not sampled.
    private let core: ExportCore?
    private let state: Mutex<State>

    init(
        _ name: String, context: ServiceContext, ids: TraceContext, parent: TraceContext?, kind: Tracing.SpanKind,
        startNanos: UInt64, core: ExportCore?
    ) {
        self.context = context
        self.ids = ids
        self.parent = parent
        self.kind = kind
        self.startNanos = startNanos
        self.core = core
        state = Mutex(State(name: name))
    }

    /// What the span is stored as.
    var ended: State { state.withLock { $0 } }

    /// Whether the span is sampled and has not ended.
    public var isRecording: Bool { core != nil && state.withLock { $0.endNanos == 0 } }

    /// The span's name.
    public var operationName: String {
        get { state.withLock { $0.name } }
        set { change { $0.name = newValue } }
    }

    /// The span's attributes; a span that is not sampled keeps none.
    public var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { change { $0.attributes = newValue } }
    }

    /// Sets the status; the last one counts.
    public func setStatus(_ status: Tracing.SpanStatus) { change { $0.status = status } }

    /// Adds an event, unless the span has as many as ``SpanLimits/events`` allows: then it is counted.
    public func addEvent(_ event: Tracing.SpanEvent) {
        guard let core else { return }
        change { state in
            if state.events.count < core.limits.events { state.events.append(event) } else { state.droppedEvents += 1 }
        }
    }

    /// Adds a link, unless the span has as many as ``SpanLimits/links`` allows, or the link names no span: then it is counted.
    public func addLink(_ link: Tracing.SpanLink) {
        guard let core else { return }
        let namesSpan = link.context.traceContext != nil
        change { state in
            if namesSpan, state.links.count < core.limits.links {
                state.links.append(link)
            } else {
                state.droppedLinks += 1
            }
        }
    }

    /// Adds an event `exception` with the error's type and text, as OpenTelemetry has it. The status stays as it is.
    ///
    /// - Parameters:
    ///   - error: It gives `exception.type` and `exception.message`.
    ///   - attributes: Of the event as well; they stand before those of the error.
    ///   - instant: When it happened.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        guard let core, isRecording else { return }
        var all: SpanAttributes = [
            "exception.type": .string(String(reflecting: type(of: error))),
            "exception.message": .string(String(describing: error)),
        ]
        all.merge(attributes)
        let time = DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: core.nanos(instant()))
        addEvent(Tracing.SpanEvent(name: "exception", at: time, attributes: all))
    }

    /// Ends the span and hands it over to be written, without waiting for the disk. A second end is counted and changes
    /// nothing.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard let core else { return }
        // 0 would say that the span goes on.
        let nanos = max(core.nanos(instant()), 1)
        let isFirst = state.withLock { state in
            guard state.endNanos == 0 else { return false }
            state.endNanos = nanos
            return true
        }
        guard isFirst else { return core.counts.countSecondEnd() }
        if let redact = core.redact { self.redact(redact) }
        core.enqueue(self)
    }

    private func change(_ body: (inout State) -> Void) {
        guard core != nil else { return }
        state.withLock { state in
            if state.endNanos == 0 { body(&state) }
        }
    }

    /// Outside of the lock, because what is asked may ask this span.
    private func redact(_ redact: ExporterConfiguration.Redaction) {
        var state = ended
        state.attributes = state.attributes.redacted(redact)
        for place in state.events.indices {
            state.events[place].attributes = state.events[place].attributes.redacted(redact)
        }
        state.links = state.links.map { link in
            Tracing.SpanLink(context: link.context, attributes: link.attributes.redacted(redact))
        }
        self.state.withLock { $0 = state }
    }
}

extension SpanAttributes {
    fileprivate func redacted(_ redact: ExporterConfiguration.Redaction) -> SpanAttributes {
        if isEmpty { return self }
        var kept: [String: SpanAttribute] = [:]
        kept.reserveCapacity(count)
        forEach { key, value in kept[key] = redact(key, value) }
        return SpanAttributes(kept)
    }
}
