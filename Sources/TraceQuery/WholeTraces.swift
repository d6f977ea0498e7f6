import TraceModel
import TraceStore

/// Looks at traces as wholes, those too that stand in several blocks.
final class WholeTraces {
    private let snapshot: StoreSnapshot
    /// Of the block that was asked for last, which is mostly the one that is asked for next.
    private var lastSummaries: (block: Block, summaries: [RunSummary])?
    // Of the trace in several blocks that came last, for its other blocks.
    private var lastParted: (trace: Int64, summary: RunSummary)?
    private var lastCounts: (trace: Int64, counts: [Int])?

    init(in snapshot: StoreSnapshot) { self.snapshot = snapshot }

    /// By the places of a block's traces.
    func summaries(_ block: Block) throws -> [RunSummary] {
        if let lastSummaries, lastSummaries.block === block { return lastSummaries.summaries }
        let columns = try columns(block)
        let summaries = try block.traces().map { trace in
            try block.isParted(trace) ? partedSummary(trace.number) ?? columns.summary(trace) : columns.summary(trace)
        }
        lastSummaries = (block, summaries)
        return summaries
    }

    private func partedSummary(_ trace: Int64) throws -> RunSummary? {
        if let lastParted, lastParted.trace == trace { return lastParted.summary }
        var whole: RunSummary?
        for part in try snapshot.blocks(ofTrace: trace) {
            let summary = try columns(part.block).summary(part.trace)
            if whole?.merge(summary) == nil { whole = summary }
        }
        lastParted = whole.map { (trace, $0) }
        return whole
    }

    private func columns(_ block: Block) throws -> RunColumns {
        try RunColumns(
            block, isError: snapshot.operations.isError(),
            workflows: snapshot.operations.texts(.field(.workflowName)).codes)
    }

    /// By span: how many spans name it as their parent. Nothing is said of spans that are not selected.
    func childCounts(_ block: Block, _ selection: [Bool]?) throws -> [Int] {
        var counts = [Int](repeating: 0, count: block.spanCount)
        for stretch in try Stretch.all(of: block, in: snapshot) {
            stretch.copy(try childCounts(stretch, selection), to: &counts, of: block)
        }
        return counts
    }

    private func childCounts(_ stretch: Stretch, _ selection: [Bool]?) throws -> [Int] {
        if let lastCounts, lastCounts.trace == stretch.parted { return lastCounts.counts }
        var wanted = [Bool](repeating: false, count: stretch.count)
        for trace in stretch.traces where stretch.parted != nil || (trace.contains { selection?[$0] ?? true }) {
            for place in trace { wanted[place] = true }
        }
        var counts = [Int](repeating: 0, count: stretch.count)
        for parent in try Kinship(stretch, wanted, in: snapshot).parents where parent >= 0 { counts[Int(parent)] += 1 }
        if let trace = stretch.parted { lastCounts = (trace, counts) }
        return counts
    }
}

extension Block {
    /// Whether some of the trace's spans stand, or may stand, in another block.
    func isParted(_ trace: Trace) -> Bool { trace.first > 0 || isFull && trace.spans.upperBound == spanCount }
}

/// Whole traces in a row: those that one block holds, or one that takes several.
struct Stretch {
    struct Part {
        let block: Block
        /// Which of the block's spans they are: the next ones here.
        let places: Range<Int>
    }

    let parts: [Part]
    /// The number of the one trace that is in several blocks.
    var parted: Int64?
    /// Places of each trace's spans here. Spans of no trace do not count.
    let traces: [Range<Int>]
    /// Of each of the traces.
    let numbers: [Int64]
    let count: Int

    /// All that the traces of a block need.
    static func all(of block: Block, in snapshot: StoreSnapshot) throws -> [Stretch] {
        let traces = try block.traces().filter { !$0.isRemoved }
        let here = traces.filter { !block.isParted($0) }
        let whole = Stretch(
            parts: [Part(block: block, places: 0..<block.spanCount)], traces: here.map(\.spans),
            numbers: here.map(\.number), count: block.spanCount)
        return try [whole]
            + traces.filter(block.isParted).map { trace in
                let parts = try snapshot.blocks(ofTrace: trace.number).map {
                    // One object for each block: what is worked out for it is remembered there.
                    Part(block: $0.trace.first == trace.first ? block : $0.block, places: $0.trace.spans)
                }
                let count = parts.reduce(0) { $0 + $1.places.count }
                return Stretch(
                    parts: parts, parted: trace.number, traces: [0..<count], numbers: [trace.number], count: count)
            }
    }

    /// By place here: what `values` has by place in a block.
    func joined<Value>(_ values: (Part) throws -> [Value]) rethrows -> [Value] {
        if parts.count == 1, parts[0].places.count == parts[0].block.spanCount { return try values(parts[0]) }
        return try parts.flatMap { try values($0)[$0.places] }
    }

    /// The part of `values`, which are by place here, that a part's block asks for, by place there.
    func selection(_ values: [Bool], _ index: Int) -> [Bool] {
        let part = parts[index]
        if part.places.count == part.block.spanCount, parts.count == 1 { return values }
        var result = [Bool](repeating: false, count: part.block.spanCount)
        let start = parts[..<index].reduce(0) { $0 + $1.places.count }
        for (offset, place) in part.places.enumerated() { result[place] = values[start + offset] }
        return result
    }

    /// Puts what is by place here where it belongs among what is by place in one of its blocks.
    func copy<Value>(_ values: [Value], to result: inout [Value], of block: Block) {
        var start = 0
        for part in parts {
            if part.block === block {
                for trace in traces {
                    for place in trace.clamped(to: start..<start + part.places.count) {
                        result[part.places.lowerBound + place - start] = values[place]
                    }
                }
            }
            start += part.places.count
        }
    }
}

/// Who is whose child among the spans of a stretch.
struct Kinship {
    /// By span: the place of its parent, -1 for a root and for a parent that the file does not have.
    private(set) var parents: [Int32]
    /// By span: the id of its parent, 0 for a root.
    private(set) var parentIDs: [UInt64]

    /// - Parameter wanted: The spans to look at: all those of a trace or none of it.
    init(_ stretch: Stretch, _ wanted: [Bool], in snapshot: StoreSnapshot) throws {
        var parentIDs = [UInt64](repeating: 0, count: stretch.count)
        var parents = [Int32](repeating: -1, count: stretch.count)
        var ids = [UInt64](repeating: 0, count: stretch.count)
        var start = 0
        for (index, part) in stretch.parts.enumerated() {
            try snapshot.forEachKin(part.block, stretch.selection(wanted, index)) { place, kin in
                let here = start + place - part.places.lowerBound
                ids[here] = kin.spanID.value
                parentIDs[here] = kin.parent?.value ?? 0
            }
            start += part.places.count
        }
        for trace in stretch.traces where trace.first.map({ wanted[$0] }) ?? false {
            if trace.count <= 32 {
                for place in trace where parentIDs[place] != 0 {
                    let parent = trace.first { ids[$0] == parentIDs[place] }
                    if let parent, parent != place { parents[place] = Int32(parent) }
                }
            } else {
                let places = Dictionary(trace.map { (ids[$0], Int32($0)) }, uniquingKeysWith: { first, _ in first })
                for place in trace where parentIDs[place] != 0 && parentIDs[place] != ids[place] {
                    parents[place] = places[parentIDs[place]] ?? -1
                }
            }
        }
        self.parents = parents
        self.parentIDs = parentIDs
    }
}
