import Foundation
import Synchronization
import TraceModel
import TraceStore

/// Where the writing thread puts spans and metrics. Every call may throw; nothing of what it was given is kept then, and the
/// call may be made again.
protocol SpanSink: Sendable {
    /// For messages.
    var path: String { get }
    func add(_ spans: FlatSpans) throws
    func add(_ metrics: MetricBatch) throws
    /// Brings what was added to the disk.
    func sync() throws
    /// The same, and leaves one file that is whole.
    func finish() throws
    func close()
}

/// A store's file, opened again when it is not the one that it was.
final class StoreSink: SpanSink {
    let path: String
    private let patience: Duration
    private let opened: Mutex<Opened?>

    private struct Opened {
        let writer: StoreWriter
        let identity: FileIdentity?
    }

    /// - Throws: ``StoreError``.
    init(path: String, patience: Duration) throws {
        self.path = URL(fileURLWithPath: path).path
        self.patience = patience
        opened = Mutex(try Self.open(self.path, patience))
    }

    private static func open(_ path: String, _ patience: Duration) throws -> sending Opened {
        let writer = try StoreWriter(path: path, patienceSeconds: patience.timeInterval)
        return Opened(writer: writer, identity: FileIdentity(path))
    }

    func add(_ spans: FlatSpans) throws { try writing { try $0.add(spans) } }

    func add(_ metrics: MetricBatch) throws { try writing { try $0.add(metrics) } }

    func sync() throws { try writing { try $0.sync() } }

    func finish() throws { try writing { try $0.finish() } }

    func close() { opened.withLock { $0 = nil } }

    private func writing(_ body: (StoreWriter) throws -> Void) throws {
        try opened.withLock { opened in
            if opened == nil { opened = try Self.open(path, patience) }
            guard let current = opened else { return }
            do {
                // What is committed to a file that has lost its name is lost with it.
                try current.identity?.check(path)
                try body(current.writer)
                try current.identity?.check(path)
            } catch let error as StoreError {
                // After any other error than these a new connection is the way to a working one.
                switch error {
                case .busy, .diskFull: break
                default: opened = nil
                }
                throw error
            } catch {
                opened = nil
                throw error
            }
        }
    }
}

/// Which file stands under a name.
private struct FileIdentity: Equatable {
    let device: UInt64
    let number: UInt64

    /// `nil` when there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(status.st_ino)
    }

    /// - Throws: ``StoreError/noSuchFile(path:)`` unless it still is this one.
    func check(_ path: String) throws {
        if FileIdentity(path) != self { throw StoreError.noSuchFile(path: path) }
    }
}
