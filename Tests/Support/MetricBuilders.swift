import TraceModel

/// A point that is short to write: its time is milliseconds after ``base``.
package func point(
    _ value: MetricValue, at time: UInt64 = 0, _ attributes: [Attribute] = [], from start: UInt64? = nil
) -> MetricPoint {
    var point = MetricPoint(value: value)
    point.timeNanos = milliseconds(time)
    point.startNanos = start.map(milliseconds) ?? 0
    point.attributes = attributes
    return point
}

package func metric(
    _ name: String, kind: MetricKind = .gauge, unit: String = "", description: String = "", _ points: [MetricPoint]
) -> Metric {
    var metric = Metric(name: name, kind: kind)
    metric.unit = unit
    metric.description = description
    metric.points = points
    return metric
}

/// A request of one service.
package func batch(service: String = "shop", _ metrics: [Metric]) -> MetricBatch {
    var resource = Resource()
    resource.attributes = [Attribute("service.name", .string(service))]
    var batch = MetricBatch()
    batch.groups = [MetricGroup(resource: resource, scope: Scope(), metrics: metrics)]
    return batch
}

/// A text that is the same for the same value only: every bit of doubles, every byte of strings.
package func exactText(_ value: Any) -> String {
    switch value {
    case let number as Double: return "double \(String(number.bitPattern, radix: 16))"
    case let text as String: return "\(Array(text.utf8))"
    default:
        let children = Mirror(reflecting: value).children.map { "\($0.label ?? ""): \(exactText($0.value))" }
        return children.isEmpty ? "\(value)" : "(\(children.joined(separator: ", ")))"
    }
}
