import Foundation
import GRDB
import TraceModel
import TraceSchema

/// A store, open for reading. It never changes the file.
package final class Store {
    package let path: String
    let queue: DatabaseQueue

    /// - Throws: ``StoreError``.
    package init(path: String) throws {
        self.path = path
        queue = try StoreFile.openForReading(path)
    }

    /// Runs `body` on one unchanging state of the file.
    ///
    /// - Throws: ``StoreError``, or what `body` throws.
    package func read<Result>(_ body: (StoreSnapshot) throws -> Result) throws -> Result {
        try StoreFile.mapping(path) {
            try queue.read { db in try body(try StoreSnapshot(db, path: path)) }
        }
    }
}

/// One unchanging state of a store, valid inside ``Store/read(_:)``.
package final class StoreSnapshot {
    package let path: String
    /// More spans than these are counted by the hour where that is possible.
    package var mostCountedOneByOne = 200_000
    let db: Database
    /// All operations, for what counts many spans.
    package let operations: OperationTable
    let operationCache: OperationCache
    let contexts: ContextCache
    let layouts: LayoutCache
    let content: ContentReader
    let sources: SourceCache
    private var selectTraceID: BoundStatement
    private lazy var loadedDemotedFields = Result { try loadDemotedFields() }
    private lazy var tail = Result { try loadTail() }
    private(set) lazy var loadedHorizon = Result { try loadHorizon() }

    init(_ db: Database, path: String) throws {
        self.db = db
        self.path = path
        operations = try OperationTable(db)
        operationCache = try OperationCache(db)
        contexts = try ContextCache(db)
        layouts = try LayoutCache(db)
        content = try ContentReader(db)
        sources = try SourceCache(db)
        selectTraceID = try BoundStatement(db, TraceSQL.selectTraceID)
    }

    package func summary() throws -> StoreSummary {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        var (spans, traces, unfinished, negative) = (0, 0, 0, 0)
        try forEachBlock(.all) { block, selection in
            traces += try block.traces().count { !$0.isRemoved && $0.first == 0 }
            spans += selection?.count { $0 } ?? block.spanCount
            for span in try block.irregular() where selection?[span.place] ?? true {
                if span.endsEarlyBy == 0 { unfinished += 1 } else { negative += 1 }
            }
        }
        let range = try startRange()
        var summary: StoreSummary?
        try scan("operation", TraceSQL.selectSummary) { row in
            summary = StoreSummary(
                spans: spans, traces: traces, services: Int(try row.integer(0)), operations: Int(try row.integer(1)),
                firstStart: range?.lowerBound, lastStart: range?.upperBound,
                unfinished: unfinished, negativeDurations: negative,
                bytes: (attributes[.size] as? NSNumber)?.intValue ?? 0, schemaVersion: Int(try version()),
                demotedFields: try demotedFields(), horizon: try horizon(), logRecords: try logCount(),
                metricPoints: try metricPointCount(),
                droppedSpans: try metricTotal(
                    of: "otel.sdk.processor.span.processed", where: ("error.type", "queue_full")),
                unsampledSpans: try metricTotal(
                    of: "otel.sdk.span.started", where: ("otel.span.sampling_result", "DROP")))
        }
        guard let summary else { preconditionFailure("an aggregate has one row") }
        return summary
    }

    /// Of the file's schema.
    func version() throws -> Int32 { try StoreFile.version(db) }

    /// The earliest and the latest start in the file, both included; `nil` for an empty store.
    package func startRange() throws -> ClosedRange<UInt64>? {
        var range: ClosedRange<UInt64>?
        for block in try blocks() {
            var starts = block.starts
            if let selection = try block.selection(.all) {
                let kept = zip(try block.startNanos(), selection).filter { $1 }.map(\.0)
                guard let first = kept.min(), let last = kept.max() else { continue }
                starts = first...last
            }
            range =
                range.map { min($0.lowerBound, starts.lowerBound)...max($0.upperBound, starts.upperBound) } ?? starts
        }
        return range
    }

    /// Every attribute key in the file, of spans and of resources.
    package func attributeKeys() throws -> (span: [String], resource: [String]) {
        var keys: [String] = []
        try scan("layout_slot", TraceSQL.selectAttributeKeys) { keys.append(try $0.text(0)) }
        var resourceKeys: Set<String> = []
        try scan("resource", TraceSQL.selectResources) { row in
            for attribute in try row.attributes(0) { resourceKeys.insert(attribute.key) }
        }
        return (keys, resourceKeys.sorted())
    }

    /// Operation columns whose newer values stand with the spans: `service`, `name`, and meanings by their names.
    package func demotedFields() throws -> [String] { try loadedDemotedFields.get() }

    private func loadDemotedFields() throws -> [String] {
        var fields: [String] = []
        try scan("demoted_field", TraceSQL.selectDemotedFields) { fields.append(try $0.text(0)) }
        return fields
    }

    private func loadHorizon() throws -> UInt64? {
        var horizon: UInt64?
        try scan("retention", TraceSQL.selectRetention) { horizon = try $0.nanos(0) }
        return horizon == 0 ? nil : horizon
    }

    package func context(_ id: Int64) throws -> RunContext { try naming("context") { try contexts.context(id) } }

    /// Hands out the contexts whose ids lie in a range, both ends included, in order of their ids: for each the number of
    /// its texts in some fields, and the texts themselves for a number that is new.
    package func forEachContext(
        _ ids: ClosedRange<Int64>, _ fields: [ContextField], _ numbers: inout ContextNumbers,
        _ body: (Int64, Int, [String?]?) throws -> Void
    ) throws {
        try naming("context") { try contexts.forEach(ids, fields, &numbers, body) }
    }

    /// `nil` when the store has no trace of that id.
    package func traceNumber(_ id: TraceID) throws -> Int64? {
        var number: Int64?
        try scan("trace", TraceSQL.selectTraceNumber, { $0.bind(id.bytes) }) { number = try $0.integer(0) }
        return number
    }

    package func traceID(_ number: Int64) throws -> TraceID {
        try naming("trace") {
            var id: TraceID?
            selectTraceID.bind(number)
            try selectTraceID.forEach { id = try $0.traceID(0) }
            guard let id else { throw WrongColumnType(column: 0) }
            return id
        }
    }

    /// SQLite's plan of one of the shipped queries, a step a line: for tests that no query scans what an index serves.
    package func queryPlan(of sql: String) throws -> [String] {
        let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
        statement.setUncheckedArguments(StatementArguments())
        return try Row.fetchAll(statement).map { $0["detail"] }
    }

    /// - Throws: ``StoreError/damagedRow(path:table:id:)`` for a row that this version can't have written.
    func scan(
        _ table: String, _ sql: String, _ bind: (inout BoundStatement) -> Void = { _ in },
        _ body: (StatementRow) throws -> Void
    ) throws {
        var statement = try BoundStatement(db, sql)
        bind(&statement)
        try statement.forEach { row in
            try naming(table, id: row.optionalInteger(0)) { try body(row) }
        }
    }

    /// Runs `body`, naming the table where it finds what this version can't have written.
    func naming<Result>(_ table: String, id: Int64? = nil, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch is WrongColumnType {
            throw StoreError.damagedRow(path: path, table: table, id: id ?? 0)
        }
    }
}

// MARK: - Blocks
extension StoreSnapshot {
    /// All spans in columns: blocks of the file, then those of spans that no block has yet.
    package func blocks() throws -> [Block] { try sealedBlocks() + tail.get() }

    func unsealedBlocks() throws -> [Block] { try tail.get() }

    func sealedBlocks() throws -> [Block] {
        var blocks: [Block] = []
        let columns = ColumnReader(try BoundStatement(db, TraceSQL.selectBlockColumn))
        try scan("block", TraceSQL.selectBlocks) { blocks.append(try Block($0, columns, operations: operations)) }
        return blocks
    }

    /// Hands out the blocks that have spans of `window`, with those that count: see ``Block/selection(_:)``.
    package func forEachBlock(
        _ window: TimeWindow, where filter: BlockFilter? = nil, _ body: (Block, [Bool]?) throws -> Void
    ) throws {
        for block in try blocks(of: window) {
            try naming("block") { try body(block, try block.selection(window, filter)) }
        }
    }

    func blocks(of window: TimeWindow) throws -> [Block] { try blocks().filter { window.overlaps($0.starts) } }

    /// The blocks whose spans are counted one by one, with where.
    func blocks(of coverage: SpanCoverage) throws -> [(block: Block, window: TimeWindow)] {
        let sealed = try coverage.sealedWindows.isEmpty ? [] : sealedBlocks()
        let parts = coverage.sealedWindows.flatMap { window in
            sealed.filter { window.overlaps($0.starts) }.map { ($0, window) }
        }
        return try parts + tail.get().filter { coverage.window.overlaps($0.starts) }.map { ($0, coverage.window) }
    }

    private func loadTail() throws -> [Block] {
        let reader = try FactReader(db)
        var numbers: [Int64] = []
        try scan("unsealed", TraceSQL.selectUnsealedTraces, { $0.bind(Int64.max) }) {
            numbers.append(try $0.integer(0))
        }
        return try naming("span") {
            var blocks: [Block] = []
            try BlockBuilder.build(count: numbers.count, operationOf: operationCache.operation) { index in
                try reader.read(numbers[index])
            } _: { block in
                blocks.append(Block(block, operations: operations))
            }
            return blocks
        }
    }
}

extension TimeWindow {
    fileprivate func overlaps(_ starts: ClosedRange<UInt64>) -> Bool {
        (from.map { starts.upperBound >= $0 } ?? true) && (to.map { starts.lowerBound < $0 } ?? true)
    }
}
