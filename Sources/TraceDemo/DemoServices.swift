import Logging
import Metrics
import TTAPrimitives
import TraceExport
import Tracing

/// The services of the demo: each exports to the same store, as programs of their own would.
struct DemoServices: Sendable {
    /// Talks with customers.
    let orchestrator: DemoService
    /// Does the work; the older release.
    let workflows: DemoService
    /// Does the work; the newer release.
    let newWorkflows: DemoService
    let cache: DemoService
    let gateway: DemoService

    /// - Throws: ``StoreFailure``.
    init(store path: String, seed: UInt64, time: VirtualTime) throws {
        func service(_ name: String, _ version: String, _ offset: UInt64) throws -> DemoService {
            try DemoService(name, version, store: path, seed: seed &+ offset, time)
        }
        orchestrator = try service("desk-orchestrator", "3.1.0", 1)
        workflows = try service("desk-workflows", "1.4.2", 2)
        newWorkflows = try service("desk-workflows", "1.5.0", 3)
        cache = try service("desk-cache", "2.0.4", 4)
        gateway = try service("desk-llm-gateway", "5.2.1", 5)
    }

    /// In the order in which they write, so that two runs make the same file.
    private var all: [DemoService] { [orchestrator, workflows, newWorkflows, cache, gateway] }

    /// - Throws: ``StoreFailure``.
    func flush() throws {
        for service in all { try service.exporter.flushAndWait().check() }
    }

    /// - Throws: ``StoreFailure``.
    func shutdown() throws {
        for service in all { try service.exporter.shutdownAndWait().check() }
    }
}

/// One service, with an exporter of its own.
struct DemoService: Sendable {
    let exporter: TraceExporter

    fileprivate init(
        _ name: String, _ version: String, store path: String, seed: UInt64, _ time: VirtualTime
    ) throws {
        var configuration = ExporterConfiguration()
        configuration.resource = ["service.version": .string(version), "deployment.environment": "demo"]
        configuration.ids = RandomSpanIDs(seed: seed)
        configuration.clock = { time.lastNanos }
        // Written when the demo says so, never when the machine's clock does.
        configuration.batchInterval = .seconds(3_600)
        configuration.metricInterval = .seconds(3_600)
        configuration.idleInterval = .seconds(3_600)
        configuration.queueLimit = 1 << 20
        configuration.batchSize = 1 << 14
        // What goes wrong is thrown, and said once, by the demo.
        configuration.logger = Logger(label: "ttaq.demo") { _ in SwiftLogNoOpLogHandler() }
        exporter = try TraceExporter(store: path, service: name, configuration: configuration)
    }

    /// Runs `primitive` as this service would when another one asks it to: what that one says of the trace arrives in headers.
    ///
    /// - Parameter name: By which the other one knows it.
    func answering<Primitive: WorkflowPrimitive>(
        _ name: String, by primitive: Primitive
    ) -> Lambda<Primitive.Input, Primitive.Output> {
        Lambda(name) { input, context in
            let headers = context.headers
            var here = context.child()
            return try await running {
                here.adopt(headers: headers)
                return try await primitive.execute(input, in: here)
            }
        }
    }

    /// Runs `body` with the service's tracer and metrics.
    nonisolated(nonsending) func running<Output>(
        _ body: nonisolated(nonsending) () async throws -> Output
    ) async throws -> Output {
        try await withTracer(exporter.tracer) { try await withMetricsFactory(exporter.metricsFactory, body) }
    }
}

extension FlushResult {
    fileprivate func check() throws {
        if case .failed(let failure) = self { throw failure }
    }
}
