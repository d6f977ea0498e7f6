import Foundation

/// What a look at a store's files, without opening them, tells of commits: it differs after every one.
///
/// A connection that is kept open would tell by `PRAGMA data_version`, but in write-ahead mode it also keeps the writer
/// from making the store one file again, for as long as it is open.
package struct StoreFileState: Equatable {
    private struct File: Equatable {
        let device: UInt64
        let number: UInt64
        let size: Int64
        let seconds: Int
        let nanos: Int
    }

    private let files: [File?]
    /// Whether a commit may come that leaves times and sizes as they are: the system's clock for files ticks slowly.
    package let isFresh: Bool

    package init(path: String) {
        files = ["", "-wal"].map { suffix in
            var status = stat()
            guard stat(path + suffix, &status) == 0 else { return nil }
            #if canImport(Darwin)
                let time = status.st_mtimespec
            #else
                let time = status.st_mtim
            #endif
            return File(
                device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(status.st_ino),
                size: Int64(status.st_size), seconds: time.tv_sec, nanos: time.tv_nsec)
        }
        let now = Date().timeIntervalSince1970
        isFresh = files.contains { file in
            guard let file else { return false }
            return now - (Double(file.seconds) + Double(file.nanos) / 1e9) < Self.slowestTick
        }
    }

    private static let slowestTick = 0.1

    package static func == (left: Self, right: Self) -> Bool { left.files == right.files }
}
