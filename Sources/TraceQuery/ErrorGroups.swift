import TraceModel
import TraceStore

/// What failed, by kind: spans that are errors.
package struct ErrorGroups: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        package let count: Int
        /// When the first and the last of them started.
        package let firstNanos: UInt64
        package let lastNanos: UInt64
        /// The trace of the last one, and what it says; `nil` when its run was removed.
        package let exampleTraceID: TraceID?
        package let exampleMessage: String?
    }

    package let by: [FieldName]
    /// Most frequent first.
    package let rows: [Row]

    package let coverage: SpanCoverage

    /// - Parameters:
    ///   - by: An error without these fields counts in the group whose values are missing.
    ///   - isExact: Whether to count one by one however many spans there are, and none that are removed.
    package init(
        by: [FieldName], isExact: Bool = false, window: TimeWindow, where filter: SpanFilter? = nil,
        in snapshot: StoreSnapshot
    ) throws {
        coverage = try snapshot.coverage(window, by: by, isExact: isExact || filter != nil)
        var groups = Groups(by, keepsEmpty: true, in: snapshot)
        var tallies: [Int: ErrorTally] = [:]
        try snapshot.mapBlocks(coverage, where: filter?.selection, reading: [.starts, .traces]) { block, selection in
            (groups: try groups.membership(block, selection), isError: try snapshot.operations.isError())
        } transform: { block, selection, prepared in
            try block.errors(prepared.groups.numbers(block, selection), prepared.isError)
        } _: { part in
            for (group, tally) in part { tallies.add(tally, to: group) }
        }
        try snapshot.forEachRollup(by: by, coverage) { key, sums in
            guard let starts = sums.errorStarts else { return }
            tallies.add(ErrorTally(count: sums.errors, starts: starts, lastRowID: nil), to: Int(groups.number(key)))
        }
        for group in tallies.keys {
            guard let last = tallies[group]?.rollupLast else { continue }
            // Counted by the hour: the last one is looked for where it started.
            let moment = SpanCoverage(TimeWindow(from: last, to: last &+ 1))
            try snapshot.mapBlocks(moment, where: filter?.selection, reading: [.starts, .traces]) { block, selection in
                (groups: try groups.membership(block, selection), isError: try snapshot.operations.isError())
            } transform: { block, selection, prepared in
                try block.errors(prepared.groups.numbers(block, selection), prepared.isError)[group]
            } _: { found in
                if let found { tallies[group]?.find(found) }
            }
        }
        self.by = by
        rows = try tallies.filter { $1.count > 0 }.map { group, tally in
            var example: StoredSpan?
            try snapshot.forEachSpan(tally.lastRowID.map { [$0] } ?? []) { example = $0 }
            return Row(
                group: groups.keys[group], count: tally.count, firstNanos: tally.starts.lowerBound,
                lastNanos: tally.starts.upperBound, exampleTraceID: example?.row.traceID,
                exampleMessage: example?.errorText)
        }
        .sorted { $0.count == $1.count ? isOrdered($0.group, before: $1.group) : $0.count > $1.count }
    }
}

/// Errors of one group.
private struct ErrorTally: Sendable {
    private(set) var count: Int
    private(set) var starts: ClosedRange<UInt64>
    /// Of the last one; of those that start together the one with the least id; `nil` when that is not known.
    private(set) var lastRowID: Int64?

    /// When the last one started, where its row is not known.
    var rollupLast: UInt64? { lastRowID == nil ? starts.upperBound : nil }

    init(count: Int = 1, starts: ClosedRange<UInt64>, lastRowID: Int64?) {
        self.count = count
        self.starts = starts
        self.lastRowID = lastRowID
    }

    mutating func add(_ other: ErrorTally) {
        count += other.count
        if other.starts.upperBound > starts.upperBound {
            lastRowID = other.lastRowID
        } else if other.starts.upperBound == starts.upperBound {
            find(other)
        }
        starts = starts.union(other.starts)
    }

    /// Remembers the row of one that started when the last one did.
    mutating func find(_ other: ErrorTally) {
        if let row = other.lastRowID { lastRowID = min(lastRowID ?? row, row) }
    }
}

extension Block {
    /// - Parameters:
    ///   - groups: By span: the number of its group, below 0 for none.
    ///   - isErrorOf: By an operation's place in the table.
    fileprivate func errors(_ groups: [Int32], _ isErrorOf: [Bool]) throws -> [Int: ErrorTally] {
        let isError = try operations().map { isErrorOf[$0] }
        let codes = try operationCodes()
        let starts = try startNanos()
        var tallies: [Int: ErrorTally] = [:]
        for trace in try traces() {
            for place in trace.spans where isError[Int(codes[place])] && groups[place] >= 0 {
                tallies.add(
                    ErrorTally(starts: starts[place]...starts[place], lastRowID: trace.rowID(place)),
                    to: Int(groups[place]))
            }
        }
        return tallies
    }
}

extension [Int: ErrorTally] {
    fileprivate mutating func add(_ tally: ErrorTally, to group: Int) {
        if self[group]?.add(tally) == nil { self[group] = tally }
    }
}
