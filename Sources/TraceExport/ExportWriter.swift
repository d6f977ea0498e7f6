import Foundation
import TraceModel
import Tracing

/// The thread that writes: takes ended spans a batch at a time, and the values of metrics now and then. It waits while there is
/// nothing to do, tries again later what the disk did not take, and goes on until the exporter ends.
final class ExportWriter {
    private let configuration: ExporterConfiguration
    private let queue: SpanQueue
    private let metrics: MetricsRegistry
    private let counts: ExportCounts
    private let sink: any SpanSink
    private let trouble: ExportTrouble
    private var flattener: SpanFlattener
    /// Taken from the queue; those before `written` are done.
    private var taken: [StoreSpan] = []
    private var written = 0
    /// The next of `taken`, laid out.
    private var batch: FlatSpans?
    private var batchDue: ContinuousClock.Instant?
    private var metricsDue: ContinuousClock.Instant
    private var idleDue: ContinuousClock.Instant?
    private var retryDue: ContinuousClock.Instant?
    private var pause = ExportWriter.firstPause

    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(5)

    init(
        _ configuration: ExporterConfiguration, _ origin: ExportOrigin, _ queue: SpanQueue, _ metrics: MetricsRegistry,
        _ counts: ExportCounts, _ sink: any SpanSink, _ trouble: ExportTrouble
    ) {
        self.configuration = configuration
        self.queue = queue
        self.metrics = metrics
        self.counts = counts
        self.sink = sink
        self.trouble = trouble
        flattener = SpanFlattener(resource: origin.resource, scope: origin.scope, limits: configuration.limits)
        metricsDue = .now + configuration.metricInterval
    }

    /// Returns at the end of the exporter.
    func run() {
        while true {
            let orders = queue.wait(until: nextDue)
            if orders.isStopping { return end(orders.requests) }
            let now = ContinuousClock.now
            if orders.waiting > 0, batchDue == nil { batchDue = now + configuration.batchInterval }
            if !orders.requests.isEmpty {
                let result = FlushResult(flush())
                for request in orders.requests { request(result) }
            } else if isDue(now, waiting: orders.waiting) {
                retryDue = nil
                writeSpans()
            }
            if retryDue == nil, metricsDue <= now { writeMetrics() }
            if retryDue == nil, let idleDue, idleDue <= now { makeWhole() }
        }
    }

    private var nextDue: ContinuousClock.Instant {
        retryDue ?? min(metricsDue, min(batchDue ?? metricsDue, idleDue ?? metricsDue))
    }

    private func isDue(_ now: ContinuousClock.Instant, waiting: Int) -> Bool {
        if let retryDue { return retryDue <= now }
        guard let batchDue else { return false }
        return waiting >= configuration.batchSize || batchDue <= now
    }

    private func flush() -> StoreFailure? {
        if let failure = writeSpans() ?? writeMetrics() { return failure }
        return trying { try sink.sync() }
    }

    /// Everything that waits. What fails is counted, and tried again later.
    @discardableResult
    private func writeSpans() -> StoreFailure? {
        if let failure = writeTaken() { return failure }
        batchDue = nil
        queue.take(into: &taken)
        return writeTaken()
    }

    private func writeTaken() -> StoreFailure? {
        while written < taken.count {
            let end = min(written + max(1, configuration.batchSize), taken.count)
            let spans = batch ?? flattener.flatten(taken[written..<end])
            batch = spans
            if let failure = trying({ try sink.add(spans) }) { return failure }
            batch = nil
            written += spans.spans.count
            counts.countExported(spans.spans.count)
            queue.letGo(spans.spans.count)
        }
        taken.removeAll(keepingCapacity: true)
        written = 0
        return nil
    }

    @discardableResult
    private func writeMetrics() -> StoreFailure? {
        metricsDue = .now + configuration.metricInterval
        let values = metrics.snapshot(queue.counts, capacity: queue.limit)
        if values.groups.isEmpty { return nil }
        if let failure = trying({ try sink.add(values) }) {
            metricsDue = retryDue ?? metricsDue
            return failure
        }
        metrics.forgetDestroyed()
        return nil
    }

    @discardableResult
    private func makeWhole() -> StoreFailure? {
        let failure = trying { try sink.finish() }
        idleDue = failure == nil ? nil : .now + configuration.idleInterval
        return failure
    }

    /// Runs `body`; after a failure all is left alone for a while, for longer each time.
    private func trying(_ body: () throws -> Void) -> StoreFailure? {
        do {
            try body()
            retryDue = nil
            pause = Self.firstPause
            idleDue = .now + configuration.idleInterval
            return nil
        } catch {
            let failure = StoreFailure(error, path: sink.path)
            counts.countFailure(failure)
            trouble.report(.store(failure))
            retryDue = .now + pause
            pause = min(pause * 2, Self.longestPause)
            return failure
        }
    }

    /// Writes what waits, trying for as long as the program's end may be put off.
    private func end(_ requests: [@Sendable (FlushResult) -> Void]) {
        let deadline = ContinuousClock.now + configuration.shutdownPatience
        var failure: StoreFailure?
        while true {
            failure = writeSpans() ?? writeMetrics() ?? makeWhole()
            if failure == nil || ContinuousClock.now + pause > deadline { break }
            Thread.sleep(forTimeInterval: pause.timeInterval)
        }
        if let failure {
            let spans = queue.counts.size
            counts.countLost(spans, failure)
            trouble.report(.lost(spans: spans, failure))
        }
        taken = []
        batch = nil
        sink.close()
        let result = FlushResult(failure)
        for request in requests + queue.end(result) { request(result) }
    }
}

/// What all spans and metrics of an exporter come from.
struct ExportOrigin: Sendable {
    let resource: Resource
    let scope: Scope

    /// - Parameter attributes: Of the resource.
    init(_ attributes: [String: SpanAttribute]) {
        var resource = Resource()
        resource.attributes = attributes.sorted { $0.key < $1.key }.map { Attribute($0.key, $0.value.stored()) }
        self.resource = resource
        var scope = Scope()
        scope.name = ExporterConfiguration.name
        scope.version = ExporterConfiguration.version
        self.scope = scope
    }
}
