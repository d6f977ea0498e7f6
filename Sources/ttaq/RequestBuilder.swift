import TraceModel
import TraceOTLP
import TraceStore

/// Gathers spans into one request, those of one resource and scope together.
struct RequestBuilder {
    private struct Key: Hashable {
        let resource: Resource
        let scope: Scope
    }

    private(set) var spanCount = 0
    private(set) var groups: [SpanGroup] = []
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

    /// The request as one line; the next one starts empty.
    mutating func take() -> [UInt8] {
        defer { self = RequestBuilder() }
        return JSONTraceEncoder.encode(groups) + [0x0A]
    }
}
