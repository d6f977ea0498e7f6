import Foundation

/// Hands values from one thread to another, at most `capacity` of them waiting, so that a fast producer does not fill
/// the memory.
package final class BoundedChannel<Value: Sendable>: Sendable {
    private final class State: @unchecked Sendable {
        // Guarded by `condition`.
        var waiting: [Value] = []
        var isFinished = false
        let condition = NSCondition()
    }

    private let capacity: Int
    private let state = State()

    package init(capacity: Int) { self.capacity = capacity }

    /// Waits for room.
    ///
    /// - Returns: Whether the value will be received; `false` once either side has finished.
    @discardableResult
    package func send(_ value: Value) -> Bool {
        state.condition.lock()
        defer { state.condition.unlock() }
        while state.waiting.count >= capacity, !state.isFinished { state.condition.wait() }
        if state.isFinished { return false }
        state.waiting.append(value)
        state.condition.signal()
        return true
    }

    /// Waits for a value.
    ///
    /// - Returns: `nil` when the channel is finished and empty.
    package func receive() -> Value? {
        state.condition.lock()
        defer { state.condition.unlock() }
        while state.waiting.isEmpty, !state.isFinished { state.condition.wait() }
        if state.waiting.isEmpty { return nil }
        state.condition.signal()
        return state.waiting.removeFirst()
    }

    /// No more values: called by the producer at its end, or by the consumer when it gives up.
    package func finish() {
        state.condition.lock()
        state.isFinished = true
        state.condition.broadcast()
        state.condition.unlock()
    }
}
