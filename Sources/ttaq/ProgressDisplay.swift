import Foundation
import TraceReport

/// The line that says how far reading has come, written anew on stderr five times a second. For several threads.
final class ProgressDisplay: @unchecked Sendable {
    // Guarded by `lock`.
    private var bytesRead = 0
    private var spans = 0
    private var isShown = false
    private let lock = NSLock()

    private let bytes: Int?
    private let start = ContinuousClock.now
    private let timer: any DispatchSourceTimer
    private static let erase = "\r\u{1B}[K"

    /// - Parameter bytes: Of all inputs; `nil` when they are not known.
    /// - Returns: `nil` when stderr is no terminal.
    init?(bytes: Int?) {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        self.bytes = bytes
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "ttaq.progress"))
        timer.schedule(deadline: .now() + 0.2, repeating: 0.2)
        timer.setEventHandler { [weak self] in self?.draw() }
        timer.activate()
    }

    func add(bytes: Int) { lock.withLock { bytesRead += bytes } }

    func set(spans: Int) { lock.withLock { self.spans = spans } }

    /// Lets `body` write lines of its own.
    func aside(_ body: () -> Void) {
        lock.withLock {
            clear()
            body()
        }
    }

    /// The line is gone, and comes no more.
    func finish() {
        timer.cancel()
        lock.withLock { clear() }
    }

    private func draw() {
        lock.withLock {
            if timer.isCancelled { return }
            let elapsed = (ContinuousClock.now - start).components
            let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
            let line = ProgressLine(bytesRead: bytesRead, bytes: bytes, spans: spans, seconds: seconds).text
            write(Self.erase + line.prefix(Console.errorWidth - 1))
            isShown = true
        }
    }

    private func clear() {
        if isShown { write(Self.erase) }
        isShown = false
    }

    private func write(_ text: String) {
        do {
            try FileHandle.standardError.write(contentsOf: Data(text.utf8))
        } catch {
            // The terminal is gone: nobody looks.
        }
    }
}

extension ProgressDisplay? {
    /// Lets `body` write lines of its own.
    func aside(_ body: () -> Void) {
        if let self { self.aside(body) } else { body() }
    }
}
