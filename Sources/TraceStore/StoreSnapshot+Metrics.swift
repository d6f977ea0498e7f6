import JSONText
import TraceModel
import TraceSchema

/// A metric that has points in the file.
package struct StoredMetric: Sendable {
    /// Without points.
    package let metric: Metric
    package let series: Int
    package let points: Int
    /// The earliest and the latest time of a point, both included; `nil` when none was sent.
    package let times: ClosedRange<UInt64>?
}

/// A point as it was sent.
package struct StoredMetricPoint: Sendable {
    /// Without points.
    package let metric: Metric
    package let point: MetricPoint
    package let resource: Resource
    package let scope: Scope
}

extension StoreSnapshot {
    /// By name. Metrics of one name that differ in unit, kind or description stand apart.
    package func metrics() throws -> [StoredMetric] {
        guard try hasMetrics() else { return [] }
        var metrics: [StoredMetric] = []
        try scan("metric", TraceSQL.selectMetrics) { row in
            let times = (row.optionalInteger(9), row.optionalInteger(10))
            metrics.append(
                StoredMetric(
                    metric: try row.metric(), series: Int(try row.integer(7)), points: Int(try row.integer(8)),
                    times: .union(times.0.map(ClosedRange.init(nanos:)), times.1.map(ClosedRange.init(nanos:)))))
        }
        return metrics
    }

    package func metricPointCount() throws -> Int {
        guard try hasMetrics() else { return 0 }
        var count = 0
        try scan("metric_point", TraceSQL.selectMetricPointCount) { count = Int(try $0.integer(0)) }
        return count
    }

    /// Hands out the points whose time is inside `window`, metric by metric in order of their names, series by series, in order
    /// of time. Attributes come in the order in which the first point of their series had them.
    ///
    /// - Parameter name: Of the metrics; `nil` for all.
    package func forEachMetricPoint(
        _ window: TimeWindow = .all, of name: String? = nil, _ body: (StoredMetricPoint) throws -> Void
    ) throws {
        guard try hasMetrics() else { return }
        let times = window.signedTimes
        var points = try BoundStatement(db, TraceSQL.selectMetricPoints)
        try scan("series", TraceSQL.selectSeries, { $0.bind(name) }) { row in
            let (id, metric, attributes) = (try row.integer(0), try row.metric(), try row.attributes(8))
            let source = try sources.source(try row.integer(7))
            points.bind(id)
            points.bind(times.lowerBound)
            points.bind(times.upperBound)
            try points.forEach { row in
                guard window.contains(try row.nanos(1)) else { return }
                var point = try naming("metric_point", id: id) { try row.metricPoint() }
                point.attributes = attributes
                try body(
                    StoredMetricPoint(metric: metric, point: point, resource: source.resource, scope: source.scope))
            }
        }
    }

    /// Files of versions before 5 have no tables for them.
    func hasMetrics() throws -> Bool { try version() >= 5 }
}

extension ClosedRange<UInt64> {
    fileprivate init(nanos: Int64) { self = UInt64(bitPattern: nanos)...UInt64(bitPattern: nanos) }
}

extension TimeWindow {
    /// A range of the column that has all times of the window in it. Times from 2^63 on stand before 0 there.
    fileprivate var signedTimes: ClosedRange<Int64> {
        guard let to, let last = Int64(exactly: max(to, 1) - 1), let first = Int64(exactly: from ?? 0), first <= last
        else { return .min ... .max }
        return first...last
    }
}

extension StatementRow {
    /// Name, description, unit, kind, temporality and whether it only grows, from column 1 on.
    fileprivate func metric() throws -> Metric {
        guard
            let kind = MetricKind(
                storedKind: try text(4), temporality: try int32(5), isMonotonic: try int32(6))
        else { throw WrongColumnType(column: 4) }
        var metric = Metric(name: try text(1), kind: kind)
        metric.description = try text(2)
        metric.unit = try text(3)
        return metric
    }

    /// Without attributes.
    fileprivate func metricPoint() throws -> MetricPoint {
        do {
            let detail = try optionalText(6).map { try MetricDetail.decode($0) }
            let values = [
                optionalInteger(4).map { MetricValue.int($0) }, try optionalReal(5).map { MetricValue.double($0) },
                detail?.value,
            ].compactMap { $0 }
            if values.count > 1 { throw WrongColumnType(column: 6) }
            var point = MetricPoint(value: values.first ?? .none)
            point.timeNanos = try nanos(1)
            point.startNanos = try nanos(2)
            point.flags = try uint32(3)
            point.exemplars = detail?.exemplars ?? []
            return point
        } catch is JSONSyntaxError {
            throw WrongColumnType(column: 6)
        }
    }
}
