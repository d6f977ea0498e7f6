import TraceModel
import TraceStore

/// What metrics a store has: a row each.
package enum MetricList {
    package static func table(_ metrics: [StoredMetric]) -> ResultTable {
        ResultTable(
            columns: [
                Column("name", .text), Column("kind", .plain), Column("unit", .plain, rank: 1),
                Column("series", .count), Column("points", .count), Column("first", .time, rank: 2),
                Column("last", .time), Column("temporality", .plain, rank: 3), Column("description", .text, rank: 4),
            ],
            rows: metrics.map { stored in
                let metric = stored.metric
                return [
                    .text(metric.name), .text(metric.kind.name), .optional(metric.unit.isEmpty ? nil : metric.unit),
                    .count(stored.series), .count(stored.points),
                    stored.times.map { .time($0.lowerBound) } ?? .null,
                    stored.times.map { .time($0.upperBound) } ?? .null, .optional(metric.kind.temporality?.name),
                    .optional(metric.description.isEmpty ? nil : metric.description),
                ]
            })
    }
}

/// The columns of the `metrics` view, and its values.
package enum MetricExport {
    package static let columns = [
        Column("metric", .text), Column("kind", .plain), Column("unit", .text), Column("temporality", .plain),
        Column("start_time", .time), Column("time", .time), Column("time_unix_nano", .plain), Column("value", .number),
        Column("count", .count), Column("sum", .number), Column("min", .number), Column("max", .number),
        Column("detail", .text), Column("attributes", .text), Column("service", .text), Column("resource", .text),
        Column("scope_name", .text), Column("scope_version", .text),
    ]

    package static func row(_ stored: StoredMetricPoint) -> [Cell] {
        let (metric, point) = (stored.metric, stored.point)
        let head: [Cell] = [
            .text(metric.name), .text(metric.kind.name), .text(metric.unit), .optional(metric.kind.temporality?.name),
            point.startNanos == 0 ? .null : .time(point.startNanos),
            point.timeNanos == 0 ? .null : .time(point.timeNanos),
            point.timeNanos == 0 ? .null : .integer(Int64(bitPattern: point.timeNanos)),
        ]
        return head + numbers(point.value) + [
            .optional(MetricDetail.encode(point)), .text(AttributeCodec.encode(point.attributes).json),
            .optional(stored.resource.serviceName), .text(AttributeCodec.encode(stored.resource.attributes).json),
            .text(stored.scope.name), .text(stored.scope.version),
        ]
    }

    /// value, count, sum, min, max.
    private static func numbers(_ value: MetricValue) -> [Cell] {
        switch value {
        case .none: [.null, .null, .null, .null, .null]
        case .int(let number): [.integer(number), .null, .null, .null, .null]
        case .double(let number): [cell(number), .null, .null, .null, .null]
        case .histogram(let value): [.null, cell(value.count), cell(value.sum), cell(value.min), cell(value.max)]
        case .exponentialHistogram(let value):
            [.null, cell(value.count), cell(value.sum), cell(value.min), cell(value.max)]
        case .summary(let value): [.null, cell(value.count), cell(value.sum), .null, .null]
        }
    }

    private static func cell(_ number: Double?) -> Cell {
        number.map { number in MetricDetail.standIn(for: number).map { .text($0) } ?? .real(number) } ?? .null
    }

    /// SQLite has no whole numbers beyond 2^63.
    private static func cell(_ count: UInt64) -> Cell {
        Int64(exactly: count).map { .integer($0) } ?? .real(Double(count))
    }
}
