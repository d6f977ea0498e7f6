import Foundation

/// Whether two samples differ by more than chance, and by how much.
struct Difference: Hashable, Sendable {
    /// How probable at least such a difference is where there is none, both ways.
    let p: Double
    /// Standardised, above 0 where b has more: Cohen's h of two shares, Cohen's d of two means. 0.2 is small, 0.5 medium, 0.8
    /// large.
    let effect: Double
    /// Within which the effect lies with 95%.
    let interval: ClosedRange<Double>

    /// How many of how many.
    struct Share: Hashable, Sendable {
        var part = 0
        var whole = 0

        var value: Double? { whole == 0 ? nil : Double(part) / Double(whole) }
    }

    /// Of two shares: Pearson's chi-squared test of the four counts, or, where any of them is expected to be less than 5, Fisher's
    /// exact test, which adds up all tables that are as improbable or more.
    ///
    /// - Returns: `nil` where a side is empty.
    static func ofShares(_ a: Share, _ b: Share) -> Difference? {
        guard let shareA = a.value, let shareB = b.value else { return nil }
        let h = cohensH(shareA, shareB)
        let error = (1 / Double(a.whole) + 1 / Double(b.whole)).squareRoot()
        return Difference(p: p(a, b), effect: h, interval: h - 1.96 * error...h + 1.96 * error)
    }

    /// The effect of two shares, each 0 to 1.
    static func cohensH(_ a: Double, _ b: Double) -> Double { 2 * asin(b.squareRoot()) - 2 * asin(a.squareRoot()) }

    private static func p(_ a: Share, _ b: Share) -> Double {
        let (all, parts) = (Double(a.whole + b.whole), Double(a.part + b.part))
        if parts == 0 || parts == all { return 1 }
        let least = Double(min(a.whole, b.whole)) * min(parts, all - parts) / all
        if least < 5 { return fisher(a, b) }
        let cross = Double(a.part) * Double(b.whole - b.part) - Double(b.part) * Double(a.whole - a.part)
        let squared = all * cross * cross / (Double(a.whole) * Double(b.whole) * parts * (all - parts))
        return erfc((squared / 2).squareRoot())
    }

    private static func fisher(_ a: Share, _ b: Share) -> Double {
        let (parts, all) = (a.part + b.part, a.whole + b.whole)
        func logChoose(_ n: Int, _ k: Int) -> Double {
            lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
        }
        func logP(_ x: Int) -> Double {
            logChoose(a.whole, x) + logChoose(b.whole, parts - x) - logChoose(all, parts)
        }
        let seen = logP(a.part)
        // Tables as improbable as this one count although rounding tells them apart.
        let possible = max(0, parts - b.whole)...min(a.whole, parts)
        let sum = possible.reduce(0.0) { sum, x in
            let value = logP(x)
            return value <= seen + 1e-7 ? sum + exp(value) : sum
        }
        return min(sum, 1)
    }

    /// Numbers by count, sum and sum of squares.
    struct Moments: Hashable, Sendable {
        var count = 0
        var sum = 0.0
        var squares = 0.0

        mutating func add(_ value: Double) {
            count += 1
            sum += value
            squares += value * value
        }

        static func + (_ a: Moments, _ b: Moments) -> Moments {
            Moments(count: a.count + b.count, sum: a.sum + b.sum, squares: a.squares + b.squares)
        }

        var mean: Double? { count == 0 ? nil : sum / Double(count) }

        /// Of the sample; never negative, whatever rounding makes of it.
        var variance: Double {
            count < 2 ? 0 : max(0, squares - sum * sum / Double(count)) / Double(count - 1)
        }
    }

    /// Of two means: Welch's test, whose statistic is taken as normal, and so for thirty values a side at least.
    ///
    /// - Returns: `nil` where there are fewer.
    static func ofMeans(_ a: Moments, _ b: Moments) -> Difference? {
        guard let meanA = a.mean, let meanB = b.mean, min(a.count, b.count) >= 30 else { return nil }
        let error = (a.variance / Double(a.count) + b.variance / Double(b.count)).squareRoot()
        let difference = meanB - meanA
        let p = error > 0 ? erfc(abs(difference) / error / 2.0.squareRoot()) : difference == 0 ? 1 : 0
        let pooled =
            ((Double(a.count - 1) * a.variance + Double(b.count - 1) * b.variance) / Double(a.count + b.count - 2))
            .squareRoot()
        let d = pooled > 0 ? difference / pooled : 0
        let spread =
            (1 / Double(a.count) + 1 / Double(b.count) + d * d / Double(2 * (a.count + b.count))).squareRoot()
        return Difference(p: p, effect: d, interval: d - 1.96 * spread...d + 1.96 * spread)
    }

    /// Which of many differences are more than chance: Holm's step-down correction, so that the probability that any is called so
    /// where there is none stays below `level`.
    static func significant(_ ps: [Double], level: Double) -> [Bool] {
        var result = [Bool](repeating: false, count: ps.count)
        for (rank, place) in ps.indices.sorted(by: { ps[$0] < ps[$1] }).enumerated() {
            guard ps[place] <= level / Double(ps.count - rank) else { break }
            result[place] = true
        }
        return result
    }
}
