import Foundation

/// Ctrl-C (SIGINT) and SIGTERM while something is going on that can be stopped: the first asks it to stop, the next one
/// ends the program at once. Nothing runs in the signal handler itself.
final class Interruption: @unchecked Sendable {
    // Guarded by `lock`.
    private var first: Int32?
    private let lock = NSLock()
    private var sources: [any DispatchSourceSignal] = []

    /// The signal that came, if one did.
    var received: Int32? { lock.withLock { first } }

    /// - Parameter stop: Called once, on another thread.
    init(_ stop: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "ttaq.signals")
        for number in [SIGINT, SIGTERM] {
            #if canImport(Darwin)
                // There a signal's own action comes before a dispatch source.
                signal(number, SIG_IGN)
            #endif
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [weak self] in self?.take(number, stop) }
            source.activate()
            sources.append(source)
        }
    }

    private func take(_ number: Int32, _ stop: () -> Void) {
        let isFirst = lock.withLock {
            defer { first = first ?? number }
            return first == nil
        }
        if isFirst { stop() } else { _exit(128 + number) }
    }
}
