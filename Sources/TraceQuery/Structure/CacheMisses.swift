import TraceModel
import TraceStore

/// What cache misses cost: the time, tokens and money of what was computed because nothing was found.
///
/// That is what lies below a look-up that missed, and the span that follows it beside it, where such a span never follows a look-up of
/// the same group that hit: TTA.dev's caches put what they wrap beside the look-up. Each span counts once for a group: not again
/// below a look-up that lies below another one that missed, nor for a second look-up that it follows.
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
        var groupings = [
            Groups(by, keepsEmpty: true, in: snapshot),
            Groups(
                [try FieldName("service", in: snapshot), try FieldName("name", in: snapshot)], keepsEmpty: true,
                in: snapshot),
        ]
        var sums: [Int32: MissSum] = [:]
        try snapshot.mapRuns(window, where: filter, groups: &groupings, withNumbers: true) { shape in
            var sums: [Int32: MissSum] = [:]
            for run in shape.runs {
                for lookUp in LookUp.all(in: run, shape) {
                    sums[lookUp.group, default: MissSum()].add(lookUp)
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
            for (_, next) in sum.next.sorted(by: { $0.key < $1.key }) where !next.followsHit { row.spent += next.spent }
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
    /// By service and name of the span that follows, a number of a group.
    var next: [Int32: Next] = [:]

    mutating func add(_ lookUp: LookUp) {
        lookups += 1
        if !lookUp.isHit {
            misses += 1
            own += lookUp.own
        }
        guard let (call, spent) = lookUp.next else { return }
        var next = next[call] ?? Next()
        if lookUp.isHit { next.followsHit = true } else { next.spent += spent }
        self.next[call] = next
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

/// One look-up of a run.
private struct LookUp {
    let group: Int32
    let isHit: Bool
    /// Itself and what is below it, where that does not count for a look-up above it.
    let own: Spent
    /// What follows it beside it: what kind of call, and what it took.
    let next: (call: Int32, spent: Spent)?

    static func all(in run: Range<Int>, _ shape: RunShape) -> [LookUp] {
        guard let isHit = shape.numbers?.isHit, run.contains(where: { isHit[$0] != nil }) else { return [] }
        let children = shape.children(in: run)
        let spent = shape.spent(in: run, children)
        let roots = run.filter { shape.parents[$0] < 0 }.sorted { (shape.starts[$0], $0) < (shape.starts[$1], $1) }
        var lookUps: [LookUp] = []
        // Groups that all below counts for already: of look-ups that missed, and of what follows them.
        var counted = [Set<Int32>](repeating: [], count: run.count)
        var isVisited = [Bool](repeating: false, count: run.count)
        func visit(_ siblings: [Int], in above: Set<Int32>) {
            for place in siblings { counted[place - run.lowerBound].formUnion(above) }
            for (index, place) in siblings.enumerated() {
                let group = shape.groups[0][place]
                isVisited[place - run.lowerBound] = true
                guard let isHit = isHit[place], group >= 0 else { continue }
                let isNew = !counted[place - run.lowerBound].contains(group)
                let next = shape.follower(of: index, among: siblings)
                // Of a hit it matters what follows it, of a miss what that took, once for all look-ups of a group.
                let isTold =
                    isHit || isNew && (next.map { !counted[$0 - run.lowerBound].contains(group) } ?? false)
                lookUps.append(
                    LookUp(
                        group: group, isHit: isHit, own: isHit || !isNew ? Spent() : spent[place - run.lowerBound],
                        next: isTold ? next.map { (shape.groups[1][$0], spent[$0 - run.lowerBound]) } : nil))
                if isHit { continue }
                counted[place - run.lowerBound].insert(group)
                if let next { counted[next - run.lowerBound].insert(group) }
            }
        }
        var stack = [(siblings: roots, above: Set<Int32>())]
        func walk() {
            while let (siblings, above) = stack.popLast() {
                visit(siblings, in: above)
                for place in siblings where !children[place - run.lowerBound].isEmpty {
                    stack.append((children[place - run.lowerBound], counted[place - run.lowerBound]))
                }
            }
        }
        walk()
        // What hangs in circles of parents stands for itself.
        for place in run where isHit[place] != nil && !isVisited[place - run.lowerBound] { visit([place], in: []) }
        return lookUps
    }
}

extension RunShape {
    /// The first of a span's siblings that starts once it has ended.
    ///
    /// - Parameter siblings: By start.
    fileprivate func follower(of index: Int, among siblings: [Int]) -> Int? {
        guard let end = ends[siblings[index]] else { return nil }
        let next = max(index + 1, siblings.places { starts[$0] < end })
        return next < siblings.count ? siblings[next] : nil
    }
}
