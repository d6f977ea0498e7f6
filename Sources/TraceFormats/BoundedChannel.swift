import Foundation

/// Hands values from one thread to another, at most `capacity` of them waiting, so that a fast producer does not fill
/// the memory.
package final class BoundedChannel<Value: Sendable>: Sendable {
    private final class State: @unchecked Sendable {
        // Guarded by `condition`.
        var waiting: [(value: Value, weight: Int)] = []
        var weight = 0
        var isFinished = false
        let condition = NSCondition()
    }

    private let capacity: Int
    private let state = State()

    package init(capacity: Int) { self.capacity = capacity }

    /// Waits for room.
    ///
    /// - Parameter weight: How much of the capacity the value takes while it waits; a value of any weight fits when
    ///   no other waits.
    /// - Returns: Whether the value will be received; `false` once either side has finished.
    @discardableResult
    package func send(_ value: Value, weight: Int = 1) -> Bool {
        state.condition.lock()
        defer { state.condition.unlock() }
        while !state.waiting.isEmpty, state.weight + weight > capacity, !state.isFinished { state.condition.wait() }
        if state.isFinished { return false }
        state.waiting.append((value, weight))
        state.weight += weight
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
        let (value, weight) = state.waiting.removeFirst()
        state.weight -= weight
        return value
    }

    /// No more values: called by the producer at its end, or by the consumer when it gives up.
    package func finish() {
        state.condition.lock()
        state.isFinished = true
        state.condition.broadcast()
        state.condition.unlock()
    }
}
