import TraceModel

/// The columns of a block. Their numbers stand in files.
enum BlockColumn {
    /// The distinct operations, parents' too, by which the next column and `parents` name them.
    static let operationIDs: Int64 = 0
    static let operations: Int64 = 1
    static let starts: Int64 = 2
    /// End minus start; 0 for spans that `irregular` names.
    static let durations: Int64 = 3
    static let contexts: Int64 = 4
    /// 0 a root, 1 a parent that the file does not have, else the parent's operation plus 2.
    static let parents: Int64 = 5
    /// The first two bytes of span ids.
    static let spanPrefixes: Int64 = 6
    /// Places of spans without a duration, and by how much they end before they start: 0 for unfinished ones.
    static let irregular: Int64 = 7
    static let irregularNanos: Int64 = 8
    /// Places of the model calls to count.
    static let countedCalls: Int64 = 9
    /// One entry a trace: its number, how many spans it has here, and which of the trace's spans is the first of them.
    static let traceNumbers: Int64 = 10
    static let traceSpans: Int64 = 11
    static let traceFirsts: Int64 = 12
    /// One entry an edge between siblings: ``StepEdge/Kind``, the source's operation, the target's place.
    static let edgeKinds: Int64 = 13
    static let edgeSources: Int64 = 14
    static let edgeTargets: Int64 = 15

    /// Places of the spans that have the number, and the numbers, as ``PreparedNumber`` has them.
    static func places(_ field: NumberField) -> Int64 { 32 + 2 * Int64(field.rawValue) }
    static func values(_ field: NumberField) -> Int64 { 33 + 2 * Int64(field.rawValue) }

    /// The numbers that blocks hold; the others only tell edges.
    static let fields: [NumberField] = [
        .promptTokens, .completionTokens, .cachedTokens, .cacheWriteTokens, .reasoningTokens, .cost, .cacheHit,
        .cacheSavings,
    ]
}

/// The bytes of a block before it has a number.
struct BlockData {
    let spans: Int
    let traces: Int
    let starts: ClosedRange<UInt64>
    let traceNumbers: ClosedRange<Int64>
    /// By column; empty ones are left out.
    let columns: [Int64: [UInt8]]
}

/// Makes a block of whole traces, or of a part of one that is too long.
struct BlockBuilder {
    static let mostSpans = 65_535

    private let operationOf: (Int64) throws -> Operation
    private var codes: [Int64: UInt64] = [:]
    /// Those with a number for each span.
    private var dense = (
        operations: [UInt64](), starts: [UInt64](), durations: [UInt64](), contexts: [UInt64](), parents: [UInt64](),
        spanPrefixes: [UInt64]()
    )
    private var sparse: [Int64: [UInt64]] = [:]
    private(set) var spanCount = 0

    init(operationOf: @escaping (Int64) throws -> Operation) {
        self.operationOf = operationOf
    }

    /// Makes as few blocks as hold the traces, in their order. A trace is parted only when no block could hold it.
    ///
    /// - Parameter facts: Gives the trace of an index.
    static func build(
        count: Int, operationOf: @escaping (Int64) throws -> Operation, facts: (Int) throws -> TraceFacts,
        _ body: (BlockData) throws -> Void
    ) throws {
        var builder = BlockBuilder(operationOf: operationOf)
        for index in 0..<count {
            let trace = try facts(index)
            var first = 0
            while first < trace.spans.count {
                let (left, room) = (trace.spans.count - first, mostSpans - builder.spanCount)
                if room == 0 || left > room && trace.spans.count <= mostSpans {
                    try body(builder.finished())
                    builder = BlockBuilder(operationOf: operationOf)
                    continue
                }
                let part = first..<first + min(left, room)
                try builder.append(trace, part: part)
                first = part.upperBound
            }
        }
        if builder.spanCount > 0 { try body(builder.finished()) }
    }

    /// - Parameter part: Which of the trace's spans go into this block.
    mutating func append(_ trace: TraceFacts, part: Range<Int>) throws {
        let operations = try trace.spans.map { try operationOf($0.operation) }
        let parents = trace.parentPlaces
        let first = spanCount
        append(trace.number, to: BlockColumn.traceNumbers)
        append(Int64(part.count), to: BlockColumn.traceSpans)
        append(Int64(part.lowerBound), to: BlockColumn.traceFirsts)
        for place in part { append(trace, place, parents[place]) }
        func here(_ place: Int) -> Int64? {
            part.contains(place) ? Int64(first + place - part.lowerBound) : nil
        }
        for call in countedCalls(trace, operations) {
            if let place = here(call) { append(place, to: BlockColumn.countedCalls) }
        }
        for edge in StepEdges(trace, operations, parents: parents).edges {
            guard let target = here(edge.target) else { continue }
            append(Int64(edge.kind.rawValue), to: BlockColumn.edgeKinds)
            append(Int64(code(trace.spans[edge.source].operation)), to: BlockColumn.edgeSources)
            append(target, to: BlockColumn.edgeTargets)
        }
        for number in trace.numbers where BlockColumn.fields.contains(number.number.field) {
            guard let place = here(number.span) else { continue }
            append(place, to: BlockColumn.places(number.number.field))
            sparse[BlockColumn.values(number.number.field), default: []].append(number.number.bits)
        }
    }

    private mutating func append(_ value: Int64, to column: Int64) {
        sparse[column, default: []].append(UInt64(bitPattern: value))
    }

    private mutating func code(_ operation: Int64) -> UInt64 {
        if let code = codes[operation] { return code }
        let code = UInt64(codes.count)
        codes[operation] = code
        append(operation, to: BlockColumn.operationIDs)
        return code
    }

    private mutating func append(_ trace: TraceFacts, _ place: Int, _ parent: Int) {
        let span = trace.spans[place]
        let operation = code(span.operation)
        dense.operations.append(operation)
        dense.starts.append(span.startNanos)
        let isRegular = span.endNanos != 0 && span.endNanos >= span.startNanos
        dense.durations.append(isRegular ? span.endNanos - span.startNanos : 0)
        if !isRegular {
            append(Int64(spanCount), to: BlockColumn.irregular)
            let early = span.endNanos == 0 ? 0 : span.startNanos - span.endNanos
            sparse[BlockColumn.irregularNanos, default: []].append(early)
        }
        dense.contexts.append(UInt64(bitPattern: span.context))
        let parentCode =
            span.parentSpanID == 0 ? 0 : parent < 0 ? 1 : code(trace.spans[parent].operation) + 2
        dense.parents.append(parentCode)
        dense.spanPrefixes.append(span.spanID >> 48)
        spanCount += 1
    }

    private func countedCalls(_ trace: TraceFacts, _ operations: [Operation]) -> [Int] {
        var hasUsage = [Bool](repeating: false, count: trace.spans.count)
        for number in trace.numbers
        where number.number.field == .promptTokens || number.number.field == .completionTokens {
            hasUsage[number.span] = true
        }
        return UsageRule.countedCalls(
            in: trace.spans.enumerated().map { place, span in
                UsageRule.Span(
                    id: span.spanID, parent: span.parentSpanID, role: operations[place].usageRole,
                    hasUsage: hasUsage[place])
            })
    }

    /// - Precondition: Something was appended.
    func finished() -> BlockData {
        let starts = dense.starts
        let numbers = (sparse[BlockColumn.traceNumbers] ?? []).map { Int64(bitPattern: $0) }
        var columns = sparse.mapValues { PackedColumn.encode($0) }
        columns[BlockColumn.operations] = PackedColumn.encode(dense.operations)
        columns[BlockColumn.starts] = PackedColumn.encode(dense.starts)
        columns[BlockColumn.durations] = PackedColumn.encode(dense.durations)
        columns[BlockColumn.contexts] = PackedColumn.encode(dense.contexts)
        columns[BlockColumn.parents] = PackedColumn.encode(dense.parents)
        columns[BlockColumn.spanPrefixes] = PackedColumn.encode(dense.spanPrefixes)
        guard let firstStart = starts.min(), let lastStart = starts.max(), let first = numbers.min(),
            let last = numbers.max()
        else { preconditionFailure("a block has spans") }
        return BlockData(
            spans: spanCount, traces: numbers.count, starts: firstStart...lastStart, traceNumbers: first...last,
            columns: columns)
    }
}
