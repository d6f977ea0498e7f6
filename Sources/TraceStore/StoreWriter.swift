import GRDB
import TraceModel
import TraceSchema

/// What became of what was handed to a ``StoreWriter``.
package struct WriteCounts: Hashable, Sendable {
    /// Stored: new ones, and finished ones that took the place of an unfinished copy.
    package var spans = 0
    /// Copies of a span that the store had already.
    package var duplicateSpans = 0
    /// Spans beyond the 2^24th of their trace, which are not stored.
    package var spansBeyondTrace = 0
    /// Spans that had ended before the horizon of ``StoreWriter/retain(endingSince:)``, of traces that the store does
    /// not have: not stored, because they may be copies of what was removed.
    package var spansBeforeHorizon = 0
    package var logRecords = 0
    /// Those that the store had already, to the last field.
    package var duplicateLogRecords = 0
    package var metricPoints = 0
    /// Those that the store had already, to the last field.
    package var duplicateMetricPoints = 0

    package init() {}

    package static func += (left: inout WriteCounts, right: WriteCounts) {
        left.spans += right.spans
        left.duplicateSpans += right.duplicateSpans
        left.spansBeyondTrace += right.spansBeyondTrace
        left.spansBeforeHorizon += right.spansBeforeHorizon
        left.logRecords += right.logRecords
        left.duplicateLogRecords += right.duplicateLogRecords
        left.metricPoints += right.metricPoints
        left.duplicateMetricPoints += right.duplicateMetricPoints
    }
}

/// Adds spans to a store: a batch is a transaction. Not for several threads at once; several processes take turns, and
/// readers never wait.
package final class StoreWriter {
    /// What is committed.
    package private(set) var committed = WriteCounts()

    let path: String
    private let queue: DatabaseQueue
    private let lock: WriterLock
    private let log = LogLength()
    private var session: WriteSession?
    /// Outlives sessions, as the preparers that batches come from do.
    private let definitions = Definitions()
    /// For batches that come unprepared.
    private var preparer: SpanPreparer?

    /// How long a writer waits for another process's turn to end.
    private let patienceSeconds: Double
    /// A checkpoint is due when the log has so many pages: 64 MiB.
    private static let pagesToCheckpoint = 16_384

    /// - Parameters:
    ///   - creating: Whether a store is made where there is none.
    ///   - patienceSeconds: How long each call waits for its turn.
    /// - Throws: ``StoreError``.
    package init(path: String, creating: Bool = true, patienceSeconds: Double = 60) throws {
        self.path = path
        self.patienceSeconds = patienceSeconds
        queue = try StoreFile.openForWriting(path, creating: creating)
        lock = WriterLock(store: path)
    }

    deinit { lock.remove() }

    /// For the batches of this writer, which may be made on another thread.
    ///
    /// - Throws: ``StoreError``.
    package func makePreparer() throws -> SpanPreparer {
        try StoreFile.mapping(path) {
            SpanPreparer(values: try queue.writeWithoutTransaction { try OperationFieldValues($0) })
        }
    }

    /// Commits a batch. It is on disk for good once ``finish()`` returns.
    ///
    /// - Throws: ``StoreError``; then nothing of the batch is kept.
    package func add(_ batch: PreparedBatch) throws {
        definitions.add(batch)
        try commit { session in
            let counts = try session.write(batch)
            try session.sealOldest()
            return counts
        }
    }

    /// Prepares and commits one request.
    package func add(_ request: FlatSpans) throws {
        var preparer = try preparer ?? makePreparer()
        preparer.add(request)
        let prepared = preparer.take()
        self.preparer = preparer
        try add(prepared)
    }

    package func add(_ batch: SpanBatch) throws { try add(FlatSpans(batch)) }

    /// Commits the log records of a request. They are on disk for good once ``finish()`` returns.
    package func add(_ batch: LogBatch) throws { try commit { try $0.write(batch) } }

    /// Commits the metric points of a request. They are on disk for good once ``finish()`` returns.
    package func add(_ batch: MetricBatch) throws { try commit { try $0.write(batch) } }

    private func commit(_ write: (WriteSession) throws -> WriteCounts) throws {
        committed += try turn { db in
            let counts = try session(db).transaction(write)
            if log.pages > Self.pagesToCheckpoint { try StoreFile.checkpoint(db) }
            return counts
        }
    }

    /// Brings the file of an earlier version to this one, as the first write would.
    ///
    /// - Returns: The version that it had.
    package func migrate() throws -> Int32 {
        let found = try turn { db in
            let found = try StoreFile.version(db)
            _ = try session(db)
            return found
        }
        try finish()
        return found
    }

    /// Waits until everything committed is on disk. The log stays, so that it may be called often.
    package func sync() throws {
        // After ``finish()`` it is.
        if session == nil { return }
        try turn { try StoreFile.waitForDisk($0) }
    }

    /// Seals what is not sealed, and makes the one file whole: everything committed is on disk when it returns.
    package func finish() throws {
        try turn { db in
            try session(db).finish()
            // The next batch starts a log again.
            session = nil
        }
        lock.remove()
    }

    func session(_ db: Database) throws -> WriteSession {
        if let session { return session }
        try StoreFile.migrate(db)
        let opened = try WriteSession(db, definitions)
        log.watch(db)
        session = opened
        return opened
    }

    /// Runs `body` while no other process writes.
    func turn<Result>(_ body: (Database) throws -> Result) throws -> Result {
        guard try lock.take(waitingSeconds: patienceSeconds) else { throw StoreError.busy(path: path) }
        defer { lock.release() }
        return try StoreFile.mapping(path) {
            try queue.writeWithoutTransaction { db in
                do {
                    return try body(db)
                } catch {
                    if db.isInsideTransaction { try db.rollback() }
                    session?.didRollBack()
                    throw error
                }
            }
        }
    }
}
