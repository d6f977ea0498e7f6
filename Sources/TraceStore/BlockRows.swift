import JSONText
import TraceModel
import TraceSchema

/// Reads rows of a block's spans in order of their ids.
struct BlockRows {
    private let snapshot: StoreSnapshot
    private var select: BoundStatement

    /// - Parameter sql: Selects the rows between two ids, both included, with the id in the first column.
    init(_ sql: String, in snapshot: StoreSnapshot) throws {
        self.snapshot = snapshot
        select = try BoundStatement(snapshot.db, sql)
    }

    /// Hands out the rows of the selected spans, with their places in the block.
    mutating func forEach(_ block: Block, _ selection: [Bool]?, _ body: (Int, StatementRow) throws -> Void) throws {
        let traces = try block.traces()
        var first = 0
        while first < traces.count {
            if let selection, !traces[first].spans.contains(where: { selection[$0] }) {
                first += 1
                continue
            }
            // Traces that came one after the other stand so in the table too.
            var last = first
            while last + 1 < traces.count, traces[last + 1].number == traces[last].number &+ 1,
                selection.map({ selection in traces[last + 1].spans.contains { selection[$0] } }) ?? true
            {
                last += 1
            }
            try scan(traces[first...last], selection, body)
            first = last + 1
        }
    }

    private mutating func scan(
        _ traces: ArraySlice<Block.Trace>, _ selection: [Bool]?, _ body: (Int, StatementRow) throws -> Void
    ) throws {
        guard let first = traces.first, let last = traces.last else { return }
        select.bind(first.rowID(first.spans.lowerBound))
        select.bind(last.rowID(last.spans.upperBound - 1))
        try select.forEach { row in
            let id = try row.integer(0)
            // A row of a trace that the block only claims to have would lie outside.
            let offset = Int(RowID.trace(id) &- first.number)
            guard traces.indices.contains(traces.startIndex &+ offset) else { return }
            let trace = traces[traces.startIndex + offset]
            let place = trace.spans.lowerBound + RowID.span(id) - trace.first
            guard trace.spans.contains(place), selection?[place] ?? true else { return }
            try snapshot.naming("span", id: id) { try body(place, row) }
        }
    }
}

/// Who a span is: its ids as they are in the row, and what it comes from.
package struct SpanKin: Sendable {
    package let spanID: SpanID
    /// The parent that a tree hangs it under, `nil` for a root.
    package let parent: SpanID?
    let source: Int64
}

extension StoreSnapshot {
    /// Hands out who the selected spans of a block are, by place.
    package func forEachKin(_ block: Block, _ selection: [Bool]?, _ body: (Int, SpanKin) throws -> Void) throws {
        var rows = try BlockRows(TraceSQL.selectSpanKin, in: self)
        try rows.forEach(block, selection) { place, row in
            let parent = row.optionalInteger(2).map { UInt64(bitPattern: $0) } ?? 0
            try body(
                place,
                SpanKin(
                    spanID: SpanID(value: try row.nanos(1)), parent: parent == 0 ? nil : SpanID(value: parent),
                    source: try row.integer(3)))
        }
    }

    package func scope(_ kin: SpanKin) throws -> Scope { try naming("source") { try sources.source(kin.source).scope } }

    /// Hands out what few spans have, of those of the selected ones that have any of it, by place.
    package func forEachExtra(_ block: Block, _ selection: [Bool]?, _ body: (Int, FlatSpans.Extra) throws -> Void)
        throws
    {
        var rows = try BlockRows(TraceSQL.selectSpanExtras, in: self)
        try rows.forEach(block, selection) { place, row in
            do {
                try body(place, try ExtrasCodec.decode(try row.text(1)))
            } catch is JSONSyntaxError {
                throw WrongColumnType(column: NarrowRow.extras)
            }
        }
    }

    /// Where the spans of one trace stand: more than one block for a trace that is too long for one, in order.
    package func blocks(ofTrace number: Int64) throws -> [(block: Block, trace: Block.Trace)] {
        let columns = ColumnReader(try BoundStatement(db, TraceSQL.selectBlockColumn))
        var ids: [Int64] = []
        try scan("block", TraceSQL.selectBlocksOfTrace, { $0.bind(number) }) { ids.append(try $0.integer(0)) }
        var blocks: [Block] = []
        for id in ids {
            try scan("block", TraceSQL.selectBlock, { $0.bind(id) }) {
                blocks.append(try Block($0, columns, operations: operations))
            }
        }
        blocks += try unsealedBlocks()
        return try naming("block") {
            try blocks.flatMap { block in
                try block.traces().filter { $0.number == number && !$0.isRemoved }.map { (block, $0) }
            }
            .sorted { $0.1.first < $1.1.first }
        }
    }
}
