import Synchronization
import TTAPrimitives

/// Time that passes only when everybody waits for it or somebody looks at it, and the executor of those who do.
///
/// Tasks run one at a time on the thread that calls ``run(_:)``, in the order in which they become ready. When none is ready the
/// time jumps to where the next one wants to wake up. So hours pass in seconds, and the same program does the same in each run.
/// What runs on it must not wait for anything else than each other and this clock.
final class VirtualTime: TaskExecutor, WorkflowClock {
    private struct Sleeper: Sendable {
        let id: UInt64
        let wakeNanos: UInt64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State: Sendable {
        var nowNanos: UInt64
        var ready: [UnownedJob] = []
        /// In order of waking; those who wake together in the order in which they went to sleep.
        var sleepers: [Sleeper] = []
        var lastID: UInt64 = 0
        var result: Result<Void, any Error>?
    }

    private let state: Mutex<State>

    /// - Parameter startNanos: Nanoseconds since 1970.
    init(startNanos: UInt64) { state = Mutex(State(nowNanos: startNanos)) }

    /// What passes whenever somebody looks at the clock, so that nothing takes no time at all.
    private static let lookNanos: UInt64 = 1_800

    /// Nanoseconds since 1970.
    var nowNanos: UInt64 {
        state.withLock { state in
            state.nowNanos += Self.lookNanos
            return state.nowNanos
        }
    }

    /// When somebody has last looked at the clock, or woken up. Nanoseconds since 1970.
    var lastNanos: UInt64 { state.withLock { $0.nowNanos } }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.ready.append(job) }
    }

    /// Runs `body` and all that it starts until it returns.
    ///
    /// - Parameter advance: Called between tasks whenever somebody wakes up, with the time.
    /// - Throws: What either throws.
    func run(advance: (UInt64) throws -> Void, _ body: @escaping @Sendable () async throws -> Void) throws {
        Task(executorPreference: self) {
            let result: Result<Void, any Error>
            do {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            self.state.withLock { $0.result = result }
        }
        while true {
            let ready = state.withLock { state in
                defer { state.ready.removeAll(keepingCapacity: true) }
                return state.ready
            }
            for job in ready { job.runSynchronously(on: asUnownedTaskExecutor()) }
            if !ready.isEmpty { continue }
            if let result = state.withLock({ $0.result }) { return try result.get() }
            try advance(wakeNext())
        }
    }

    private func wakeNext() -> UInt64 {
        let (sleeper, now) = state.withLock { state in
            precondition(!state.sleepers.isEmpty, "nobody is ready and nobody sleeps")
            let sleeper = state.sleepers.removeFirst()
            state.nowNanos = max(state.nowNanos, sleeper.wakeNanos)
            return (sleeper, state.nowNanos)
        }
        sleeper.continuation.resume()
        return now
    }

    /// Sleeps until `wakeNanos` since 1970.
    func sleep(untilNanos wakeNanos: UInt64) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    // A cancellation before this found no sleeper to wake.
                    if Task.isCancelled { return true }
                    let place = state.sleepers.firstIndex { $0.wakeNanos > wakeNanos } ?? state.sleepers.endIndex
                    state.sleepers.insert(
                        Sleeper(id: id, wakeNanos: wakeNanos, continuation: continuation), at: place)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    func sleep(for duration: Duration) async throws {
        let (seconds, attoseconds) = duration.components
        try await sleep(untilNanos: lastNanos + UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000))
    }
}
