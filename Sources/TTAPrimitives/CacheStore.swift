import Synchronization

/// What a look-up came to.
enum CacheFinding<Value: Sendable>: Sendable {
    /// It was there, since so long.
    case stored(Value, age: Duration)
    /// Somebody was computing it, and now has.
    case shared(Value)
    /// It is for the caller to compute: ``CacheStore/finish(_:with:at:)`` or ``CacheStore/fail(_:with:isCancelled:)`` must follow.
    case missing
}

/// Values by key, and who waits for which.
final class CacheStore<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    struct Contents: Sendable {
        typealias Waiter = (id: UInt64, continuation: CheckedContinuation<CacheFinding<Value>, any Error>)

        var entries: RecencyMap<Key, (value: Value, storedNanos: UInt64)>
        /// Of the keys that are being computed, in order of arrival.
        var waiters: [Key: [Waiter]] = [:]
        var lastID: UInt64 = 0

        /// - Returns: `nil` when somebody else computes it.
        mutating func find(_ key: Key, at now: UInt64, _ ttl: Duration?) -> CacheFinding<Value>? {
            if let (value, stored) = entries.value(for: key) {
                let age = Duration.nanoseconds(Int64(clamping: now > stored ? now - stored : 0))
                guard let ttl, age >= ttl else { return .stored(value, age: age) }
            }
            guard waiters[key] == nil else { return nil }
            waiters[key] = []
            return .missing
        }
    }

    let contents: Mutex<Contents>
    private let ttl: Duration?

    init(capacity: Int, ttl: Duration?) {
        contents = Mutex(Contents(entries: RecencyMap(capacity: capacity)))
        self.ttl = ttl
    }

    /// Waits while somebody else computes the value.
    ///
    /// - Throws: The error of who computed it; `CancellationError` as soon as the task is cancelled while it waits.
    nonisolated(nonsending) func find(_ key: Key, at now: UInt64) async throws -> CacheFinding<Value> {
        let (found, id) = contents.withLock { contents in
            contents.lastID += 1
            return (contents.find(key, at: now, ttl), contents.lastID)
        }
        if let found { return found }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait($0, id, for: key, at: now) }
        } onCancel: {
            leave(id, key)
        }
    }

    private func wait(
        _ continuation: CheckedContinuation<CacheFinding<Value>, any Error>, _ id: UInt64, for key: Key, at now: UInt64
    ) {
        // What was being computed may have come meanwhile, and so may the cancellation.
        let answer: Result<CacheFinding<Value>, any Error>? = contents.withLock { contents in
            if Task.isCancelled { return .failure(CancellationError()) }
            if let found = contents.find(key, at: now, ttl) { return .success(found) }
            contents.waiters[key]?.append((id, continuation))
            return nil
        }
        if let answer { continuation.resume(with: answer) }
    }

    private func leave(_ id: UInt64, _ key: Key) {
        let waiter = contents.withLock { contents in
            contents.waiters[key]?.firstIndex { $0.id == id }.flatMap { contents.waiters[key]?.remove(at: $0) }
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    /// Stores what was computed, and gives it to those who wait.
    func finish(_ key: Key, with value: Value, at now: UInt64) {
        let waiters = contents.withLock { contents in
            contents.entries.set((value, now), for: key)
            return contents.waiters.removeValue(forKey: key) ?? []
        }
        for waiter in waiters { waiter.continuation.resume(returning: .shared(value)) }
    }

    /// Gives the error to those who wait; after a cancellation, which is none of theirs, the first of them computes.
    func fail(_ key: Key, with error: any Error, isCancelled: Bool) {
        guard isCancelled else {
            let waiters = contents.withLock { $0.waiters.removeValue(forKey: key) ?? [] }
            for waiter in waiters { waiter.continuation.resume(throwing: error) }
            return
        }
        let successor = contents.withLock { contents -> Contents.Waiter? in
            guard contents.waiters[key]?.isEmpty == false else {
                contents.waiters[key] = nil
                return nil
            }
            return contents.waiters[key]?.removeFirst()
        }
        successor?.continuation.resume(returning: .missing)
    }
}
