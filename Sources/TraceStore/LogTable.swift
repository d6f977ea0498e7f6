import GRDB
import TraceModel
import TraceSchema

/// Writes log records. The same record is stored once.
struct LogTable {
    private let db: Database
    private let tables: DefinitionTables
    private var insert, select, insertBody, selectBody, deleteOld, deleteBodies: BoundStatement
    private var selectLong, selectTrace, delete: BoundStatement

    init(_ db: Database, _ tables: DefinitionTables) throws {
        self.db = db
        self.tables = tables
        insert = try BoundStatement(db, TraceSQL.insertLog)
        select = try BoundStatement(db, TraceSQL.selectLogID)
        insertBody = try BoundStatement(db, TraceSQL.insertLogBody)
        selectBody = try BoundStatement(db, TraceSQL.selectLogBody)
        deleteOld = try BoundStatement(db, TraceSQL.deleteOldLogs)
        deleteBodies = try BoundStatement(db, TraceSQL.deleteUnusedLogBodies)
        selectLong = try BoundStatement(db, TraceSQL.selectLongLogs)
        selectTrace = try BoundStatement(db, TraceSQL.selectTraceNumber)
        delete = try BoundStatement(db, TraceSQL.deleteLog)
    }

    mutating func write(_ batch: LogBatch) throws -> WriteCounts {
        var counts = WriteCounts()
        for group in batch.groups {
            let source = try tables.sourceID(SourceDefinition(resource: group.resource, scope: group.scope))
            for record in group.records {
                if try write(record, source) { counts.logRecords += 1 } else { counts.duplicateLogRecords += 1 }
            }
        }
        return counts
    }

    /// - Returns: Whether it is new.
    private mutating func write(_ record: LogRecord, _ source: Int64) throws -> Bool {
        let row = LogRow(record, try record.body.map { try bodyID($0) }, source)
        row.bind(to: &select)
        if try select.run() != nil { return false }
        row.bind(to: &insert)
        try insert.run()
        return true
    }

    private mutating func bodyID(_ body: AttributeValue) throws -> Int64 {
        let (json, tags) = AttributeCodec.encode([Attribute("body", body)])
        let hash = ByteHash.stable(json + "\n" + tags)
        func bind(_ statement: inout BoundStatement) {
            statement.bind(hash)
            statement.bind(json)
            statement.bind(tags)
        }
        bind(&selectBody)
        if let known = try selectBody.run() { return known }
        bind(&insertBody)
        try insertBody.run()
        return db.lastInsertedRowID
    }

    /// Removes those of no trace in the file from before `horizon`.
    mutating func remove(before horizon: UInt64) throws {
        deleteOld.bind(Int64(bitPattern: horizon))
        try deleteOld.run()
    }

    /// Takes long values out of records from before `horizon`, but for those of traces that go on after it or are kept.
    ///
    /// - Returns: How many records were changed, and how many bytes are gone.
    mutating func removeTexts(
        before horizon: UInt64, keeping kept: Set<Int64>, endOf: (Int64) throws -> UInt64
    ) throws -> (records: Int, bytes: Int) {
        var found: [(id: Int64, record: LogRecord, source: Int64)] = []
        selectLong.bind(Int64(LongTextRemoval.longest))
        selectLong.bind(Int64(bitPattern: horizon))
        try selectLong.forEach { found.append((try $0.integer(0), try $0.logRecord(), try $0.integer(14))) }
        var ends: [Int64: UInt64] = [:]
        var counts = (records: 0, bytes: 0)
        for (id, record, source) in found {
            if let trace = try record.traceID.flatMap({ try number(of: $0) }) {
                let end = try ends[trace] ?? endOf(trace)
                ends[trace] = end
                if kept.contains(trace) || end >= horizon { continue }
            }
            var short = record
            let bytes = LongTextRemoval.shorten(&short)
            if bytes == 0 { continue }
            delete.bind(id)
            try delete.run()
            _ = try write(short, source)
            counts = (counts.records + 1, counts.bytes + bytes)
        }
        if counts.records > 0 { try dropUnusedBodies() }
        return counts
    }

    private mutating func number(of trace: TraceID) throws -> Int64? {
        selectTrace.bind(trace.bytes)
        return try selectTrace.run()
    }

    mutating func dropUnusedBodies() throws { try deleteBodies.run() }
}

/// The columns of a record's row, in order.
private struct LogRow {
    private let record: LogRecord
    private let body: Int64?
    private let attributes: (json: String, tags: String)
    private let source: Int64
    private let hash: Int64

    init(_ record: LogRecord, _ body: Int64?, _ source: Int64) {
        self.record = record
        self.body = body
        self.source = source
        attributes = AttributeCodec.encode(record.attributes)
        let parts: [String?] = [
            record.traceID?.hex, record.spanID?.hex, String(record.timeNanos), String(record.observedNanos),
            String(record.severityNumber), record.severityText, record.eventName, body.map { String($0) },
            attributes.json, attributes.tags, String(record.droppedAttributesCount), String(record.flags),
            String(source),
        ]
        hash = ByteHash.stable(identityText(parts))
    }

    func bind(to statement: inout BoundStatement) {
        if let id = record.traceID { statement.bind(id.bytes) } else { statement.bindNull() }
        statement.bind(record.spanID.map { Int64(bitPattern: $0.value) })
        statement.bind(Int64(bitPattern: record.timeNanos))
        statement.bind(Int64(bitPattern: record.observedNanos))
        statement.bind(Int64(record.severityNumber))
        statement.bind(record.severityText)
        statement.bind(record.eventName)
        statement.bind(body)
        statement.bind(attributes.json)
        statement.bind(attributes.tags)
        statement.bind(Int64(record.droppedAttributesCount))
        statement.bind(Int64(record.flags))
        statement.bind(source)
        statement.bind(hash)
    }
}

/// A log record as it was sent.
package struct StoredLog: Sendable {
    package let record: LogRecord
    package let resource: Resource
    package let scope: Scope
}

extension StoreSnapshot {
    /// Of one trace, in order of time.
    package func logs(ofTrace id: TraceID) throws -> [StoredLog] {
        var logs: [StoredLog] = []
        try scanLogs(TraceSQL.selectLogsOfTrace, { $0.bind(id.bytes) }) { logs.append($0) }
        return logs
    }

    /// All of the file whose time is inside `window`, in order of time. Those without any time are in no window but that of
    /// all.
    ///
    /// - Parameter filter: Takes the records of the spans that meet it.
    package func forEachLog(
        _ window: TimeWindow = .all, where filter: BlockFilter? = nil, _ body: (StoredLog) throws -> Void
    ) throws {
        let chosen = try filter.map { try logKeys(where: $0) }
        try scanLogs(TraceSQL.selectLogs) { log in
            guard window == .all || log.record.momentNanos.map(window.contains) ?? false else { return }
            if let chosen {
                guard let trace = log.record.traceID, let span = log.record.spanID,
                    chosen.contains(LogKey(trace: trace, span: span))
                else { return }
            }
            try body(log)
        }
    }

    private struct LogKey: Hashable {
        let trace: TraceID
        let span: SpanID
    }

    /// Of the spans that meet a filter.
    private func logKeys(where filter: @escaping BlockFilter) throws -> Set<LogKey> {
        var keys: Set<LogKey> = []
        if try logCount() == 0 { return keys }
        try forEachBlock(.all, where: filter) { block, selection in
            let traces = try block.traces()
            var place = 0
            var ids: [Int: TraceID] = [:]
            try forEachKin(block, selection) { span, kin in
                while !traces[place].spans.contains(span) { place += 1 }
                let id = try ids[place] ?? traceID(traces[place].number)
                ids[place] = id
                keys.insert(LogKey(trace: id, span: kin.spanID))
            }
        }
        return keys
    }

    /// Those from before `horizon` that have long values.
    func forEachLongLog(before horizon: UInt64, _ body: (LogRecord) throws -> Void) throws {
        try scanLogs(
            TraceSQL.selectLongLogs,
            {
                $0.bind(Int64(LongTextRemoval.longest))
                $0.bind(Int64(bitPattern: horizon))
            }
        ) { try body($0.record) }
    }

    package func logCount() throws -> Int {
        guard try hasLogs() else { return 0 }
        var count = 0
        try scan("log", TraceSQL.selectLogCount) { count = Int(try $0.integer(0)) }
        return count
    }

    private func scanLogs(
        _ sql: String, _ bind: (inout BoundStatement) -> Void = { _ in }, _ body: (StoredLog) throws -> Void
    ) throws {
        guard try hasLogs() else { return }
        try scan("log", sql, bind) { row in
            let source = try sources.source(row.integer(14))
            try body(StoredLog(record: try row.logRecord(), resource: source.resource, scope: source.scope))
        }
    }

    /// Files of version 3 have no table for them.
    private func hasLogs() throws -> Bool { try version() >= 4 }
}

extension StatementRow {
    fileprivate func logRecord() throws -> LogRecord {
        var record = LogRecord()
        record.traceID = optionalBlob(1).flatMap { TraceID(bytes: $0[...]) }
        record.spanID = optionalInteger(2).map { SpanID(value: UInt64(bitPattern: $0)) }
        record.timeNanos = try nanos(3)
        record.observedNanos = try nanos(4)
        record.severityNumber = try int32(5)
        record.severityText = try text(6)
        record.eventName = try text(7)
        if optionalText(8) != nil { record.body = try attributes(8).first?.value }
        record.attributes = try attributes(10)
        record.droppedAttributesCount = try uint32(12)
        record.flags = try uint32(13)
        return record
    }
}
