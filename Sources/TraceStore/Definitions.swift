import GRDB
import JSONText
import TraceModel
import TraceSchema

/// What one preparer's numbers mean, and the ids of those things in the file.
///
/// Ids are looked up or made inside the transaction that first needs them, and forgotten when it is undone or another
/// process has written.
final class Definitions {
    private var preparer: UInt64?
    private var sources = Numbered<SourceDefinition>()
    private var operations = Numbered<OperationDefinition>()
    private var contexts = Numbered<ContextDefinition>()
    private var layouts = Numbered<LayoutDefinition>()
    /// Those of all batches.
    private(set) var demotedFields: [String] = []

    private struct Numbered<Definition> {
        private(set) var all: [Definition] = []
        private var ids: [Int64] = []

        mutating func add(_ new: [Definition], restarting: Bool) {
            if restarting { (all, ids) = ([], []) }
            all += new
            ids += repeatElement(0, count: new.count)
        }

        mutating func forget() {
            for index in ids.indices { ids[index] = 0 }
        }

        mutating func id(_ index: Int32, _ find: (Definition) throws -> Int64) rethrows -> Int64 {
            let known = ids[Int(index)]
            if known != 0 { return known }
            let id = try find(all[Int(index)])
            ids[Int(index)] = id
            return id
        }
    }

    /// Each batch of a preparer once, in their order, whether its spans can be written or not: later ones rely on it.
    func add(_ batch: PreparedBatch) {
        if preparer != batch.preparer {
            sources = Numbered()
            operations = Numbered()
            contexts = Numbered()
            layouts = Numbered()
            preparer = batch.preparer
        }
        sources.add(batch.sources, restarting: batch.restarts.sources)
        operations.add(batch.operations, restarting: batch.restarts.operations)
        contexts.add(batch.contexts, restarting: batch.restarts.contexts)
        layouts.add(batch.layouts, restarting: batch.restarts.layouts)
        demotedFields += batch.demotedFields
    }

    func forgetIDs() {
        sources.forget()
        operations.forget()
        contexts.forget()
        layouts.forget()
    }

    func ids(_ span: PreparedSpan, _ tables: DefinitionTables) throws -> SpanIDs {
        SpanIDs(
            operation: try operations.id(span.operation, tables.operationID),
            context: try contexts.id(span.context, tables.contextID),
            layout: try layouts.id(span.layout, tables.layoutID), source: try sources.id(span.source, tables.sourceID))
    }
}

struct SpanIDs {
    let operation: Int64
    let context: Int64
    let layout: Int64
    let source: Int64
}

/// The tables that definitions stand in.
final class DefinitionTables {
    private let db: Database
    private var insertResource, selectResource, insertScope, selectScope, insertSource, selectSource: BoundStatement
    private var insertOperation, selectOperations, insertContext: BoundStatement
    private var insertLayout, selectLayouts, insertSlot, selectSlots: BoundStatement
    private var insertDemoted: BoundStatement

    init(_ db: Database) throws {
        self.db = db
        insertResource = try BoundStatement(db, TraceSQL.insertResource)
        selectResource = try BoundStatement(db, TraceSQL.selectResourceID)
        insertScope = try BoundStatement(db, TraceSQL.insertScope)
        selectScope = try BoundStatement(db, TraceSQL.selectScopeID)
        insertSource = try BoundStatement(db, TraceSQL.insertSource)
        selectSource = try BoundStatement(db, TraceSQL.selectSourceID)
        insertOperation = try BoundStatement(db, TraceSQL.insertOperation)
        selectOperations = try BoundStatement(db, TraceSQL.selectOperationsByHash)
        insertContext = try BoundStatement(db, TraceSQL.insertContext)
        insertLayout = try BoundStatement(db, TraceSQL.insertLayout)
        selectLayouts = try BoundStatement(db, TraceSQL.selectLayoutsByHash)
        insertSlot = try BoundStatement(db, TraceSQL.insertLayoutSlot)
        selectSlots = try BoundStatement(db, TraceSQL.selectLayoutSlots)
        insertDemoted = try BoundStatement(db, TraceSQL.insertDemotedField)
    }

    func demote(_ field: String) throws {
        insertDemoted.bind(field)
        try insertDemoted.run()
    }

    func sourceID(_ source: SourceDefinition) throws -> Int64 {
        let (resource, scope) = (try resourceID(source.resource), try scopeID(source.scope))
        return try find(&selectSource, &insertSource) { statement in
            statement.bind(resource)
            statement.bind(scope)
        }
    }

    private func resourceID(_ resource: Resource) throws -> Int64 {
        let (json, tags) = AttributeCodec.encode(resource.attributes)
        return try find(&selectResource, &insertResource) { statement in
            statement.bind(json)
            statement.bind(tags)
            statement.bind(Int64(resource.droppedAttributesCount))
            statement.bind(resource.schemaURL)
        } rest: { statement in
            statement.bind(resource.serviceName)
        }
    }

    private func scopeID(_ scope: Scope) throws -> Int64 {
        let (json, tags) = AttributeCodec.encode(scope.attributes)
        return try find(&selectScope, &insertScope) { statement in
            statement.bind(scope.name)
            statement.bind(scope.version)
            statement.bind(json)
            statement.bind(tags)
            statement.bind(Int64(scope.droppedAttributesCount))
            statement.bind(scope.schemaURL)
        }
    }

    /// - Parameters:
    ///   - identity: Binds what both statements take first.
    ///   - rest: Binds what only the row has.
    private func find(
        _ select: inout BoundStatement, _ insert: inout BoundStatement, identity: (inout BoundStatement) -> Void,
        rest: (inout BoundStatement) -> Void = { _ in }
    ) throws -> Int64 {
        identity(&select)
        if let known = try select.run() { return known }
        identity(&insert)
        rest(&insert)
        try insert.run()
        return db.lastInsertedRowID
    }

    func operationID(_ operation: OperationDefinition) throws -> Int64 {
        let identity = operation.identity
        let hash = ByteHash.stable(identity)
        var known: Int64?
        selectOperations.bind(hash)
        try selectOperations.forEach { row in
            if known == nil, try row.operation().identity.isExactly(identity) { known = try row.integer(0) }
        }
        if let known { return known }
        insertOperation.bind(operation.service)
        insertOperation.bind(operation.name)
        insertOperation.bind(Int64(operation.kind))
        insertOperation.bind(Int64(operation.statusCode))
        for field in operation.fields { insertOperation.bind(field) }
        insertOperation.bind(operation.usageRole?.rawValue)
        insertOperation.bind(hash)
        try insertOperation.run()
        return db.lastInsertedRowID
    }

    func contextID(_ context: ContextDefinition) throws -> Int64 {
        for field in context.fields { insertContext.bind(field) }
        try insertContext.run()
        return db.lastInsertedRowID
    }

    func layoutID(_ layout: LayoutDefinition) throws -> Int64 {
        let identity = layout.identity
        let hash = ByteHash.stable(identity)
        var candidates: [(id: Int64, flags: UInt32, namePlace: Int?)] = []
        selectLayouts.bind(hash)
        try selectLayouts.forEach { row in
            candidates.append((try row.integer(0), try row.uint32(1), row.optionalInteger(2).map { Int($0) }))
        }
        for candidate in candidates {
            var slots: [LayoutSlot] = []
            selectSlots.bind(candidate.id)
            try selectSlots.forEach { slots.append(try $0.layoutSlot(1)) }
            let stored = LayoutDefinition(flags: candidate.flags, namePlace: candidate.namePlace, slots: slots)
            if stored.identity.isExactly(identity) { return candidate.id }
        }
        return try insert(layout, hash)
    }

    private func insert(_ layout: LayoutDefinition, _ hash: Int64) throws -> Int64 {
        insertLayout.bind(Int64(layout.flags))
        insertLayout.bind(layout.namePlace.map { Int64($0) })
        insertLayout.bind(hash)
        try insertLayout.run()
        let id = db.lastInsertedRowID
        for (position, slot) in layout.slots.enumerated() {
            insertSlot.bind(id)
            insertSlot.bind(Int64(position))
            insertSlot.bind(slot.key)
            insertSlot.bind(slot.kind.rawValue)
            insertSlot.bind(slot.kind == .constant ? nil : Int64(slot.place))
            insertSlot.bind(slot.constant)
            try insertSlot.run()
        }
        return id
    }
}

extension StatementRow {
    /// Columns of `operation` from `service` on, the id first.
    func operation() throws -> OperationDefinition {
        OperationDefinition(
            service: optionalText(1), name: try text(2), kind: try int32(3), statusCode: try int32(4),
            fields: OperationField.allCases.map { optionalText(5 + $0.rawValue) },
            usageRole: optionalText(5 + OperationField.allCases.count).flatMap(UsageRole.init(rawValue:)))
    }

    /// key, kind, place, constant, from a column on.
    func layoutSlot(_ column: Int) throws -> LayoutSlot {
        guard let kind = SlotKind(rawValue: try text(column + 1)) else { throw WrongColumnType(column: column + 1) }
        let place = Int(optionalInteger(column + 2) ?? 0)
        let constant = optionalText(column + 3)
        guard kind != .constant || constant != nil, place >= 0 else { throw WrongColumnType(column: column + 2) }
        return LayoutSlot(key: try text(column), kind: kind, place: place, constant: constant)
    }
}
