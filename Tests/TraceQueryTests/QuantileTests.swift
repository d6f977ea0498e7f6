import Testing
import TraceModel

@testable import TraceQuery

@Suite struct Quantiles {
    /// Kinds of data and a seed each; the long lists are not sorted but selected from.
    private static func values(_ kind: String, _ count: Int) -> [UInt64] {
        var random = SplitMix64(seed: 11)
        return (0..<count).map { index in
            let number = random.next()
            switch kind {
            case "uniform": return number % 1_000_000_000
            case "long tail": return 1 << (number % 60)
            case "two humps": return number % 2 == 0 ? 1_000 + number % 50 : 30_000_000_000 + number % 900
            case "constant": return 42
            case "rising": return UInt64(index)
            default: return index == 0 ? .max : 0
            }
        }
    }

    /// The definition, on a sorted list: numpy.percentile's linear interpolation.
    private func expected(_ quantile: Double, _ sorted: [UInt64]) -> Double {
        let place = quantile * Double(sorted.count - 1)
        let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
        return Double(sorted[low]) + (Double(sorted[high]) - Double(sorted[low])) * (place - Double(low))
    }

    @Test(
        arguments: ["uniform", "long tail", "two humps", "constant", "rising", "one outlier"],
        [1, 2, 1024, 1025, 20_000])
    func areExactOnListsOfEveryLength(_ kind: String, _ count: Int) {
        let values = Self.values(kind, count)
        // In several parts, as blocks hand them over.
        var durations = Durations()
        for start in stride(from: 0, to: count, by: 700) {
            durations += Durations(values[start..<min(start + 700, count)])
        }
        let sorted = values.sorted()
        let quantiles = [0, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1]
        for (quantile, found) in zip(quantiles, durations.quantiles(quantiles)) {
            let right = expected(quantile, sorted)
            #expect(abs(found - right) <= 1e-12 * right, "\(quantile) of \(kind)")
        }
        #expect(durations.count == count)
        #expect(durations.range == (sorted.first ?? 0)...(sorted.last ?? 0))
    }

    @Test func ofNothingAreNothing() {
        #expect(Durations().quantile(0.5) == nil)
        #expect(Durations().mean == nil)
        #expect(Durations().range == nil)
    }
}
