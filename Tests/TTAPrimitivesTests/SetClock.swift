import Synchronization
import TTAPrimitives

/// Stands still until it is set, or somebody sleeps.
final class SetClock: WorkflowClock {
    private let nanos = Atomic<UInt64>(1_000_000_000)
    private let slept = Mutex<[Duration]>([])
    private let isEndless: Bool

    /// - Parameter isEndless: Whether sleeps end only by cancellation; else they end at once, and the time has passed.
    init(isEndless: Bool = false) { self.isEndless = isEndless }

    var nowNanos: UInt64 { nanos.load(ordering: .relaxed) }

    /// How long it was asked to sleep, in order.
    var sleeps: [Duration] { slept.withLock { $0 } }

    func set(_ value: UInt64) { nanos.store(value, ordering: .relaxed) }

    func sleep(for duration: Duration) async throws {
        slept.withLock { $0.append(duration) }
        if isEndless { try await Task.sleep(for: .seconds(3_600)) }
        try Task.checkCancellation()
        let (seconds, attoseconds) = duration.components
        nanos.wrappingAdd(UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000), ordering: .relaxed)
    }
}
