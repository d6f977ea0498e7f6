import Foundation
import GRDB
import GRDBSQLite
import TraceFormats
import TraceModel
import TraceStore

/// What SQLite itself needs for the same spans, stored plainly: one row a span with the attributes that queries use as
/// columns, the rest as JSON, four indexes. Only the insertion counts; spans are decoded beforehand, a file at a time.
struct Yardstick {
    private static let columns = [
        "workflow.name", "workflow.id", "agent.type", "agent.id", "session.id", "correlation.id", "primitive.name",
        "primitive.type", "execution.status", "llm.model_name", "cache.type", "error.type",
    ]
    private static let table = """
        CREATE TABLE span (
            id INTEGER PRIMARY KEY, trace_id BLOB, span_id BLOB, parent_span_id BLOB, service TEXT, name TEXT,
            kind INTEGER, start_nanos INTEGER, end_nanos INTEGER, status INTEGER, workflow_name TEXT, workflow_id TEXT,
            agent_type TEXT, agent_id TEXT, session_id TEXT, correlation_id TEXT, primitive_name TEXT,
            primitive_type TEXT, execution_status TEXT, llm_model_name TEXT, cache_type TEXT, error_type TEXT,
            attributes TEXT
        );
        CREATE INDEX by_trace ON span (trace_id);
        CREATE INDEX by_start ON span (start_nanos);
        CREATE INDEX by_cache ON span (cache_type) WHERE cache_type IS NOT NULL;
        CREATE INDEX by_root ON span (start_nanos) WHERE parent_span_id IS NULL;
        """
    private static let insert = "INSERT INTO span VALUES (NULL\(String(repeating: ", ?", count: 22)))"

    /// - Returns: Spans, and the seconds that their insertion took.
    static func run(folder: String, database: String) throws -> (spans: Int, seconds: Double) {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: database, configuration: configuration)
        var elapsed = Duration.zero
        var spans = 0
        let clock = ContinuousClock()
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536")
            try db.execute(sql: table)
            let statement = try db.makeStatement(sql: insert)
            defer { withExtendedLifetime(statement) {} }
            try db.beginTransaction()
            for input in InputList([folder]).inputs {
                let rows = try rows(of: input)
                spans += rows.count
                elapsed += clock.measure { for row in rows { row.insert(statement.sqliteStatement) } }
                if spans.isMultiple(of: 32_768) {
                    elapsed += try clock.measure {
                        try db.commit()
                        try db.beginTransaction()
                    }
                }
            }
            elapsed += try clock.measure {
                try db.commit()
                _ = try db.checkpoint(.truncate)
            }
        }
        return (spans, elapsed.seconds)
    }

    private static func rows(of input: Input) throws -> [PlainRow] {
        var rows: [PlainRow] = []
        var failure: InputError?
        try PayloadReader(input).forEach { payload in
            guard case .spans(let batch) = payload else { return }
            for group in batch.batch.groups {
                rows += group.spans.map { PlainRow($0, service: group.resource.serviceName, columns: columns) }
            }
        } failure: {
            failure = $0
        }
        if let failure { throw failure }
        return rows
    }
}

/// One span, ready to bind.
private struct PlainRow {
    private let blobs: [[UInt8]?]
    private let numbers: [Int64]
    private let texts: [String?]

    init(_ span: TraceSpan, service: String?, columns: [String]) {
        blobs = [span.traceID.bytes, span.spanID.bytes, span.parentSpanID?.bytes]
        numbers = [
            Int64(span.kind), Int64(bitPattern: span.startNanos), Int64(bitPattern: span.endNanos),
            Int64(span.status.code),
        ]
        texts =
            [service, span.name] + columns.map { span.attributes[$0]?.string }
            + [AttributeCodec.encode(span.attributes).json]
    }

    func insert(_ statement: OpaquePointer) {
        for (index, blob) in blobs.enumerated() {
            guard let blob else {
                sqlite3_bind_null(statement, Int32(index + 1))
                continue
            }
            _ = blob.withUnsafeBytes {
                sqlite3_bind_blob(statement, Int32(index + 1), $0.baseAddress, Int32($0.count), Self.transient)
            }
        }
        bind(texts[0], statement, 4)
        bind(texts[1], statement, 5)
        for (index, number) in numbers.enumerated() { sqlite3_bind_int64(statement, Int32(index + 6), number) }
        for (index, text) in texts.dropFirst(2).enumerated() { bind(text, statement, Int32(index + 10)) }
        let code = sqlite3_step(statement)
        precondition(code == SQLITE_DONE, "inserting a plain row: code \(code)")
        sqlite3_reset(statement)
    }

    private func bind(_ text: String?, _ statement: OpaquePointer, _ index: Int32) {
        guard var text else {
            sqlite3_bind_null(statement, index)
            return
        }
        text.withUTF8 { utf8 in
            _ = utf8.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text(statement, index, $0.baseAddress, Int32($0.count), Self.transient)
            }
        }
    }

    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
