import GRDB
import JSONText
import TraceModel
import TraceSchema

/// Takes out of a store what is old or no longer used. All of it inside a transaction of a ``WriteSession``.
struct Maintenance {
    struct BlockSize {
        let id: Int64
        let spans: Int
        let traces: Int
        let removedTraces: Int
    }

    private let db: Database
    private let layouts: LayoutCache
    private var selectBlocks, updateRemoved, deleteBlock, deleteColumns: BoundStatement
    private var deleteTrace, deleteRows, updateTexts: BoundStatement
    private let longTexts: LongTextRemoval

    init(_ db: Database) throws {
        self.db = db
        layouts = try LayoutCache(db)
        selectBlocks = try BoundStatement(db, TraceSQL.selectBlockIDs)
        updateRemoved = try BoundStatement(db, TraceSQL.updateBlockRemoved)
        deleteBlock = try BoundStatement(db, TraceSQL.deleteBlock)
        deleteColumns = try BoundStatement(db, TraceSQL.deleteBlockColumns)
        deleteTrace = try BoundStatement(db, TraceSQL.deleteTrace)
        deleteRows = try BoundStatement(db, TraceSQL.deleteTraceRows)
        updateTexts = try BoundStatement(db, TraceSQL.updateSpanTexts)
        longTexts = try LongTextRemoval(db)
    }

    func forget() {
        layouts.forget()
        longTexts.forget()
    }

    /// Oldest first.
    mutating func blocks() throws -> [BlockSize] {
        var blocks: [BlockSize] = []
        try selectBlocks.forEach { row in
            blocks.append(
                BlockSize(
                    id: try row.integer(0), spans: Int(try row.integer(1)), traces: Int(try row.integer(2)),
                    removedTraces: Int(try row.integer(3)) / 2))
        }
        return blocks
    }

    mutating func drop(_ block: Int64) throws {
        deleteColumns.bind(block << 8)
        deleteColumns.bind(block << 8 | 255)
        try deleteColumns.run()
        deleteBlock.bind(block)
        try deleteBlock.run()
    }
}

// MARK: - Retention
extension Maintenance {
    /// Removes at most `limit` traces that a block has and that ended before `horizon`; and the block, when it has no
    /// other left.
    ///
    /// - Parameter kept: Traces that stay, by number.
    mutating func removeTraces(
        of id: Int64, endedBefore horizon: UInt64, keeping kept: Set<Int64>, limit: Int, _ sealer: inout Sealer
    ) throws -> RetainCounts {
        var counts = RetainCounts()
        guard let block = try sealer.load(id) else { return counts }
        let traces = try block.traces()
        var removed = block.removed
        for (place, isParted) in try ended(block, before: horizon, keeping: kept).prefix(limit) {
            let trace = traces[place]
            deleteRows.bind(RowID.range(trace.number).lowerBound)
            deleteRows.bind(RowID.range(trace.number).upperBound)
            try deleteRows.run()
            counts.spans += db.changesCount
            deleteTrace.bind(trace.number)
            try deleteTrace.run()
            if isParted { try sealer.takeOut(trace.number) }
            removed.add(place)
            counts.traces += 1
        }
        if counts.traces == 0 { return counts }
        if removed.places.count == traces.count {
            try drop(id)
        } else {
            updateRemoved.bind(removed.bytes)
            updateRemoved.bind(id)
            try updateRemoved.run()
        }
        return counts
    }
}

extension Maintenance {
    /// The places of a block's traces that ended before `horizon`, and whether they may go on in other blocks.
    private func ended(
        _ block: Block, before horizon: UInt64, keeping kept: Set<Int64>
    ) throws -> [(place: Int, isParted: Bool)] {
        let traces = try block.traces()
        let (starts, durations) = (try block.startNanos(), try block.durationNanos())
        return try traces.enumerated().compactMap { place, trace in
            if trace.isRemoved || kept.contains(trace.number) { return nil }
            let isParted = trace.first > 0 || place == traces.count - 1
            let end =
                isParted ? try lastEnd(of: trace.number) : trace.spans.map { starts[$0] &+ durations[$0] }.max() ?? 0
            return end < horizon ? (place, isParted) : nil
        }
    }

    /// Takes long texts out of at most `limit` of the traces that a block has and that ended before `horizon`.
    ///
    /// - Parameter first: Of those traces, counted from 0.
    /// - Returns: `nil` when there is none from `first` on.
    mutating func removeTexts(
        of id: Int64, endedBefore horizon: UInt64, keeping kept: Set<Int64>, from first: Int, limit: Int,
        _ sealer: inout Sealer, layoutID: (LayoutDefinition) throws -> Int64
    ) throws -> TextCounts? {
        guard let block = try sealer.load(id) else { return nil }
        let traces = try block.traces()
        let waiting = try ended(block, before: horizon, keeping: kept).dropFirst(first).prefix(limit)
        if waiting.isEmpty { return nil }
        var counts = TextCounts()
        for (place, _) in waiting {
            let rows = try longTexts.shorten(trace: traces[place].number)
            for row in rows {
                updateTexts.bind(try layoutID(row.layout))
                updateTexts.bind(row.inlineValues)
                updateTexts.bind(row.extras)
                updateTexts.bind(row.id)
                try updateTexts.run()
                counts.bytes += row.bytes
            }
            counts.spans += rows.count
            counts.traces += rows.isEmpty ? 0 : 1
        }
        return counts
    }

    func lastEnd(of trace: Int64) throws -> UInt64 {
        var statement = try BoundStatement(db, TraceSQL.selectSpanTimes)
        statement.bind(RowID.range(trace).lowerBound)
        statement.bind(RowID.range(trace).upperBound)
        var last: UInt64 = 0
        try statement.forEach { row in
            let (start, duration) = (try row.nanos(0), UInt64(bitPattern: row.optionalInteger(1) ?? 0))
            let (end, isEarly) = start.addingReportingOverflow(duration)
            last = max(last, isEarly ? start : end)
        }
        return last
    }
}

// MARK: - Compaction
extension Maintenance {
    /// Blocks that are less than half full of traces that count, as groups that fit into one block each.
    mutating func blocksToRewrite() throws -> [[BlockSize]] {
        var groups: [[BlockSize]] = []
        var room = 0
        for block in try blocks() {
            let live = block.spans * (block.traces - block.removedTraces) / max(1, block.traces)
            if live > BlockBuilder.mostSpans / 2, block.removedTraces * 10 < block.traces { continue }
            if live <= room, !groups.isEmpty {
                groups[groups.count - 1].append(block)
            } else {
                groups.append([block])
                room = BlockBuilder.mostSpans
            }
            room -= live
        }
        return groups.filter { $0.count > 1 || $0[0].removedTraces > 0 }
    }

    /// - Returns: How many were dropped.
    mutating func dropUnusedContexts(_ sealer: inout Sealer) throws -> Int {
        var used: Set<Int64> = []
        for block in try blocks() {
            guard let block = try sealer.load(block.id) else { continue }
            let contexts = try block.contextIDs()
            for trace in try block.traces() where !trace.isRemoved { used.formUnion(contexts[trace.spans]) }
        }
        return try drop(unusedOf: TraceSQL.selectContextIDs, TraceSQL.deleteContext, used: used)
    }

    /// - Returns: How many were dropped.
    mutating func dropUnusedContent() throws -> Int {
        var used: Set<Int64> = []
        var rows = try BoundStatement(db, TraceSQL.selectContentRows)
        try rows.forEach { row in
            do {
                for value in try layouts.layout(row.integer(0)).inline(row.optionalText(1)) {
                    guard case .content(let content) = value else { continue }
                    for run in content.runs { used.formUnion(run.first..<run.first + run.count) }
                }
            } catch is JSONSyntaxError {
                throw WrongColumnType(column: 1)
            }
        }
        return try drop(unusedOf: TraceSQL.selectContentIDs, TraceSQL.deleteContent, used: used)
    }

    private func drop(unusedOf select: String, _ delete: String, used: Set<Int64>) throws -> Int {
        var unused: [Int64] = []
        var statement = try BoundStatement(db, select)
        try statement.forEach { row in
            let id = try row.integer(0)
            if !used.contains(id) { unused.append(id) }
        }
        var deletion = try BoundStatement(db, delete)
        for id in unused {
            deletion.bind(id)
            try deletion.run()
        }
        return unused.count
    }
}
