/// One metric of a request, with the points of one resource and scope.
package struct Metric: Hashable, Sendable {
    package var name = ""
    package var description = ""
    /// By UCUM as OpenTelemetry asks for, such as `ms`, `1`, `By`; empty when not sent.
    package var unit = ""
    package var kind: MetricKind
    package var points: [MetricPoint] = []

    package init(name: String, kind: MetricKind) {
        self.name = name
        self.kind = kind
    }
}

/// What the points of a metric are, after OTLP's `Metric.data`.
package enum MetricKind: Hashable, Sendable {
    case gauge
    case sum(Temporality, isMonotonic: Bool)
    case histogram(Temporality)
    case exponentialHistogram(Temporality)
    case summary

    /// Whether a point counts since its start or since the point before. OTLP's numbers.
    package enum Temporality: Int32, Hashable, Sendable {
        case unspecified = 0
        case delta = 1
        case cumulative = 2
    }
}

extension MetricKind {
    /// The instrument that makes such points, as OpenTelemetry's conventions call it.
    package var name: String {
        switch self {
        case .gauge: "gauge"
        case .sum(_, let isMonotonic): isMonotonic ? "counter" : "updowncounter"
        case .histogram: "histogram"
        case .exponentialHistogram: "exponential_histogram"
        case .summary: "summary"
        }
    }

    /// `nil` for kinds whose points count nothing since a start.
    package var temporality: Temporality? {
        switch self {
        case .sum(let temporality, _), .histogram(let temporality), .exponentialHistogram(let temporality): temporality
        case .gauge, .summary: nil
        }
    }
}

extension MetricKind.Temporality {
    package var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .delta: "delta"
        case .cumulative: "cumulative"
        }
    }
}

/// What one series was at one time.
package struct MetricPoint: Hashable, Sendable {
    /// Of the series, in the order sent.
    package var attributes: [Attribute] = []
    /// Nanoseconds since 1970; 0 when not sent.
    package var startNanos: UInt64 = 0
    /// Nanoseconds since 1970.
    package var timeNanos: UInt64 = 0
    /// OTLP's `DataPointFlags`: bit 0 says that nothing was recorded.
    package var flags: UInt32 = 0
    package var value: MetricValue
    package var exemplars: [Exemplar] = []

    package init(value: MetricValue) { self.value = value }
}

package enum MetricValue: Hashable, Sendable {
    /// A number point without a number, as a point is that says that nothing was recorded.
    case none
    case int(Int64)
    case double(Double)
    case histogram(HistogramValue)
    case exponentialHistogram(ExponentialHistogramValue)
    case summary(SummaryValue)
}

/// A histogram with bounds of its own: bucket `i` holds what is above bound `i - 1` and at most bound `i`.
package struct HistogramValue: Hashable, Sendable {
    package var count: UInt64 = 0
    package var sum: Double?
    package var min: Double?
    package var max: Double?
    /// Ascending; empty when only count and sum were sent.
    package var bounds: [Double] = []
    /// One more than bounds, or none.
    package var bucketCounts: [UInt64] = []

    package init() {}
}

/// A histogram whose bounds are powers of 2^(2^-scale).
package struct ExponentialHistogramValue: Hashable, Sendable {
    package struct Buckets: Hashable, Sendable {
        /// The index of the first count.
        package var offset: Int32 = 0
        package var counts: [UInt64] = []

        package init() {}
    }

    package var count: UInt64 = 0
    package var sum: Double?
    package var min: Double?
    package var max: Double?
    package var scale: Int32 = 0
    package var zeroCount: UInt64 = 0
    package var zeroThreshold = 0.0
    package var positive = Buckets()
    package var negative = Buckets()

    package init() {}
}

package struct SummaryValue: Hashable, Sendable {
    package struct Quantile: Hashable, Sendable {
        /// From 0 through 1.
        package var quantile: Double
        package var value: Double

        package init(quantile: Double, value: Double) {
            self.quantile = quantile
            self.value = value
        }
    }

    package var count: UInt64 = 0
    package var sum = 0.0
    package var quantiles: [Quantile] = []

    package init() {}
}

/// One measurement that a point counts, with the span in which it was made.
package struct Exemplar: Hashable, Sendable {
    package var filteredAttributes: [Attribute] = []
    /// Nanoseconds since 1970.
    package var timeNanos: UInt64 = 0
    /// An integer, a double, or nothing.
    package var value: MetricValue = .none
    /// As sent, whatever their length.
    package var traceID: [UInt8] = []
    package var spanID: [UInt8] = []

    package init() {}
}

/// The metrics of one request that share a resource and a scope, in the order sent.
package struct MetricGroup: Hashable, Sendable {
    package var resource: Resource
    package var scope: Scope
    package var metrics: [Metric]

    package init(resource: Resource, scope: Scope, metrics: [Metric] = []) {
        self.resource = resource
        self.scope = scope
        self.metrics = metrics
    }
}

/// One decoded metrics request: the points that are good, and an account of those that are not.
package struct MetricBatch: Sendable {
    package var groups: [MetricGroup] = []
    package var rejections = SpanRejections()

    package init() {}

    package var pointCount: Int {
        groups.reduce(0) { $0 + $1.metrics.reduce(0) { $0 + $1.points.count } }
    }
}
