import GRDB
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

    func metricPointCount(before horizon: UInt64) throws -> Int {
        guard try hasMetrics() else { return 0 }
        var count = 0
        try scan(
            "metric_point", TraceSQL.selectOldMetricPointCount, { $0.bind(Int64(bitPattern: horizon)) }
        ) { count = Int(try $0.integer(0)) }
        return count
    }

    /// What counters counted, since whenever they started.
    ///
    /// - Parameter attribute: Of the series that count.
    func metricTotal(of name: String, where attribute: (key: String, value: String)) throws -> Int {
        guard try hasMetrics() else { return 0 }
        var total = 0
        try scan(
            "metric_point", TraceSQL.selectMetricTotal,
            {
                $0.bind(name)
                $0.bind("$.\"\(attribute.key)\"")
                $0.bind(attribute.value)
            }
        ) { total = Int(try $0.integer(0)) }
        return total
    }

    /// What is wrong with metrics, a line each: rows that refer to nothing, and rows that no version has written.
    func metricProblems() throws -> [String] {
        guard try hasMetrics() else { return [] }
        var problems: [String] = []
        for table in ["series", "metric_point"] {
            var orphans: [String: Int] = [:]
            let rows = try Row.fetchCursor(db, sql: "PRAGMA foreign_key_check(\(table))")
            while let row = try rows.next() { orphans[row["parent"] ?? "", default: 0] += 1 }
            for (parent, count) in orphans.sorted(by: { $0.key < $1.key }) {
                problems.append("\(table): \(count) rows refer to no row of \(parent)")
            }
        }
        var unreadable = 0
        do {
            try forEachPointRow(.all, of: nil) { _, row in
                do { _ = try row.metricPoint() } catch is WrongColumnType { unreadable += 1 }
            }
        } catch StoreError.damagedRow(_, let table, let id) {
            problems.append("\(table) \(id): can't be read")
        }
        if unreadable > 0 { problems.append("metric_point: \(unreadable) rows can't be read") }
        return problems
    }

    /// Hands out the points whose time is inside `window`, metric by metric in order of their names, series by series, in order
    /// of time. Attributes come in the order in which the first point of their series had them.
    ///
    /// - Parameter name: Of the metrics; `nil` for all.
    package func forEachMetricPoint(
        _ window: TimeWindow = .all, of name: String? = nil, _ body: (StoredMetricPoint) throws -> Void
    ) throws {
        try forEachPointRow(window, of: name) { series, row in
            var point = try naming("metric_point", id: series.id) { try row.metricPoint() }
            point.attributes = series.attributes
            try body(
                StoredMetricPoint(
                    metric: series.metric, point: point, resource: series.source.resource, scope: series.source.scope))
        }
    }

    private struct StoredSeries {
        let id: Int64
        let metric: Metric
        let attributes: [Attribute]
        let source: SourceDefinition
    }

    private func forEachPointRow(
        _ window: TimeWindow, of name: String?, _ body: (StoredSeries, StatementRow) throws -> Void
    ) throws {
        guard try hasMetrics() else { return }
        let times = window.signedTimes
        var points = try BoundStatement(db, TraceSQL.selectMetricPoints)
        try scan("series", TraceSQL.selectSeries, { $0.bind(name) }) { row in
            let series = StoredSeries(
                id: try row.integer(0), metric: try row.metric(), attributes: try row.attributes(8),
                source: try sources.source(try row.integer(7)))
            points.bind(series.id)
            points.bind(times.lowerBound)
            points.bind(times.upperBound)
            try points.forEach { row in
                if window.contains(try row.nanos(1)) { try body(series, row) }
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
