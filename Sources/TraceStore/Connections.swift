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
    package func forEachConnection(_ window: TimeWindow, _ body: (Connection) throws -> Void) throws -> Int {
        let reader = try FactReader(db)
        var missing = 0
        var done: Set<Int64> = []
        try forEachBlock(window) { block, _ in
            for trace in try block.traces() where !trace.isRemoved && done.insert(trace.number).inserted {
                let facts = try reader.read(trace.number)
                var spans: [StoredSpan] = []
                let ids = facts.spans.indices.map { RowID.make(trace: trace.number, span: $0) }
                try forEachSpan(ids) { spans.append($0) }
                let parents = facts.parentPlaces
                func hand(_ type: ConnectionType, _ source: Int, _ target: Int) throws {
                    guard window.contains(facts.spans[target].startNanos) else { return }
                    try body(Connection(type: type, source: spans[source], target: spans[target]))
                }
                for (place, parent) in parents.enumerated() {
                    if parent >= 0 {
                        try hand(.calls, parent, place)
                    } else if facts.spans[place].parentSpanID != 0, window.contains(facts.spans[place].startNanos) {
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
}
