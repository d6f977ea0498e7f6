import TraceModel

/// What was committed to a store since it was last looked at: finished spans, each once.
package struct SpanArrivals {
    /// By trace: how many of its spans were seen. They are numbered in order of arrival.
    private var seen: [Int64: Int] = [:]
    /// Rows of spans that were unfinished when they were seen.
    private var unfinished: Set<Int64> = []
    private var known: Set<BlockLook> = []

    package init() {}

    /// Takes everything in the snapshot for seen.
    package mutating func skip(_ snapshot: StoreSnapshot) throws {
        _ = try newSpans(in: snapshot) { _, _ in [] }
    }

    /// Hands out the finished spans that were not seen before, in order of start.
    package mutating func forEachNew(
        in snapshot: StoreSnapshot, where filter: BlockFilter? = nil, _ body: (StoredSpan) throws -> Void
    ) throws {
        let rows = try newSpans(in: snapshot, where: filter ?? { $1 }).sorted { ($0.start, $0.id) < ($1.start, $1.id) }
        try snapshot.forEachSpan(rows.map(\.id), body)
    }

    private mutating func newSpans(
        in snapshot: StoreSnapshot, where filter: BlockFilter
    ) throws -> [(start: UInt64, id: Int64)] {
        var found: [(start: UInt64, id: Int64)] = []
        var looks: Set<BlockLook> = []
        for block in try snapshot.blocks() {
            try snapshot.naming("block") {
                if let id = block.id {
                    let look = BlockLook(
                        id: id, starts: block.starts, spans: block.spanCount, removed: block.removed.bytes)
                    looks.insert(look)
                    if known.contains(look) { return }
                }
                let isNew = try take(block)
                guard isNew.contains(true), let chosen = try filter(block, isNew) else { return }
                let starts = try block.startNanos()
                for trace in try block.traces() where !trace.isRemoved {
                    for place in trace.spans where chosen.indices.contains(place) && chosen[place] {
                        found.append((starts[place], trace.rowID(place)))
                    }
                }
            }
        }
        known = looks
        return found
    }

    /// Takes the spans of a block for seen.
    ///
    /// - Returns: By span: whether it is finished and was not seen so before.
    private mutating func take(_ block: Block) throws -> [Bool] {
        let waiting = Set(try block.irregular().filter { $0.endsEarlyBy == 0 }.map(\.place))
        var isNew = [Bool](repeating: false, count: block.spanCount)
        for trace in try block.traces() where !trace.isRemoved {
            let before = seen[trace.number] ?? 0
            for (offset, place) in trace.spans.enumerated() {
                let isFirst = trace.first + offset >= before
                if waiting.contains(place) {
                    if isFirst { unfinished.insert(trace.rowID(place)) }
                } else {
                    isNew[place] = isFirst || unfinished.remove(trace.rowID(place)) != nil
                }
            }
            seen[trace.number] = max(before, trace.first + trace.spans.count)
        }
        return isNew
    }
}

/// What tells a block of the file that was looked at from one that has changed.
private struct BlockLook: Hashable {
    let id: Int64
    let starts: ClosedRange<UInt64>
    let spans: Int
    let removed: [UInt8]
}
