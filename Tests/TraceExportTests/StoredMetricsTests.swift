import Dispatch
import Metrics
import Synchronization
import TestSupport
import Testing
import TraceModel
import TraceStore
import Tracing

@testable import TraceExport

/// The values of metrics as they are in the file.
@Suite struct StoredMetrics {
    /// Of a metric, in order of series and time.
    private func points(_ path: String, _ name: String) throws -> [StoredMetricPoint] {
        var points: [StoredMetricPoint] = []
        try Store(path: path).read { try $0.forEachMetricPoint(of: name) { points.append($0) } }
        return points
    }

    @Test func growWithEachFlushAndEndWithTheLastValues() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let time = Mutex<UInt64>(base)
        let exporter = try TraceExporter(
            store: path, service: "shop", configuration: configuration { $0.clock = { time.withLock { $0 } } })
        let factory = exporter.metricsFactory
        let counter = Counter(label: "requests", dimensions: [("path", "/")], factory: factory)
        let gauge = Gauge(label: "depth", factory: factory)
        let recorder = Recorder(label: "bytes", factory: factory)
        for step in 1...3 as ClosedRange<UInt64> {
            time.withLock { $0 = base + step }
            counter.increment(by: 2)
            gauge.record(Double(step) / 2)
            recorder.record(Int64(step) * 10)
            if step == 3 {
                #expect(await exporter.shutdown() == .durable)
            } else {
                #expect(await exporter.flush() == .durable)
            }
            #expect(try points(path, "requests").map(\.point.value) == (1...Int64(step)).map { .int(2 * $0) })
        }
        let counted = try points(path, "requests")
        #expect(counted.map(\.point.timeNanos) == [base + 1, base + 2, base + 3])
        #expect(counted.allSatisfy { $0.point.startNanos == base })
        #expect(counted.allSatisfy { $0.point.attributes == [Attribute("path", "/")] })
        #expect(counted.allSatisfy { $0.metric.kind == .sum(.cumulative, isMonotonic: true) })
        #expect(counted.allSatisfy { $0.resource.serviceName == "shop" && $0.scope.name == "ttaq" })
        #expect(try points(path, "depth").map(\.point.value) == [.double(0.5), .double(1), .double(1.5)])
        let sums = try points(path, "bytes").map { stored -> Double? in
            guard case .histogram(let value) = stored.point.value else { return nil }
            #expect(value.bucketCounts.reduce(0, +) == value.count)
            return value.sum
        }
        #expect(sums == [10, 30, 60])
        #expect(try Store(path: path).read { try $0.metrics().map(\.series) } == [1, 1, 1])
        #expect(defects(ofStoreAt: path) == [])
    }

    @Test func sayWhatTheExporterDidNotStore() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let unsampled = try TraceExporter(
            store: path, service: "unsampled", configuration: configuration { $0.sampler = .alwaysOff })
        for _ in 0..<5 { unsampled.tracer.startSpan("never", context: .topLevel).end() }
        #expect(await unsampled.shutdown() == .durable)
        let sink = HeldSink(try StoreSink(path: path, patience: .seconds(10)))
        let full = TraceExporter(sink: sink, service: "full", configuration: configuration { $0.queueLimit = 2 })
        for _ in 0..<9 { full.tracer.startSpan("many", context: .topLevel).end() }
        sink.letGo()
        #expect(await full.shutdown() == .durable)
        let summary = try Store(path: path).read { try $0.summary() }
        #expect(summary.unsampledSpans == 5)
        #expect(summary.spans == 2)
        #expect(summary.droppedSpans == 7)
        #expect(try points(path, "otel.sdk.span.started").map(\.point.value) == [.int(5), .int(9)])
    }
}

/// Writes no span before it is let go.
private final class HeldSink: SpanSink {
    private let store: StoreSink
    private let gate = DispatchSemaphore(value: 0)

    init(_ store: StoreSink) { self.store = store }

    func letGo() { gate.signal() }

    var path: String { store.path }

    func add(_ spans: FlatSpans) throws {
        gate.wait()
        gate.signal()
        try store.add(spans)
    }

    func add(_ metrics: MetricBatch) throws { try store.add(metrics) }
    func sync() throws { try store.sync() }
    func finish() throws { try store.finish() }
    func close() { store.close() }
}
