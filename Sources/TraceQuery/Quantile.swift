import TraceModel
import TraceStore

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

    /// - Parameter values: Ascending, not empty.
    static func linear(_ quantiles: [Double], ofSorted values: [Double]) -> [Double] {
        quantiles.map { quantile in
            let place = quantile * Double(values.count - 1)
            return interpolate(place, values[Int(place)], values[min(Int(place) + 1, values.count - 1)])
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

/// Durations of some spans, in nanoseconds: one by one, those below 2^32 in half the memory, or in a sketch.
struct Durations: Sendable {
    private var short: [[UInt32]] = []
    private var long: [[UInt64]] = []
    private var sketch = DurationSketch()
    private var sketchRange: ClosedRange<UInt64>?
    private(set) var count = 0
    private var sum = 0.0

    init() {}

    init(_ rollup: RollupSums) {
        count = rollup.timedSpans
        sum = Double(rollup.nanos)
        sketch = rollup.sketch
        sketchRange = rollup.range
    }

    init(_ durations: ArraySlice<UInt64>) {
        count = durations.count
        var (short, long): ([UInt32], [UInt64]) = ([], [])
        short.reserveCapacity(durations.count)
        for duration in durations {
            sum += Double(duration)
            if let duration = UInt32(exactly: duration) { short.append(duration) } else { long.append(duration) }
        }
        self.short = [short]
        self.long = long.isEmpty ? [] : [long]
    }

    static func += (left: inout Durations, right: Durations) {
        left.short += right.short
        left.long += right.long
        left.sketch += right.sketch
        left.sketchRange = ClosedRange<UInt64>.union(left.sketchRange, right.sketchRange)
        left.count += right.count
        left.sum += right.sum
    }

    /// Whether all of them are known one by one.
    var isExact: Bool { sketch.count == 0 }

    /// Those that are known one by one, in no special order.
    var all: [UInt64] { short.flatMap { $0.map { UInt64($0) } } + long.flatMap { $0 } }

    @inline(__always)
    func forEach(_ body: (UInt64) -> Void) {
        for durations in short { for duration in durations { body(UInt64(duration)) } }
        for durations in long { for duration in durations { body(duration) } }
    }

    /// `nil` when there are none.
    var mean: Double? { count == 0 ? nil : sum / Double(count) }

    /// From the least to the greatest, both included; `nil` when there are none.
    var range: ClosedRange<UInt64>? {
        let shortRange = (short.compactMap { $0.min() }.min(), short.compactMap { $0.max() }.max())
        let longRange = (long.compactMap { $0.min() }.min(), long.compactMap { $0.max() }.max())
        guard let least = shortRange.0.map({ UInt64($0) }) ?? longRange.0,
            let most = longRange.1 ?? shortRange.1.map({ UInt64($0) })
        else { return sketchRange }
        return ClosedRange<UInt64>.union(least...most, sketchRange)
    }

    /// Of those in a sketch, what stands for each of its slots is counted.
    var histogram: Histogram {
        var numbers = all.map { (number: Double($0), count: 1) }
        sketch.forEach { numbers.append((DurationSketch.estimate($0), $1)) }
        return Histogram(numbers)
    }

    /// `nil` when there are none.
    func quantile(_ quantile: Double) -> Double? { count == 0 ? nil : quantiles([quantile])[0] }

    /// Exact where ``isExact``, else within ``DurationSketch/relativeError`` of the nearest rank.
    ///
    /// - Precondition: There are some.
    func quantiles(_ quantiles: [Double]) -> [Double] {
        if isExact { return Quantile.linear(quantiles, of: self) }
        var sketch = sketch
        for durations in short { sketch.add(durations.map { UInt64($0) }) }
        for durations in long { sketch.add(durations) }
        let range = range ?? 0...UInt64.max
        return quantiles.map { quantile in
            min(max(sketch.quantile(quantile) ?? 0, Double(range.lowerBound)), Double(range.upperBound))
        }
    }
}
