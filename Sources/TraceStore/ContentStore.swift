import GRDB
import TraceSchema

/// The pieces of long texts: finds those that the file has, stores those that it has not.
final class ContentStore {
    private let db: Database
    private var insert, select: BoundStatement

    init(_ db: Database) throws {
        self.db = db
        insert = try BoundStatement(db, TraceSQL.insertContent)
        select = try BoundStatement(db, TraceSQL.selectContentByHash)
    }

    /// - Parameter bytes: The piece's; compared in full with those of its hash.
    func id(hash: UInt64, _ bytes: UnsafeRawBufferPointer) throws -> Int64 {
        var known: Int64?
        select.bind(Int64(bitPattern: hash))
        try select.forEach { row in
            if known == nil, row.hasBytes(1, bytes) { known = try row.integer(0) }
        }
        if let known { return known }
        insert.bind(Int64(bitPattern: hash))
        insert.bind(staticText: bytes)
        try insert.run()
        return db.lastInsertedRowID
    }
}
