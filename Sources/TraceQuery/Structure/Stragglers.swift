import TraceModel
import TraceStore

/// Which of the spans that run side by side keep the others waiting.
///
/// Siblings run side by side while the next one starts before all earlier ones have ended. The straggler is the last of them to end;
/// what it cost is the time from when the one before it had ended.
package struct Stragglers: Sendable {
    package struct Row: Sendable {
        /// What the branches are in: its primitive's or tool's name, else the span's.
        package let parent: String
        /// The branch's, else the step's, the primitive's or the tool's name, else the span's.
        package let branch: String
        /// How often it ran beside others, and was the last of them.
        package fileprivate(set) var count = 0
        package fileprivate(set) var lastCount = 0
        /// How long all others had ended already, in nanoseconds.
        package fileprivate(set) var waitedNanos: UInt64 = 0
        package fileprivate(set) var longestNanos: UInt64 = 0
        /// The run with the longest.
        package fileprivate(set) var example: TraceID?
    }

    /// Most waiting first.
    package let rows: [Row]

    /// - Parameter filter: Takes the runs of which any span meets it.
    package init(window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot) throws {
        let fields = try [OperationField.branchName, .stepName, .primitiveName, .tool].map {
            try FieldName($0, in: snapshot)
        }
        var groupings = [Groups(fields + [try FieldName("name", in: snapshot)], keepsEmpty: true, in: snapshot)]
        var sums: [BranchPair: BranchSum] = [:]
        try snapshot.mapRuns(window, where: filter, groups: &groupings) { shape in
            var sums: [BranchPair: BranchSum] = [:]
            for (run, trace) in zip(shape.runs, shape.traces) {
                for (offset, children) in shape.children(in: run).enumerated() {
                    let parent = shape.groups[0][run.lowerBound + offset]
                    for group in shape.sideBySide(children) {
                        for (place, waited) in shape.waiting(group) {
                            let pair = BranchPair(parent: parent, branch: shape.groups[0][place])
                            sums[pair, default: BranchSum()].add(waited, trace)
                        }
                    }
                }
            }
            return sums
        } _: {
            sums.merge($0) { $0 + $1 }
        }
        let keys = groupings[0].keys
        func text(_ values: ArraySlice<AttributeValue?>) -> String {
            values.lazy.compactMap { $0?.scalarText }.first ?? ""
        }
        // Several operations may have one name.
        var named: [BranchName: BranchSum] = [:]
        for (pair, sum) in sums.sorted(by: { $0.key < $1.key }) {
            let name = BranchName(
                parent: text(keys[Int(pair.parent)][2...]), branch: text(keys[Int(pair.branch)][...]))
            named[name] = named[name].map { $0 + sum } ?? sum
        }
        rows = try named.map { name, sum in
            var row = Row(parent: name.parent, branch: name.branch)
            (row.count, row.lastCount) = (sum.count, sum.lastCount)
            (row.waitedNanos, row.longestNanos) = (sum.waited, sum.longest.nanos)
            row.example = sum.lastCount == 0 ? nil : try snapshot.traceID(sum.longest.trace)
            return row
        }.sorted {
            ($0.waitedNanos, $1.parent, $1.branch) > ($1.waitedNanos, $0.parent, $0.branch)
        }
    }
}

/// By numbers of groups.
private struct BranchPair: Hashable, Comparable {
    let parent: Int32
    let branch: Int32

    static func < (left: BranchPair, right: BranchPair) -> Bool {
        (left.parent, left.branch) < (right.parent, right.branch)
    }
}

private struct BranchName: Hashable {
    let parent: String
    let branch: String
}

private struct BranchSum: Sendable {
    var count = 0
    var lastCount = 0
    var waited: UInt64 = 0
    var longest: (nanos: UInt64, trace: Int64) = (0, 0)

    /// - Parameter waited: `nil` where it was not the last.
    mutating func add(_ waited: UInt64?, _ trace: Int64) {
        count += 1
        guard let waited else { return }
        lastCount += 1
        self.waited.addSaturating(waited)
        keep((waited, trace))
    }

    private mutating func keep(_ other: (nanos: UInt64, trace: Int64)) {
        if longest.trace == 0 || (other.nanos, longest.trace) > (longest.nanos, other.trace) { longest = other }
    }

    static func + (left: BranchSum, right: BranchSum) -> BranchSum {
        var sum = left
        sum.count += right.count
        sum.lastCount += right.lastCount
        sum.waited.addSaturating(right.waited)
        if right.lastCount > 0 { sum.keep(right.longest) }
        return sum
    }
}

extension RunShape {
    /// The finished children that run beside another one, those that belong together in a list.
    ///
    /// - Parameter children: By start.
    fileprivate func sideBySide(_ children: [Int]) -> [[Int]] {
        var groups: [[Int]] = []
        var reached: UInt64 = 0
        for child in children {
            guard let end = ends[child] else { continue }
            if !groups.isEmpty, starts[child] < reached {
                groups[groups.count - 1].append(child)
            } else {
                groups.append([child])
            }
            reached = max(reached, end)
        }
        return groups.filter { $0.count > 1 }
    }

    /// For each branch how long it alone was waited for; `nil` for all but the last to end.
    fileprivate func waiting(_ branches: [Int]) -> [(place: Int, waited: UInt64?)] {
        let ordered = branches.sorted { (ends[$0] ?? 0, $0) < (ends[$1] ?? 0, $1) }
        return ordered.enumerated().map { index, place in
            guard index == ordered.count - 1 else { return (place, nil) }
            return (place, (ends[place] ?? 0) - (ends[ordered[index - 1]] ?? 0))
        }
    }
}
