/// Exact quantiles of a list.
enum Quantile {
    /// Linear interpolation between ranks, as numpy.percentile's default (Hyndman and Fan's type 7), with numpy's own
    /// rounding.
    ///
    /// - Parameters:
    ///   - quantile: From 0 through 1.
    ///   - sorted: Ascending and not empty.
    static func linear(_ quantile: Double, ofSorted sorted: [UInt64]) -> Double {
        let place = quantile * Double(sorted.count - 1)
        let lower = Int(place)
        let upper = min(lower + 1, sorted.count - 1)
        let fraction = place - Double(lower)
        let low = Double(sorted[lower])
        let high = Double(sorted[upper])
        let difference = high - low
        return fraction < 0.5 ? low + difference * fraction : high - difference * (1 - fraction)
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
        let sorted = nanos.sorted()
        return quantiles.map { Quantile.linear($0, ofSorted: sorted) }
    }
}
