import TraceStore

/// What became of a flush.
public enum FlushResult: Sendable, Hashable {
    /// Everything that had ended is on disk.
    case durable
    /// It is not: spans wait in memory and are tried again, or, at the end of the exporter, are lost.
    case failed(StoreFailure)

    init(_ failure: StoreFailure?) { self = failure.map { .failed($0) } ?? .durable }
}

/// Why a store can't be opened or written to. It holds no attribute values.
public struct StoreFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// One word for all failures of a kind, such as `disk_full`, `busy`, `no_permission`: the attribute `error.type` of the
    /// exporter's own metrics.
    public let type: String
    /// What was expected, what was found, and what to do.
    public let description: String

    init(_ error: any Error, path: String) {
        guard let error = error as? StoreError else {
            self.init(type: String(describing: Swift.type(of: error)), "\(path): can't be written to (\(error))")
            return
        }
        switch error {
        case .busy: self.init(type: "busy", "\(path): another program is writing to it; let it end")
        case .diskFull: self.init(type: "disk_full", "\(path): the disk is full; make room")
        case .noPermission:
            self.init(type: "no_permission", "\(path): no permission; check the file's and its folder's mode and owner")
        case .cannotCreate:
            self.init(
                type: "cannot_create",
                "\(path): can't be made; name a file in a folder that exists and that you may write to")
        case .noSuchFile: self.init(type: "no_such_file", "\(path): there is no such file")
        case .notAFile: self.init(type: "not_a_file", "\(path): expected a store, found a folder")
        case .notAStore, .notADatabase:
            self.init(type: "not_a_store", "\(path): expected a store of ttaq's, found other or damaged data")
        case .newerVersion(_, let found, let supported):
            self.init(
                type: "newer_version",
                "\(path): written by a newer ttaq: schema version \(found), this one writes \(supported)")
        case .olderVersion(_, let found, let supported):
            self.init(
                type: "older_version",
                "\(path): written by a development version: schema version \(found), this one writes \(supported)")
        case .hasTriggers, .hasIndexes, .changedTable:
            self.init(
                type: "changed_schema",
                "\(path): has tables, indexes or triggers that ttaq did not make; name a new file")
        case .sqlite(_, let code, let message):
            self.init(type: "sqlite_\(code)", "\(path): SQLite says: \(message) (code \(code))")
        case .damagedRow, .damaged:
            self.init(type: "damaged", "\(path): holds what ttaq did not write; restore a copy")
        case .alreadyThere, .copyDiffers: self.init(type: "store", "\(path): can't be written to")
        }
    }

    private init(type: String, _ description: String) {
        self.type = type
        self.description = description
    }
}
