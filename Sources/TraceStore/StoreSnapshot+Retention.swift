import TraceModel
import TraceSchema

/// What retention would take out, without doing it.
extension StoreSnapshot {
    /// - Parameters:
    ///   - horizon: Of runs that would be removed; `nil` for none.
    ///   - textHorizon: Of runs that would lose their long texts; `nil` for none.
    ///   - kept: Traces that stay as they are, by number.
    /// - Returns: `bytes` are those of the removed rows' values.
    package func retention(
        before horizon: UInt64?, textsBefore textHorizon: UInt64?, keeping kept: Set<Int64>
    ) throws -> (removed: RetainCounts, bytes: Int, texts: TextCounts) {
        var (removed, bytes, texts) = (RetainCounts(), 0, TextCounts())
        let longTexts = try LongTextRemoval(db)
        let ends = try traceEnds()
        for (trace, end) in ends.sorted(by: { $0.key < $1.key }) where !kept.contains(trace) {
            if let horizon, end < horizon {
                removed.traces += 1
                let range = RowID.range(trace)
                try scan(
                    "span", TraceSQL.selectTextRows,
                    {
                        $0.bind(range.lowerBound)
                        $0.bind(range.upperBound)
                    }
                ) { row in
                    removed.spans += 1
                    bytes += (row.textBytes(2)?.count ?? 0) + (row.textBytes(3)?.count ?? 0)
                }
            } else if let textHorizon, end < textHorizon {
                let rows = try naming("span") { try longTexts.shorten(trace: trace) }
                texts.traces += rows.isEmpty ? 0 : 1
                texts.spans += rows.count
                texts.bytes += rows.reduce(0) { $0 + $1.bytes }
            }
        }
        if let horizon {
            // As the removal has it: not later than just after the last span.
            let end = ends.values.max().map { $0 == .max ? $0 : $0 + 1 } ?? 0
            removed.metricPoints = try metricPointCount(before: min(horizon, end))
        }
        if let textHorizon {
            try forEachLongLog(before: textHorizon) { record in
                if let trace = try record.traceID.flatMap({ try traceNumber($0) }) {
                    if kept.contains(trace) || ends[trace] ?? 0 >= textHorizon { return }
                }
                var short = record
                texts.bytes += LongTextRemoval.shorten(&short)
                if short != record { texts.logRecords += 1 }
            }
        }
        return (removed, bytes, texts)
    }

    /// When each trace's last span ended, an unfinished one when it started.
    private func traceEnds() throws -> [Int64: UInt64] {
        var ends: [Int64: UInt64] = [:]
        try forEachBlock(.all) { block, _ in
            let (starts, durations) = (try block.startNanos(), try block.durationNanos())
            for trace in try block.traces() where !trace.isRemoved {
                let end = trace.spans.map { starts[$0] &+ durations[$0] }.max() ?? 0
                ends[trace.number] = max(ends[trace.number] ?? 0, end)
            }
        }
        return ends
    }
}
