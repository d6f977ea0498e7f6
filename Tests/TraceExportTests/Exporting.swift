import Foundation
import Logging
import Synchronization
import TestSupport
import TraceModel
import TraceStore
import Tracing

@testable import TraceExport

/// A sink in memory, which can stall and fail.
final class MemorySink: SpanSink {
    struct State {
        var spans: [TraceSpan] = []
        var resources: Set<Resource> = []
        var metrics: [MetricBatch] = []
        /// Thrown by the next calls.
        var error: StoreError?
        var tries = 0
        var syncs = 0
        var finishes = 0
        var isClosed = false
    }

    let path = "memory"
    let state = Mutex(State())
    /// While it is down, adding waits.
    private let gate = NSCondition()
    nonisolated(unsafe) private var isStalled = false

    func stall() { setStalled(true) }
    func resume() { setStalled(false) }

    private func setStalled(_ flag: Bool) {
        gate.lock()
        isStalled = flag
        gate.broadcast()
        gate.unlock()
    }

    private func work(_ body: (inout State) -> Void) throws {
        let error = state.withLock { state in
            state.tries += 1
            return state.error
        }
        if let error { throw error }
        gate.lock()
        while isStalled { gate.wait() }
        gate.unlock()
        state.withLock { body(&$0) }
    }

    func add(_ spans: FlatSpans) throws {
        try work { state in
            for group in spans.batch.groups {
                state.spans += group.spans
                state.resources.insert(group.resource)
            }
        }
    }

    func add(_ metrics: MetricBatch) throws { try work { $0.metrics.append(metrics) } }
    func sync() throws { try work { $0.syncs += 1 } }
    func finish() throws { try work { $0.finishes += 1 } }
    func close() { state.withLock { $0.isClosed = true } }

    func fail(_ error: StoreError?) { state.withLock { $0.error = error } }
    var spans: [TraceSpan] { state.withLock { $0.spans } }
    func span(_ name: String) -> TraceSpan? { spans.first { $0.name == name } }

    /// The points of a metric as they were written last.
    func points(_ name: String) -> [MetricPoint] {
        state.withLock { $0.metrics.last }?.groups.flatMap(\.metrics).filter { $0.name == name }.flatMap(\.points) ?? []
    }

    func metric(_ name: String) -> Metric? {
        state.withLock { $0.metrics.last }?.groups.flatMap(\.metrics).first { $0.name == name }
    }

    /// The whole number of the only point that has these attributes among its own.
    func count(_ name: String, _ attributes: [String: String] = [:]) -> Int64? {
        let found = points(name).filter { point in
            attributes.allSatisfy { point.attributes[$0.key] == .string($0.value) }
        }
        guard found.count == 1, case .int(let count) = found[0].value else { return nil }
        return count
    }
}

/// Keeps what is logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.message)") } }
    }
}

/// With ids that are the same in each run, and nothing written by the clock unless a test asks for it.
func configuration(_ change: (inout ExporterConfiguration) -> Void = { _ in }) -> ExporterConfiguration {
    var configuration = ExporterConfiguration()
    configuration.ids = RandomSpanIDs(seed: 7)
    configuration.metricInterval = .seconds(3600)
    // A busy machine can be idle for five seconds between two lines of a test.
    configuration.idleInterval = .seconds(3600)
    configuration.logger = LogLines().logger
    change(&configuration)
    return configuration
}

/// Everything that an exporter with a sink in memory wrote, after its end.
func exported(
    _ configuration: ExporterConfiguration = configuration(), _ body: (TraceExporter) async throws -> Void
) async rethrows -> MemorySink {
    let sink = MemorySink()
    let exporter = TraceExporter(sink: sink, service: "shop", configuration: configuration)
    try await withTracer(exporter.tracer) { try await body(exporter) }
    await exporter.shutdown()
    return sink
}

/// The spans of a store by name, each name once.
func storedSpans(_ path: String) throws -> [String: TraceSpan] {
    var spans: [String: TraceSpan] = [:]
    try Store(path: path).read { snapshot in
        try snapshot.scanWithDetail(.all) { spans[$0.span.name] = $0.span }
    }
    return spans
}

func storedCount(_ path: String) throws -> Int { try Store(path: path).read { try $0.summary().spans } }

/// Asks again and again, for half a minute at most.
func eventually(_ condition: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
        if try condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return try condition()
}
