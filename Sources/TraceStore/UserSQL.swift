import GRDB
import GRDBSQLite

/// A value of a row that a user's SQL selected.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// Why a user's SQL was not run to its end.
package enum UserSQLError: Error, Equatable {
    /// SQLite's own message, which quotes only the query.
    case refused(message: String)
    /// The query would write, attach, or change a setting.
    case notReadOnly
    case timedOut(seconds: Double)
    /// There is more text after the first statement.
    case severalStatements
    case empty
}

extension StoreSnapshot {
    /// Runs one SELECT under an authorizer that lets it read and call functions, and nothing else.
    ///
    /// - Parameters:
    ///   - header: Gets the column names, once, before any row.
    ///   - row: Returns whether to go on.
    /// - Throws: ``UserSQLError``, or what `row` throws.
    package func run(
        userSQL sql: String, timeLimitSeconds: Double,
        header: ([String]) throws -> Void, row: ([SQLValue]) throws -> Bool
    ) throws {
        guard let connection = db.sqliteConnection else { preconditionFailure("the connection is closed") }
        let statement = try prepare(sql, connection)
        defer { sqlite3_finalize(statement) }
        let clock = ContinuousClock()
        let deadline = Deadline(end: clock.now + .seconds(timeLimitSeconds))
        let context = Unmanaged.passUnretained(deadline)
        sqlite3_progress_handler(
            connection, 10_000,
            { pointer in
                guard let pointer else { return 0 }
                return Unmanaged<Deadline>.fromOpaque(pointer).takeUnretainedValue().hasPassed ? 1 : 0
            }, context.toOpaque())
        defer {
            sqlite3_progress_handler(connection, 0, nil, nil)
            withExtendedLifetime(deadline) {}
        }
        let columns = 0..<sqlite3_column_count(statement)
        try header(columns.map { sqlite3_column_name(statement, $0).map { String(cString: $0) } ?? "" })
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                if try !row(columns.map { value(statement, $0) }) { return }
            case SQLITE_DONE: return
            case SQLITE_INTERRUPT: throw UserSQLError.timedOut(seconds: timeLimitSeconds)
            default: throw UserSQLError.refused(message: String(cString: sqlite3_errmsg(connection)))
            }
        }
    }

    private func prepare(_ sql: String, _ connection: OpaquePointer) throws -> OpaquePointer {
        sqlite3_set_authorizer(
            connection,
            { _, action, argument, _, _, _ in
                switch action {
                case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return SQLITE_OK
                case SQLITE_FUNCTION: return SQLITE_OK
                case SQLITE_PRAGMA:
                    // Table-valued pragmas that only describe the schema.
                    let name = argument.map { String(cString: $0) } ?? ""
                    return ["table_info", "table_xinfo", "table_list", "index_list", "index_info"].contains(name)
                        ? SQLITE_OK : SQLITE_DENY
                default: return SQLITE_DENY
                }
            }, nil)
        defer { sqlite3_set_authorizer(connection, nil, nil) }
        var statement: OpaquePointer?
        var hasMore = false
        let code = sql.withCString { text -> Int32 in
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v2(connection, text, -1, &statement, &tail)
            let rest = tail.map { String(cString: $0) } ?? ""
            hasMore = rest.contains { !$0.isWhitespace && $0 != ";" }
            return code
        }
        if code == SQLITE_AUTH { throw UserSQLError.notReadOnly }
        if code != SQLITE_OK { throw UserSQLError.refused(message: String(cString: sqlite3_errmsg(connection))) }
        guard let statement else { throw UserSQLError.empty }
        if hasMore || sqlite3_stmt_readonly(statement) == 0 {
            sqlite3_finalize(statement)
            throw hasMore ? UserSQLError.severalStatements : UserSQLError.notReadOnly
        }
        return statement
    }

    private func value(_ statement: OpaquePointer, _ column: Int32) -> SQLValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            return .text(sqlite3_column_text(statement, column).map { String(cString: $0) } ?? "")
        case SQLITE_BLOB:
            guard let start = sqlite3_column_blob(statement, column) else { return .blob([]) }
            let count = Int(sqlite3_column_bytes(statement, column))
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }
}

private final class Deadline {
    private let end: ContinuousClock.Instant

    init(end: ContinuousClock.Instant) { self.end = end }

    var hasPassed: Bool { ContinuousClock().now >= end }
}
