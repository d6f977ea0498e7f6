import TraceStore

/// Counts, errors and durations of one group of spans.
struct Tally: Sendable {
    var count = 0
    var errors = 0
    var durations = Durations()

    static func += (left: inout Tally, right: Tally) {
        left.count += right.count
        left.errors += right.errors
        left.durations += right.durations
    }
}

/// The tallies of numbered groups.
struct Tallies {
    private(set) var all: [Tally] = []

    mutating func add(_ part: [BlockTally]) {
        for tally in part { add(tally.tally, to: tally.group) }
    }

    mutating func add(_ tally: Tally, to group: Int) {
        if all.count <= group { all += repeatElement(Tally(), count: group + 1 - all.count) }
        all[group] += tally
    }
}

/// What one block adds to one group.
struct BlockTally: Sendable {
    let group: Int
    let tally: Tally
}

extension [BlockTally] {
    /// Of the spans of a block.
    ///
    /// - Parameters:
    ///   - groups: By span: the number of its group, below 0 for none.
    ///   - isError: By operation code.
    ///   - withoutDuration: Places of spans that only count.
    init(_ groups: [Int32], codes: [UInt16], isError: [Bool], durations: [UInt64], withoutDuration: [Int]) {
        self = []
        guard let most = groups.max(), most >= 0 else { return }
        // Groups are numbered as they come, so those of a block lie close together.
        let least = groups.reduce(most) { $1 < 0 ? $0 : Swift.min($0, $1) }
        // Sorted by group, so that each group's durations are one list.
        var sizes = [Int](repeating: 0, count: Int(most - least) + 1)
        var errors = sizes
        for place in groups.indices where groups[place] >= 0 {
            sizes[Int(groups[place] - least)] += 1
            if isError[Int(codes[place])] { errors[Int(groups[place] - least)] += 1 }
        }
        let counts = sizes
        var timed = groups
        for place in withoutDuration where timed[place] >= 0 {
            sizes[Int(timed[place] - least)] -= 1
            timed[place] = -1
        }
        var ends: [Int] = []
        ends.reserveCapacity(sizes.count)
        var next = 0
        for size in sizes {
            ends.append(next)
            next += size
        }
        var sorted = [UInt64](repeating: 0, count: next)
        for place in timed.indices where timed[place] >= 0 {
            let group = Int(timed[place] - least)
            sorted[ends[group]] = durations[place]
            ends[group] += 1
        }
        for group in counts.indices where counts[group] > 0 {
            let list = sizes[group] == 0 ? Durations() : Durations(sorted[ends[group] - sizes[group]..<ends[group]])
            append(
                BlockTally(
                    group: Int(least) + group,
                    tally: Tally(count: counts[group], errors: errors[group], durations: list)))
        }
    }
}

extension Block {
    /// Of some spans of the block, by the numbers of their groups.
    func tallies(_ groups: [Int32], isError: [Bool]) throws -> [BlockTally] {
        [BlockTally](
            groups, codes: try operationCodes(), isError: try operations().map { isError[$0] },
            durations: try durationNanos(), withoutDuration: try irregular().map(\.place))
    }
}
