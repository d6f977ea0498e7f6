import TraceModel
import TraceQuery
import TraceStore

/// A span and the service that sent it.
struct SentSpan: Hashable {
    let service: String?
    var span: TraceSpan
}

/// What questions count and add up, so that answers from blocks can be held against sums over spans.
struct Recount: Equatable {
    struct Name: Equatable {
        var count = 0
        var errors = 0
        var nanos: UInt64 = 0
        var shortest = UInt64.max
        var longest: UInt64 = 0
    }

    private(set) var names: [String: Name] = [:]
    private(set) var errors = 0
    private(set) var withoutDuration = 0
    private(set) var promptTokens: Int64 = 0
    private(set) var lookups = 0
    private(set) var hits = 0
    /// By 'source → target'.
    private(set) var serviceEdges: [String: Int] = [:]
    private(set) var missingParents = 0

    /// - Parameter spans: All of the file; the tokens of each one that has any count, so none may repeat another's.
    init(_ spans: some Sequence<SentSpan>, window: TimeWindow) {
        var services: [SpanKey: String?] = [:]
        for sent in spans { services[SpanKey(sent.span)] = sent.service }
        for sent in spans where window.contains(sent.span.startNanos) {
            add(sent.span)
            guard let parent = sent.span.parent else { continue }
            switch services[SpanKey(trace: sent.span.traceID, span: parent)] {
            case nil: missingParents += 1
            case .some(let source):
                if let source, let target = sent.service { serviceEdges["\(source) → \(target)", default: 0] += 1 }
            }
        }
    }

    private mutating func add(_ span: TraceSpan) {
        if span.status.code == StatusCode.error { errors += 1 }
        if case .int(let tokens) = span.attributes["llm.prompt_tokens"] { promptTokens += tokens }
        if case .bool(let isHit) = span.attributes["cache.hit"] {
            lookups += 1
            if isHit { hits += 1 }
        }
        if span.endNanos == 0 || span.endNanos < span.startNanos {
            withoutDuration += 1
            return
        }
        let nanos = span.endNanos - span.startNanos
        var name = names[span.name] ?? Name()
        name.count += 1
        if span.status.code == StatusCode.error { name.errors += 1 }
        name.nanos += nanos
        name.shortest = min(name.shortest, nanos)
        name.longest = max(name.longest, nanos)
        names[span.name] = name
    }

    /// What the questions say.
    ///
    /// - Parameter isExact: Whether they count span by span.
    init(asking snapshot: StoreSnapshot, isExact: Bool, window: TimeWindow) throws {
        let latency = try Percentiles(
            by: [FieldName("name", in: snapshot)], isExact: isExact, window: window, in: snapshot)
        for row in latency.rows {
            let nanos = UInt64((row.meanNanos * Double(row.count)).rounded())
            names[row.group[0]?.string ?? ""] = Name(
                count: row.count, errors: row.errors, nanos: nanos, shortest: row.minNanos, longest: row.maxNanos)
        }
        withoutDuration = latency.spansWithoutDuration
        promptTokens = try TokenUse(by: [], isExact: isExact, window: window, in: snapshot).rows.reduce(0) {
            $0 + $1.totals.promptTokens
        }
        for row in try CacheUse(by: [], isExact: isExact, window: window, in: snapshot).rows {
            lookups += row.totals.lookups
            hits += row.totals.hits
        }
        errors = try ErrorGroups(by: [], isExact: isExact, window: window, in: snapshot).rows.reduce(0) {
            $0 + $1.count
        }
        let graph = try ConnectionGraph(of: .services, isExact: isExact, window: window, in: snapshot)
        for edge in graph.edges { serviceEdges["\(edge.source) → \(edge.target)"] = edge.count }
        missingParents = graph.spansWithMissingParent
    }
}

/// A span's two ids.
struct SpanKey: Hashable {
    let trace: TraceID
    let span: SpanID

    init(trace: TraceID, span: SpanID) {
        self.trace = trace
        self.span = span
    }

    init(_ span: TraceSpan) { self.init(trace: span.traceID, span: span.spanID) }
}
