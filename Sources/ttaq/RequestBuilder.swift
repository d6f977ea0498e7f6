import TraceModel
import TraceOTLP
import TraceStore

/// Gathers spans, or log records, into one request, those of one resource and scope together.
struct RequestBuilder {
    private struct Key: Hashable {
        let resource: Resource
        let scope: Scope
    }

    static let mostItems = 512

    private(set) var spanCount = 0
    private(set) var groups: [SpanGroup] = []
    private(set) var recordCount = 0
    private var logs: [LogGroup] = []
    private var places: [Key: Int] = [:]

    mutating func add(_ stored: StoredSpan) {
        let key = Key(resource: stored.resource, scope: stored.scope)
        if let place = places[key] {
            groups[place].spans.append(stored.span)
        } else {
            places[key] = groups.count
            groups.append(SpanGroup(resource: stored.resource, scope: stored.scope, spans: [stored.span]))
        }
        spanCount += 1
    }

    mutating func add(_ stored: StoredLog) {
        let key = Key(resource: stored.resource, scope: stored.scope)
        if let place = places[key] {
            logs[place].records.append(stored.record)
        } else {
            places[key] = logs.count
            logs.append(LogGroup(resource: stored.resource, scope: stored.scope, records: [stored.record]))
        }
        recordCount += 1
    }

    /// The request as one line; the next one starts empty.
    mutating func take() -> [UInt8] {
        defer { self = RequestBuilder() }
        return (recordCount > 0 ? JSONTraceEncoder.encode(logs) : JSONTraceEncoder.encode(groups)) + [0x0A]
    }
}
