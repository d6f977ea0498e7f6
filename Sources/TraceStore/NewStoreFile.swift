import Foundation

/// A store in the making, under a name beside its own until it is whole: what stands under its own name is never half a
/// store, and never in the place of another file.
struct NewStoreFile {
    let path: String
    /// Readable by its owner only.
    let unfinishedPath: String

    /// - Throws: ``StoreError/alreadyThere(path:)``, ``StoreError/cannotCreate(path:)``.
    init(path: String) throws {
        self.path = path
        unfinishedPath = path + ".unfinished"
        if Self.isThere(path) { throw StoreError.alreadyThere(path: path) }
        let descriptor = open(unfinishedPath, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        if descriptor < 0 {
            throw errno == EEXIST
                ? StoreError.alreadyThere(path: unfinishedPath) : StoreError.cannotCreate(path: path)
        }
        close(descriptor)
    }

    /// Gives the store its name, once it is on disk.
    func publish() throws {
        try sync(unfinishedPath)
        // Unlike a renaming it never takes another file's place.
        if link(unfinishedPath, path) == 0 {
            unlink(unfinishedPath)
        } else if errno == EEXIST || Self.isThere(path) {
            throw StoreError.alreadyThere(path: path)
        } else if rename(unfinishedPath, path) != 0 {
            // Some file systems have no second names.
            throw StoreError.cannotCreate(path: path)
        }
        try sync(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    func discard() {
        for suffix in ["", "-journal", "-wal", "-shm", "-lock"] { unlink(unfinishedPath + suffix) }
    }

    private static func isThere(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        if descriptor < 0 || fsync(descriptor) != 0 { throw StoreError.cannotCreate(path: self.path) }
    }
}
