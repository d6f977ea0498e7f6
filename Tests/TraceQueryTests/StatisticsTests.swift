import Testing

@testable import TraceQuery

/// The right answers are scipy's: `chi2_contingency(correction=False)`, `fisher_exact`, and Welch's statistic in `norm.sf`.
@Suite struct StatisticsTests {
    private typealias Share = Difference.Share

    @Test(arguments: [
        (30, 100, 55, 100, 0.0003489013882650477), (500, 10_000, 620, 10_000, 0.00022380600312160771),
        (0, 50, 6, 50, 0.026661076308390465), (3, 10, 9, 10, 0.019766611097880443),
        (1, 1_000, 8, 1_000, 0.03864115495182243), (0, 20, 0, 30, 1), (20, 20, 30, 30, 1),
    ])
    func sharesAreTestedAsScipyDoes(_ a: Int, _ ofA: Int, _ b: Int, _ ofB: Int, _ p: Double) throws {
        let difference = try #require(Difference.ofShares(Share(part: a, whole: ofA), Share(part: b, whole: ofB)))
        #expect(abs(difference.p - p) < 1e-9 + p * 1e-6)
        // Both ways round.
        let other = try #require(Difference.ofShares(Share(part: b, whole: ofB), Share(part: a, whole: ofA)))
        #expect(abs(other.p - p) < 1e-9 + p * 1e-6)
        #expect(abs(other.effect + difference.effect) < 1e-12)
    }

    @Test func anEffectHasItsInterval() throws {
        let difference = try #require(Difference.ofShares(Share(part: 30, whole: 100), Share(part: 55, whole: 100)))
        #expect(abs(difference.effect - 0.511684267229048) < 1e-12)
        // 1.96 times the root of 1/100 + 1/100.
        #expect(abs(difference.interval.upperBound - difference.effect - 0.2771858582) < 1e-9)
        #expect(Difference.ofShares(Share(), Share(part: 1, whole: 2)) == nil)
    }

    @Test func meansAreTestedAsWelchDoes() throws {
        var (a, b) = (Difference.Moments(), Difference.Moments())
        // Powers as numpy makes them: see the sums.
        (a.count, a.sum, a.squares) = (40, 1130.7970337194006, 43513.9462754414)
        (b.count, b.sum, b.squares) = (50, 2539.7457923204884, 181825.1201563522)
        let difference = try #require(Difference.ofMeans(a, b))
        #expect(abs(difference.p - 2.8434834859032542e-05) < 1e-11)
        #expect(abs(difference.effect - 0.8328751307555129) < 1e-9)
        a.count = 29
        #expect(Difference.ofMeans(a, b) == nil)
    }

    @Test func constantsDifferOrDoNot() throws {
        var (a, b) = (Difference.Moments(), Difference.Moments())
        for _ in 0..<30 {
            a.add(2)
            b.add(2)
        }
        #expect(try #require(Difference.ofMeans(a, b)).p == 1)
        b = Difference.Moments()
        for _ in 0..<30 { b.add(3) }
        #expect(try #require(Difference.ofMeans(a, b)).p == 0)
    }

    /// By hand, at 0.05: 0.05/4 = 0.0125, then 0.05/3, 0.025, 0.05; it ends at the first that is above.
    @Test func manyAreCorrectedAfterHolm() {
        #expect(Difference.significant([0.03, 0.01, 0.04, 0.005], level: 0.05) == [false, true, false, true])
        #expect(Difference.significant([0.012, 0.0165, 0.024, 0.049], level: 0.05) == [true, true, true, true])
        #expect(Difference.significant([], level: 0.05) == [])
    }
}
