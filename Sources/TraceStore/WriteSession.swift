import GRDB
import JSONText
import TraceModel
import TraceSchema

/// A writer's statements, and what it remembers of the file from one transaction to the next.
final class WriteSession {
    let db: Database
    var pool = TracePool()
    var sealer: Sealer
    var maintenance: Maintenance
    let tables: DefinitionTables
    var logs: LogTable
    var metrics: MetricTable
    private let content: ContentStore
    private let definitions: Definitions
    private var insertTrace, selectTrace, selectSpanIDs, selectUnsealed, insertUnsealed: BoundStatement
    private var insertSpan, selectRetention, insertRetention, selectLastTrace, updateLastTrace: BoundStatement
    private var composed: [UInt8] = []
    /// A finished copy takes an unfinished one's place in memory in traces up to this length.
    private static let mostToReplace = 256
    private var transactions = 0
    private var dataVersion: Int64?
    /// Of `retention`, once it was asked for.
    private var knownRetention: Retention?

    /// - Parameters:
    ///   - horizon: 0 for none.
    ///   - lastTrace: The greatest number of a trace that was there when runs were removed.
    private struct Retention {
        let horizon: UInt64
        let lastTrace: Int64
    }

    /// - Parameter definitions: Those of every batch that ``write(_:)`` gets.
    init(_ db: Database, _ definitions: Definitions) throws {
        self.db = db
        self.definitions = definitions
        try StoreFile.startLog(db)
        tables = try DefinitionTables(db)
        logs = try LogTable(db, tables)
        metrics = try MetricTable(db, tables)
        content = try ContentStore(db)
        sealer = try Sealer(db)
        maintenance = try Maintenance(db)
        insertTrace = try BoundStatement(db, TraceSQL.insertTrace)
        selectTrace = try BoundStatement(db, TraceSQL.selectTraceNumber)
        selectSpanIDs = try BoundStatement(db, TraceSQL.selectSpanIDs)
        selectUnsealed = try BoundStatement(db, TraceSQL.selectUnsealedTrace)
        insertUnsealed = try BoundStatement(db, TraceSQL.insertUnsealedTrace)
        insertSpan = try BoundStatement(db, TraceSQL.insertSpan)
        selectRetention = try BoundStatement(db, TraceSQL.selectRetention)
        insertRetention = try BoundStatement(db, TraceSQL.insertRetention)
        selectLastTrace = try BoundStatement(db, TraceSQL.selectLastTrace)
        updateLastTrace = try BoundStatement(db, TraceSQL.updateLastTrace)
    }

    /// Runs `body` in a transaction of its own. When it throws, the caller undoes the transaction.
    func transaction<Result>(_ body: (WriteSession) throws -> Result) throws -> Result {
        try db.execute(sql: "BEGIN IMMEDIATE")
        transactions += 1
        // Another process may have changed what is remembered.
        let version = try Int64.fetchOne(db, sql: "PRAGMA data_version")
        if version != dataVersion {
            forget()
            dataVersion = version
        }
        let result = try body(self)
        try db.execute(sql: "COMMIT")
        _ = pool.remove { $0.isSealed }
        return result
    }

    func didRollBack() { forget() }

    private func forget() {
        knownRetention = nil
        definitions.forgetIDs()
        sealer.forget()
        maintenance.forget()
        metrics.forget()
        pool.removeAll()
    }

    /// Seals what is left, and takes the log into the file.
    func finish() throws {
        try sealAll()
        try StoreFile.makeWhole(db)
    }

    func write(_ batch: PreparedBatch) throws -> WriteCounts {
        for field in definitions.demotedFields { try tables.demote(field) }
        var counts = WriteCounts()
        try batch.text.withUnsafeBytes { text in
            try batch.pieceBytes.withUnsafeBytes { pieceBytes in
                let bytes = BatchBytes(text: text, pieces: pieceBytes)
                let retention = try retention()
                for (trace, all) in batch.spansByTrace {
                    let spans = try retained(all, of: batch.traces[trace], batch.spans, retention)
                    counts.spansBeforeHorizon += all.count - spans.count
                    if spans.isEmpty { continue }
                    let place = try poolPlace(of: batch.traces[trace])
                    for span in spans { try insert(batch.spans[span], of: batch, bytes, place, &counts) }
                    if pool[place].hasChanged { pool[place].lastTouched = transactions }
                }
            }
        }
        for entry in pool.all where entry.hasChanged && !entry.isListed {
            insertUnsealed.bind(entry.number)
            try insertUnsealed.run()
        }
        pool.markListed(\.hasChanged)
        try sealer.settleRollups()
        return counts
    }

    func write(_ batch: LogBatch) throws -> WriteCounts { try logs.write(batch) }

    func write(_ batch: MetricBatch) throws -> WriteCounts { try metrics.write(batch) }

    /// Without the spans that had ended before the horizon, of a trace that was not there when runs were removed: they may
    /// be copies of what was.
    private func retained(
        _ places: ArraySlice<Int>, of id: TraceID, _ spans: [PreparedSpan], _ retention: Retention
    ) throws -> ArraySlice<Int> {
        if retention.horizon == 0 { return places }
        func isOld(_ place: Int) -> Bool {
            max(spans[place].startNanos, spans[place].endNanos) < retention.horizon
        }
        if !places.contains(where: isOld) { return places }
        var number = pool[id].map { pool[$0].number }
        if number == nil {
            selectTrace.bind(id.bytes)
            number = try selectTrace.run()
        }
        if let number, number <= retention.lastTrace { return places }
        return places.filter { !isOld($0) }[...]
    }

    private func retention() throws -> Retention {
        if let knownRetention { return knownRetention }
        var retention = Retention(horizon: 0, lastTrace: 0)
        try selectRetention.forEach { row in
            retention = Retention(horizon: try row.nanos(0), lastTrace: try row.integer(1))
        }
        knownRetention = retention
        return retention
    }

    /// Remembers that traces which ended before `horizon` are removed; nothing when a later horizon is known. Inside a
    /// transaction.
    func raiseHorizon(to horizon: UInt64) throws {
        if try horizon <= retention().horizon { return }
        insertRetention.bind(Int64(bitPattern: horizon))
        insertRetention.bind(try selectLastTrace.run() ?? 0)
        try insertRetention.run()
        knownRetention = nil
    }

    /// After traces were removed: the next new one must not get a number of those that were there. Inside a transaction.
    func lowerLastTrace() throws {
        try updateLastTrace.run()
        knownRetention = nil
    }

    /// The trace's place in the pool; read from the file, or made there, when it is not in the pool.
    private func poolPlace(of id: TraceID) throws -> Int {
        if let place = pool[id] { return place }
        insertTrace.bind(id.bytes)
        try insertTrace.run()
        if db.changesCount == 1 {
            var entry = TracePool.Entry(number: db.lastInsertedRowID)
            entry.facts = TraceFacts(number: entry.number)
            return pool.add(entry, id)
        }
        selectTrace.bind(id.bytes)
        guard let number = try selectTrace.run() else { throw WrongColumnType(column: 0) }
        var entry = TracePool.Entry(number: number)
        selectSpanIDs.bind(RowID.range(number).lowerBound)
        selectSpanIDs.bind(RowID.range(number).upperBound)
        try selectSpanIDs.forEach { row in
            entry.append(UInt64(bitPattern: try row.integer(0)), isFinished: row.optionalInteger(1) != nil)
        }
        selectUnsealed.bind(number)
        entry.isListed = try selectUnsealed.run() != nil
        entry.isSealed = !entry.isListed
        return pool.add(entry, id)
    }

    private func insert(
        _ span: PreparedSpan, of batch: PreparedBatch, _ bytes: BatchBytes, _ place: Int, _ counts: inout WriteCounts
    ) throws {
        let isFinished = span.endNanos != 0
        let known = pool[place].place(of: span.spanID)
        if let known, !isFinished || !pool[place].unfinished.contains(known) {
            counts.duplicateSpans += 1
            return
        }
        let number = known ?? pool[place].spanIDs.count
        if number >= RowID.spansPerTrace {
            counts.spansBeyondTrace += 1
            return
        }
        if pool[place].isSealed {
            try sealer.unseal(pool[place].number)
            pool[place].isSealed = false
        }
        let ids = try definitions.ids(span, tables)
        try insertRow(RowID.make(trace: pool[place].number, span: number), span, ids, of: batch, bytes)
        let facts = SpanFacts(
            spanID: span.spanID, parentSpanID: span.parentSpanID ?? 0, startNanos: span.startNanos,
            endNanos: span.endNanos, operation: ids.operation, context: ids.context)
        if let known {
            pool[place].unfinished.remove(known)
            if pool[place].spanIDs.count > Self.mostToReplace {
                // Looking through its numbers for each of many spans would take too long: they are read again.
                pool[place].facts = nil
            } else {
                pool[place].facts?.replace(known, by: facts, batch.numbers[span.numbers])
            }
        } else {
            pool[place].append(span.spanID, isFinished: isFinished)
            pool[place].facts?.append(facts, batch.numbers[span.numbers])
        }
        pool[place].hasChanged = true
        counts.spans += 1
    }

    private func insertRow(
        _ id: Int64, _ span: PreparedSpan, _ ids: SpanIDs, of batch: PreparedBatch, _ bytes: BatchBytes
    ) throws {
        insertSpan.bind(id)
        insertSpan.bind(Int64(bitPattern: span.spanID))
        insertSpan.bind(span.parentSpanID.map { Int64(bitPattern: $0) })
        insertSpan.bind(Int64(bitPattern: span.startNanos))
        insertSpan.bind(span.endNanos == 0 ? nil : Int64(bitPattern: span.endNanos &- span.startNanos))
        insertSpan.bind(ids.operation)
        insertSpan.bind(ids.context)
        insertSpan.bind(ids.layout)
        insertSpan.bind(ids.source)
        if span.contents.isEmpty {
            insertSpan.bind(staticText: bytes.text(span.inlineValues))
            insertSpan.bind(staticText: bytes.text(span.extras))
            try insertSpan.run()
        } else {
            try compose(span, of: batch, bytes)
            try composed.withUnsafeBytes { composed in
                insertSpan.bind(staticText: composed)
                insertSpan.bind(staticText: bytes.text(span.extras))
                try insertSpan.run()
            }
        }
    }

    /// Pieces as pairs of the first one's id and how many ids follow each other: what is sent again mostly does.
    private func appendRuns(_ pieces: Range<Int>, of batch: PreparedBatch, _ bytes: BatchBytes) throws {
        var run: (first: Int64, count: Int64)?
        composed.append(UInt8(ascii: "["))
        func close() {
            guard let run else { return }
            if composed.last != UInt8(ascii: "[") { composed.append(UInt8(ascii: ",")) }
            composed.append(UInt8(ascii: "["))
            JSONBytes.append(run.first, to: &composed)
            composed.append(UInt8(ascii: ","))
            JSONBytes.append(run.count, to: &composed)
            composed.append(UInt8(ascii: "]"))
        }
        for index in pieces {
            let piece = batch.pieces[index]
            let data = UnsafeRawBufferPointer(rebasing: bytes.pieces[piece.bytes])
            let id = try content.id(hash: piece.hash, data)
            if let known = run, id == known.first + known.count {
                run = (known.first, known.count + 1)
            } else {
                close()
                run = (id, 1)
            }
        }
        close()
        composed.append(UInt8(ascii: "]"))
    }

    /// The span's values with the lists of its contents' pieces put where they belong.
    private func compose(_ span: PreparedSpan, of batch: PreparedBatch, _ bytes: BatchBytes) throws {
        composed.removeAll(keepingCapacity: true)
        var start = span.inlineValues.lowerBound
        for content in batch.contents[span.contents] {
            composed.append(contentsOf: bytes.text[start..<content.place])
            start = content.place
            try appendRuns(content.pieces, of: batch, bytes)
        }
        composed.append(contentsOf: bytes.text[start..<span.inlineValues.upperBound])
    }
}

/// Where a batch's texts stand while it is written.
private struct BatchBytes {
    let text: UnsafeRawBufferPointer
    let pieces: UnsafeRawBufferPointer

    /// `nil` for an empty range.
    func text(_ range: Range<Int>) -> UnsafeRawBufferPointer? {
        range.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: text[range])
    }
}

extension PreparedBatch {
    /// The spans of each trace in order, so that a trace's rows are written together.
    fileprivate var spansByTrace: [(trace: Int, spans: ArraySlice<Int>)] {
        var ends = [Int](repeating: 0, count: traces.count + 1)
        for span in spans { ends[Int(span.trace) + 1] += 1 }
        for trace in traces.indices { ends[trace + 1] += ends[trace] }
        let starts = ends
        var order = [Int](repeating: 0, count: spans.count)
        for (index, span) in spans.enumerated() {
            order[ends[Int(span.trace)]] = index
            ends[Int(span.trace)] += 1
        }
        return traces.indices.map { ($0, order[starts[$0]..<starts[$0 + 1]]) }
    }
}
