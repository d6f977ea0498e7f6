import TraceModel
import TraceStore

/// Single spans of a window, the first of them in some order.
package struct SpanList: Sendable {
    package enum Order: String, Sendable, CaseIterable { case start, duration }

    package struct Row: Sendable {
        package let stored: StoredSpan
        /// Of the fields that were asked for.
        package let values: [AttributeValue?]
    }

    package let fields: [FieldName]
    /// Newest first, or longest; at most as many as asked for.
    package let rows: [Row]
    /// Spans of the window, listed or not.
    package let count: Int

    /// - Parameter fields: What to show beside what every span has.
    package init(
        sortedBy order: Order = .start, limit: Int, showing fields: [FieldName], window: TimeWindow,
        where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws {
        var (first, count): ([Entry], Int) = ([], 0)
        let parts: [BlockPart] = [.starts, .durations, .traces]
        try snapshot.mapBlocks(SpanCoverage(window), where: filter?.selection, reading: parts) { _, _ in
        } transform: { block, selection, _ in
            let entries = try block.entries(selection, order)
            return (first: entries.first(limit), count: entries.count)
        } _: { part in
            first = (first + part.first).first(limit)
            count += part.count
        }
        self.fields = fields
        self.count = count
        rows = try Self.rows(first.map(\.rowID), fields, in: snapshot)
    }

    private static func rows(_ ids: [Int64], _ fields: [FieldName], in snapshot: StoreSnapshot) throws -> [Row] {
        var rows: [Row] = []
        let reader = try ValueReader(fields, in: snapshot)
        try snapshot.forEachSpan(ids) { stored in
            rows.append(Row(stored: stored, values: try reader.values(of: stored)))
        }
        return rows
    }

    fileprivate struct Entry: Sendable {
        /// Larger ones stand first.
        let key: UInt64
        let rowID: Int64
    }
}

extension [SpanList.Entry] {
    /// The first `limit` of them in order, largest key first, then in order of rows.
    fileprivate func first(_ limit: Int) -> Self {
        var kept: Self = []
        var last: SpanList.Entry?
        for entry in self {
            // Behind as many as are wanted.
            if let last, (entry.key, last.rowID) <= (last.key, entry.rowID) { continue }
            kept.append(entry)
            if kept.count >= 2 * limit + 256 {
                kept = Self(kept.sorted { ($1.key, $0.rowID) < ($0.key, $1.rowID) }.prefix(limit))
                last = kept.last
            }
        }
        return Self(kept.sorted { ($1.key, $0.rowID) < ($0.key, $1.rowID) }.prefix(limit))
    }
}

extension Block {
    fileprivate func entries(_ selection: [Bool]?, _ order: SpanList.Order) throws -> [SpanList.Entry] {
        let keys = try order == .start ? startNanos() : durationNanos()
        return try traces().flatMap { trace in
            trace.spans.filter { selection?[$0] ?? true }.map {
                SpanList.Entry(key: keys[$0], rowID: trace.rowID($0))
            }
        }
    }
}
