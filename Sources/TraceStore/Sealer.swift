import GRDB
import TraceModel
import TraceSchema

/// Puts whole traces into blocks, and takes them out again when something is added to them; rollups count what blocks
/// hold.
struct Sealer {
    private let db: Database
    private let facts: FactReader
    private let operations: OperationCache
    private let rollups: RollupTable
    /// Places of traces that were taken out of a block and that rollups still count, by the block.
    private var leaving: [Int64: Set<Int>] = [:]
    private var insertBlock, insertColumn, selectBlock, selectColumn, selectCandidates, updateRemoved: BoundStatement
    private var deleteUnsealed, selectUnsealed: BoundStatement

    init(_ db: Database) throws {
        self.db = db
        facts = try FactReader(db)
        let operations = try OperationCache(db)
        self.operations = operations
        rollups = try RollupTable(db, operationOf: operations.operation)
        insertBlock = try BoundStatement(db, TraceSQL.insertBlock)
        insertColumn = try BoundStatement(db, TraceSQL.insertBlockColumn)
        selectBlock = try BoundStatement(db, TraceSQL.selectBlock)
        selectColumn = try BoundStatement(db, TraceSQL.selectBlockColumn)
        selectCandidates = try BoundStatement(db, TraceSQL.selectBlocksOfTrace)
        updateRemoved = try BoundStatement(db, TraceSQL.updateBlockRemoved)
        deleteUnsealed = try BoundStatement(db, TraceSQL.deleteUnsealedTrace)
        selectUnsealed = try BoundStatement(db, TraceSQL.selectUnsealedTraces)
    }

    mutating func forget() {
        operations.forget()
        facts.forget()
        rollups.forget()
        leaving = [:]
    }

    /// Traces that no block has, the oldest first.
    mutating func unsealedTraces(limit: Int) throws -> [Int64] {
        var numbers: [Int64] = []
        selectUnsealed.bind(Int64(limit))
        try selectUnsealed.forEach { numbers.append(try $0.integer(0)) }
        return numbers
    }

    /// - Parameter traces: In order of their numbers; facts that are `nil` are read from the file.
    mutating func seal(_ traces: [(number: Int64, facts: TraceFacts?)]) throws {
        try BlockBuilder.build(count: traces.count, operationOf: operations.operation) { index in
            try traces[index].facts ?? facts.read(traces[index].number)
        } _: { block in
            try insert(block)
        }
        for trace in traces {
            deleteUnsealed.bind(trace.number)
            try deleteUnsealed.run()
        }
    }

    private mutating func insert(_ block: BlockData) throws {
        insertBlock.bind(Int64(block.spans))
        insertBlock.bind(Int64(block.traces))
        insertBlock.bind(Int64(bitPattern: block.starts.lowerBound))
        insertBlock.bind(Int64(bitPattern: block.starts.upperBound))
        insertBlock.bind(block.traceNumbers.lowerBound)
        insertBlock.bind(block.traceNumbers.upperBound)
        try insertBlock.run()
        let id = db.lastInsertedRowID
        for (column, data) in block.columns.sorted(by: { $0.key < $1.key }) {
            insertColumn.bind(id << 8 | column)
            insertColumn.bind(data)
            try insertColumn.run()
        }
        try rollups.add(Block(block, operations: OperationTable(db)))
    }

    /// Takes a trace out of the blocks that have it. Rollups still count it there until ``settleRollups()``.
    mutating func unseal(_ trace: Int64) throws {
        for (block, place) in try takeOut(trace) { leaving[block, default: []].insert(place) }
    }

    /// Takes the traces of a block that still count there out of the rollups.
    func discount(_ block: Block) throws {
        let isRemoved = try block.traces().map(\.isRemoved)
        try rollups.takeAway(block) { !isRemoved[$0] }
    }

    /// Takes what was taken out of blocks out of the rollups too: a block at a time, because that reads all of it.
    mutating func settleRollups() throws {
        for (id, places) in leaving.sorted(by: { $0.key < $1.key }) {
            guard let block = try load(id) else { continue }
            try rollups.takeAway(block) { places.contains($0) }
        }
        leaving = [:]
    }

    /// - Returns: `nil` when there is no such block any more.
    mutating func load(_ id: Int64) throws -> Block? {
        let reader = ColumnReader(selectColumn)
        var block: Block?
        let table = try OperationTable(db)
        selectBlock.bind(id)
        try selectBlock.forEach { block = try Block($0, reader, operations: table) }
        return block
    }

    /// Takes a trace out of the blocks that have it, and leaves the rollups as they are.
    ///
    /// - Returns: Those blocks, with the trace's place in each.
    @discardableResult
    mutating func takeOut(_ trace: Int64) throws -> [(block: Int64, place: Int)] {
        var found: [(block: Int64, place: Int)] = []
        var candidates: [(id: Int64, traces: Int, removed: [UInt8])] = []
        selectCandidates.bind(trace)
        try selectCandidates.forEach {
            candidates.append((try $0.integer(0), Int(try $0.integer(1)), $0.optionalBlob(2) ?? []))
        }
        for candidate in candidates {
            var numbers: [Int64] = []
            selectColumn.bind(candidate.id << 8 | BlockColumn.traceNumbers)
            try selectColumn.forEach { row in
                numbers = try row.packed(0, count: candidate.traces)
            }
            guard let place = numbers.firstIndex(of: trace) else { continue }
            var removed = RemovedTraces(candidate.removed)
            if removed.contains(place) { continue }
            removed.add(place)
            updateRemoved.bind(removed.bytes)
            updateRemoved.bind(candidate.id)
            try updateRemoved.run()
            found.append((candidate.id, place))
        }
        return found
    }
}

/// The places of a block's traces that no longer count: `block.removed`.
struct RemovedTraces {
    private(set) var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var places: [Int] {
        stride(from: 0, to: bytes.count - 1, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
    }

    func contains(_ place: Int) -> Bool { places.contains(place) }

    mutating func add(_ place: Int) {
        bytes += [UInt8(truncatingIfNeeded: place), UInt8(truncatingIfNeeded: place >> 8)]
    }
}

/// The rows of `operation`, read when they are first asked for.
final class OperationCache {
    private var select: BoundStatement
    private var known: [Int64: Operation] = [:]

    init(_ db: Database) throws { select = try BoundStatement(db, TraceSQL.selectOperation) }

    func forget() { known.removeAll() }

    /// - Throws: `WrongColumnType` when there is no such row.
    func operation(_ id: Int64) throws -> Operation {
        if let operation = known[id] { return operation }
        select.bind(id)
        try select.forEach { known[id] = Operation(id: id, try $0.operation()) }
        guard let operation = known[id] else { throw WrongColumnType(column: 0) }
        return operation
    }
}
