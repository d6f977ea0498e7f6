import Foundation
import GRDB
import TraceModel
import TraceSchema

/// A store, open for reading. It never changes the file.
package final class Store {
    package let path: String
    private let queue: DatabaseQueue

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
    let db: Database
    private let operations: [Int64: Operation]
    private lazy var contexts = Result { try loadContexts() }
    private lazy var resources = Result { try loadResources() }
    private lazy var scopes = Result { try loadScopes() }

    init(_ db: Database, path: String) throws {
        self.db = db
        self.path = path
        var operations: [Int64: Operation] = [:]
        let rows = try Row.fetchCursor(db, sql: TraceSQL.selectOperations)
        while let row = try rows.next() {
            let operation = Operation(
                id: row[0], service: row[1], name: row[2], kind: row[3], statusCode: row[4],
                usageRole: (row["usage_role"] as String?).flatMap(UsageRole.init(rawValue:)),
                fields: OperationField.allCases.map { row[5 + $0.index] })
            operations[operation.id] = operation
        }
        self.operations = operations
    }

    package func summary() throws -> StoreSummary {
        guard let row = try Row.fetchOne(db, sql: TraceSQL.selectSummary) else {
            preconditionFailure("an aggregate has one row")
        }
        let first: Int64? = row["first_start"]
        let last: Int64? = row["last_start"]
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return StoreSummary(
            spans: row["spans"], traces: row["traces"], services: row["services"], operations: row["operations"],
            firstStart: first.map(UInt64.init(bitPattern:)), lastStart: last.map(UInt64.init(bitPattern:)),
            unfinished: row["unfinished"], negativeDurations: row["negative"],
            bytes: (attributes[.size] as? NSNumber)?.intValue ?? 0, schemaVersion: Int(TraceSQL.version))
    }

    /// The earliest and the latest start in the file, both included; `nil` for an empty store.
    package func startRange() throws -> ClosedRange<UInt64>? {
        guard let row = try Row.fetchOne(db, sql: TraceSQL.selectStartRange), let first: Int64 = row[0],
            let last: Int64 = row[1]
        else { return nil }
        return UInt64(bitPattern: first)...max(UInt64(bitPattern: first), UInt64(bitPattern: last))
    }

    /// Every attribute key in the file, of spans and of resources.
    package func attributeKeys() throws -> (span: [String], resource: [String]) {
        var keys: (span: [String], resource: [String]) = ([], [])
        for row in try Row.fetchAll(db, sql: TraceSQL.selectAttributeKeys) {
            let target: String = row[0]
            if target == "span" { keys.span.append(row[1]) } else { keys.resource.append(row[1]) }
        }
        return keys
    }

    /// The spans that start inside `window`, in order of start.
    package func scan(_ window: TimeWindow, _ body: (SpanRow) throws -> Void) throws {
        try scan(TraceSQL.selectSpansInWindow, window.arguments) { try body(try spanRow($0)) }
    }

    /// The same with everything that was sent.
    package func scanWithDetail(_ window: TimeWindow, _ body: (StoredSpan) throws -> Void) throws {
        try scan(TraceSQL.selectSpansWithDetailInWindow, window.arguments) { try body(try storedSpan($0)) }
    }

    /// Every trace of the file, whole: its spans in order of their ids.
    package func scanTraces(_ body: ([SpanRow]) throws -> Void) throws {
        var trace: [SpanRow] = []
        try scan(TraceSQL.selectSpansByTrace, []) { row in
            let span = try spanRow(row)
            if let first = trace.first, first.traceID != span.traceID {
                try body(trace)
                trace.removeAll(keepingCapacity: true)
            }
            trace.append(span)
        }
        if !trace.isEmpty { try body(trace) }
    }

    /// One trace whole, in order of start; empty when the store has none of that id.
    package func trace(_ id: TraceID) throws -> [StoredSpan] {
        var spans: [StoredSpan] = []
        try scan(TraceSQL.selectTrace, [Data(id.bytes)]) { spans.append(try storedSpan($0)) }
        return spans
    }

    /// SQLite's plan of one of the shipped queries, a step a line: for tests that no query scans what an index serves.
    package func queryPlan(of sql: String) throws -> [String] {
        let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
        statement.setUncheckedArguments(StatementArguments())
        return try Row.fetchAll(statement).map { $0["detail"] }
    }

    private func scan(_ sql: String, _ arguments: StatementArguments, _ body: (Row) throws -> Void) throws {
        let rows = try Row.fetchCursor(db, sql: sql, arguments: arguments)
        while let row = try rows.next() { try body(row) }
    }
}

// MARK: - Ids that people type
extension StoreSnapshot {
    /// What an id's first digits stand for.
    package enum Match<ID: Sendable>: Sendable {
        case none
        case one(ID)
        /// Two or more ids begin so; here are two of them.
        case several(ID, ID)
    }

    /// - Parameter prefix: 1 to 32 hexadecimal digits.
    package func traceIDs(prefix: String) throws -> Match<TraceID> {
        guard let (low, high) = idRange(prefix, bytes: 16) else { return .none }
        let found = try Row.fetchAll(db, sql: TraceSQL.selectTraceIDs, arguments: [low, high])
        return match(found.compactMap { TraceID(bytes: Array($0[0] as Data)[...]) })
    }

    /// - Parameter prefix: 1 to 16 hexadecimal digits.
    package func spanIDs(prefix: String) throws -> Match<(trace: TraceID, span: SpanID)> {
        guard let (low, high) = idRange(prefix, bytes: 8) else { return .none }
        let found = try Row.fetchAll(db, sql: TraceSQL.selectSpanOwners, arguments: [low, high])
        return match(
            found.compactMap { row in
                guard let trace = TraceID(bytes: Array(row[0] as Data)[...]),
                    let span = SpanID(bytes: Array(row[1] as Data)[...])
                else {
                    return nil
                }
                return (trace, span)
            })
    }

    private func match<ID>(_ found: [ID]) -> Match<ID> {
        switch found.count {
        case 0: .none
        case 1: .one(found[0])
        default: .several(found[0], found[1])
        }
    }

    /// The lowest and the highest id that begin with `prefix`.
    private func idRange(_ prefix: String, bytes: Int) -> (Data, Data)? {
        guard prefix.count <= bytes * 2,
            let low = Hex.decode(prefix.padding(toLength: bytes * 2, withPad: "0", startingAt: 0)),
            let high = Hex.decode(prefix.padding(toLength: bytes * 2, withPad: "f", startingAt: 0))
        else { return nil }
        return (Data(low), Data(high))
    }
}

// MARK: - Rows to values
extension StoreSnapshot {
    private func spanRow(_ row: Row) throws -> SpanRow {
        let id: Int64 = row[0]
        guard let traceID = TraceID(bytes: Array(row[1] as Data)[...]),
            let spanID = SpanID(bytes: Array(row[2] as Data)[...]),
            let operation = operations[row[6]], let context = try contexts.get()[row[7]]
        else { throw StoreError.damagedRow(path: path, table: "span", id: id) }
        let parent = (row[3] as Data?).flatMap { SpanID(bytes: Array($0)[...]) }
        return SpanRow(
            id: id, traceID: traceID, spanID: spanID, parent: parent.flatMap { $0.isZero ? nil : $0 },
            startNanos: UInt64(bitPattern: row[4]), endNanos: UInt64(bitPattern: row[5]),
            operation: operation, context: context, resourceID: row[8], scopeID: row[9],
            numbers: NumberField.allCases.map { number(row[10 + $0.index]) })
    }

    private func number(_ value: DatabaseValue) -> NormalisedFields.Number? {
        switch value.storage {
        case .int64(let value): .integer(value)
        case .double(let value): .real(value)
        default: nil
        }
    }

    private func storedSpan(_ row: Row) throws -> StoredSpan {
        let narrow = try spanRow(row)
        guard let resource = try resources.get()[narrow.resourceID], let scope = try scopes.get()[narrow.scopeID] else {
            throw StoreError.damagedRow(path: path, table: "span", id: narrow.id)
        }
        var span = TraceSpan(traceID: narrow.traceID, spanID: narrow.spanID)
        span.parentSpanID = (row[3] as Data?).flatMap { SpanID(bytes: Array($0)[...]) }
        span.name = narrow.operation.name
        span.kind = narrow.operation.kind
        span.startNanos = narrow.startNanos
        span.endNanos = narrow.endNanos
        let detail = 10 + NumberField.allCases.count
        do {
            span.attributes = try AttributeCodec.decode(json: row[detail], tags: row[detail + 1])
            span.traceState = row[detail + 2]
            span.flags = row[detail + 3]
            span.status = SpanStatus(code: narrow.operation.statusCode, message: row[detail + 4])
            span.droppedAttributesCount = row[detail + 5]
            span.events = try EventCodec.decodeEvents(row[detail + 6])
            span.droppedEventsCount = row[detail + 7]
            span.links = try EventCodec.decodeLinks(row[detail + 8])
            span.droppedLinksCount = row[detail + 9]
        } catch {
            throw StoreError.damagedRow(path: path, table: "span_detail", id: narrow.id)
        }
        return StoredSpan(row: narrow, span: span, resource: resource, scope: scope)
    }

    private func loadContexts() throws -> [Int64: RunContext] {
        var contexts: [Int64: RunContext] = [:]
        try scan(TraceSQL.selectContexts, []) { row in
            contexts[row[0]] = RunContext(id: row[0], fields: ContextField.allCases.map { row[1 + $0.index] })
        }
        return contexts
    }

    private func loadResources() throws -> [Int64: Resource] {
        var resources: [Int64: Resource] = [:]
        try scan(TraceSQL.selectResources, []) { row in
            var resource = Resource()
            resource.attributes = try AttributeCodec.decode(json: row[2], tags: row[3])
            resource.droppedAttributesCount = row[4]
            resource.schemaURL = row[5]
            resources[row[0]] = resource
        }
        return resources
    }

    private func loadScopes() throws -> [Int64: Scope] {
        var scopes: [Int64: Scope] = [:]
        try scan(TraceSQL.selectScopes, []) { row in
            var scope = Scope()
            scope.name = row[1]
            scope.version = row[2]
            scope.attributes = try AttributeCodec.decode(json: row[3], tags: row[4])
            scope.droppedAttributesCount = row[5]
            scope.schemaURL = row[6]
            scopes[row[0]] = scope
        }
        return scopes
    }
}

extension TimeWindow {
    /// Bounds for `start_nanos >= ?1 AND start_nanos < ?2`; times past 2262 are negative in SQLite and never excluded.
    fileprivate var arguments: StatementArguments {
        [from.map { Int64(clamping: $0) } ?? Int64.min, to.map { Int64(clamping: $0) } ?? Int64.max]
    }
}
