import TraceModel

/// Who calls, follows or branches into whom, span by span: for questions that the operations can't answer, because a
/// field of theirs is demoted.
package struct Connection: Sendable {
    package let type: ConnectionType
    package let source: StoredSpan
    package let target: StoredSpan
}

extension StoreSnapshot {
    /// Hands out the connections whose target starts inside `window`, trace by trace; each trace is read whole.
    ///
    /// - Returns: Spans of the window whose parent is not in the file.
    package func forEachConnection(
        _ window: TimeWindow, where filter: BlockFilter? = nil, _ body: (Connection) throws -> Void
    ) throws -> Int {
        let reader = try FactReader(db)
        var missing = 0
        let counting = try filter.map { try rows(window, $0) }
        func counts(_ facts: TraceFacts, _ place: Int) -> Bool {
            window.contains(facts.spans[place].startNanos)
                && counting?.contains(RowID.make(trace: facts.number, span: place)) ?? true
        }
        var done: Set<Int64> = []
        try forEachBlock(window) { block, _ in
            for trace in try block.traces() where !trace.isRemoved && done.insert(trace.number).inserted {
                let facts = try reader.read(trace.number)
                var spans: [StoredSpan] = []
                let ids = facts.spans.indices.map { RowID.make(trace: trace.number, span: $0) }
                try forEachSpan(ids) { spans.append($0) }
                let parents = facts.parentPlaces
                func hand(_ type: ConnectionType, _ source: Int, _ target: Int) throws {
                    guard counts(facts, target) else { return }
                    try body(Connection(type: type, source: spans[source], target: spans[target]))
                }
                for (place, parent) in parents.enumerated() {
                    if parent >= 0 {
                        try hand(.calls, parent, place)
                    } else if facts.spans[place].parentSpanID != 0, counts(facts, place) {
                        missing += 1
                    }
                }
                for edge in StepEdges(facts, spans.map(\.row.operation), parents: parents).edges {
                    try hand(edge.kind == .parallel ? .parallel : .sequential, edge.source, edge.target)
                }
            }
        }
        return missing
    }

    /// The rows of the spans that meet a filter.
    private func rows(_ window: TimeWindow, _ filter: @escaping BlockFilter) throws -> Set<Int64> {
        var rows: Set<Int64> = []
        try forEachBlock(window, where: filter) { block, selection in
            for trace in try block.traces() {
                for place in trace.spans where selection?[place] ?? true { rows.insert(trace.rowID(place)) }
            }
        }
        return rows
    }
}
