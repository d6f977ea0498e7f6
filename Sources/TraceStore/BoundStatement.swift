import GRDB
import GRDBSQLite

/// A prepared statement that is bound and read through SQLite's C API, which costs less per value than GRDB's own way,
/// and tells a value of another type instead of trapping on it: a file from elsewhere may hold anything.
///
/// Text and blobs are copied by SQLite (`SQLITE_TRANSIENT`), so nothing bound needs to outlive the call, except what is
/// bound as static text.
struct BoundStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    private let connection: OpaquePointer?
    private var next: Int32 = 1

    init(_ db: Database, _ sql: String) throws {
        statement = try db.makeStatement(sql: sql)
        handle = statement.sqliteStatement
        connection = db.sqliteConnection
    }

    mutating func bind(_ value: Int64) { bound(sqlite3_bind_int64(handle, next, value)) }

    mutating func bind(_ value: Double) { bound(sqlite3_bind_double(handle, next, value)) }

    mutating func bind(_ value: Int64?) {
        if let value { bind(value) } else { bindNull() }
    }

    mutating func bind(_ value: Double?) {
        if let value { bind(value) } else { bindNull() }
    }

    mutating func bindNull() { bound(sqlite3_bind_null(handle, next)) }

    mutating func bind(_ text: String) {
        var text = text
        let code = text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text(handle, next, $0.baseAddress ?? Self.empty, Int32($0.count), Self.transient)
            }
        }
        bound(code)
    }

    mutating func bind(_ text: String?) {
        if let text { bind(text) } else { bindNull() }
    }

    mutating func bind(_ blob: [UInt8]) {
        bound(blob.withUnsafeBytes { sqlite3_bind_blob(handle, next, $0.baseAddress, Int32($0.count), Self.transient) })
    }

    /// Text that stays where it is until the statement has run: SQLite makes no copy. `nil` is null.
    mutating func bind(staticText text: UnsafeRawBufferPointer?) {
        guard let text else { return bindNull() }
        let start = text.baseAddress?.assumingMemoryBound(to: CChar.self) ?? Self.empty
        bound(sqlite3_bind_text(handle, next, start, Int32(text.count), nil))
    }

    /// Runs the statement to its end, and makes it ready for new values.
    ///
    /// - Returns: The first column of the first row, if there is one and it is an integer.
    @discardableResult
    mutating func run() throws -> Int64? {
        var first: Int64?
        var code = sqlite3_step(handle)
        while code == SQLITE_ROW {
            if first == nil { first = sqlite3_column_int64(handle, 0) }
            code = sqlite3_step(handle)
        }
        let message = code == SQLITE_DONE ? nil : connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
        sqlite3_reset(handle)
        next = 1
        if code != SQLITE_DONE { throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message) }
        return first
    }

    /// Hands out every row, and makes the statement ready for new values.
    ///
    /// - Parameter body: Must not keep the row: it is the statement's own.
    mutating func forEach(_ body: (StatementRow) throws -> Void) throws {
        defer {
            sqlite3_reset(handle)
            next = 1
        }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: try body(StatementRow(handle: handle))
            case SQLITE_DONE: return
            case let code:
                let message = connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
                throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
            }
        }
    }

    private mutating func bound(_ code: Int32) {
        precondition(code == SQLITE_OK, "binding parameter \(next): code \(code)")
        next += 1
    }

    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    /// What an empty string is bound to, because a null pointer would mean NULL.
    private static var empty: UnsafePointer<CChar> {
        UnsafeRawPointer(("" as StaticString).utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
