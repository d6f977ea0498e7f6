/// Consecutive steps of time on the absolute grid: the first one begins at a multiple of the step's length since 1970.
package struct TimeSteps: Hashable, Sendable {
    /// Of one step; above 0.
    package let nanos: UInt64
    /// Which step since 1970 the first one is.
    package let first: UInt64
    package let count: Int

    /// As many steps as a screen holds.
    package static let mostByDefault = 48

    private static let secondNanos: UInt64 = 1_000_000_000
    private static let roundNanos: [UInt64] = [
        1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 86_400, 7 * 86_400, 30 * 86_400,
    ].map { $0 * secondNanos }
    private static let longestNanos = 365 * 86_400 * secondNanos

    /// The steps that any part of a range lies in.
    ///
    /// - Parameters:
    ///   - nanos: `nil` for the shortest round length of which at most ``mostByDefault`` are needed, else the longest.
    ///   - range: Nanoseconds since 1970, both ends included.
    package init(of nanos: UInt64?, over range: ClosedRange<UInt64>) {
        precondition(nanos != 0, "a step has a length")
        func count(_ nanos: UInt64) -> UInt64 { range.upperBound / nanos - range.lowerBound / nanos + 1 }
        let round = Self.roundNanos.first { count($0) <= Self.mostByDefault }
        let chosen = nanos ?? round ?? Self.longestNanos
        self.nanos = chosen
        first = range.lowerBound / chosen
        self.count = Int(min(range.upperBound / chosen - first, UInt64(Int.max - 1))) + 1
    }

    /// The step that a time lies in, from 0; `nil` for one before the first or after the last.
    package func index(of time: UInt64) -> Int? {
        let step = time / nanos
        return step >= first && step - first < UInt64(count) ? Int(step - first) : nil
    }

    /// Where a step begins, nanoseconds since 1970.
    package func start(_ index: Int) -> UInt64 { (first + UInt64(index)) * nanos }

    /// Where a step ends, not included: the end of time for one that reaches beyond it.
    package func end(_ index: Int) -> UInt64 {
        let (end, isTooLate) = start(index).addingReportingOverflow(nanos)
        return isTooLate ? .max : end
    }
}

extension DurationText {
    /// The shortest way to type a length of time, exact: `90s`, `5m`, `1d`.
    package static func typed(nanos: UInt64) -> String {
        let units: [(String, UInt64)] = [
            ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
            ("ms", 1_000_000), ("us", 1000),
        ]
        for (name, scale) in units where nanos >= scale && nanos % scale == 0 { return "\(nanos / scale)\(name)" }
        return "\(nanos)ns"
    }
}
