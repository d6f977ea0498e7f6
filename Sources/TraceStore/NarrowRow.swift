/// The columns of a span's row that are numbers, in the order of every query of rows: `id, span_id, parent_span_id,
/// start_nanos, duration_nanos, operation_id, context_id, layout_id, source_id, inline_values, extras`.
struct NarrowRow {
    static let inlineValues = 9
    static let extras = 10

    let id: Int64
    let facts: SpanFacts
    /// As sent: `nil` when absent, 0 when sent as zero bytes.
    let parentSpanID: UInt64?
    let layout: Int64
    let source: Int64

    init(_ row: StatementRow) throws {
        id = try row.integer(0)
        let start = try row.nanos(3)
        parentSpanID = row.optionalInteger(2).map { UInt64(bitPattern: $0) }
        facts = SpanFacts(
            spanID: try row.nanos(1), parentSpanID: parentSpanID ?? 0, startNanos: start,
            endNanos: row.optionalInteger(4).map { start &+ UInt64(bitPattern: $0) } ?? 0,
            operation: try row.integer(5), context: try row.integer(6))
        layout = try row.integer(7)
        source = try row.integer(8)
    }
}
