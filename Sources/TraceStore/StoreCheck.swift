import GRDB
import TraceModel
import TraceSchema

/// What ``StoreSnapshot/check()`` found.
package struct StoreCheck: Hashable, Sendable {
    package fileprivate(set) var spans = 0
    package fileprivate(set) var blocks = 0
    /// What is wrong, one a line; at most ``mostProblems``.
    package fileprivate(set) var problems: [String] = []

    package static let mostProblems = 20

    fileprivate mutating func note(_ problem: String) {
        if problems.count < Self.mostProblems { problems.append(problem) }
    }
}

extension StoreSnapshot {
    /// Checks the file as SQLite does, that blocks say what the rows say: every span once, with its times, operation,
    /// context and numbers; that rollups are the sums of blocks, or more where runs were removed; and that metric points
    /// can be read and have their series.
    package func check() throws -> StoreCheck {
        var check = StoreCheck()
        for line in try String.fetchAll(db, sql: "PRAGMA integrity_check") where line != "ok" { check.note(line) }
        if !check.problems.isEmpty { return check }
        var sizes: [Int64: Int] = [:]
        try scan("span", TraceSQL.selectTraceSizes) { sizes[try $0.integer(0)] = Int(try $0.integer(1)) }
        check.spans = sizes.values.reduce(0, +)
        var covered: [Int64: Int] = [:]
        let reader = try FactReader(db)
        let operationIDs = try operations.ids()
        let groups = try RollupGroups(db, writing: false)
        let blockRollups = BlockRollups(groups, operationOf: operationCache.operation)
        var rollups: [RollupID: RollupSums] = [:]
        let sealedCount = try sealedBlocks().count
        for (number, block) in try blocks().enumerated() {
            check.blocks += 1
            let columns = try naming("block") { try CheckedColumns(block, operationIDs) }
            for trace in try block.traces() where !trace.isRemoved {
                covered[trace.number, default: 0] += trace.spans.count
                let facts = try naming("span") { try reader.read(trace.number) }
                if !columns.agree(trace, facts) { check.note("trace \(trace.number): its block differs from its rows") }
            }
            if number < sealedCount {
                for (id, sums) in try naming("block", { try blockRollups.sums(block, block.selection(.all)) }) {
                    rollups[id, default: RollupSums()] += sums
                }
            }
        }
        for (trace, spans) in sizes where covered[trace] != spans {
            check.note("trace \(trace): \(spans) rows, \(covered[trace] ?? 0) spans in blocks")
        }
        for trace in covered.keys where sizes[trace] == nil { check.note("trace \(trace): in a block, without rows") }
        try compare(rollups, &check)
        try metricProblems().forEach { check.note($0) }
        return check
    }

    /// - Parameter counted: What blocks add up to.
    private func compare(_ counted: [RollupID: RollupSums], _ check: inout StoreCheck) throws {
        let removedHours = try removedHours()
        var counted = counted
        for family in RollupFamily.allCases {
            try scanRollups(TraceSQL.selectRollups, family, 0..<RollupHour.end) { row in
                let (id, kept) = try row.rollup()
                let sums = counted.removeValue(forKey: id) ?? RollupSums()
                if id.hour < removedHours ? !kept.holds(sums) : !kept.equals(sums) {
                    check.note("rollup \(id.value): \(kept.spans) spans, \(sums.spans) in blocks, or other sums differ")
                }
            }
        }
        for (id, sums) in counted { check.note("rollup \(id.value): is missing; \(sums.spans) spans in blocks") }
    }
}

extension RollupSums {
    /// Whether they count the same, but for how sums of real numbers are rounded; ranges may be wider.
    fileprivate func equals(_ other: RollupSums) -> Bool {
        holds(other) && other.spans == spans && other.errors == errors && other.timedSpans == timedSpans
            && other.timedErrors == timedErrors && other.sketch == sketch && nanos == other.nanos
            && other.usage.calls == usage.calls && other.usage.tokens == usage.tokens
            && isClose(other.usage.costUSD ?? 0, usage.costUSD ?? 0) && other.cache.hits == cache.hits
            && other.cache.lookups == cache.lookups && isClose(other.cache.savingsUSD, cache.savingsUSD)
    }

    /// Whether they count all that `other` counts.
    fileprivate func holds(_ other: RollupSums) -> Bool {
        func holds(_ range: ClosedRange<UInt64>?, _ inner: ClosedRange<UInt64>?) -> Bool {
            guard let inner else { return true }
            return range.map { $0.contains(inner.lowerBound) && $0.contains(inner.upperBound) } ?? false
        }
        return spans >= other.spans && errors >= other.errors && timedSpans >= other.timedSpans
            && timedErrors >= other.timedErrors && usage.calls >= other.usage.calls
            && cache.lookups >= other.cache.lookups && cache.hits >= other.cache.hits && holds(range, other.range)
            && holds(errorStarts, other.errorStarts)
    }

    private func isClose(_ left: Double, _ right: Double) -> Bool {
        abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1e-3)
    }
}

/// What a block says, to hold against rows.
private struct CheckedColumns {
    private let operations: [Int64]
    private let codes: [UInt16]
    private let starts: [UInt64]
    private let durations: [UInt64]
    private let irregular: [Int: UInt64]
    private let contexts: [Int64]
    private let prefixes: [UInt16]
    private let numbers: [(field: NumberField, bits: [Int: UInt64])]

    init(_ block: Block, _ operationIDs: [Int64]) throws {
        operations = try block.operations().map { operationIDs[$0] }
        codes = try block.operationCodes()
        starts = try block.startNanos()
        durations = try block.durationNanos()
        irregular = Dictionary(try block.irregular().map { ($0.place, $0.endsEarlyBy) }, uniquingKeysWith: { $1 })
        contexts = try block.contextIDs()
        prefixes = try block.spanIDPrefixes()
        numbers = try BlockColumn.fields.map { field in
            let (places, bits) = try block.numbers(field)
            return (field, Dictionary(zip(places, bits), uniquingKeysWith: { $1 }))
        }
    }

    func agree(_ trace: Block.Trace, _ facts: TraceFacts) -> Bool {
        guard trace.first + trace.spans.count <= facts.spans.count else { return false }
        let rowNumbers = Dictionary(grouping: facts.numbers, by: \.span)
        for place in trace.spans {
            let index = trace.first + place - trace.spans.lowerBound
            let span = facts.spans[index]
            let early = irregular[place]
            let end = early.map { $0 == 0 ? 0 : starts[place] &- $0 } ?? starts[place] &+ durations[place]
            guard starts[place] == span.startNanos, end == span.endNanos,
                operations[Int(codes[place])] == span.operation, contexts[place] == span.context,
                UInt64(prefixes[place]) == span.spanID >> 48
            else { return false }
            let ofRow = rowNumbers[index] ?? []
            for (field, bits) in numbers {
                let row = ofRow.first { $0.number.field == field }?.number.bits
                if bits[place] != row { return false }
            }
        }
        return true
    }
}
