import TraceModel
import TraceStore

/// What some runs add up to.
struct RunOutcomes: Sendable {
    struct Mean: Sendable {
        var sum = 0.0
        var count = 0

        var mean: Double? { count == 0 ? nil : sum / Double(count) }

        static func + (left: Mean, right: Mean) -> Mean {
            Mean(sum: left.sum + right.sum, count: left.count + right.count)
        }
    }

    var choices = 0
    var runs = 0
    var failedRuns = 0
    var durations = GatheredDurations()
    var tokens = Mean()
    var cost = Mean()
    /// Failed ones before others, then the first to start.
    var example: (isFine: Int, startNanos: UInt64, trace: Int64)?

    /// Once the durations are packed.
    var finishedRuns: Int { durations.packed.count }

    /// Of the packed durations, in nanoseconds; `nil` where no run is finished.
    func durationNanos(_ quantile: Double) -> Double? {
        durations.packed.count == 0 ? nil : Quantile.linear([quantile], of: durations.packed)[0]
    }

    mutating func add(_ run: Range<Int>, _ trace: Int64, _ shape: RunShape, choices: Int) {
        let root = shape.root(of: run)
        self.choices += choices
        runs += 1
        if shape.isError[root] { failedRuns += 1 }
        if let duration = shape.durationNanos(of: run) { durations.append(duration) }
        keep((shape.isError[root] ? 0 : 1, shape.starts[root], trace))
        guard let numbers = shape.numbers else { return }
        for (values, mean) in [(numbers.tokens, \RunOutcomes.tokens), (numbers.costUSD, \RunOutcomes.cost)] {
            let said = run.lazy.map { values[$0] }.filter { !$0.isNaN }
            if !said.isEmpty { self[keyPath: mean] = self[keyPath: mean] + Mean(sum: said.reduce(0, +), count: 1) }
        }
    }

    private mutating func keep(_ other: (isFine: Int, startNanos: UInt64, trace: Int64)?) {
        guard let other else { return }
        if let known = example, known <= other { return }
        example = other
    }

    static func + (left: RunOutcomes, right: RunOutcomes) -> RunOutcomes {
        var sum = left
        sum.choices += right.choices
        sum.runs += right.runs
        sum.failedRuns += right.failedRuns
        sum.durations += right.durations
        sum.tokens = left.tokens + right.tokens
        sum.cost = left.cost + right.cost
        sum.keep(right.example)
        return sum
    }
}
