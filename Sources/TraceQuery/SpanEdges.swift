import TraceModel
import TraceStore

/// A span and its parent, both in the file.
package struct SpanEdge: Sendable {
    package let traceID: TraceID
    package let sourceID: SpanID
    package let targetID: SpanID
    package let sourceService: String?
    package let sourceName: String
    package let targetService: String?
    package let targetName: String
    /// Of the target.
    package let startNanos: UInt64
    /// Of the target: negative when it ends before it starts, `nil` while unfinished.
    package let durationNanos: Int64?
    /// Of the target.
    package let statusCode: Int32
}

extension StoreSnapshot {
    /// Hands out the edges to spans that start inside `window`, run by run.
    ///
    /// - Returns: Spans whose parent is not in the file.
    package func forEachSpanEdge(
        _ window: TimeWindow, where filter: BlockFilter? = nil, _ body: (SpanEdge) throws -> Void
    ) throws -> Int {
        // Their values stand with the spans.
        if try demotedFields().contains(where: { $0 == "name" || $0 == "service" }) {
            return try forEachConnection(window, where: filter) { connection in
                if connection.type == .calls { try body(SpanEdge(connection)) }
            }
        }
        let (names, services) = (try operations.texts(.name), try operations.texts(.service))
        let kinds = try operations.kindsAndStatusCodes()
        var missing = 0
        try forEachBlock(window, where: filter) { block, selection in
            let (places, codes, parents) = (try block.operations(), try block.operationCodes(), try block.parentCodes())
            let (starts, durations) = (try block.startNanos(), try block.durationNanos())
            let irregular = Dictionary(
                try block.irregular().map { ($0.place, $0.endsEarlyBy) }, uniquingKeysWith: { first, _ in first })
            let traces = try block.traces()
            var (trace, id): (Int, (place: Int, id: TraceID)?) = (0, nil)
            try forEachKin(block, selection) { place, kin in
                guard let parent = kin.parent else { return }
                guard parents[place] >= 2 else {
                    missing += 1
                    return
                }
                while !traces[trace].spans.contains(place) { trace += 1 }
                if id?.place != trace { id = (trace, try traceID(traces[trace].number)) }
                let (source, target) = (places[Int(parents[place]) - 2], places[Int(codes[place])])
                try body(
                    SpanEdge(
                        traceID: id?.id ?? TraceID(high: 0, low: 0), sourceID: parent, targetID: kin.spanID,
                        sourceService: services.text(source), sourceName: names.text(source) ?? "",
                        targetService: services.text(target), targetName: names.text(target) ?? "",
                        startNanos: starts[place],
                        durationNanos: Self.signed(durations[place], earlyBy: irregular[place]),
                        statusCode: kinds[target].statusCode))
            }
        }
        return missing
    }

    /// - Parameter early: By how much a span ends before it starts, 0 for an unfinished one, `nil` for all others.
    private static func signed(_ nanos: UInt64, earlyBy early: UInt64?) -> Int64? {
        guard let early else { return Int64(bitPattern: nanos) }
        return early == 0 ? nil : 0 &- Int64(bitPattern: early)
    }
}

extension SpanEdge {
    fileprivate init(_ connection: Connection) {
        let (source, target) = (connection.source, connection.target)
        self.init(
            traceID: target.row.traceID, sourceID: source.row.spanID, targetID: target.row.spanID,
            sourceService: source.resource.serviceName, sourceName: source.span.name,
            targetService: target.resource.serviceName, targetName: target.span.name,
            startNanos: target.row.startNanos,
            durationNanos: target.row.isFinished
                ? Int64(bitPattern: target.row.endNanos &- target.row.startNanos) : nil,
            statusCode: target.span.status.code)
    }
}
