import TraceModel
import TraceStore

/// The spans of whole runs, with who is whose child and which group each is in: what questions of structure look at.
struct RunShape: Sendable {
    /// Places of each run's spans.
    let runs: [Range<Int>]
    /// By place.
    let starts: [UInt64]
    /// By place: `nil` for an unfinished span and one that ends before it starts.
    let ends: [UInt64?]
    /// By place: that of the parent, -1 for a root and for a parent that the file does not have.
    let parents: [Int32]
    /// By place: a number of ``Groups``, ``Groups/none`` for a span that is in no group.
    let groups: [Int32]

    /// By place: the places of its children, by start. Circles of parents have no root; their spans are nobody's children.
    func children(in run: Range<Int>) -> [[Int]] {
        var children = [[Int]](repeating: [], count: run.count)
        for place in run where parents[place] >= 0 { children[Int(parents[place]) - run.lowerBound].append(place) }
        for index in children.indices where children[index].count > 1 {
            children[index].sort { (starts[$0], $0) < (starts[$1], $1) }
        }
        return children
    }

    /// Of the duration the time in which no child ran; `nil` without a duration.
    ///
    /// - Parameter children: By start.
    func selfNanos(_ place: Int, _ children: [Int]) -> UInt64? {
        guard let end = ends[place] else { return nil }
        var (covered, reached): (UInt64, UInt64) = (0, starts[place])
        for child in children {
            guard let childEnd = ends[child] else { continue }
            let (from, to) = (max(starts[child], reached), min(childEnd, end))
            if to > from {
                covered += to - from
                reached = to
            }
        }
        return end - starts[place] - covered
    }
}

extension StoreSnapshot {
    /// Turns the runs whose first span starts inside `window` into something smaller, those of several blocks at a time.
    ///
    /// - Parameters:
    ///   - filter: Takes the runs of which any span meets it.
    ///   - groups: Sorts the spans; it knows all groups once this returns.
    ///   - transform: Runs on any thread.
    ///   - body: Gets the results on this thread.
    func mapRuns<Output: Sendable>(
        _ window: TimeWindow, where filter: SpanFilter?, groups: inout Groups,
        transform: @Sendable (RunShape) throws -> Output, _ body: (Output) throws -> Void
    ) throws {
        try mapBlocks(
            SpanCoverage(.all), where: filter?.selection, skipsEmpty: false, reading: [.starts, .durations, .traces]
        ) { block, selection in
            try shapes(of: block, selection, window, filter, &groups)
        } transform: { _, _, shapes in
            try shapes.map(transform)
        } _: { outputs in
            for output in outputs { try body(output) }
        }
    }

    /// Of the runs that begin in a block.
    private func shapes(
        of block: Block, _ selection: [Bool]?, _ window: TimeWindow, _ filter: SpanFilter?, _ groups: inout Groups
    ) throws -> [RunShape] {
        let first = try Dictionary(
            block.traces().map { ($0.number, $0.first) }, uniquingKeysWith: { first, _ in first })
        return try Stretch.all(of: block, in: self).compactMap { stretch in
            if let number = stretch.parted, first[number] != 0 { return nil }
            return try shape(of: stretch, window, filter, stretch.parted == nil ? selection : nil, &groups)
        }
    }

    /// - Parameter selection: What `filter` takes, where that is known already.
    private func shape(
        of stretch: Stretch, _ window: TimeWindow, _ filter: SpanFilter?, _ selection: [Bool]?, _ groups: inout Groups
    ) throws -> RunShape? {
        let starts = try stretch.joined { try $0.block.startNanos() }
        let isTaken =
            try filter.map { filter in
                try selection
                    ?? stretch.joined { part in
                        try filter.selection(part.block, nil)
                            ?? [Bool](repeating: true, count: part.block.spanCount)
                    }
            } ?? []
        let runs = stretch.traces.filter { run in
            guard let start = run.lazy.map({ starts[$0] }).min(), window.contains(start) else { return false }
            return filter == nil || run.contains { isTaken[$0] }
        }
        if runs.isEmpty { return nil }
        var wanted = [Bool](repeating: false, count: stretch.count)
        for run in runs {
            for place in run { wanted[place] = true }
        }
        let kinship = try Kinship(stretch, wanted, in: self)
        var numbers: [Int32] = []
        numbers.reserveCapacity(stretch.count)
        for (index, part) in stretch.parts.enumerated() {
            let selection = stretch.selection(wanted, index)
            let all = try groups.membership(part.block, selection).numbers(part.block, selection)
            numbers += all[part.places]
        }
        return RunShape(
            runs: runs, starts: starts, ends: try stretch.joined { try $0.block.endNanos() },
            parents: kinship.parents, groups: numbers)
    }
}

extension Block {
    /// By span: `nil` for an unfinished one and one that ends before it starts.
    fileprivate func endNanos() throws -> [UInt64?] {
        var ends: [UInt64?] = zip(try startNanos(), try durationNanos()).map { $0 &+ $1 }
        for (place, _) in try irregular() { ends[place] = nil }
        return ends
    }
}
