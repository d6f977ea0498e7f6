import Foundation
import Logging
import Metrics
import ServiceLifecycle
import TraceStore
import Tracing

/// Brings the spans and metrics of a Swift program into a store of ttaq's, with no collector between.
///
/// ```swift
/// let exporter = try TraceExporter.bootstrap(store: "runs.db", service: "support-desk")
/// // … withSpan, Counter, Timer as usual …
/// await exporter.shutdown()
/// ```
///
/// Spans are handed over when they end and written by a thread of the exporter's own, so that nobody who ends one waits for
/// the disk. `ttaq` sees them while the program runs: within ``ExporterConfiguration/batchInterval``. A program that is
/// killed loses that much at most; what ``flush()`` has returned for survives the death of the machine too. Several programs
/// may write to one file.
///
/// After `init` nothing throws. While the disk is full, the folder gone or another program in the way, spans wait in memory,
/// up to ``ExporterConfiguration/queueLimit``, and are tried again; more are dropped. Both are said once, through
/// ``ExporterConfiguration/logger``, and counted in metrics `otel.sdk.…` and `ttaq.exporter.…`, which `ttaq info` and
/// `ttaq metrics` read.
public final class TraceExporter: Sendable, Service {
    /// For `InstrumentationSystem.bootstrap` or `withTracer`.
    public let tracer: StoreTracer
    /// For `MetricsSystem.bootstrap` or `withMetricsFactory`.
    public let metricsFactory: StoreMetricsFactory

    private let core: ExportCore

    /// Opens the store, or makes it, readable by its owner only, and starts the thread that writes to it.
    ///
    /// - Parameters:
    ///   - path: The store's file.
    ///   - service: `service.name`. `nil` for what the environment says (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`), else
    ///     `unknown_service:` and the program's name.
    ///   - configuration: How it works.
    /// - Throws: ``StoreFailure``.
    public convenience init(
        store path: String, service: String? = nil, configuration: ExporterConfiguration = ExporterConfiguration()
    ) throws {
        do {
            let sink = try StoreSink(path: path, patience: configuration.turnPatience)
            self.init(sink: sink, service: service, configuration: configuration)
        } catch {
            throw StoreFailure(error, path: path)
        }
    }

    init(sink: any SpanSink, service: String?, configuration: ExporterConfiguration) {
        let resource = configuration.resourceAttributes(
            service: service, environment: ProcessInfo.processInfo.environment)
        let origin = ExportOrigin(resource)
        let counts = ExportCounts()
        let queue = SpanQueue(limit: configuration.queueLimit, batchSize: configuration.batchSize)
        let trouble = ExportTrouble(configuration.logger)
        let metrics = MetricsRegistry(configuration, origin, counts)
        core = ExportCore(configuration, counts, queue, trouble)
        tracer = StoreTracer(core)
        metricsFactory = StoreMetricsFactory(metrics, core)
        let thread = Thread {
            ExportWriter(configuration, origin, queue, metrics, counts, sink, trouble).run()
        }
        thread.name = "ttaq-export"
        thread.start()
    }

    /// Makes an exporter, and its tracer and metrics those of the whole program. Once in a program, at its start: the systems
    /// of tracing and of metrics stop a program that bootstraps them twice.
    ///
    /// - Parameters:
    ///   - path: The store's file.
    ///   - service: As for ``init(store:service:configuration:)``.
    ///   - configuration: How it works.
    /// - Throws: ``StoreFailure``; then nothing is bootstrapped.
    public static func bootstrap(
        store path: String, service: String? = nil, configuration: ExporterConfiguration = ExporterConfiguration()
    ) throws -> TraceExporter {
        let exporter = try TraceExporter(store: path, service: service, configuration: configuration)
        InstrumentationSystem.bootstrap(exporter.tracer)
        MetricsSystem.bootstrap(exporter.metricsFactory)
        return exporter
    }
}

// MARK: - To the disk
extension TraceExporter {
    /// Brings every span that has ended, and the values of metrics as they are, to the disk.
    ///
    /// - Returns: Once it is done or one try has failed.
    @discardableResult
    public func flush() async -> FlushResult {
        await withCheckedContinuation { continuation in core.queue.flush { continuation.resume(returning: $0) } }
    }

    /// The same for code that is not asynchronous.
    @available(*, noasync, message: "use flush()")
    @discardableResult
    public func flushAndWait() -> FlushResult { core.queue.waitForFlush() }

    /// Writes what waits, makes the store one file that is whole, and ends the exporter. Spans that end later are dropped and
    /// counted. To call it again changes nothing.
    ///
    /// - Returns: ``FlushResult/failed(_:)`` when spans are lost because the store could not be written to for
    ///   ``ExporterConfiguration/shutdownPatience``.
    @discardableResult
    public func shutdown() async -> FlushResult {
        await withCheckedContinuation { continuation in core.queue.stop { continuation.resume(returning: $0) } }
    }

    /// The same for code that is not asynchronous.
    @available(*, noasync, message: "use shutdown()")
    @discardableResult
    public func shutdownAndWait() -> FlushResult { core.queue.waitForStop() }

    /// As a service of swift-service-lifecycle: waits until the group shuts down gracefully, or the task is cancelled, then
    /// shuts down. Put it first in the group: services end in the opposite order, so that the last spans of others are stored.
    public func run() async throws {
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // There is as much to write as after a graceful shutdown.
            await shutdown()
            throw CancellationError()
        }
        await shutdown()
    }
}
