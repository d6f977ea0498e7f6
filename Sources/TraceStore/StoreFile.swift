import Foundation
import GRDB
import GRDBSQLite
import TraceSchema

/// Opens the one file, and turns SQLite's errors into ``StoreError``.
enum StoreFile {
    static func openForReading(_ path: String) throws -> DatabaseQueue {
        try checkReadable(path)
        return try mapping(path) {
            do {
                return try openReadOnly(path)
            } catch let error as DatabaseError where error.extendedResultCode.rawValue == hotJournal {
                // A writer was killed while it committed: undo its half transaction, as any writer would.
                try DatabaseQueue(path: absolute(path)).inDatabase {
                    _ = try Int.fetchOne($0, sql: "PRAGMA user_version")
                }
                return try openReadOnly(path)
            } catch let error as DatabaseError
                where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
                && !FileManager.default.fileExists(atPath: path + "-wal")
            {
                // A store that a writer left with its log, copied without the log to where none can be made.
                return try openReadOnly(path, name: immutableName(path))
            }
        }
    }

    /// A name under which SQLite takes the file as one that nobody changes (https://sqlite.org/uri.html).
    private static func immutableName(_ path: String) -> String {
        let escaped = absolute(path).addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? absolute(path)
        return "file:\(escaped)?immutable=1"
    }

    private static let mappedBytes = 1 << 36

    /// SQLITE_READONLY_ROLLBACK, a macro that Swift does not see.
    private static let hotJournal = SQLITE_READONLY | (3 << 8)

    private static func openReadOnly(_ path: String, name: String? = nil) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            try db.execute(sql: safety)
            // Pages are read where they stand. SQLite never cuts a file that a reader still needs.
            try db.execute(sql: "PRAGMA mmap_size = \(mappedBytes)")
            // Our own views stand before those of the file: what a file from elsewhere calls so is not asked, and what
            // ours call is trusted.
            for view in TraceSQL.temporaryViews { try db.execute(sql: view) }
        }
        let queue = try DatabaseQueue(path: name ?? absolute(path), configuration: configuration)
        try queue.read { try checkVersion($0, path) }
        return queue
    }

    /// Opens an existing store, or makes one that only its owner can read.
    static func openForWriting(_ path: String, creating: Bool) throws -> DatabaseQueue {
        if !creating || FileManager.default.fileExists(atPath: path) {
            try checkReadable(path)
        } else {
            // Never replaces a file that another process makes at this moment.
            let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR, 0o600)
            if descriptor >= 0 {
                close(descriptor)
            } else if errno != EEXIST {
                throw StoreError.cannotCreate(path: path)
            }
        }
        guard FileManager.default.isWritableFile(atPath: path) else { throw StoreError.noPermission(path: path) }
        var configuration = Configuration()
        configuration.busyMode = .timeout(writerPatienceSeconds)
        configuration.allowsUnsafeTransactions = true
        // The writer takes every id from the table that it refers to; checking each again costs a look-up a column.
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase {
            try $0.execute(
                sql: safety + " PRAGMA synchronous = NORMAL; PRAGMA cache_size = -28672; PRAGMA wal_autocheckpoint = 0;"
            )
        }
        let queue = try mapping(path) { try DatabaseQueue(path: absolute(path), configuration: configuration) }
        try mapping(path) { try queue.writeWithoutTransaction { try createIfEmpty($0, path) } }
        return queue
    }

    /// Copies a store page by page into an empty file, in one go, so that what others write meanwhile is not in it.
    static func copy(_ store: Store, to path: String) throws {
        let copy = try DatabaseQueue(path: absolute(path))
        try store.queue.backup(to: copy)
        // What says that there is a log stands in the pages.
        try copy.writeWithoutTransaction { _ = try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE") }
        try copy.close()
    }

    /// Turns the write-ahead log on, so that readers never wait. Another connection that reads just then prevents it;
    /// then this writer works with a rollback journal, which is as safe.
    static func startLog(_ db: Database) throws {
        try impatiently(db) { _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") }
    }

    /// Moves what is committed from the log into the file, as far as no reader needs the file as it was.
    static func checkpoint(_ db: Database) throws {
        try unlessBusy { _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)") }
    }

    /// Waits until everything committed is on disk, then makes the one file whole, without a log beside it; where a
    /// reader or another writer needs the log, it stays.
    static func makeWhole(_ db: Database) throws {
        try waitForDisk(db)
        try impatiently(db) {
            _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = DELETE")
        }
    }

    /// Waits until everything committed is on disk.
    static func waitForDisk(_ db: Database) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        // A commit that waits for the disk takes all before it along.
        try db.execute(sql: "PRAGMA user_version = \(TraceSQL.version)")
        try db.execute(sql: "PRAGMA synchronous = NORMAL")
    }

    /// Waits for readers no longer than half a second: a question may take long, and other writers wait for this one's
    /// turn to end.
    private static func impatiently(_ db: Database, _ body: () throws -> Void) throws {
        try db.execute(sql: "PRAGMA busy_timeout = 500")
        let result = Result { try unlessBusy(body) }
        try db.execute(sql: "PRAGMA busy_timeout = \(Int(writerPatienceSeconds * 1000))")
        try result.get()
    }

    /// How long a writer waits for locks of SQLite's.
    private static let writerPatienceSeconds = 60.0

    /// Gives free pages at the file's end back to the disk.
    ///
    /// - Returns: Bytes that the file is shorter by.
    static func freePages(_ db: Database, atMost pages: Int) throws -> Int {
        func count() throws -> Int { try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0 }
        let before = try count()
        _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum(\(pages))")
        return (before - (try count())) * (try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
    }

    /// Whether what is deleted is overwritten, in free pages too.
    static func overwriteDeleted(_ db: Database, _ overwrites: Bool) throws {
        _ = try Int.fetchOne(db, sql: "PRAGMA secure_delete = \(overwrites ? "ON" : "OFF")")
    }

    private static func unlessBusy(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as DatabaseError
            where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
        {
            // It is done at the next occasion.
        }
    }

    /// SQLite and GRDB give some relative names, such as `:memory:`, a meaning of their own.
    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }

    /// Runs `body`, naming what SQLite complains about without the SQL's arguments.
    static func mapping<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw storeError(path, code: error.resultCode.rawValue, message: error.message ?? "")
        } catch is WrongColumnType {
            throw StoreError.damaged(path: path)
        }
    }

    static func storeError(_ path: String, code: Int32, message: String) -> StoreError {
        switch code & 0xFF {
        case SQLITE_NOTADB, SQLITE_CORRUPT: .notADatabase(path: path, reason: message)
        case SQLITE_BUSY, SQLITE_LOCKED: .busy(path: path)
        case SQLITE_FULL: .diskFull(path: path)
        case SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_AUTH: .noPermission(path: path)
        default: .sqlite(path: path, code: code, message: message)
        }
    }

    /// A file from elsewhere may hold triggers and views that call functions: nothing of it is trusted.
    private static let safety = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"

    private static func checkReadable(_ path: String) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw StoreError.noSuchFile(path: path)
        }
        if isDirectory.boolValue { throw StoreError.notAFile(path: path) }
        guard FileManager.default.isReadableFile(atPath: path) else { throw StoreError.noPermission(path: path) }
    }

    private static func createIfEmpty(_ db: Database, _ path: String) throws {
        // These only take effect in a file without any page yet: `db compact` gives pages back a few at a time. The
        // second one writes, so it is the transaction's first statement: no half-made file is left by a crash.
        try db.execute(sql: "PRAGMA page_size = 8192")
        try db.inTransaction(.deferred) {
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            let objects = try objectCounts(db).all
            let application = try Int32.fetchOne(db, sql: "PRAGMA application_id")
            if objects == 0, application == 0 {
                for migration in TraceSQL.migrations { try db.execute(sql: migration.sql) }
                for view in TraceSQL.missingViews { try db.execute(sql: view) }
                try db.execute(sql: "PRAGMA application_id = \(TraceSQL.applicationID)")
                try db.execute(sql: "PRAGMA user_version = \(TraceSQL.version)")
            }
            return .commit
        }
        try checkVersion(db, path)
        try StoreTables.checkForWriting(db, version(db), path)
    }

    /// Adds the tables and views that a file which an earlier version made lacks. Only in a writer's turn.
    static func migrate(_ db: Database) throws {
        let found = try version(db)
        if try found == TraceSQL.version && objectCounts(db).views >= TraceSQL.viewCount { return }
        try db.inTransaction(.immediate) {
            // Another process may have done it meanwhile.
            let found = try version(db)
            for migration in TraceSQL.migrations where migration.version > found { try db.execute(sql: migration.sql) }
            for view in TraceSQL.missingViews { try db.execute(sql: view) }
            if found < TraceSQL.version { try db.execute(sql: "PRAGMA user_version = \(TraceSQL.version)") }
            return .commit
        }
    }

    static func version(_ db: Database) throws -> Int32 { try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0 }

    private static func objectCounts(_ db: Database) throws -> (all: Int64, views: Int64) {
        var counts: (all: Int64, views: Int64) = (0, 0)
        var statement = try BoundStatement(db, TraceSQL.selectObjectCounts)
        try statement.forEach { counts = (try $0.integer(0), try $0.integer(1)) }
        return counts
    }

    private static func checkVersion(_ db: Database, _ path: String) throws {
        let application = try Int32.fetchOne(db, sql: "PRAGMA application_id")
        guard application == TraceSQL.applicationID else { throw StoreError.notAStore(path: path) }
        let version = try version(db)
        if version > TraceSQL.version {
            throw StoreError.newerVersion(path: path, found: version, supported: TraceSQL.version)
        }
        if version < TraceSQL.oldestVersion {
            throw StoreError.olderVersion(path: path, found: version, supported: TraceSQL.version)
        }
        try StoreTables.check(db, version, path)
    }
}
