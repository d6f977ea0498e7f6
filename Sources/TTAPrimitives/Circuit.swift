/// The state of a circuit breaker, without locks and clocks.
struct Circuit: Sendable {
    struct Settings: Sendable {
        let threshold: Double
        let window: Int
        let minimumCalls: Int
        let timeout: Duration
        let probes: Int
    }

    /// What lets a call through.
    struct Permit: Sendable {
        fileprivate let generation: UInt64
        let isGranted: Bool
        /// Before the call: `closed`, `open` or `half_open`.
        let state: String
        /// Of the window before the call, 0 to 1; `nil` without calls in it.
        let failureRate: Double?
        /// Until the next probe may come; zero while other probes are under way.
        let retryAfter: Duration
    }

    enum Outcome {
        case success
        case failure
        /// Says nothing on whether the wrapped primitive works.
        case cancelled
    }

    private enum State {
        case closed
        case open(since: UInt64)
        case halfOpen(running: Int)
    }

    private let settings: Settings
    private var state = State.closed
    /// Counts the changes of state: what was let through before the last one says nothing about now.
    private var generation: UInt64 = 0
    /// Whether each of the last calls failed; a ring once it is full.
    private var failures: [Bool] = []
    private var next = 0

    init(_ settings: Settings) { self.settings = settings }

    /// - Parameter now: Nanoseconds since 1970.
    mutating func admit(at now: UInt64) -> Permit {
        if case .open(let since) = state {
            let left = settings.timeout - .nanoseconds(Int64(clamping: now > since ? now - since : 0))
            guard left <= .zero else { return permit(false, "open", retryAfter: left) }
            change(to: .halfOpen(running: 0))
        }
        guard case .halfOpen(let running) = state else { return permit(true, "closed") }
        guard running < settings.probes else { return permit(false, "half_open") }
        state = .halfOpen(running: running + 1)
        return permit(true, "half_open")
    }

    private func permit(_ isGranted: Bool, _ state: String, retryAfter: Duration = .zero) -> Permit {
        Permit(
            generation: generation, isGranted: isGranted, state: state, failureRate: failureRate,
            retryAfter: retryAfter)
    }

    /// To be called once for each permit that was granted.
    mutating func record(_ outcome: Outcome, of permit: Permit, at now: UInt64) {
        guard permit.generation == generation else { return }
        switch (state, outcome) {
        case (.halfOpen(let running), .cancelled): state = .halfOpen(running: running - 1)
        case (.halfOpen, .failure): change(to: .open(since: now))
        case (.halfOpen, .success):
            change(to: .closed)
            failures = []
            next = 0
        case (.closed, .success): count(failure: false)
        case (.closed, .failure):
            count(failure: true)
            if failures.count >= settings.minimumCalls, let failureRate, failureRate >= settings.threshold {
                change(to: .open(since: now))
            }
        case (.closed, .cancelled), (.open, _): break
        }
    }

    private mutating func change(to new: State) {
        state = new
        generation += 1
    }

    private mutating func count(failure: Bool) {
        if failures.count < settings.window {
            failures.append(failure)
        } else {
            failures[next] = failure
            next = (next + 1) % settings.window
        }
    }

    private var failureRate: Double? {
        failures.isEmpty ? nil : Double(failures.count { $0 }) / Double(failures.count)
    }
}
