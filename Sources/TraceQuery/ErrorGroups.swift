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
        /// The trace of the last one, and what it says.
        package let exampleTraceID: TraceID
        package let exampleMessage: String?
    }

    package let by: [FieldName]
    /// Most frequent first.
    package let rows: [Row]

    /// - Parameter by: An error without these fields counts in the group whose values are missing.
    package init(by: [FieldName], window: TimeWindow, in snapshot: StoreSnapshot) throws {
        var groups = Groups(by, keepsEmpty: true, in: snapshot)
        var tallies: [Int: ErrorTally] = [:]
        let isErrorOf = try snapshot.operations.isError()
        try snapshot.mapBlocks(window, reading: [.starts, .traces]) { block, selection in
            try groups.membership(block, selection)
        } transform: { block, selection, membership in
            let numbers = try membership.numbers(block, selection)
            let isError = try block.operations().map { isErrorOf[$0] }
            let codes = try block.operationCodes()
            let starts = try block.startNanos()
            var tallies: [Int: ErrorTally] = [:]
            for trace in try block.traces() {
                for place in trace.spans where isError[Int(codes[place])] && numbers[place] >= 0 {
                    tallies.add(
                        ErrorTally(startNanos: starts[place], rowID: trace.rowID(place)), to: Int(numbers[place]))
                }
            }
            return tallies
        } _: { part in
            for (group, tally) in part { tallies.add(tally, to: group) }
        }
        self.by = by
        rows = try tallies.map { group, tally in
            var example: StoredSpan?
            try snapshot.forEachSpan([tally.lastRowID]) { example = $0 }
            guard let example else { preconditionFailure("a span of a block has a row") }
            return Row(
                group: groups.keys[group], count: tally.count, firstNanos: tally.first, lastNanos: tally.last,
                exampleTraceID: example.row.traceID, exampleMessage: example.errorText)
        }
        .sorted { $0.count == $1.count ? isOrdered($0.group, before: $1.group) : $0.count > $1.count }
    }
}

/// Errors of one group, at least one.
private struct ErrorTally: Sendable {
    private(set) var count = 1
    private(set) var first: UInt64
    private(set) var last: UInt64
    /// Of the last one; of those that start together the one with the least id.
    private(set) var lastRowID: Int64

    init(startNanos: UInt64, rowID: Int64) { (first, last, lastRowID) = (startNanos, startNanos, rowID) }

    mutating func add(_ other: ErrorTally) {
        count += other.count
        first = min(first, other.first)
        if (other.last, -other.lastRowID) > (last, -lastRowID) { (last, lastRowID) = (other.last, other.lastRowID) }
    }
}

extension [Int: ErrorTally] {
    fileprivate mutating func add(_ tally: ErrorTally, to group: Int) {
        if self[group]?.add(tally) == nil { self[group] = tally }
    }
}
