import TraceModel
import TraceStore

/// The spans of whole runs, with who is whose child and which group each is in: what questions of structure look at.
struct RunShape: Sendable {
    /// Places of each run's spans.
    let runs: [Range<Int>]
    /// The number of each run's trace.
    let traces: [Int64]
    /// By place.
    let starts: [UInt64]
    /// By place: `nil` for an unfinished span and one that ends before it starts.
    let ends: [UInt64?]
    /// By place: that of the parent, -1 for a root and for a parent that the file does not have.
    let parents: [Int32]
    /// By place: whether the span is an error.
    let isError: [Bool]
    /// By place: whether the span names a parent, which the file may not have.
    let namesParent: [Bool]
    /// By grouping, then by place: a number of ``Groups``, ``Groups/none`` for a span that is in no group.
    let groups: [[Int32]]
    /// By grouping: the values of the groups, as far as they are known by then.
    let keys: [[GroupKey]]
    /// `nil` unless asked for.
    let numbers: Numbers?

    /// What model calls used and look-ups found, by place.
    struct Numbers: Sendable {
        /// Of the calls that count, and NaN for all other spans and what they did not say.
        var tokens: [Double]
        var costUSD: [Double]
        /// `nil` for what is no look-up.
        var isHit: [Bool?]
    }

    /// By place: the places of its children, by start. Circles of parents have no root that leads to them.
    func children(in run: Range<Int>) -> [[Int]] {
        var children = [[Int]](repeating: [], count: run.count)
        for place in run where parents[place] >= 0 { children[Int(parents[place]) - run.lowerBound].append(place) }
        for index in children.indices where children[index].count > 1 {
            children[index].sort { (starts[$0], $0) < (starts[$1], $1) }
        }
        return children
    }

    /// The span that is the run: the first to start of those that name no parent, else of those whose parent the file does not have,
    /// else of all.
    func root(of run: Range<Int>) -> Int {
        func rank(_ place: Int) -> (Int, UInt64, Int) {
            (parents[place] >= 0 ? 2 : namesParent[place] ? 1 : 0, starts[place], place)
        }
        return run.min { rank($0) < rank($1) } ?? run.lowerBound
    }

    /// From the first start to the last end; `nil` when no span has one.
    func durationNanos(of run: Range<Int>) -> UInt64? {
        var (first, last) = (UInt64.max, UInt64?.none)
        for place in run {
            first = min(first, starts[place])
            if let end = ends[place] { last = max(last ?? end, end) }
        }
        return last.map { $0 >= first ? $0 - first : 0 }
    }

    /// The time from start to end; `nil` for an unfinished span and one that ends before it starts.
    func durationNanos(_ place: Int) -> UInt64? { ends[place].map { $0 - starts[place] } }

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
    ///   - isOthers: Whether `filter` takes the runs of which no span meets it instead.
    ///   - groups: Sort the spans, each in its way; they know all groups once this returns.
    ///   - withNumbers: Whether ``RunShape/numbers`` are read.
    ///   - transform: Runs on any thread.
    ///   - body: Gets the results on this thread.
    func mapRuns<Output: Sendable>(
        _ window: TimeWindow, where filter: SpanFilter?, isOthers: Bool = false, groups: inout [Groups],
        withNumbers: Bool = false,
        transform: @Sendable (RunShape) throws -> Output, _ body: (Output) throws -> Void
    ) throws {
        var reader = ShapeReader(
            snapshot: self, window: window, filter: filter, isOthers: isOthers, withNumbers: withNumbers)
        defer { groups = reader.groups }
        swap(&groups, &reader.groups)
        try mapBlocks(
            SpanCoverage(.all), where: filter?.selection, skipsEmpty: false, reading: [.starts, .durations, .traces]
        ) { block, selection in
            try reader.shapes(of: block, selection)
        } transform: { _, _, shapes in
            try shapes.map(transform)
        } _: { outputs in
            for output in outputs { try body(output) }
        }
    }
}

/// Reads what shapes are made of, on one thread.
private struct ShapeReader {
    let snapshot: StoreSnapshot
    let window: TimeWindow
    let filter: SpanFilter?
    let isOthers: Bool
    let withNumbers: Bool
    var groups: [Groups] = []

    /// Of the runs that begin in a block.
    mutating func shapes(of block: Block, _ selection: [Bool]?) throws -> [RunShape] {
        let first = try Dictionary(
            block.traces().map { ($0.number, $0.first) }, uniquingKeysWith: { first, _ in first })
        return try Stretch.all(of: block, in: snapshot).compactMap { stretch in
            if let number = stretch.parted, first[number] != 0 { return nil }
            return try shape(of: stretch, stretch.parted == nil ? selection : nil)
        }
    }

    /// - Parameter selection: What the filter takes, where that is known already.
    private mutating func shape(of stretch: Stretch, _ selection: [Bool]?) throws -> RunShape? {
        let starts = try stretch.joined { try $0.block.startNanos() }
        let runs = try runs(of: stretch, starts, selection)
        if runs.isEmpty { return nil }
        var wanted = [Bool](repeating: false, count: stretch.count)
        for run in runs {
            for place in stretch.traces[run] { wanted[place] = true }
        }
        let kinship = try Kinship(stretch, wanted, in: snapshot)
        let isErrorOf = try snapshot.operations.isError()
        let groupNumbers = try groups.indices.map { try numbers(of: stretch, wanted, $0) }
        return RunShape(
            runs: runs.map { stretch.traces[$0] }, traces: runs.map { stretch.numbers[$0] }, starts: starts,
            ends: try stretch.joined { try $0.block.endNanos() }, parents: kinship.parents,
            isError: try stretch.joined { part in
                let ofCode = try part.block.operations().map { isErrorOf[$0] }
                return try part.block.operationCodes().map { ofCode[Int($0)] }
            },
            namesParent: kinship.parentIDs.map { $0 != 0 }, groups: groupNumbers, keys: groups.map(\.keys),
            numbers: withNumbers ? try RunShape.Numbers(stretch) : nil)
    }

    /// Which of the stretch's traces are asked for.
    private func runs(of stretch: Stretch, _ starts: [UInt64], _ selection: [Bool]?) throws -> [Int] {
        var isTaken: [Bool]?
        if let filter {
            isTaken =
                try selection
                ?? stretch.joined { part in
                    try filter.selection(part.block, nil) ?? [Bool](repeating: true, count: part.block.spanCount)
                }
        }
        return stretch.traces.indices.filter { index in
            let run = stretch.traces[index]
            guard let start = run.lazy.map({ starts[$0] }).min(), window.contains(start) else { return false }
            guard let isTaken else { return true }
            return run.contains { isTaken[$0] } != isOthers
        }
    }

    private mutating func numbers(of stretch: Stretch, _ wanted: [Bool], _ grouping: Int) throws -> [Int32] {
        var numbers: [Int32] = []
        numbers.reserveCapacity(stretch.count)
        for (index, part) in stretch.parts.enumerated() {
            let selection = stretch.selection(wanted, index)
            let all = try groups[grouping].membership(part.block, selection).numbers(part.block, selection)
            numbers += all[part.places]
        }
        return numbers
    }
}

extension RunShape.Numbers {
    fileprivate init(_ stretch: Stretch) throws {
        let blocks = try stretch.parts.map { (part: $0, numbers: try RunShape.Numbers($0.block)) }
        tokens = blocks.flatMap { $0.numbers.tokens[$0.part.places] }
        costUSD = blocks.flatMap { $0.numbers.costUSD[$0.part.places] }
        isHit = blocks.flatMap { $0.numbers.isHit[$0.part.places] }
    }

    private init(_ block: Block) throws {
        tokens = [Double](repeating: .nan, count: block.spanCount)
        costUSD = tokens
        isHit = [Bool?](repeating: nil, count: block.spanCount)
        let usage = try BlockUsage(block)
        for place in try block.countedCalls() {
            let call = usage.call(place)
            let counts = [call.promptTokens, call.completionTokens].compactMap { $0 }
            if !counts.isEmpty { tokens[place] = counts.reduce(0) { $0 + Double($1) } }
            if let cost = call.costUSD { costUSD[place] = cost }
        }
        let lookUps = try block.numbers(.cacheHit)
        for (place, bits) in zip(lookUps.places, lookUps.bits) { isHit[place] = bits != 0 }
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
