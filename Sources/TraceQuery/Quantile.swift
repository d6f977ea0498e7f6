/// Exact quantiles of a list: linear interpolation between ranks, as numpy.percentile's default (Hyndman and Fan's
/// type 7), with numpy's own rounding.
///
/// A long list is not sorted. Its values are counted in buckets less than 2% wide, and only those in the buckets where
/// the wanted ranks fall are looked at again.
enum Quantile {
    private static let mostToSort = 1024

    /// - Parameters:
    ///   - quantiles: From 0 through 1.
    ///   - values: In any order, not empty.
    static func linear(_ quantiles: [Double], of values: Durations) -> [Double] {
        let places = quantiles.map { $0 * Double(values.count - 1) }
        let ranks = places.flatMap { [Int($0), min(Int($0) + 1, values.count - 1)] }
        let found = select(ranks, of: values)
        return places.indices.map { index in
            interpolate(places[index], Double(found[2 * index]), Double(found[2 * index + 1]))
        }
    }

    private static func interpolate(_ place: Double, _ low: Double, _ high: Double) -> Double {
        let fraction = place - place.rounded(.down)
        let difference = high - low
        return fraction < 0.5 ? low + difference * fraction : high - difference * (1 - fraction)
    }

    /// The values of some ranks, from 0.
    private static func select(_ ranks: [Int], of values: Durations) -> [UInt64] {
        if values.count <= mostToSort {
            let sorted = values.all.sorted()
            return ranks.map { sorted[$0] }
        }
        var counts = [Int](repeating: 0, count: Bucket.count)
        values.forEach { counts[Bucket.of($0)] += 1 }
        var isWanted = [Bool](repeating: false, count: Bucket.count)
        var ranksBefore = [Int](repeating: 0, count: Bucket.count)
        var before = 0
        let wanted = Set(ranks)
        for bucket in counts.indices where counts[bucket] > 0 {
            ranksBefore[bucket] = before
            before += counts[bucket]
            isWanted[bucket] = wanted.contains { $0 >= ranksBefore[bucket] && $0 < before }
        }
        var kept: [Int: [UInt64]] = [:]
        for bucket in isWanted.indices where isWanted[bucket] { kept[bucket] = [] }
        values.forEach { value in
            let bucket = Bucket.of(value)
            if isWanted[bucket] { kept[bucket]?.append(value) }
        }
        for bucket in kept.keys { kept[bucket]?.sort() }
        return ranks.map { rank in
            for (bucket, values) in kept where (0..<values.count).contains(rank - ranksBefore[bucket]) {
                return values[rank - ranksBefore[bucket]]
            }
            preconditionFailure("rank \(rank) is in no bucket")
        }
    }

    /// 64 buckets to each power of two; small numbers have one each.
    private enum Bucket {
        static let count = 59 * 64

        static func of(_ value: UInt64) -> Int {
            if value < 64 { return Int(value) }
            let exponent = 63 - value.leadingZeroBitCount
            let fraction = Int(truncatingIfNeeded: value >> UInt64(exponent - 6)) & 63
            return (exponent - 5) * 64 + fraction
        }
    }
}

/// Durations of some spans, in nanoseconds.
struct Durations {
    /// Those below 2^32: half the memory of most.
    private var short: [UInt32] = []
    private var long: [UInt64] = []
    private var sum = 0.0

    var count: Int { short.count + long.count }

    mutating func add(_ duration: UInt64) {
        if let short = UInt32(exactly: duration) { self.short.append(short) } else { long.append(duration) }
        sum += Double(duration)
    }

    fileprivate mutating func add(_ durations: ArraySlice<UInt64>) {
        var total = 0.0
        for duration in durations { total += Double(duration) }
        sum += total
        if durations.allSatisfy({ $0 <= UInt32.max }) {
            short.append(contentsOf: durations.lazy.map { UInt32(truncatingIfNeeded: $0) })
        } else {
            short.append(contentsOf: durations.lazy.filter { $0 <= UInt32.max }.map { UInt32(truncatingIfNeeded: $0) })
            long.append(contentsOf: durations.lazy.filter { $0 > UInt32.max })
        }
    }

    /// In no special order.
    var all: [UInt64] { short.map { UInt64($0) } + long }

    func forEach(_ body: (UInt64) -> Void) {
        for duration in short { body(UInt64(duration)) }
        for duration in long { body(duration) }
    }

    /// `nil` when there are none.
    var mean: Double? { count == 0 ? nil : sum / Double(count) }

    /// From the least to the greatest, both included; `nil` when there are none.
    var range: ClosedRange<UInt64>? {
        guard let least = short.min().map({ UInt64($0) }) ?? long.min(),
            let most = long.max() ?? short.max().map({ UInt64($0) })
        else { return nil }
        return least...most
    }

    /// `nil` when there are none.
    func quantile(_ quantile: Double) -> Double? { count == 0 ? nil : quantiles([quantile])[0] }

    /// - Precondition: There are some.
    func quantiles(_ quantiles: [Double]) -> [Double] { Quantile.linear(quantiles, of: self) }
}

/// Counts, errors and durations of numbered groups of spans.
struct Tallies {
    struct Tally {
        var count = 0
        var errors = 0
        var durations = Durations()
    }

    private(set) var all: [Tally] = []
    private var starts: [Int] = []
    private var sorted: [UInt64] = []

    /// Adds the spans of a block.
    ///
    /// - Parameters:
    ///   - groups: By span: the number of its group, below 0 for none.
    ///   - count: Of groups.
    ///   - isError: By span's operation code.
    mutating func add(
        _ groups: [Int32], of count: Int, codes: [UInt16], isError: [Bool], durations: [UInt64],
        withoutDuration: [Int]
    ) {
        all += repeatElement(Tally(), count: count - all.count)
        // Sorted by group first, so that each group's list grows once a block.
        var sizes = [Int](repeating: 0, count: count)
        var errors = [Int](repeating: 0, count: count)
        for place in groups.indices where groups[place] >= 0 {
            sizes[Int(groups[place])] += 1
            if isError[Int(codes[place])] { errors[Int(groups[place])] += 1 }
        }
        for group in sizes.indices where sizes[group] > 0 {
            all[group].count += sizes[group]
            all[group].errors += errors[group]
        }
        var timed = groups
        for place in withoutDuration where timed[place] >= 0 {
            sizes[Int(timed[place])] -= 1
            timed[place] = -1
        }
        if sorted.count < groups.count { sorted = [UInt64](repeating: 0, count: groups.count) }
        starts.removeAll(keepingCapacity: true)
        var next = 0
        for size in sizes {
            starts.append(next)
            next += size
        }
        for place in timed.indices where timed[place] >= 0 {
            let group = Int(timed[place])
            sorted[starts[group]] = durations[place]
            starts[group] += 1
        }
        for group in sizes.indices where sizes[group] > 0 {
            all[group].durations.add(sorted[starts[group] - sizes[group]..<starts[group]])
        }
    }

    /// Adds one span.
    mutating func add(to group: Int, isError: Bool, _ duration: UInt64?) {
        if all.count <= group { all += repeatElement(Tally(), count: group + 1 - all.count) }
        all[group].count += 1
        if isError { all[group].errors += 1 }
        if let duration { all[group].durations.add(duration) }
    }
}
