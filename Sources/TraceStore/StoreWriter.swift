import GRDB
import GRDBSQLite
import TraceModel
import TraceSchema

/// What became of the spans that were handed to a ``StoreWriter``.
package struct WriteCounts: Hashable, Sendable {
    /// Stored: new ones, and finished ones that took the place of an unfinished copy.
    package var spans = 0
    /// Copies of a span that the store had already.
    package var duplicateSpans = 0

    package init() {}

    package static func += (left: inout WriteCounts, right: WriteCounts) {
        left.spans += right.spans
        left.duplicateSpans += right.duplicateSpans
    }
}

/// Adds spans to a store, some thousand to a transaction.
///
/// A request is never split over transactions that could fail apart: it is committed whole or not at all. Not for
/// several threads at once; several processes take turns.
package final class StoreWriter {
    /// What is on disk for good.
    package private(set) var committed = WriteCounts()

    private let path: String
    private let queue: DatabaseQueue
    private let spansPerTransaction: Int
    private var pending = WriteCounts()
    private var session: WriteSession?

    /// - Throws: ``StoreError``.
    package init(path: String, spansPerTransaction: Int = 32_768) throws {
        self.path = path
        self.spansPerTransaction = spansPerTransaction
        queue = try StoreFile.openForWriting(path)
    }

    /// Adds one request's spans. They are committed by the time ``finish()`` returns.
    ///
    /// - Throws: ``StoreError``; then everything since the last commit is undone.
    package func add(_ batch: PreparedBatch) throws {
        try attempt { db in
            let session = try openSession(db)
            for group in batch.groups { pending += try session.insert(group) }
            try session.note(batch.keys)
            if pending.spans + pending.duplicateSpans >= spansPerTransaction { try commit(db) }
        }
    }

    /// Commits what is pending, with the disk's word for it (`synchronous = FULL`).
    package func finish() throws {
        try attempt { db in
            if session != nil { try commit(db) }
            // The last transaction before success is one that waited for the disk, and so did all before it.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA user_version = \(TraceSQL.version)")
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
        }
    }

    private func openSession(_ db: Database) throws -> WriteSession {
        if let session { return session }
        try db.beginTransaction(.immediate)
        let opened = try WriteSession(db)
        session = opened
        return opened
    }

    private func commit(_ db: Database) throws {
        try db.commit()
        session = nil
        committed += pending
        pending = WriteCounts()
    }

    private func attempt(_ body: (Database) throws -> Void) throws {
        try StoreFile.mapping(path) {
            try queue.writeWithoutTransaction { db in
                do {
                    try body(db)
                } catch {
                    session = nil
                    pending = WriteCounts()
                    if db.isInsideTransaction { try db.rollback() }
                    throw error
                }
            }
        }
    }
}

/// One transaction's statements and the ids that it has seen. Nothing of it outlives the transaction, so an id is
/// never used that was rolled back or that another process changed.
private final class WriteSession {
    private let db: Database
    private var insertSpan: BoundStatement
    private var insertDetail: BoundStatement
    private var insertKey: BoundStatement
    private var selectUnfinished: BoundStatement
    private var deleteSpan: BoundStatement
    private var deleteDetail: BoundStatement
    private var resources: Interner<Resource>
    private var scopes: Interner<Scope>
    private var operations: Interner<OperationKey>
    private var contexts: Interner<ContextKey>
    private var knownKeys: [String: Set<String>] = [:]

    init(_ db: Database) throws {
        self.db = db
        insertSpan = try BoundStatement(db, TraceSQL.insertSpan)
        insertDetail = try BoundStatement(db, TraceSQL.insertSpanDetail)
        insertKey = try BoundStatement(db, TraceSQL.insertAttributeKey)
        selectUnfinished = try BoundStatement(db, TraceSQL.selectUnfinishedSpan)
        deleteSpan = try BoundStatement(db, TraceSQL.deleteSpan)
        deleteDetail = try BoundStatement(db, TraceSQL.deleteSpanDetail)
        resources = try Interner(db, insert: TraceSQL.insertResource, select: TraceSQL.selectResourceID)
        scopes = try Interner(db, insert: TraceSQL.insertScope, select: TraceSQL.selectScopeID)
        operations = try Interner(db, insert: TraceSQL.insertOperation, select: TraceSQL.selectOperationID)
        contexts = try Interner(db, insert: TraceSQL.insertContext, select: TraceSQL.selectContextID)
    }

    func insert(_ group: PreparedGroup) throws -> WriteCounts {
        let ids = GroupIDs(resource: try resourceID(group.resource), scope: try scopeID(group.scope))
        var counts = WriteCounts()
        for span in group.spans {
            if try insert(span, ids) { counts.spans += 1 } else { counts.duplicateSpans += 1 }
        }
        return counts
    }

    /// - Returns: Whether the span was stored; otherwise the store has it already.
    private func insert(_ prepared: PreparedSpan, _ group: GroupIDs) throws -> Bool {
        let span = prepared.span
        let row = SpanRowIDs(
            operation: try operationID(prepared.operation), context: try contextID(prepared.context), group: group)
        if try !insertRow(span, row, prepared.numbers) {
            guard span.endNanos != 0, let old = try unfinishedCopy(of: span) else { return false }
            try delete(old)
            _ = try insertRow(span, row, prepared.numbers)
        }
        try insertDetail(prepared, id: db.lastInsertedRowID)
        return true
    }

    private func insertRow(_ span: TraceSpan, _ ids: SpanRowIDs, _ numbers: [NormalisedFields.Number?]) throws -> Bool {
        insertSpan.bind(span.traceID.bytes)
        insertSpan.bind(span.spanID.bytes)
        if let parent = span.parentSpanID { insertSpan.bind(parent.bytes) } else { insertSpan.bindNull() }
        insertSpan.bind(Int64(bitPattern: span.startNanos))
        insertSpan.bind(Int64(bitPattern: span.endNanos))
        insertSpan.bind(ids.operation)
        insertSpan.bind(ids.context)
        insertSpan.bind(ids.group.resource)
        insertSpan.bind(ids.group.scope)
        for number in numbers {
            switch number {
            case .integer(let value): insertSpan.bind(value)
            case .real(let value): insertSpan.bind(value)
            case nil: insertSpan.bindNull()
            }
        }
        try insertSpan.run()
        return db.changesCount == 1
    }

    private func insertDetail(_ prepared: PreparedSpan, id: Int64) throws {
        let span = prepared.span
        insertDetail.bind(id)
        insertDetail.bind(span.traceState)
        insertDetail.bind(Int64(span.flags))
        insertDetail.bind(span.status.message)
        insertDetail.bind(prepared.attributes.json)
        insertDetail.bind(prepared.attributes.tags)
        insertDetail.bind(Int64(span.droppedAttributesCount))
        insertDetail.bind(prepared.events)
        insertDetail.bind(Int64(span.droppedEventsCount))
        insertDetail.bind(prepared.links)
        insertDetail.bind(Int64(span.droppedLinksCount))
        try insertDetail.run()
    }

    private func unfinishedCopy(of span: TraceSpan) throws -> Int64? {
        selectUnfinished.bind(span.traceID.bytes)
        selectUnfinished.bind(span.spanID.bytes)
        return try selectUnfinished.run()
    }

    private func delete(_ id: Int64) throws {
        deleteDetail.bind(id)
        try deleteDetail.run()
        deleteSpan.bind(id)
        try deleteSpan.run()
    }

    func note(_ keys: [String]) throws {
        for key in keys { try note(key, of: "span") }
    }

    private func note(_ key: String, of target: String) throws {
        guard knownKeys[target, default: []].insert(key).inserted else { return }
        insertKey.bind(target)
        insertKey.bind(key)
        try insertKey.run()
    }

    private func resourceID(_ resource: Resource) throws -> Int64 {
        if let id = resources[resource] { return id }
        for attribute in resource.attributes { try note(attribute.key, of: "resource") }
        let (json, tags) = AttributeCodec.encode(resource.attributes)
        func identity(_ statement: inout BoundStatement) {
            statement.bind(json)
            statement.bind(tags)
            statement.bind(Int64(resource.droppedAttributesCount))
            statement.bind(resource.schemaURL)
        }
        return try resources.intern(resource, identity: identity) { statement in
            statement.bind(resource.serviceName)
            identity(&statement)
        }
    }

    private func scopeID(_ scope: Scope) throws -> Int64 {
        if let id = scopes[scope] { return id }
        let (json, tags) = AttributeCodec.encode(scope.attributes)
        func identity(_ statement: inout BoundStatement) {
            statement.bind(scope.name)
            statement.bind(scope.version)
            statement.bind(json)
            statement.bind(tags)
            statement.bind(Int64(scope.droppedAttributesCount))
            statement.bind(scope.schemaURL)
        }
        return try scopes.intern(scope, identity: identity, row: identity)
    }

    private func operationID(_ key: OperationKey) throws -> Int64 {
        if let id = operations[key] { return id }
        let identity = key.identity
        return try operations.intern(key, identity: { $0.bind(identity) }) { statement in
            statement.bind(identity)
            statement.bind(key.service)
            statement.bind(key.name)
            statement.bind(Int64(key.kind))
            statement.bind(Int64(key.status))
            for field in key.fields { statement.bind(field) }
            statement.bind(key.usageRole?.rawValue)
        }
    }

    private func contextID(_ key: ContextKey) throws -> Int64 {
        if let id = contexts[key] { return id }
        let identity = identityText(key.fields)
        return try contexts.intern(key, identity: { $0.bind(identity) }) { statement in
            statement.bind(identity)
            for field in key.fields { statement.bind(field) }
        }
    }
}

private struct GroupIDs {
    let resource: Int64
    let scope: Int64
}

private struct SpanRowIDs {
    let operation: Int64
    let context: Int64
    let group: GroupIDs
}
