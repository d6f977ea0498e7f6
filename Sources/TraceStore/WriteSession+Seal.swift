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

    /// Seals what is left, some thousand traces to a transaction.
    func sealAll() throws {
        while try transaction({ try $0.sealSome() }) {}
    }

    /// - Returns: Whether there may be more to seal.
    private func sealSome() throws -> Bool {
        var numbers = Set(try sealer.unsealedTraces(limit: Self.tracesAtOnce))
        if numbers.isEmpty { return false }
        // The newest blocks that are not larger than this one go along, so that many small ingests leave few blocks:
        // each time a span is sealed again its block is twice as large.
        for block in try maintenance.blocks().reversed() {
            let live = block.traces - block.removedTraces
            guard live <= numbers.count, numbers.count + live <= Self.tracesAtOnce else { break }
            numbers.formUnion(try takeOut(block.id))
        }
        try seal(numbers)
        return true
    }

    /// Puts the traces of some blocks that count into new ones. Inside a transaction.
    func rewrite(_ blocks: [Maintenance.BlockSize]) throws {
        var numbers: Set<Int64> = []
        for block in blocks { numbers.formUnion(try takeOut(block.id)) }
        try seal(numbers)
    }

    /// Drops a block.
    ///
    /// - Returns: The traces that must be sealed again: those that counted there.
    private func takeOut(_ id: Int64) throws -> [Int64] {
        try sealer.settleRollups()
        guard let block = try sealer.load(id) else { return [] }
        try sealer.discount(block)
        let numbers = try block.traces().filter { !$0.isRemoved }.map(\.number)
        try maintenance.drop(id)
        // Parts of a long trace that stand in other blocks.
        for number in numbers { try sealer.unseal(number) }
        return numbers
    }

    /// When the last span ended, of those that blocks have; an unfinished one when it started. `nil` when there is none.
    func lastEnd() throws -> UInt64? {
        var last: UInt64?
        for block in try maintenance.blocks() {
            guard let block = try sealer.load(block.id), block.removed.places.count < (try block.traces().count)
            else { continue }
            let ends = zip(try block.startNanos(), try block.durationNanos()).map { $0 &+ $1 }
            last = max(last ?? 0, ends.max() ?? 0)
        }
        return last
    }

    func removeTraces(
        of block: Int64, endedBefore horizon: UInt64, keeping kept: Set<Int64>, limit: Int
    ) throws -> RetainCounts {
        let counts = try maintenance.removeTraces(
            of: block, endedBefore: horizon, keeping: kept, limit: limit, &sealer)
        if counts.traces > 0 { try lowerLastTrace() }
        return counts
    }

    private func seal(_ numbers: Set<Int64>) throws {
        let pooled = Dictionary(
            pool.remove { numbers.contains($0.number) }.map { ($0.number, $0.facts) },
            uniquingKeysWith: { first, _ in first })
        try sealer.settleRollups()
        try sealer.seal(numbers.sorted().map { (number: $0, facts: pooled[$0] ?? nil) })
    }
}
