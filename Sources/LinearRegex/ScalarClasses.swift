/// All scalars, parted into the fewest classes so that each set of a pattern is a union of classes.
///
/// Invariants: classes are numbered from 0 without gaps; `starts` is sorted and begins with 0; interval `i` runs from
/// `starts[i]` to before `starts[i + 1]` and is of class `labels[i]`.
struct ScalarClasses: Sendable {
    private(set) var count = 1
    private let starts: [UInt32]
    private var labels: [Int32]
    /// The class of each ASCII scalar.
    private(set) var ascii: [Int32] = []
    /// One bit a class, `wordsPerSet` words a set.
    private var members: [UInt64] = []
    private var wordsPerSet = 1

    /// Bounds the time and the memory that parting may take, for patterns with thousands of sets of thousands of ranges.
    private static let mostSteps = 4_000_000

    /// - Returns: `nil` if the sets are too many and too large.
    init?(parting sets: [ScalarSet]) {
        var bounds: [UInt32] = [0]
        for range in sets.lazy.flatMap(\.ranges) {
            bounds.append(range.lowerBound)
            if range.upperBound < ScalarSet.last { bounds.append(range.upperBound + 1) }
        }
        bounds.sort()
        var distinct: [UInt32] = []
        for bound in bounds where bound != distinct.last { distinct.append(bound) }
        starts = distinct
        labels = Array(repeating: 0, count: distinct.count)
        guard part(by: sets), count / 64 < Self.mostSteps / (sets.count + 1) else { return nil }
        wordsPerSet = (count + 63) / 64
        members = Array(repeating: 0, count: wordsPerSet * sets.count)
        for (number, set) in sets.enumerated() {
            for range in set.ranges {
                for label in labels[intervals(of: range)] {
                    members[number * wordsPerSet + Int(label) >> 6] |= 1 << UInt64(label & 63)
                }
            }
        }
        ascii = (0..<128).map { labels[interval(of: $0)] }
    }

    /// Splits each class that is partly in a set, set by set, and numbers what is left.
    private mutating func part(by sets: [ScalarSet]) -> Bool {
        var labelCount = 1
        var steps = 0
        for set in sets {
            var split: [Int32: Int32] = [:]
            for range in set.ranges {
                let inside = intervals(of: range)
                steps += inside.count
                guard steps <= Self.mostSteps else { return false }
                for interval in inside {
                    let old = labels[interval]
                    if let new = split[old] {
                        labels[interval] = new
                    } else {
                        split[old] = Int32(labelCount)
                        labels[interval] = Int32(labelCount)
                        labelCount += 1
                    }
                }
            }
        }
        var numbers: [Int32: Int32] = [:]
        for place in labels.indices {
            let number = numbers[labels[place]] ?? Int32(numbers.count)
            numbers[labels[place]] = number
            labels[place] = number
        }
        count = numbers.count
        return true
    }

    private func interval(of value: UInt32) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= value { low = middle } else { high = middle }
        }
        return low
    }

    /// - Precondition: `range` is of one of the sets, so that it begins and ends with an interval.
    private func intervals(of range: ClosedRange<UInt32>) -> Range<Int> {
        interval(of: range.lowerBound)..<(interval(of: range.upperBound) + 1)
    }

    func number(of scalar: Unicode.Scalar) -> Int {
        Int(scalar.isASCII ? ascii[Int(scalar.value)] : labels[interval(of: scalar.value)])
    }

    func contains(_ number: Int, inSet set: Int) -> Bool {
        members[set * wordsPerSet + number >> 6] >> UInt64(number & 63) & 1 == 1
    }
}
