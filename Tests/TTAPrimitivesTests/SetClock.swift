import Synchronization
import TTAPrimitives

/// Stands still until it is set.
final class SetClock: WorkflowClock {
    private let nanos = Atomic<UInt64>(1_000_000_000)

    var nowNanos: UInt64 { nanos.load(ordering: .relaxed) }

    func set(_ value: UInt64) { nanos.store(value, ordering: .relaxed) }

    func sleep(for duration: Duration) async throws {}
}
