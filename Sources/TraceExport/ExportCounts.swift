import Synchronization
import TraceModel

/// What the exporter knows of itself, by OpenTelemetry's conventions for the metrics of SDKs
/// (https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics), so that what was dropped or not sampled can be read from the
/// store.
final class ExportCounts: Sendable {
    /// By ``origins``.
    private let sampled = AtomicCounts()
    private let unsampled = AtomicCounts()
    private let secondEnds = Atomic<Int>(0)
    private let refusedMeasurements = Atomic<Int>(0)
    /// Changed by the writing thread only.
    private let written = Mutex(Written())

    struct Written {
        var exported = 0
        /// Spans that are lost for good, by type of failure.
        var lost: [String: Int] = [:]
        /// Tries that failed, by type of failure.
        var failures: [String: Int] = [:]
    }

    private struct AtomicCounts: ~Copyable {
        let none = Atomic<Int>(0)
        let local = Atomic<Int>(0)
        let remote = Atomic<Int>(0)

        borrowing func add(_ parent: TraceContext?) {
            switch parent?.isRemote {
            case nil: none.wrappingAdd(1, ordering: .relaxed)
            case false?: local.wrappingAdd(1, ordering: .relaxed)
            case true?: remote.wrappingAdd(1, ordering: .relaxed)
            }
        }

        borrowing func list() -> [(origin: String, count: Int)] {
            [
                ("none", none.load(ordering: .relaxed)), ("local", local.load(ordering: .relaxed)),
                ("remote", remote.load(ordering: .relaxed)),
            ]
        }
    }

    func countStart(isSampled: Bool, parent: TraceContext?) {
        if isSampled { sampled.add(parent) } else { unsampled.add(parent) }
    }

    func countSecondEnd() { secondEnds.wrappingAdd(1, ordering: .relaxed) }

    func countRefusedMeasurement() { refusedMeasurements.wrappingAdd(1, ordering: .relaxed) }

    func countExported(_ spans: Int) { written.withLock { $0.exported += spans } }

    func countLost(_ spans: Int, _ failure: StoreFailure) {
        written.withLock { $0.lost[failure.type, default: 0] += spans }
    }

    func countFailure(_ failure: StoreFailure) { written.withLock { $0.failures[failure.type, default: 0] += 1 } }

    /// The exporter's own metrics; none before the first span.
    func metrics(_ queue: SpanQueue.Counts, capacity: Int, startNanos: UInt64, timeNanos: UInt64) -> [Metric] {
        let (sampled, unsampled) = (sampled.list(), unsampled.list())
        let starts = sampled.map { ("RECORD_AND_SAMPLE", $0) } + unsampled.map { ("DROP", $0) }
        guard starts.contains(where: { $1.count > 0 }) else { return [] }
        let written = written.withLock { $0 }
        var list = MetricList(startNanos: startNanos, timeNanos: timeNanos)
        list.counter(
            "otel.sdk.span.started", "{span}", "Spans that were started",
            starts.filter { $1.count > 0 }.map { result, start in
                (["otel.span.parent.origin": start.origin, "otel.span.sampling_result": result], start.count)
            })
        let ended = queue.accepted + queue.dropped + queue.refused
        list.upDown(
            "otel.sdk.span.live", "{span}", "Sampled spans that have not ended",
            ["otel.span.sampling_result": "RECORD_AND_SAMPLE"], sampled.reduce(0) { $0 + $1.count } - ended)
        let processor = Self.component("batching_span_processor")
        list.upDown(
            "otel.sdk.processor.span.queue.size", "{span}", "Spans that wait to be stored", processor, queue.size)
        list.upDown(
            "otel.sdk.processor.span.queue.capacity", "{span}", "Spans that may wait to be stored", processor, capacity)
        list.counter(
            "otel.sdk.processor.span.processed", "{span}", "Spans that were handed over to be stored, or dropped",
            [(processor, queue.accepted)]
                + Self.failed(processor, [("queue_full", queue.dropped), ("already_shutdown", queue.refused)]))
        let exporter = Self.component("ttaq_store_exporter")
        list.counter(
            "otel.sdk.exporter.span.exported", "{span}", "Spans that were stored, or are lost",
            [(exporter, written.exported)] + Self.failed(exporter, written.lost.sorted { $0.key < $1.key }))
        list.counter(
            "ttaq.exporter.write.failures", "{attempt}", "Tries to write to the store that failed",
            Self.failed(exporter, written.failures.sorted { $0.key < $1.key }))
        list.counter(
            "ttaq.exporter.span.second_ends", "{call}", "Ends of spans that had ended",
            Self.failed(exporter, [("already_ended", secondEnds.load(ordering: .relaxed))]))
        list.counter(
            "ttaq.exporter.measurement.refused", "{measurement}",
            "Measurements that are no numbers, infinite, or negative where sums only grow",
            Self.failed(exporter, [("not_allowed", refusedMeasurements.load(ordering: .relaxed))]))
        return list.metrics
    }

    private static func component(_ type: String) -> [String: String] {
        ["otel.sdk.component.name": "\(type)/0", "otel.sdk.component.type": type]
    }

    private static func failed(
        _ component: [String: String], _ counts: [(key: String, value: Int)]
    ) -> [([String: String], Int)] {
        counts.filter { $0.value > 0 }.map { (component.merging(["error.type": $0.key]) { $1 }, $0.value) }
    }
}

/// Metrics of counts, each with the points of one time.
private struct MetricList {
    let startNanos: UInt64
    let timeNanos: UInt64
    var metrics: [Metric] = []

    init(startNanos: UInt64, timeNanos: UInt64) {
        self.startNanos = startNanos
        self.timeNanos = timeNanos
    }

    mutating func counter(_ name: String, _ unit: String, _ description: String, _ points: [([String: String], Int)]) {
        add(name, unit, description, isMonotonic: true, points)
    }

    mutating func upDown(
        _ name: String, _ unit: String, _ description: String, _ attributes: [String: String], _ count: Int
    ) {
        add(name, unit, description, isMonotonic: false, [(attributes, count)])
    }

    private mutating func add(
        _ name: String, _ unit: String, _ description: String, isMonotonic: Bool, _ points: [([String: String], Int)]
    ) {
        if points.isEmpty { return }
        var metric = Metric(name: name, kind: .sum(.cumulative, isMonotonic: isMonotonic))
        metric.unit = unit
        metric.description = description
        metric.points = points.map { attributes, count in
            var point = MetricPoint(value: .int(Int64(count)))
            point.attributes = attributes.sorted { $0.key < $1.key }.map { Attribute($0.key, .string($0.value)) }
            point.startNanos = startNanos
            point.timeNanos = timeNanos
            return point
        }
        metrics.append(metric)
    }
}
