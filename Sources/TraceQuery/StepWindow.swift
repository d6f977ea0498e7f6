import TraceModel
import TraceStore

/// More rows than an answer over time may have.
package struct TooManyStepsError: Error, Equatable {
    /// Nanoseconds.
    package let step: UInt64
    package let steps: Int
    /// 1 where there are no groups.
    package let groups: Int
    package let mostRows: Int

    package init(step: UInt64, steps: Int, groups: Int, mostRows: Int) {
        self.step = step
        self.steps = steps
        self.groups = groups
        self.mostRows = mostRows
    }
}

/// The steps of an answer over time, cut to what was asked for.
package struct StepWindow: Hashable, Sendable {
    package static let mostRows = 100_000

    package let steps: TimeSteps
    /// Half-open; an end that was not asked for is that of its step.
    private let from: UInt64
    private let to: UInt64

    /// - Parameters:
    ///   - step: Nanoseconds; `nil` for a round length of which a screen holds all.
    ///   - window: What was asked for.
    ///   - range: Of what there is, both ends included: what an open window goes by.
    /// - Returns: `nil` for a window that ends before all there is, or begins after it, without saying the other end.
    /// - Throws: ``TooManyStepsError``.
    init?(_ step: UInt64?, _ window: TimeWindow, over range: ClosedRange<UInt64>) throws {
        let first = window.from ?? range.lowerBound
        let last = window.to.map { $0 == 0 ? 0 : $0 - 1 } ?? range.upperBound
        if first > last { return nil }
        steps = TimeSteps(of: step, over: first...last)
        from = window.from ?? steps.start(0)
        to = window.to ?? steps.end(steps.count - 1)
        try check(groups: 1)
    }

    func check(groups: Int) throws {
        let (rows, isTooMany) = steps.count.multipliedReportingOverflow(by: max(groups, 1))
        if isTooMany || rows > Self.mostRows {
            throw TooManyStepsError(
                step: steps.nanos, steps: steps.count, groups: max(groups, 1), mostRows: Self.mostRows)
        }
    }

    /// The part of a step that was asked for.
    func bounds(_ step: Int) -> Range<UInt64> {
        let start = max(steps.start(step), from)
        return start..<max(start, min(steps.end(step), to))
    }

    /// How long that part is.
    package func seconds(_ step: Int) -> Double { Double(bounds(step).upperBound - bounds(step).lowerBound) / 1e9 }
}
