import Tracing

/// What primitives tell the time by and wait with.
public protocol WorkflowClock: Sendable {
    /// Nanoseconds since 1970.
    var nowNanos: UInt64 { get }

    /// Returns after `duration`, or throws `CancellationError` as soon as the task is cancelled.
    func sleep(for duration: Duration) async throws
}

/// The machine's own clock.
public struct SystemClock: WorkflowClock {
    /// The machine's own clock.
    public init() {}

    /// Nanoseconds since 1970.
    public var nowNanos: UInt64 { DefaultTracerClock.now.nanosecondsSinceEpoch }

    /// Waits as `Task.sleep` does.
    public func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

extension WorkflowClock {
    /// Milliseconds since `start`, 0 if the clock was set back.
    func milliseconds(since start: UInt64) -> Double { Double(saturatingNanos(since: start)) / 1e6 }

    func saturatingNanos(since start: UInt64) -> UInt64 {
        let now = nowNanos
        return now > start ? now - start : 0
    }
}

extension Duration {
    /// Rounded toward zero below a nanosecond.
    var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds / 1_000_000_000) / 1e6
    }
}
