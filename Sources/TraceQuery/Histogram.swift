import Foundation
import TraceModel

/// Counts of numbers in buckets whose bounds people read easily, each wider than the one before by about the same share.
package struct Histogram: Hashable, Sendable {
    package struct Bucket: Hashable, Sendable {
        /// Included; `nil` for no bound below: numbers of 0 and less.
        package let from: Double?
        /// Not included.
        package let to: Double
        package let count: Int
    }

    /// Ascending, without gaps; the first and the last hold something.
    package let buckets: [Bucket]

    static let mostBuckets = 20

    /// Bounds of one decade, the finest first.
    private static let decades: [[Double]] = [
        [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1],
    ]

    /// - Parameter numbers: Finite; with how often each occurs.
    init(_ numbers: some Sequence<(number: Double, count: Int)>) {
        var (least, most) = (Double.infinity, 0.0)
        var small = 0
        for (number, count) in numbers {
            if number <= 0 { small += count } else { (least, most) = (min(least, number), max(most, number)) }
        }
        let bounds = least <= most ? Self.bounds(from: least, through: most) : []
        var counts = [Int](repeating: 0, count: max(0, bounds.count - 1))
        for (number, count) in numbers where number > 0 { counts[Self.place(of: number, in: bounds)] += count }
        let first = small > 0 ? [Bucket(from: nil, to: bounds.first ?? 0, count: small)] : []
        buckets = first + counts.indices.map { Bucket(from: bounds[$0], to: bounds[$0 + 1], count: counts[$0]) }
    }

    init(_ numbers: [Double]) { self.init(numbers.lazy.map { (number: $0, count: 1) }) }

    /// The finest bounds that make at most ``mostBuckets``, the coarsest where none do.
    private static func bounds(from least: Double, through most: Double) -> [Double] {
        var bounds: [Double] = []
        for decade in decades {
            bounds = []
            for exponent in Int(log10(least).rounded(.down)) - 1...Int(log10(most).rounded(.down)) + 1 {
                bounds += decade.map { exponent < 0 ? $0 / power(-exponent) : $0 * power(exponent) }
            }
            let first = bounds.lastIndex { $0 <= least } ?? 0
            let last = bounds.firstIndex { $0 > most } ?? bounds.count - 1
            bounds = Array(bounds[first...last])
            if bounds.count - 1 <= mostBuckets { break }
        }
        return bounds
    }

    private static func power(_ exponent: Int) -> Double { pow(10, Double(exponent)) }

    private static func place(of number: Double, in bounds: [Double]) -> Int {
        var (low, high) = (0, bounds.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if bounds[middle] <= number { low = middle } else { high = middle }
        }
        return low
    }
}
