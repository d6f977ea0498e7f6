import TraceStore

/// What some spans took: time, and tokens and money of the model calls in and below them.
package struct Spent: Hashable, Sendable {
    /// Of the spans themselves, with what is below them.
    package internal(set) var nanos: UInt64 = 0
    package internal(set) var tokens = 0.0
    /// `nil` where no call said its cost.
    package internal(set) var costUSD: Double?

    static func += (left: inout Spent, right: Spent) {
        left.nanos.addSaturating(right.nanos)
        left.tokens += right.tokens
        if let cost = right.costUSD { left.costUSD = (left.costUSD ?? 0) + cost }
    }
}

extension RunShape {
    /// By place in the run: what the span took, with all below it. Circles of parents count their calls nowhere but at themselves.
    ///
    /// - Parameter children: As ``children(in:)`` has them.
    func spent(in run: Range<Int>, _ children: [[Int]]) -> [Spent] {
        var spent = run.map { place in
            let (tokens, cost) = (numbers?.tokens[place] ?? .nan, numbers?.costUSD[place] ?? .nan)
            return Spent(nanos: 0, tokens: tokens.isNaN ? 0 : tokens, costUSD: cost.isNaN ? nil : cost)
        }
        var order: [Int] = []
        var stack = run.filter { parents[$0] < 0 }
        while let place = stack.popLast() {
            order.append(place)
            stack += children[place - run.lowerBound]
        }
        for place in order.reversed() where parents[place] >= 0 {
            spent[Int(parents[place]) - run.lowerBound] += spent[place - run.lowerBound]
        }
        for place in run { spent[place - run.lowerBound].nanos = durationNanos(place) ?? 0 }
        return spent
    }
}
