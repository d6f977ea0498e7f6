import Foundation

/// The lock that a writer holds while it writes or checkpoints, so that no checkpoint meets another connection's
/// commit: SQLite before 3.51.3 can lose a commit there (https://sqlite.org/wal.html, 'the WAL-reset bug').
///
/// It is a lock on a file beside the store, which is gone when nobody writes. Advisory: other programs that write to
/// a store do not know of it, and are on their own.
final class WriterLock {
    private let path: String
    private var descriptor: Int32 = -1

    init(store: String) { path = store + "-lock" }

    /// Waits for its turn.
    ///
    /// - Returns: Whether the lock was had within `seconds`.
    /// - Throws: ``StoreError/cannotCreate(path:)``.
    func take(waitingSeconds seconds: Double) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var pause: useconds_t = 200
        while true {
            if descriptor < 0 { descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600) }
            if descriptor < 0 { throw StoreError.cannotCreate(path: path) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                if isStillThere { return true }
                // Whoever held it has removed the file meanwhile.
                close(descriptor)
                descriptor = -1
                continue
            }
            if ContinuousClock.now >= deadline { return false }
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
    }

    /// Lets the next one write. The file stays for our next turn.
    func release() {
        if descriptor >= 0 { flock(descriptor, LOCK_UN) }
    }

    /// Removes the file, if nobody else holds the lock.
    func remove() {
        guard descriptor >= 0 else { return }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0, isStillThere { unlink(path) }
        close(descriptor)
        descriptor = -1
    }

    private var isStillThere: Bool {
        var (ours, named) = (stat(), stat())
        return fstat(descriptor, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino
            && ours.st_dev == named.st_dev
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
