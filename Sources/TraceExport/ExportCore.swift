import TraceModel
import Tracing

/// What the tracer, its spans and the metrics of one exporter share. When the last of them is gone, what waits is written and
/// the thread ends.
final class ExportCore: Sendable {
    let limits: SpanLimits
    let redact: ExporterConfiguration.Redaction?
    let sampler: Sampler
    let ids: any SpanIDSource
    let counts: ExportCounts
    let queue: SpanQueue
    private let clock: (@Sendable () -> UInt64)?
    private let trouble: ExportTrouble

    init(_ configuration: ExporterConfiguration, _ counts: ExportCounts, _ queue: SpanQueue, _ trouble: ExportTrouble) {
        limits = configuration.limits
        redact = configuration.redact
        sampler = configuration.sampler
        ids = configuration.ids
        clock = configuration.clock
        self.counts = counts
        self.queue = queue
        self.trouble = trouble
    }

    deinit { queue.stop() }

    func nanos<Instant: TracerInstant>(_ instant: @autoclosure () -> Instant) -> UInt64 {
        if let clock, Instant.self == DefaultTracerClock.Timestamp.self { return clock() }
        return instant().nanosecondsSinceEpoch
    }

    func newTraceID() -> TraceID {
        let id = ids.nextTraceID()
        return TraceID(high: id.high, low: id.low)
    }

    func enqueue(_ span: StoreSpan) {
        if queue.add(span) == .firstDropped { trouble.report(.queueFull(limit: queue.limit)) }
    }
}
