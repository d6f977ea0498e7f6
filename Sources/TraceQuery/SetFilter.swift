import TraceModel
import TraceQL
import TraceStore

/// Takes spans by what their traces are: a pipeline that runs over whole traces.
final class SetFilter {
    let plan: PipelinePlan
    private let snapshot: StoreSnapshot
    /// Of the trace in several blocks that came last, for its other blocks.
    private var lastParted: (trace: Int64, taken: [Bool])?

    init(_ query: SpanQuery, in snapshot: StoreSnapshot) throws {
        plan = try PipelinePlan(query, in: snapshot)
        self.snapshot = snapshot
    }

    /// By span of a block: whether the pipeline takes it.
    func holds(_ block: Block) throws -> [Bool] {
        var result = [Bool](repeating: false, count: block.spanCount)
        for stretch in try Stretch.all(of: block, in: snapshot) where !stretch.traces.isEmpty {
            stretch.copy(try taken(stretch), to: &result, of: block)
        }
        return result
    }

    private func taken(_ stretch: Stretch) throws -> [Bool] {
        if let lastParted, lastParted.trace == stretch.parted { return lastParted.taken }
        let run = SetRun(stretch, in: snapshot)
        var taken = [Bool](repeating: false, count: stretch.count)
        for set in try run.left(by: plan, of: stretch.traces.map(Array.init)) {
            for place in set { taken[place] = true }
        }
        if let trace = stretch.parted { lastParted = (trace, taken) }
        return taken
    }
}

/// One run of a pipeline over the traces of a stretch. A set is the places of some spans of one trace, in order.
private final class SetRun {
    private let stretch: Stretch
    private let snapshot: StoreSnapshot
    /// Where each place's trace begins and ends.
    private let traceOf: [Range<Int>]
    private var kinship: Kinship?
    /// Which spans it knows.
    private var hasKinship: [Bool]

    init(_ stretch: Stretch, in snapshot: StoreSnapshot) {
        self.stretch = stretch
        self.snapshot = snapshot
        var traceOf = [Range<Int>](repeating: 0..<0, count: stretch.count)
        for trace in stretch.traces {
            for place in trace { traceOf[place] = trace }
        }
        self.traceOf = traceOf
        hasKinship = [Bool](repeating: false, count: stretch.count)
    }

    /// A set on its way through a pipeline.
    private struct Passing {
        /// The number of the set that it is a part of, among those that went in.
        let origin: Int
        /// Never empty.
        var places: [Int]
    }

    /// Of each set what a pipeline leaves, whatever it is parted into: nothing for many a set.
    func left(by plan: PipelinePlan, of sets: [[Int]]) throws -> [[Int]] {
        var passing = sets.enumerated().compactMap { $1.isEmpty ? nil : Passing(origin: $0, places: $1) }
        for (stage, _) in plan.stages where !passing.isEmpty { passing = try after(stage, passing) }
        var left = [[Int]](repeating: [], count: sets.count)
        for set in passing { left[set.origin] += set.places }
        return left.map { Self.ordered($0) }
    }

    private func after(_ stage: PipelinePlan.Stage, _ sets: [Passing]) throws -> [Passing] {
        let places = sets.map(\.places)
        switch stage {
        case .spans(let set):
            return zip(sets, try taken(by: set, of: places)).compactMap {
                $1.isEmpty ? nil : Passing(origin: $0.origin, places: $1)
            }
        case .scalar(let condition):
            let values = try condition.formulas.map { formula in
                try self.values(of: formula, in: places) { formula.number($0) }
            }
            return sets.filter { condition.holds($0.places, values) }
        case .group(let formula):
            let values = try self.values(of: formula, in: places) { formula.value($0) }
            return sets.flatMap { set in
                Dictionary(grouping: set.places) { values[$0] }.values.map { Passing(origin: set.origin, places: $0) }
            }
        case .coalesce:
            return Dictionary(grouping: sets, by: \.origin).map { origin, parts in
                Passing(origin: origin, places: Self.ordered(parts.flatMap(\.places)))
            }
        }
    }

    private static func ordered(_ places: [Int]) -> [Int] {
        let ordered = places.sorted()
        // Parts of one set may share spans.
        return zip(ordered, ordered.dropFirst()).contains { $0 == $1 } ? Set(ordered).sorted() : ordered
    }

    private func mask(_ sets: [[Int]]) -> [Bool] {
        var mask = [Bool](repeating: false, count: stretch.count)
        for set in sets {
            for place in set { mask[place] = true }
        }
        return mask
    }

    /// By place, of the spans in the sets.
    private func values<Value>(of formula: Formula, in sets: [[Int]], _ make: ([AttributeValue?]) -> Value?) throws
        -> [Value?]
    {
        let wanted = mask(sets)
        if formula.fields.isEmpty { return wanted.map { $0 ? make([]) : nil } }
        let reader = try ValueReader(formula.fields, in: snapshot)
        var result = [Value?](repeating: nil, count: stretch.count)
        var start = 0
        for (index, part) in stretch.parts.enumerated() {
            try reader.forEach(part.block, stretch.selection(wanted, index)) { place, values in
                result[start + place - part.places.lowerBound] = make(values)
            }
            start += part.places.count
        }
        return result
    }

    /// Of each set the spans that `plan` takes, none for many a set.
    private func taken(by plan: SetPlan, of sets: [[Int]]) throws -> [[Int]] {
        switch plan {
        case .spans(.constant(true)): return sets
        case .spans(let plan):
            let wanted = mask(sets)
            var index = -1
            let holding = try stretch.joined { part in
                index += 1
                return try plan.holds(part.block, stretch.selection(wanted, index))
            }
            return sets.map { $0.filter { holding[$0] } }
        case .pipeline(let plan): return try left(by: plan, of: sets)
        case .binary(let found, let left, let right):
            let ofLeft = try taken(by: left, of: sets)
            // Where the left one decides, the right one looks at no more than it has to.
            let needsLeft = found.relation != .or && found.mode != .negated
            let ofRight = try taken(
                by: right, of: needsLeft ? zip(sets, ofLeft).map { $1.isEmpty ? [] : $0 } : sets)
            if found.relation.isStructural { try loadKinship(ofLeft, ofRight) }
            return zip(ofLeft, ofRight).map { combined(found, $0, $1) }
        }
    }

    /// Of the traces that have spans in both sets, and of those that were asked for before.
    private func loadKinship(_ left: [[Int]], _ right: [[Int]]) throws {
        var wanted = hasKinship
        for (left, right) in zip(left, right) where !right.isEmpty {
            guard let first = left.first else { continue }
            for place in traceOf[first] { wanted[place] = true }
        }
        if wanted == hasKinship { return }
        kinship = try Kinship(stretch, wanted, in: snapshot)
        hasKinship = wanted
    }

    private func combined(_ found: SetOperator, _ left: [Int], _ right: [Int]) -> [Int] {
        switch found.relation {
        case .and: return left.isEmpty || right.isEmpty ? [] : Array(Set(left).union(right)).sorted()
        case .or: return Array(Set(left).union(right)).sorted()
        default: break
        }
        guard let first = left.first ?? right.first, let kinship, !left.isEmpty, !right.isEmpty else {
            return found.mode == .negated ? right : []
        }
        let family = Family(kinship, traceOf[first])
        let related = family.related(found.relation, to: left)
        switch found.mode {
        case .plain: return right.filter(related)
        case .negated: return right.filter { !related($0) }
        case .union:
            let matching = right.filter(related)
            let others = family.related(found.relation.inverse, to: matching)
            return Array(Set(left.filter(others)).union(matching)).sorted()
        }
    }
}

/// The relations among the spans of one trace.
private struct Family {
    private let kinship: Kinship
    private let trace: Range<Int>

    init(_ kinship: Kinship, _ trace: Range<Int>) {
        self.kinship = kinship
        self.trace = trace
    }

    private func parent(_ place: Int) -> Int? {
        let parent = Int(kinship.parents[place])
        return parent >= 0 ? parent : nil
    }

    /// Whether a span is what `relation` says to some span of a set.
    func related(_ relation: SetOperator.Relation, to set: [Int]) -> (Int) -> Bool {
        var isOfSet = [Bool](repeating: false, count: trace.count)
        for place in set { isOfSet[place - trace.lowerBound] = true }
        let start = trace.lowerBound
        switch relation {
        case .child: return { place in parent(place).map { isOfSet[$0 - start] } ?? false }
        case .descendant:
            let isBelow = descendants(isOfSet)
            return { isBelow[$0 - start] }
        case .parent:
            let isParent = Set(set.compactMap(parent))
            return { isParent.contains($0) }
        case .ancestor:
            let isAbove = ancestors(set)
            return { isAbove[$0 - start] }
        case .sibling:
            let counts = Dictionary(set.map { (kinship.parentIDs[$0], 1) }, uniquingKeysWith: +)
            return { place in
                let parent = kinship.parentIDs[place]
                return parent != 0 && counts[parent] ?? 0 > (isOfSet[place - start] ? 1 : 0)
            }
        case .and, .or: preconditionFailure("no relation between spans")
        }
    }

    /// By place in the trace: whether an ancestor is in the set. Each span is settled once; a circle of parents ends where
    /// it began.
    private func descendants(_ isOfSet: [Bool]) -> [Bool] {
        var known = [Bool?](repeating: nil, count: trace.count)
        for place in trace where known[place - trace.lowerBound] == nil {
            var path: [Int] = []
            var next: Int? = place
            var isBelow = false
            while let here = next {
                if let settled = known[here - trace.lowerBound] {
                    isBelow = settled || isOfSet[here - trace.lowerBound]
                    break
                }
                known[here - trace.lowerBound] = false
                path.append(here)
                next = parent(here)
            }
            for here in path.reversed() {
                known[here - trace.lowerBound] = isBelow
                isBelow = isBelow || isOfSet[here - trace.lowerBound]
            }
        }
        return known.map { $0 ?? false }
    }

    /// By place in the trace: whether a descendant is in the set.
    private func ancestors(_ set: [Int]) -> [Bool] {
        var isAbove = [Bool](repeating: false, count: trace.count)
        for place in set {
            var next = parent(place)
            while let here = next, !isAbove[here - trace.lowerBound] {
                isAbove[here - trace.lowerBound] = true
                next = parent(here)
            }
        }
        return isAbove
    }
}

extension SetOperator.Relation {
    /// What the one is to the other when the other is this to the one.
    fileprivate var inverse: Self {
        switch self {
        case .child: .parent
        case .parent: .child
        case .descendant: .ancestor
        case .ancestor: .descendant
        case .sibling, .and, .or: self
        }
    }
}
