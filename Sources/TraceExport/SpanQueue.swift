import Foundation
import Synchronization

/// Hands ended spans from the threads that end them to the one that writes. Nobody who ends a span waits: at the limit spans
/// are dropped, and counted.
final class SpanQueue: Sendable {
    enum Outcome {
        case taken
        case dropped
        /// For the first time.
        case firstDropped
    }

    /// What the writing thread is to do.
    struct Orders {
        var waiting = 0
        var requests: [@Sendable (FlushResult) -> Void] = []
        var isStopping = false
    }

    private struct State {
        var waiting: [StoreSpan] = []
        /// Taken, and not written yet.
        var held = 0
        var accepted = 0
        var dropped = 0
        /// Those that ended after the end of the exporter.
        var refused = 0
        var requests: [@Sendable (FlushResult) -> Void] = []
        var isStopping = false
        /// What the last flush came to, once nothing is written any more.
        var end: FlushResult?
        /// Whether `wake` has a signal that was not waited for.
        var isSignalled = false
    }

    struct Counts {
        /// In the queue or being written.
        let size: Int
        let accepted: Int
        let dropped: Int
        let refused: Int
    }

    let limit: Int
    private let batchSize: Int
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    init(limit: Int, batchSize: Int) {
        self.limit = max(1, limit)
        self.batchSize = max(1, min(batchSize, limit))
    }

    func add(_ span: StoreSpan) -> Outcome {
        let (outcome, mustWake) = state.withLock { state -> (Outcome, Bool) in
            if state.isStopping {
                state.refused += 1
                return (.dropped, false)
            }
            if state.waiting.count + state.held >= limit {
                state.dropped += 1
                return (state.dropped == 1 ? .firstDropped : .dropped, false)
            }
            state.waiting.append(span)
            state.accepted += 1
            // The thread must know that a batch has begun, and that one is full.
            let count = state.waiting.count
            return (.taken, count == 1 || count == batchSize ? Self.signal(&state) : false)
        }
        if mustWake { wake.signal() }
        return outcome
    }

    /// Asks for everything that has ended by now to be brought to the disk.
    func flush(_ request: @escaping @Sendable (FlushResult) -> Void) { ask(request, stopping: false) }

    func stop(_ request: (@Sendable (FlushResult) -> Void)? = nil) { ask(request, stopping: true) }

    func waitForFlush() -> FlushResult { waitFor { flush($0) } }

    func waitForStop() -> FlushResult { waitFor { stop($0) } }

    private func waitFor(_ ask: (@escaping @Sendable (FlushResult) -> Void) -> Void) -> FlushResult {
        let answer = Answer()
        ask { answer.give($0) }
        return answer.wait()
    }

    private final class Answer: Sendable {
        private let result = Mutex(FlushResult.durable)
        private let given = DispatchSemaphore(value: 0)

        func give(_ result: FlushResult) {
            self.result.withLock { $0 = result }
            given.signal()
        }

        func wait() -> FlushResult {
            given.wait()
            return result.withLock { $0 }
        }
    }

    private func ask(_ request: (@Sendable (FlushResult) -> Void)?, stopping: Bool) {
        let (end, mustWake) = state.withLock { state -> (FlushResult?, Bool) in
            if let end = state.end { return (end, false) }
            if let request { state.requests.append(request) }
            if stopping { state.isStopping = true }
            return (nil, Self.signal(&state))
        }
        if mustWake { wake.signal() }
        if let end { request?(end) }
    }

    private static func signal(_ state: inout State) -> Bool {
        if state.isSignalled { return false }
        state.isSignalled = true
        return true
    }

    var counts: Counts {
        state.withLock { state in
            Counts(
                size: state.waiting.count + state.held, accepted: state.accepted, dropped: state.dropped,
                refused: state.refused)
        }
    }
}

// MARK: - The writing thread's side
extension SpanQueue {
    /// Waits until there is something to do, at most until `deadline`; `nil` for ever.
    func wait(until deadline: ContinuousClock.Instant?) -> Orders {
        if let deadline {
            let left = max(ContinuousClock.now.duration(to: deadline), .zero)
            _ = wake.wait(timeout: .now() + left.timeInterval)
        } else {
            wake.wait()
        }
        return state.withLock { state in
            state.isSignalled = false
            defer { state.requests = [] }
            return Orders(
                waiting: state.waiting.count, requests: state.requests, isStopping: state.isStopping)
        }
    }

    /// Takes all that wait. They go on counting until they are let go.
    ///
    /// - Parameter spans: Empty; its room is used again.
    func take(into spans: inout [StoreSpan]) {
        state.withLock { state in
            swap(&state.waiting, &spans)
            state.held += spans.count
        }
    }

    func letGo(_ count: Int) { state.withLock { $0.held -= count } }

    /// Nothing is written from now on.
    ///
    /// - Returns: The requests that came meanwhile.
    func end(_ result: FlushResult) -> [@Sendable (FlushResult) -> Void] {
        state.withLock { state in
            state.end = result
            state.isStopping = true
            state.waiting = []
            state.held = 0
            defer { state.requests = [] }
            return state.requests
        }
    }
}

extension Duration {
    /// Seconds.
    var timeInterval: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
