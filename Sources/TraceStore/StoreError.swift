/// Why a store can't be opened or used. Paths are the user's own; no stored value appears.
package enum StoreError: Error, Equatable {
    case noSuchFile(path: String)
    case notAFile(path: String)
    case noPermission(path: String)
    /// There is no such folder, or it can't be written to.
    case cannotCreate(path: String)
    /// The store has triggers, which ttaq never makes.
    case hasTriggers(path: String)
    /// Its tables have indexes of others'.
    case hasIndexes(path: String)
    /// A table or an index is not as ttaq makes it, or there is a view of that name instead.
    case changedTable(path: String, name: String)
    /// The file is no SQLite database, or one that is cut or damaged.
    case notADatabase(path: String, reason: String)
    /// An SQLite database of some other program.
    case notAStore(path: String)
    /// Written by a newer ttaq than this one.
    case newerVersion(path: String, found: Int32, supported: Int32)
    /// Written by a development version before 0.1.0.
    case olderVersion(path: String, found: Int32, supported: Int32)
    case busy(path: String)
    case diskFull(path: String)
    /// Any other error of SQLite's, by its own code and message.
    case sqlite(path: String, code: Int32, message: String)
    /// A row that this version can't have written.
    case damagedRow(path: String, table: String, id: Int64)
    /// The same, found while writing.
    case damaged(path: String)
    /// A file that must be new is there.
    case alreadyThere(path: String)
    /// A copy is not what it was made from, by what its check says.
    case copyDiffers(path: String, problem: String)
}
