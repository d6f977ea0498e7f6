import GRDB
import TraceModel
import TraceSchema

/// Keeps `rollup` in step with the blocks. Inside a transaction.
final class RollupTable {
    private let groups: RollupGroups
    private let blockRollups: BlockRollups
    private var select, insert, delete: BoundStatement

    init(_ db: Database, operationOf: @escaping (Int64) throws -> Operation) throws {
        groups = try RollupGroups(db, writing: true)
        blockRollups = BlockRollups(groups, operationOf: operationOf)
        select = try BoundStatement(db, TraceSQL.selectRollups)
        insert = try BoundStatement(db, TraceSQL.insertRollup)
        delete = try BoundStatement(db, TraceSQL.deleteRollup)
    }

    func forget() { blockRollups.forget() }

    /// Counts all spans of a block that is new.
    func add(_ block: Block) throws {
        for (id, sums) in try blockRollups.sums(block, nil) {
            var all = try read(id)
            all += sums
            try write(id, all)
        }
    }

    /// Counts some traces of a block no longer.
    ///
    /// - Parameter isLeaving: By the trace's place in the block.
    func takeAway(_ block: Block, where isLeaving: (Int) -> Bool) throws {
        var selection = [Bool](repeating: false, count: block.spanCount)
        for (place, trace) in try block.traces().enumerated() where isLeaving(place) {
            for span in trace.spans { selection[span] = true }
        }
        for (id, sums) in try blockRollups.sums(block, selection) {
            var all = try read(id)
            all -= sums
            try write(id, all)
        }
    }

    private func read(_ id: RollupID) throws -> RollupSums {
        var sums = RollupSums()
        select.bind(id.value)
        select.bind(id.value)
        try select.forEach { sums = try $0.rollup().sums }
        return sums
    }

    private func write(_ id: RollupID, _ sums: RollupSums) throws {
        if sums.spans <= 0 {
            delete.bind(id.value)
            try delete.run()
            return
        }
        insert.bind(id.value)
        for count in [sums.spans, sums.errors, sums.timedSpans, sums.timedErrors] { insert.bind(Int64(count)) }
        insert.bind(Int64(truncatingIfNeeded: sums.nanos >> 32))
        insert.bind(Int64(truncatingIfNeeded: sums.nanos & 0xFFFF_FFFF))
        for nanos in [
            sums.range?.lowerBound, sums.range?.upperBound, sums.errorStarts?.lowerBound, sums.errorStarts?.upperBound,
        ] {
            insert.bind(nanos.map { Int64(bitPattern: $0) })
        }
        let usage = sums.usage
        for count in [usage.calls, usage.callsWithCost, usage.callsWithUsageOnly] { insert.bind(Int64(count)) }
        for tokens in [
            usage.promptTokens, usage.completionTokens, usage.cachedTokens, usage.cacheWriteTokens,
            usage.reasoningTokens,
        ] {
            insert.bind(tokens)
        }
        insert.bind(usage.costSum)
        insert.bind(Int64(sums.cache.lookups))
        insert.bind(Int64(sums.cache.hits))
        insert.bind(sums.cache.savingsUSD)
        if sums.sketch.count == 0 { insert.bindNull() } else { insert.bind(sums.sketch.encoded) }
        try insert.run()
    }
}

extension StatementRow {
    /// A row of `rollup`.
    func rollup() throws -> (id: RollupID, sums: RollupSums) {
        var sums = RollupSums()
        try addRollup(to: &sums)
        return (RollupID(try integer(0)), sums)
    }

    /// Adds a row of `rollup`.
    func addRollup(to all: inout RollupSums) throws {
        var sums = RollupSums()
        sums.spans = try count(1)
        sums.errors = try count(2)
        sums.timedSpans = try count(3)
        sums.timedErrors = try count(4)
        let (high, low) = (try integer(5), try integer(6))
        guard high >= 0, (0..<1 << 32).contains(low), high >> 32 <= sums.timedSpans else {
            throw WrongColumnType(column: 5)
        }
        sums.nanos = Int128(high) << 32 + Int128(low)
        sums.range = try range(7, 8)
        sums.errorStarts = try range(9, 10)
        sums.usage.calls = try count(11)
        sums.usage.callsWithCost = try count(12)
        sums.usage.callsWithUsageOnly = try count(13)
        sums.usage.promptTokens = try integer(14)
        sums.usage.completionTokens = try integer(15)
        sums.usage.cachedTokens = try integer(16)
        sums.usage.cacheWriteTokens = try integer(17)
        sums.usage.reasoningTokens = try integer(18)
        sums.usage.costSum = try real(19)
        sums.cache.lookups = try count(20)
        sums.cache.hits = try count(21)
        sums.cache.savingsUSD = try real(22)
        all += sums
        let count = all.sketch.count
        guard all.sketch.add(encoded: optionalBlob(23) ?? []), all.sketch.count == count + sums.timedSpans else {
            throw WrongColumnType(column: 23)
        }
    }

    /// A number of things, few enough that sums of such numbers are far from too large.
    private func count(_ column: Int) throws -> Int {
        let count = try integer(column)
        guard (0..<1 << 32).contains(count) else { throw WrongColumnType(column: column) }
        return Int(count)
    }

    private func range(_ first: Int, _ last: Int) throws -> ClosedRange<UInt64>? {
        if optionalInteger(first) == nil, optionalInteger(last) == nil { return nil }
        let (least, most) = (try nanos(first), try nanos(last))
        guard least <= most else { throw WrongColumnType(column: first) }
        return least...most
    }
}
