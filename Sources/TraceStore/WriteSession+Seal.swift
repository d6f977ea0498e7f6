import GRDB

extension WriteSession {
    /// When so many spans of so many traces are in the pool, those of the traces that were touched longest ago go into
    /// a block: most traces are whole by then.
    private static let mostPooledSpans = 2 * BlockBuilder.mostSpans
    private static let tracesAtOnce = 4096

    /// Inside a transaction.
    func sealOldest() throws {
        guard pool.spanCount > Self.mostPooledSpans else { return }
        let waiting = pool.all.filter { !$0.isSealed }.sorted {
            ($0.lastTouched, $0.number) < ($1.lastTouched, $1.number)
        }
        var (chosen, spans): (Set<Int64>, Int) = ([], 0)
        for entry in waiting {
            if spans > 0, spans + entry.spanIDs.count > BlockBuilder.mostSpans { break }
            chosen.insert(entry.number)
            spans += entry.spanIDs.count
        }
        try seal(chosen)
    }

    /// In a transaction of its own.
    ///
    /// - Returns: Whether there may be more to seal.
    func sealSome() throws -> Bool {
        try db.execute(sql: "BEGIN IMMEDIATE")
        try begin()
        let numbers = try sealer.unsealedTraces(limit: Self.tracesAtOnce)
        if !numbers.isEmpty { try seal(Set(numbers)) }
        try db.execute(sql: "COMMIT")
        try didCommit()
        return !numbers.isEmpty
    }

    private func seal(_ numbers: Set<Int64>) throws {
        let pooled = Dictionary(
            pool.remove { numbers.contains($0.number) }.map { ($0.number, $0.facts) },
            uniquingKeysWith: { first, _ in first })
        try sealer.seal(numbers.sorted().map { (number: $0, facts: pooled[$0] ?? nil) })
    }
}
