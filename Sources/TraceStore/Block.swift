import TraceModel

/// Up to 65,535 spans in columns, in order of their ids: whole traces, or part of one that is longer. Each column is
/// read and checked when it is first asked for.
///
/// All methods throw `WrongColumnType` for columns that this version can't have written.
///
/// Used by one thread at a time.
package final class Block: @unchecked Sendable {
    /// `nil` for one that is not in the file.
    let id: Int64?
    package let spanCount: Int
    /// Of the first and of the last span to start.
    package let starts: ClosedRange<UInt64>
    private let traceCount: Int
    let removed: RemovedTraces
    private let read: (Int64) throws -> [UInt8]?
    /// Columns read ahead; `nil` for those that the block does not have.
    private var loaded: [Int64: [UInt8]?] = [:]
    private let table: OperationTable
    private lazy var loadedOperationIDs = Result { try loadOperationIDs() }
    private lazy var loadedOperations = Result { try table.places(operationIDs()) }
    private lazy var loadedTraces = Result { try loadTraces() }

    init(
        id: Int64? = nil, spanCount: Int, traceCount: Int, starts: ClosedRange<UInt64>, removed: [UInt8],
        bytes: @escaping (Int64) throws -> [UInt8]?, operations: OperationTable
    ) {
        self.id = id
        self.spanCount = spanCount
        self.traceCount = traceCount
        self.starts = starts
        self.removed = RemovedTraces(removed)
        read = bytes
        table = operations
    }

    private func bytes(_ column: Int64) throws -> [UInt8]? {
        if let known = loaded[column] { return known }
        return try read(column)
    }

    /// Reads columns ahead, so that another thread can use them, which may not read from the file.
    func load(_ columns: [Int64]) throws {
        for column in columns where loaded[column] == nil { loaded[column] = .some(try read(column)) }
        // Looks into the table of operations.
        _ = try operations()
        if !removed.bytes.isEmpty { _ = try traces() }
    }

    /// A row of `block`: id, spans, traces, first and last start, removed.
    convenience init(_ row: StatementRow, _ columns: ColumnReader, operations: OperationTable) throws {
        let id = try row.integer(0)
        let (first, last) = (try row.nanos(3), try row.nanos(4))
        let (spans, traces) = (Int(try row.integer(1)), Int(try row.integer(2)))
        guard first <= last, (1...BlockBuilder.mostSpans).contains(spans), (1...spans).contains(traces) else {
            throw WrongColumnType(column: 1)
        }
        let removed = row.optionalBlob(5) ?? []
        guard removed.count.isMultiple(of: 2) else { throw WrongColumnType(column: 5) }
        self.init(
            id: id, spanCount: spans, traceCount: traces, starts: first...last, removed: removed,
            bytes: { try columns.read(id << 8 | $0) }, operations: operations)
    }

    /// One that is not in the file.
    convenience init(_ data: BlockData, operations: OperationTable) {
        self.init(
            spanCount: data.spans, traceCount: data.traces, starts: data.starts, removed: [],
            bytes: { data.columns[$0] }, operations: operations)
    }
}

// MARK: - Columns of spans
extension Block {
    /// The operations that the columns name by code, as places in the table of operations.
    package func operations() throws -> [Int] { try loadedOperations.get() }

    /// The ids of the same.
    func operationIDs() throws -> [Int64] { try loadedOperationIDs.get() }

    /// By span: an index of ``operations()``.
    package func operationCodes() throws -> [UInt16] {
        try column(BlockColumn.operations, count: spanCount, below: operationIDs().count)
    }

    package func startNanos() throws -> [UInt64] { try column(BlockColumn.starts, count: spanCount) }

    /// 0 for spans that ``irregular()`` names.
    package func durationNanos() throws -> [UInt64] { try column(BlockColumn.durations, count: spanCount) }

    package func contextIDs() throws -> [Int64] { try column(BlockColumn.contexts, count: spanCount) }

    /// By span: 0 for a root, 1 for a parent that the file does not have, else an index of ``operations()`` plus 2.
    package func parentCodes() throws -> [UInt32] {
        try column(BlockColumn.parents, count: spanCount, below: operationIDs().count + 2)
    }

    /// By span: the first two bytes of its id.
    package func spanIDPrefixes() throws -> [UInt16] { try column(BlockColumn.spanPrefixes, count: spanCount) }

    /// Spans without a duration: unfinished, or ending before they start by so many nanoseconds.
    package func irregular() throws -> [(place: Int, endsEarlyBy: UInt64)] {
        let (places, nanos) = try sparse(BlockColumn.irregular, BlockColumn.irregularNanos)
        return zip(places, nanos).map { ($0, $1) }
    }

    /// Places of the model calls whose tokens count.
    package func countedCalls() throws -> [Int] {
        guard let bytes = try bytes(BlockColumn.countedCalls) else { return [] }
        return try decode(bytes, count: try count(bytes, of: BlockColumn.countedCalls), below: spanCount)
    }

    /// The spans that have a number, and the numbers: bits of a double for a real field, else of an `Int64`.
    package func numbers(_ field: NumberField) throws -> (places: [Int], bits: [UInt64]) {
        try sparse(BlockColumn.places(field), BlockColumn.values(field))
    }

    package struct Edge {
        package let isParallel: Bool
        /// The operation that it comes from: an index of ``operations()``.
        package let source: Int
        /// Place of the span that it goes to.
        package let target: Int
    }

    /// Between siblings: from a step to the next, and from a parallel primitive to its branches.
    package func edges() throws -> [Edge] {
        guard let bytes = try bytes(BlockColumn.edgeTargets) else { return [] }
        let count = try count(bytes, of: BlockColumn.edgeTargets)
        let targets: [Int] = try decode(bytes, count: count, below: spanCount)
        let kinds: [UInt8] = try column(BlockColumn.edgeKinds, count: count, below: 2)
        let sources: [Int] = try column(BlockColumn.edgeSources, count: count, below: operationIDs().count)
        return targets.indices.map {
            Edge(
                isParallel: kinds[$0] == StepEdge.Kind.parallel.rawValue, source: sources[$0],
                target: targets[$0])
        }
    }
}

// MARK: - Traces
extension Block {
    package struct Trace {
        package let number: Int64
        /// Places of its spans here.
        package let spans: Range<Int>
        /// Which of the trace's spans the first one here is; above 0 in the later parts of a long trace.
        package let first: Int
        /// Whether it no longer counts here.
        package let isRemoved: Bool

        package func rowID(_ place: Int) -> Int64 { RowID.make(trace: number, span: first + place - spans.lowerBound) }
    }

    package func traces() throws -> [Trace] { try loadedTraces.get() }

    /// Whether the last trace may go on in another block: only those that no block could hold are parted.
    package var isFull: Bool { spanCount == BlockBuilder.mostSpans }

    /// Which spans count for `window`: `nil` for all.
    package func selection(_ window: TimeWindow) throws -> [Bool]? {
        let coversAll = window.contains(starts.lowerBound) && window.contains(starts.upperBound)
        if coversAll && removed.bytes.isEmpty { return nil }
        var selected: [Bool]
        if coversAll {
            selected = [Bool](repeating: true, count: spanCount)
        } else {
            selected = try startNanos().map { window.contains($0) }
        }
        for trace in try traces() where trace.isRemoved {
            for place in trace.spans { selected[place] = false }
        }
        return selected
    }

    private func loadTraces() throws -> [Trace] {
        let numbers: [Int64] = try column(BlockColumn.traceNumbers, count: traceCount)
        let counts: [Int] = try column(BlockColumn.traceSpans, count: traceCount, below: spanCount + 1)
        let firsts: [Int] = try column(BlockColumn.traceFirsts, count: traceCount, below: RowID.spansPerTrace)
        guard counts.reduce(0, +) == spanCount else { throw WrongColumnType(column: Int(BlockColumn.traceSpans)) }
        let gone = Set(removed.places)
        var start = 0
        return numbers.indices.map { index in
            defer { start += counts[index] }
            return Trace(
                number: numbers[index], spans: start..<start + counts[index], first: firsts[index],
                isRemoved: gone.contains(index))
        }
    }

    private func loadOperationIDs() throws -> [Int64] {
        guard let bytes = try bytes(BlockColumn.operationIDs) else { throw WrongColumnType(column: 0) }
        return try decode(bytes, count: try count(bytes, of: BlockColumn.operationIDs))
    }
}

// MARK: - Decoding
extension Block {
    private func column<Value: FixedWidthInteger>(_ column: Int64, count: Int, below bound: Int? = nil) throws
        -> [Value]
    {
        guard let bytes = try bytes(column) else { throw WrongColumnType(column: Int(column)) }
        return try decode(bytes, count: count, below: bound)
    }

    private func sparse(_ placesColumn: Int64, _ valuesColumn: Int64) throws -> (places: [Int], bits: [UInt64]) {
        guard let bytes = try bytes(placesColumn) else { return ([], []) }
        let count = try count(bytes, of: placesColumn)
        return (try decode(bytes, count: count, below: spanCount), try column(valuesColumn, count: count))
    }

    /// Of a column of places, which differ unless there is but one.
    private func count(_ bytes: [UInt8], of column: Int64) throws -> Int {
        bytes.withUnsafeBytes { PackedColumn.count($0) } ?? 1
    }

    private func decode<Value: FixedWidthInteger>(_ bytes: [UInt8], count: Int, below bound: Int? = nil) throws
        -> [Value]
    {
        guard let values = bytes.withUnsafeBytes({ PackedColumn.decode($0, count: count, as: Value.self) }) else {
            throw WrongColumnType(column: 0)
        }
        if let bound, values.contains(where: { $0 < 0 || Int($0) >= bound }) { throw WrongColumnType(column: 0) }
        return values
    }
}

/// Reads columns of blocks.
final class ColumnReader {
    private var select: BoundStatement

    init(_ select: BoundStatement) { self.select = select }

    func read(_ id: Int64) throws -> [UInt8]? {
        var bytes: [UInt8]?
        select.bind(id)
        try select.forEach { bytes = $0.optionalBlob(0) }
        return bytes
    }
}
