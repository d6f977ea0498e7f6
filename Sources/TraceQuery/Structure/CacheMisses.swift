import TraceModel
import TraceStore

/// What cache misses cost: the time, tokens and money of what was computed because nothing was found.
///
/// That is what lies below a look-up that missed, and the span that follows it beside it, where such a span never follows a look-up of
/// the same group that hit: TTA.dev's caches put what they wrap beside the look-up.
package struct CacheMisses: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        package fileprivate(set) var lookups = 0
        package fileprivate(set) var misses = 0
        /// Of all misses.
        package fileprivate(set) var spent = Spent()
    }

    package let by: [FieldName]
    /// Most time spent on misses first.
    package let rows: [Row]

    /// - Parameters:
    ///   - by: A look-up without these fields counts in the group whose values are missing.
    ///   - filter: Takes the runs of which any span meets it.
    package init(
        by: [FieldName], window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws {
        var groupings = [Groups(by, keepsEmpty: true, in: snapshot)]
        var sums: [Int32: MissSum] = [:]
        try snapshot.mapRuns(window, where: filter, groups: &groupings, withNumbers: true) { shape in
            var sums: [Int32: MissSum] = [:]
            guard let isHit = shape.numbers?.isHit else { return sums }
            for run in shape.runs where run.contains(where: { isHit[$0] != nil }) {
                let children = shape.children(in: run)
                let spent = shape.spent(in: run, children)
                for (place, next) in shape.followed(in: run, children) {
                    guard let isHit = isHit[place], shape.groups[0][place] >= 0 else { continue }
                    sums[shape.groups[0][place], default: MissSum()].add(
                        isHit: isHit, own: spent[place - run.lowerBound],
                        next: next.map { (shape.operations[$0], spent[$0 - run.lowerBound]) })
                }
            }
            return sums
        } _: {
            sums.merge($0) { $0 + $1 }
        }
        let keys = groupings[0].keys
        self.by = by
        rows = sums.map { number, sum in
            var row = Row(group: keys[Int(number)])
            (row.lookups, row.misses) = (sum.lookups, sum.misses)
            row.spent = sum.own
            for next in sum.next.values where !next.followsHit { row.spent += next.spent }
            return row
        }.sorted {
            $0.spent.nanos == $1.spent.nanos
                ? isOrdered($0.group, before: $1.group) : $0.spent.nanos > $1.spent.nanos
        }
    }
}

private struct MissSum: Sendable {
    struct Next: Sendable {
        var followsHit = false
        /// After misses.
        var spent = Spent()
    }

    var lookups = 0
    var misses = 0
    /// Of the look-ups that missed, with what is below them.
    var own = Spent()
    /// By the operation that follows.
    var next: [Int32: Next] = [:]

    mutating func add(isHit: Bool, own: Spent, next: (operation: Int32, spent: Spent)?) {
        lookups += 1
        if !isHit {
            misses += 1
            self.own += own
        }
        guard let next else { return }
        self.next[next.operation, default: Next()].followsHit = self.next[next.operation]?.followsHit ?? false || isHit
        if !isHit { self.next[next.operation]?.spent += next.spent }
    }

    static func + (left: MissSum, right: MissSum) -> MissSum {
        var sum = left
        sum.lookups += right.lookups
        sum.misses += right.misses
        sum.own += right.own
        sum.next.merge(right.next) { a, b in
            var both = a
            both.followsHit = a.followsHit || b.followsHit
            both.spent += b.spent
            return both
        }
        return sum
    }
}

extension RunShape {
    /// Each span of the run with the first one beside it that starts once it has ended.
    fileprivate func followed(in run: Range<Int>, _ children: [[Int]]) -> [(place: Int, next: Int?)] {
        let roots = run.filter { parents[$0] < 0 }.sorted { (starts[$0], $0) < (starts[$1], $1) }
        return (children + [roots]).flatMap { siblings in
            siblings.enumerated().map { index, place in
                guard let end = ends[place] else { return (place, nil) }
                return (place, siblings[(index + 1)...].first { starts[$0] >= end })
            }
        }
    }
}
