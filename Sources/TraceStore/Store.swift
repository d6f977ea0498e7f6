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
    let operations: [Int64: Operation]
    lazy var contexts = Result { try loadContexts() }
    lazy var resources = Result { try loadResources() }
    lazy var scopes = Result { try loadScopes() }

    init(_ db: Database, path: String) throws {
        self.db = db
        self.path = path
        var operations: [Int64: Operation] = [:]
        try Self.scan(db, path, "operation", TraceSQL.selectOperations) { row in
            let operation = Operation(
                id: try row.integer(0), service: row.optionalText(1), name: try row.text(2), kind: try row.int32(3),
                statusCode: try row.int32(4),
                usageRole: row.optionalText(5 + OperationField.allCases.count).flatMap(UsageRole.init(rawValue:)),
                fields: OperationField.allCases.map { row.optionalText(5 + $0.index) })
            operations[operation.id] = operation
        }
        self.operations = operations
    }

    package func summary() throws -> StoreSummary {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        var summary: StoreSummary?
        try scan("span", TraceSQL.selectSummary) { row in
            summary = StoreSummary(
                spans: Int(try row.integer(0)), traces: Int(try row.integer(1)), services: Int(try row.integer(2)),
                operations: Int(try row.integer(3)), firstStart: row.optionalInteger(4).map(UInt64.init(bitPattern:)),
                lastStart: row.optionalInteger(5).map(UInt64.init(bitPattern:)), unfinished: Int(try row.integer(6)),
                negativeDurations: Int(try row.integer(7)), bytes: (attributes[.size] as? NSNumber)?.intValue ?? 0,
                schemaVersion: Int(TraceSQL.version))
        }
        guard let summary else { preconditionFailure("an aggregate has one row") }
        return summary
    }

    /// The earliest and the latest start in the file, both included; `nil` for an empty store.
    package func startRange() throws -> ClosedRange<UInt64>? {
        var range: ClosedRange<UInt64>?
        try scan("span", TraceSQL.selectStartRange) { row in
            guard let first = row.optionalInteger(0), let last = row.optionalInteger(1) else { return }
            range = UInt64(bitPattern: first)...max(UInt64(bitPattern: first), UInt64(bitPattern: last))
        }
        return range
    }

    /// Every attribute key in the file, of spans and of resources.
    package func attributeKeys() throws -> (span: [String], resource: [String]) {
        var keys: (span: [String], resource: [String]) = ([], [])
        try scan("attribute_key", TraceSQL.selectAttributeKeys) { row in
            if try row.text(0) == "span" {
                keys.span.append(try row.text(1))
            } else {
                keys.resource.append(try row.text(1))
            }
        }
        return keys
    }

    /// The spans that start inside `window`, in order of start.
    package func scan(_ window: TimeWindow, _ body: (SpanRow) throws -> Void) throws {
        try scan("span", TraceSQL.selectSpansInWindow, window.bind) { try body(try spanRow($0)) }
    }

    /// The same with everything that was sent.
    package func scanWithDetail(_ window: TimeWindow, _ body: (StoredSpan) throws -> Void) throws {
        try scan("span", TraceSQL.selectSpansWithDetailInWindow, window.bind) { try body(try storedSpan($0)) }
    }

    /// Every trace of the file, whole: its spans in order of their ids.
    package func scanTraces(_ body: ([SpanRow]) throws -> Void) throws {
        var trace: [SpanRow] = []
        try scan("span", TraceSQL.selectSpansByTrace) { row in
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
        try scan("span", TraceSQL.selectTrace, { $0.bind(id.bytes) }) { spans.append(try storedSpan($0)) }
        return spans
    }

    /// SQLite's plan of one of the shipped queries, a step a line: for tests that no query scans what an index serves.
    package func queryPlan(of sql: String) throws -> [String] {
        let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
        statement.setUncheckedArguments(StatementArguments())
        return try Row.fetchAll(statement).map { $0["detail"] }
    }

    func scan(
        _ table: String, _ sql: String, _ bind: (inout BoundStatement) -> Void = { _ in },
        _ body: (StatementRow) throws -> Void
    ) throws {
        try Self.scan(db, path, table, sql, bind, body)
    }

    /// - Throws: ``StoreError/damagedRow(path:table:id:)`` for a row that this version can't have written.
    private static func scan(
        _ db: Database, _ path: String, _ table: String, _ sql: String,
        _ bind: (inout BoundStatement) -> Void = { _ in }, _ body: (StatementRow) throws -> Void
    ) throws {
        var statement = try BoundStatement(db, sql)
        bind(&statement)
        try statement.forEach { row in
            do {
                try body(row)
            } catch is WrongColumnType {
                throw StoreError.damagedRow(path: path, table: table, id: row.optionalInteger(0) ?? 0)
            }
        }
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
        guard let range = IDRange(prefix, bytes: 16) else { return .none }
        var found: [TraceID] = []
        try scan("span", TraceSQL.selectTraceIDs, range.bind) { found.append(try $0.traceID(0)) }
        return match(found)
    }

    /// - Parameter prefix: 1 to 16 hexadecimal digits.
    package func spanIDs(prefix: String) throws -> Match<(trace: TraceID, span: SpanID)> {
        guard let range = IDRange(prefix, bytes: 8) else { return .none }
        var found: [(trace: TraceID, span: SpanID)] = []
        try scan("span", TraceSQL.selectSpanOwners, range.bind) { found.append((try $0.traceID(0), try $0.spanID(1))) }
        return match(found)
    }

    private func match<ID>(_ found: [ID]) -> Match<ID> {
        switch found.count {
        case 0: .none
        case 1: .one(found[0])
        default: .several(found[0], found[1])
        }
    }
}

/// The lowest and the highest id that begin with the same digits.
private struct IDRange {
    private let low: [UInt8]
    private let high: [UInt8]

    /// - Parameter bytes: Of a whole id. `nil` when the prefix is longer or no hexadecimal.
    init?(_ prefix: String, bytes: Int) {
        guard prefix.count <= bytes * 2,
            let low = Hex.decode(prefix.padding(toLength: bytes * 2, withPad: "0", startingAt: 0)),
            let high = Hex.decode(prefix.padding(toLength: bytes * 2, withPad: "f", startingAt: 0))
        else { return nil }
        self.low = low
        self.high = high
    }

    func bind(_ statement: inout BoundStatement) {
        statement.bind(low)
        statement.bind(high)
    }
}

extension TimeWindow {
    /// Bounds for `start_nanos >= ?1 AND start_nanos <= ?2`; times past 2262 are negative in SQLite and never excluded.
    fileprivate func bind(_ statement: inout BoundStatement) {
        statement.bind(from.map { Int64(clamping: $0) } ?? Int64.min)
        statement.bind(to.map { $0 == 0 ? Int64.min : Int64(clamping: $0 - 1) } ?? Int64.max)
    }
}
