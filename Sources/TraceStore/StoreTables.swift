import GRDB
import TraceSchema

/// Holds the tables and indexes of a file against those that ttaq makes. A file from elsewhere may have a view in the
/// place of a table, which can go on for ever, or columns and conditions that work out more than they say.
enum StoreTables {
    private struct Object: Equatable {
        let type: String
        let name: String
        let table: String
        /// Without comments, and with single spaces.
        let sql: String
    }

    /// By version and name: what the migrations make of an empty database.
    private static let expected = Result {
        try DatabaseQueue().write { db in
            var versions: [Int32: [String: Object]] = [:]
            for migration in TraceSQL.migrations {
                try db.execute(sql: migration.sql)
                versions[migration.version] = Dictionary(
                    uniqueKeysWithValues: try objects(db).map { ($0.name, $0) })
            }
            return versions
        }
    }

    /// - Throws: ``StoreError/changedTable(path:name:)``.
    static func check(_ db: Database, _ version: Int32, _ path: String) throws {
        let expected = try expected.get()[version] ?? [:]
        var found: Set<String> = []
        for object in try objects(db) {
            guard let own = expected[object.name] else { continue }
            if own != object { throw StoreError.changedTable(path: path, name: own.name) }
            found.insert(own.name)
        }
        if let missing = expected.keys.filter({ !found.contains($0) }).min() {
            throw StoreError.changedTable(path: path, name: missing)
        }
    }

    /// Triggers change what is written, and indexes of others may be of expressions that never end.
    ///
    /// - Throws: ``StoreError/hasTriggers(path:)``, ``StoreError/hasIndexes(path:)``.
    static func checkForWriting(_ db: Database, _ version: Int32, _ path: String) throws {
        let expected = try expected.get()[version] ?? [:]
        for object in try objects(db) where expected[object.name] == nil {
            if object.type == "trigger" { throw StoreError.hasTriggers(path: path) }
            if object.type == "index", expected[object.table] != nil { throw StoreError.hasIndexes(path: path) }
        }
    }

    private static func objects(_ db: Database) throws -> [Object] {
        var objects: [Object] = []
        var statement = try BoundStatement(db, TraceSQL.selectObjects)
        try statement.forEach { row in
            // Indexes of primary keys have none.
            let sql = row.optionalText(3).map(plain) ?? ""
            objects.append(Object(type: try row.text(0), name: try row.text(1), table: try row.text(2), sql: sql))
        }
        return objects
    }

    private static func plain(_ sql: String) -> String {
        sql.split(separator: "\n").map { $0.prefix(upTo: $0.firstRange(of: "--")?.lowerBound ?? $0.endIndex) }
            .joined(separator: " ").split { $0.isWhitespace }.joined(separator: " ")
    }
}
