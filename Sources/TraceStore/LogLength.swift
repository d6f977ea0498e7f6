import GRDB
import GRDBSQLite

/// How many pages the write-ahead log holds, as SQLite says at each commit.
final class LogLength {
    private(set) var pages = 0

    /// Lasts as long as the connection or until another one watches; it must outlive neither.
    func watch(_ db: Database) {
        // SQLite calls it on the thread that commits, which is the connection's own.
        sqlite3_wal_hook(
            db.sqliteConnection,
            { context, _, _, pages in
                context.map { Unmanaged<LogLength>.fromOpaque($0).takeUnretainedValue() }?.pages = Int(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}
