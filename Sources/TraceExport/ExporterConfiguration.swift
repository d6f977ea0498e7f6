import Foundation
import Logging
import Tracing

/// How a ``TraceExporter`` works. Every setting has a default that suits a service.
public struct ExporterConfiguration: Sendable {
    /// Takes one attribute and gives the value to keep, `nil` to keep none.
    public typealias Redaction = @Sendable (_ key: String, _ value: SpanAttribute) -> SpanAttribute?

    /// What is known of the program, beside its name: `deployment.environment.name`, `service.version`. It takes the place of
    /// what the environment says (`OTEL_RESOURCE_ATTRIBUTES`).
    public var resource: [String: SpanAttribute] = [:]
    /// How much of a span is kept.
    public var limits = SpanLimits()
    /// Which spans are recorded.
    public var sampler = Sampler.parentBased(root: .alwaysOn)
    /// Asked for each attribute of spans, events and links where a span ends, before the span waits to be written, and for
    /// each dimension of a metric; names, and messages of status, are not attributes. `nil` keeps everything as it is, for
    /// no time at all.
    public var redact: Redaction?
    /// Bounds of histograms by the metric's label, in its unit. They stand before those of the core metrics, and these before
    /// OpenTelemetry's default ones.
    public var histogramBounds: [String: [Double]] = [:]
    /// Different sets of dimensions that a metric may have; measurements of others are counted together, in a series with the
    /// attribute `otel.metric.overflow`.
    public var seriesLimit = 2_000
    /// Ended spans that may wait for the disk; more are dropped, and counted. A span with twenty short attributes takes some
    /// 3 KB.
    public var queueLimit = 32_768
    /// When so many spans wait they are written at once. Also the most spans of one transaction.
    public var batchSize = 4_096
    /// How long a span waits at most before it is written. What is written survives the death of the program, not yet that
    /// of the machine.
    public var batchInterval = Duration.seconds(1)
    /// How often the values of metrics are written.
    public var metricInterval = Duration.seconds(60)
    /// When nothing was written for so long, the store is made one file, as it is at the end.
    public var idleInterval = Duration.seconds(5)
    /// How long the end of the program may be put off where the disk takes nothing, beside the time of one try.
    public var shutdownPatience = Duration.seconds(10)
    /// How long one try waits for another program that is writing to the store; then the next try does.
    public var turnPatience = Duration.seconds(10)
    /// Where ids come from. ``RandomSpanIDs/init(seed:)`` makes them the same in each run.
    public var ids: any SpanIDSource = RandomSpanIDs()
    /// Nanoseconds since 1970, for metrics and in the place of each time that is given as
    /// `DefaultTracerClock.Timestamp`, which is what `withSpan` does when it is told none. Events carry times of their own.
    /// `nil` for the system's clock.
    public var clock: (@Sendable () -> UInt64)?
    /// Is told, once each, what keeps spans from being stored. Standard error unless told otherwise.
    public var logger = Logger(label: "ttaq.export") { StreamLogHandler.standardError(label: $0) }

    /// The defaults.
    public init() {}
}

// MARK: - The resource
extension ExporterConfiguration {
    /// What all spans of the program are stored with, by key.
    ///
    /// - Parameter service: `nil` for what the environment says (`OTEL_SERVICE_NAME`), else `unknown_service:` and the
    ///   program's name.
    func resourceAttributes(service: String?, environment: [String: String]) -> [String: SpanAttribute] {
        var attributes: [String: SpanAttribute] = [
            "telemetry.sdk.name": .string(ExporterConfiguration.name), "telemetry.sdk.language": "swift",
            "telemetry.sdk.version": .string(ExporterConfiguration.version),
        ]
        for member in Baggage(header: environment["OTEL_RESOURCE_ATTRIBUTES"] ?? "").members {
            attributes[member.name] = .string(member.value)
        }
        if let name = environment["OTEL_SERVICE_NAME"], !name.isEmpty { attributes["service.name"] = .string(name) }
        attributes.merge(resource) { $1 }
        if let service { attributes["service.name"] = .string(service) }
        if attributes["service.name"] == nil {
            attributes["service.name"] = .string("unknown_service:\(ProcessInfo.processInfo.processName)")
        }
        return attributes
    }

    static let name = "ttaq"
    static let version = "0.1.0-dev"
}
