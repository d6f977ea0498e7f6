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
    static func linear(_ quantiles: [Double], of values: [UInt64]) -> [Double] {
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
    private static func select(_ ranks: [Int], of values: [UInt64]) -> [UInt64] {
        if values.count <= mostToSort {
            let sorted = values.sorted()
            return ranks.map { sorted[$0] }
        }
        var counts = [Int](repeating: 0, count: Bucket.count)
        for value in values { counts[Bucket.of(value)] += 1 }
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
        for value in values {
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
    private var nanos: [UInt64] = []
    private var sum = 0.0

    var count: Int { nanos.count }

    mutating func add(_ duration: UInt64) {
        nanos.append(duration)
        sum += Double(duration)
    }

    /// `nil` when there are none.
    var mean: Double? { nanos.isEmpty ? nil : sum / Double(nanos.count) }

    /// From the least to the greatest, both included; `nil` when there are none.
    var range: ClosedRange<UInt64>? {
        guard let least = nanos.min(), let most = nanos.max() else { return nil }
        return least...most
    }

    /// `nil` when there are none.
    func quantile(_ quantile: Double) -> Double? { nanos.isEmpty ? nil : quantiles([quantile])[0] }

    /// - Precondition: There are some.
    func quantiles(_ quantiles: [Double]) -> [Double] {
        Quantile.linear(quantiles, of: nanos)
    }
}
