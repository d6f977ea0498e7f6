import JSONText
import TraceModel
import TraceSchema

/// Spans with everything that was sent.
extension StoreSnapshot {
    /// The spans that start inside `window`, in order of start.
    ///
    /// Holds 16 bytes a span of the window in memory.
    package func scanWithDetail(
        _ window: TimeWindow, where filter: BlockFilter? = nil, _ body: (StoredSpan) throws -> Void
    ) throws {
        var order: [(start: UInt64, id: Int64)] = []
        try forEachBlock(window, where: filter) { block, selection in
            let starts = try block.startNanos()
            for trace in try block.traces() {
                for place in trace.spans where selection?[place] ?? true {
                    order.append((starts[place], trace.rowID(place)))
                }
            }
        }
        order.sort { ($0.start, $0.id) < ($1.start, $1.id) }
        let reader = try SpanReader(self)
        for span in order { try body(try reader.span(span.id)) }
    }

    /// The spans of some rows, in their order.
    package func forEachSpan(_ ids: some Sequence<Int64>, _ body: (StoredSpan) throws -> Void) throws {
        let reader = try SpanReader(self)
        for id in ids { try body(try reader.span(id)) }
    }

    /// One trace whole, in order of start; empty when the store has none of that id.
    package func trace(_ id: TraceID) throws -> [StoredSpan] {
        guard let number = try traceNumber(id) else { return [] }
        var spans: [StoredSpan] = []
        try forEachSpan(ofTrace: number, id) { spans.append($0) }
        return spans.sorted { ($0.row.startNanos, $0.row.id) < ($1.row.startNanos, $1.row.id) }
    }

    /// One trace whole, in order of arrival.
    ///
    /// - Parameter id: Where it is known.
    func forEachSpan(ofTrace number: Int64, _ id: TraceID? = nil, _ body: (StoredSpan) throws -> Void) throws {
        let reader = try SpanReader(self)
        let id = try id ?? traceID(number)
        let range = RowID.range(number)
        try scan(
            "span", TraceSQL.selectTraceRows,
            {
                $0.bind(range.lowerBound)
                $0.bind(range.upperBound)
            }
        ) { try body(reader.span($0, traceID: id)) }
    }
}

/// Puts spans together again.
private final class SpanReader {
    private let snapshot: StoreSnapshot
    private var select: BoundStatement
    private var lastTrace: (number: Int64, id: TraceID)?

    init(_ snapshot: StoreSnapshot) throws {
        self.snapshot = snapshot
        select = try BoundStatement(snapshot.db, TraceSQL.selectSpanRow)
    }

    func span(_ id: Int64) throws -> StoredSpan {
        let number = RowID.trace(id)
        let traceID: TraceID
        if let lastTrace, lastTrace.number == number {
            traceID = lastTrace.id
        } else {
            traceID = try snapshot.traceID(number)
            lastTrace = (number, traceID)
        }
        return try snapshot.naming("span", id: id) {
            var span: StoredSpan?
            select.bind(id)
            try select.forEach { span = try self.span($0, traceID: traceID) }
            guard let span else { throw WrongColumnType(column: 0) }
            return span
        }
    }

    func span(_ row: StatementRow, traceID: TraceID) throws -> StoredSpan {
        do {
            return try decoded(row, traceID)
        } catch is JSONSyntaxError {
            throw WrongColumnType(column: NarrowRow.inlineValues)
        }
    }

    private func decoded(_ row: StatementRow, _ traceID: TraceID) throws -> StoredSpan {
        let narrow = try NarrowRow(row)
        let layout = try snapshot.layouts.layout(narrow.layout)
        let operation = try snapshot.operationCache.operation(narrow.facts.operation)
        let context = try snapshot.contexts.context(narrow.facts.context)
        let source = try snapshot.sources.source(narrow.source)
        let inline = try layout.inline(row.optionalText(NarrowRow.inlineValues))
        var span = TraceSpan(traceID: traceID, spanID: SpanID(value: narrow.facts.spanID))
        span.parentSpanID = narrow.parentSpanID.map { SpanID(value: $0) }
        span.name = operation.name
        if let place = layout.namePlace, case .value(.string(let name)) = inline[place] { span.name = name }
        span.kind = operation.kind
        span.status.code = operation.statusCode
        span.flags = layout.flags
        span.startNanos = narrow.facts.startNanos
        span.endNanos = narrow.facts.endNanos
        span.attributes = try layout.attributes(inline, operation, context, snapshot.content)
        if let extras = row.optionalText(NarrowRow.extras) { span.add(try ExtrasCodec.decode(extras)) }
        return StoredSpan(
            row: SpanRow(
                id: narrow.id, traceID: traceID, spanID: span.spanID, parent: span.parent,
                startNanos: span.startNanos, endNanos: span.endNanos, operation: operation, context: context,
                numbers: SpanNumbers(span.attributes)),
            span: span, resource: source.resource, scope: source.scope)
    }
}

extension TraceSpan {
    fileprivate mutating func add(_ extra: FlatSpans.Extra) {
        traceState = extra.traceState
        status.message = extra.statusMessage
        droppedAttributesCount = extra.droppedAttributesCount
        events = extra.events
        droppedEventsCount = extra.droppedEventsCount
        links = extra.links
        droppedLinksCount = extra.droppedLinksCount
    }
}
