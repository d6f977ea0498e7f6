import Foundation
import TraceModel
import TraceStore

/// A time in which more runs than otherwise failed or took long, found in the runs alone.
package struct Incident: Sendable {
    /// The likeliest one, in whole seconds: from the first bad run on, to before the first run that came after the last bad one; open
    /// where it lasts to the file's end.
    package let window: TimeWindow
    /// The widest of those that are about as likely: what is outside of it has nothing of the incident.
    package let margin: TimeWindow
    /// Runs of the window, and those of them that are bad: that failed, or took longer than 95% of the runs of their kind outside of
    /// the margin.
    package let runs: Int
    package let bad: Int
    /// The same of the runs outside of the margin.
    package let otherRuns: Int
    package let otherBad: Int

    /// How much likelier the runs are with an incident than without, as a logarithm, for one to be told.
    static let leastEvidence = 12.0
    private static let leastRuns = 10
    /// What is that much less likely at most is about as likely: as in a region of 98% for begin and end.
    private static let support = 4.0
    /// Candidates for begin and end.
    private static let places = 200

    /// Kulldorff's scan statistic over time: of all windows the one whose rate of bad runs differs most from that outside.
    /// Bad are runs that failed, or took longer than 95% of all runs of their kind.
    ///
    /// - Returns: `nil` when nothing stands out.
    init?(_ runs: [RunVerdicts.Run]) {
        let baseline = RunVerdicts.Baseline(runs)
        let sorted = runs.sorted { ($0.startNanos, $0.trace) < ($1.startNanos, $1.trace) }
        let isBad = sorted.map { $0.isBad(by: baseline) }
        var before = [0]
        for flag in isBad { before.append((before.last ?? 0) + (flag ? 1 : 0)) }
        let (all, allBad) = (sorted.count, before.last ?? 0)
        guard allBad > 0, all >= 2 * Self.leastRuns else { return nil }
        func likelihood(_ bad: Int, _ count: Int) -> Double {
            guard bad > 0, bad < count else { return 0 }
            let p = Double(bad) / Double(count)
            return Double(bad) * log(p) + Double(count - bad) * log(1 - p)
        }
        /// How much likelier the runs are with a rate of their own from here to there (half-open) than with one for all.
        func evidence(_ from: Int, _ to: Int) -> Double {
            let bad = before[to] - before[from]
            return likelihood(bad, to - from) + likelihood(allBad - bad, all - to + from) - likelihood(allBad, all)
        }
        let step = max(1, all / Self.places)
        let bounds = Array(stride(from: 0, to: all, by: step)) + [all]
        var best = (evidence: Self.leastEvidence, from: -1, to: -1)
        for (place, from) in bounds.enumerated() {
            for to in bounds[(place + 1)...] where to - from >= Self.leastRuns && to - from <= all * 4 / 5 {
                let bad = before[to] - before[from]
                // Only where there are more than elsewhere.
                guard bad * (all - to + from) > (allBad - bad) * (to - from) else { continue }
                let found = evidence(from, to)
                if found > best.evidence { best = (found, from, to) }
            }
        }
        guard best.from >= 0 else { return nil }
        // The candidates lie apart: between them each bad run may be the first or the last of it.
        func around(_ bound: Int) -> [Int] {
            (max(0, bound - step)..<min(all, bound + step + 1)).filter { isBad[$0] }
        }
        guard
            var first = around(best.from).max(by: { evidence($0, best.to) < evidence($1, best.to) }),
            var last = around(best.to - 1).filter({ $0 >= first }).max(by: {
                evidence(first, $0 + 1) < evidence(first, $1 + 1)
            })
        else { return nil }
        func window(_ first: Int, _ last: Int) -> TimeWindow {
            // A few good runs at the end say nothing.
            let isToTheEnd = all - last - 1 < max(Self.leastRuns, all / 50)
            return TimeWindow(
                from: sorted[first].startNanos / Self.secondNanos * Self.secondNanos,
                to: isToTheEnd
                    ? nil : (sorted[last + 1].startNanos - 1) / Self.secondNanos * Self.secondNanos + Self.secondNanos)
        }
        self.window = window(first, last)
        let enough = evidence(first, last + 1) - Self.support
        first = (0...first).first { isBad[$0] && evidence($0, last + 1) >= enough } ?? first
        last = (last..<all).last { isBad[$0] && evidence(first, $0 + 1) >= enough } ?? last
        margin = window(first, last)
        let inside = sorted.filter { [own = self.window] in own.contains($0.startNanos) }
        let outside = sorted.filter { [margin] in !margin.contains($0.startNanos) }
        let usual = RunVerdicts.Baseline(outside)
        self.runs = inside.count
        bad = inside.count { $0.isBad(by: usual) }
        otherRuns = outside.count
        otherBad = outside.count { $0.isBad(by: usual) }
    }

    private static let secondNanos: UInt64 = 1_000_000_000

    /// - Returns: `nil` when nothing stands out.
    package init?(in snapshot: StoreSnapshot) throws {
        self.init(try RunVerdicts.runs(of: ComparedSide(snapshot, window: .all)))
    }
}
