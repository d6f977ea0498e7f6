import Foundation
import TraceModel
import TraceQL
import TraceStore

/// Which attribute values explain the bad runs of side b, best explanation first.
///
/// A run has a value when any of its spans or their resources has it, and no later than something went wrong: what only comes
/// after the first error of a bad run is its consequence. Values that come out of executions, such as errors and durations, are no
/// explanations.
///
/// A value scores by how well having it tells bad runs of b from good ones (the uncertainty coefficient of the two), and by how
/// much more frequent it is among the bad runs of b than among the runs of a (Cohen's h). Values that score alike come in this
/// order: those of the spans where things went wrong before those of other spans of the runs; those whose runs are bad more
/// often; settings before subjects before names of spans; those that come earlier.
package struct AttributeRanking: Sendable {
    package struct Row: Sendable {
        package let attribute: String
        package let value: AttributeValue
        /// Of the runs of a, and of the bad runs of b: which share has the value, and how many that are.
        package let aShare: Double
        package let bShare: Double
        package let aCount: Int
        package let bCount: Int
        /// Cohen's h of the shares.
        package let effect: Double
        /// Whether more than chance is different about runs with the value, all values considered.
        package let isSignificant: Bool
        /// The last bad run with it.
        package let exampleTraceID: TraceID?
        /// 0 to 2: see ``AttributeRanking``.
        let score: Double
        let tie: TieBreak
        /// Which of the runs looked at have it: rows that can't be told apart have the same.
        let runs: Set<Int32>
    }

    /// Best explanation first.
    package let rows: [Row]
    package let aRuns: Int
    package let bRuns: Int
    package let aBad: Int
    package let bBad: Int
    /// Values that together tell the bad runs of b better than any alone; `nil` where one alone does as well.
    package let combination: Combination?
    /// Bad runs of b that have the combination, else the first explanation.
    let explained: Set<Int64>
    /// Whether not all runs were looked at but, of the good and the bad ones of each side, as many as ``mostRuns``.
    package let isSampled: Bool

    package static let mostRuns = 400
    /// Effects below this are small, whatever the number of runs.
    package static let leastEffect = 0.2
    /// Longer texts are messages, not attributes to group by.
    static let longestText = 120

    /// - Parameter bad: What a bad run's span meets; `nil` for runs that failed, or took longer than 95% of a's of their kind.
    package init(_ a: ComparedSide, _ b: ComparedSide, bad: (a: SpanFilter, b: SpanFilter)? = nil) throws {
        try self.init(a, b, (a: RunVerdicts.runs(of: a), b: RunVerdicts.runs(of: b)), bad: bad)
    }

    /// - Parameter runs: All runs of the sides.
    init(
        _ a: ComparedSide, _ b: ComparedSide, _ runs: (a: [RunVerdicts.Run], b: [RunVerdicts.Run]),
        bad: (a: SpanFilter, b: SpanFilter)? = nil
    ) throws {
        let baseline = RunVerdicts.Baseline(runs.a)
        let verdicts = (
            a: try RunVerdicts(runs.a, a, bad.map { .meeting($0.a) } ?? .failedOrSlow(baseline)),
            b: try RunVerdicts(runs.b, b, bad.map { .meeting($0.b) } ?? .failedOrSlow(baseline))
        )
        (aRuns, bRuns) = (runs.a.count, runs.b.count)
        (aBad, bBad) = (verdicts.a.bad.count, verdicts.b.bad.count)
        var samples = RunSamples()
        for (cell, traces, side) in [
            (RunSamples.Cell.aGood, verdicts.a.good, a), (.aBad, verdicts.a.bad, a), (.bGood, verdicts.b.good, b),
            (.bBad, verdicts.b.bad, b),
        ] { try samples.add(traces, cell, in: side.snapshot) }
        isSampled = samples.isSampled
        rows = Self.rank(samples)
        let best = rows.prefix(1).filter { $0.isSignificant && $0.effect >= Self.leastEffect }
        combination = Combination(rows, samples)
        let told = combination?.members ?? best.first?.runs ?? []
        explained = Set(
            told.filter { samples.cells[Int($0) - 1] == .bBad }.map { samples.looked[Int($0) - 1] })
    }

    /// The rows in their order, those that the same runs have as one: the first, and how many more.
    package var inseparable: [(first: Row, others: Int)] {
        var merged: [(first: Row, others: Int)] = []
        var places: [Set<Int32>: Int] = [:]
        for row in rows {
            if let place = places[row.runs] {
                merged[place].others += 1
            } else {
                places[row.runs] = merged.count
                merged.append((row, 0))
            }
        }
        return merged
    }

    private static func rank(_ samples: RunSamples) -> [Row] {
        // Without more bad runs than before, what has become more frequent at all is looked for.
        let isWorse = samples.isWorse
        let measured = samples.values.compactMap { Measured($0, samples, isWorse: isWorse) }
        let isSignificant = Difference.significant(measured.map(\.p), level: Comparison.level)
        return zip(measured, isSignificant).map { $0.row(isSignificant: $1) }.sorted { left, right in
            if left.isSignificant != right.isSignificant { return left.isSignificant }
            // What scores alike but for a hair is told apart by other things than chance.
            let (a, b) = ((left.score * 20).rounded(), (right.score * 20).rounded())
            if a != b { return a > b }
            if left.tie != right.tie { return left.tie < right.tie }
            return (left.attribute, left.value.scalarText ?? "") < (right.attribute, right.value.scalarText ?? "")
        }
    }
}

/// Values of attributes that together tell which runs of b are bad.
package struct Combination: Sendable {
    package let values: [(attribute: String, value: AttributeValue)]
    /// Runs of b with all of them and those of these that are bad; the same of all others. Estimated where not all were looked at.
    package let runs: Int
    package let bad: Int
    package let otherRuns: Int
    package let otherBad: Int
    /// Of the runs looked at.
    let members: Set<Int32>

    /// As many explanations are combined, at most three at a time.
    private static let mostValues = 6
    /// How much more it has to tell than its parts do.
    private static let leastGain = 1.2

    /// - Parameter rows: Best explanation first.
    init?(_ rows: [AttributeRanking.Row], _ samples: RunSamples) {
        let inB = Set(samples.cells.indices.filter { samples.cells[$0].isOfB }.map { Int32($0 + 1) })
        /// All runs of b, and the bad ones, that some of those looked at stand for.
        func weigh(_ runs: Set<Int32>) -> (all: Double, bad: Double) {
            func total(_ cell: RunSamples.Cell) -> Double {
                let found = runs.count { samples.cells[Int($0) - 1] == cell }
                let looked = samples.counts[cell.rawValue]
                return looked == 0 ? 0 : Double(found) * Double(samples.totals[cell.rawValue]) / Double(looked)
            }
            return (total(.bGood) + total(.bBad), total(.bBad))
        }
        let everything = weigh(inB)
        func told(_ runs: Set<Int32>) -> Double {
            let (all, bad) = weigh(runs)
            return Measured.uncertaintyCoefficient(all, bad, everything.all, everything.bad)
        }
        var candidates: [(row: AttributeRanking.Row, runs: Set<Int32>)] = []
        for row in rows where row.isSignificant && row.effect >= AttributeRanking.leastEffect {
            let runs = row.runs.intersection(inB)
            let isNew = !candidates.contains { $0.row.attribute == row.attribute || $0.runs == runs }
            if isNew, candidates.count < Self.mostValues { candidates.append((row, runs)) }
        }
        var best: (places: [Int], runs: Set<Int32>, told: Double)?
        func look(_ places: [Int]) {
            let runs = places.dropFirst().reduce(candidates[places[0]].runs) { $0.intersection(candidates[$1].runs) }
            let (all, bad) = weigh(runs)
            // Only what makes bad runs likelier.
            guard all > 0, bad / all > everything.bad / max(everything.all, 1) else { return }
            let value = told(runs)
            // More values must tell more.
            if value > (best?.told ?? 0) * (places.count > best?.places.count ?? 0 ? Self.leastGain : 1) {
                best = (places, runs, value)
            }
        }
        for first in candidates.indices { look([first]) }
        for first in candidates.indices {
            for second in candidates.indices where second > first { look([first, second]) }
        }
        for first in candidates.indices {
            for second in candidates.indices where second > first {
                for third in candidates.indices where third > second { look([first, second, third]) }
            }
        }
        guard let best, best.places.count > 1 else { return nil }
        let (with, others) = (weigh(best.runs), weigh(inB.subtracting(best.runs)))
        values = best.places.map { (candidates[$0].row.attribute, candidates[$0].row.value) }
        (runs, bad) = (Int(with.all.rounded()), Int(with.bad.rounded()))
        (otherRuns, otherBad) = (Int(others.all.rounded()), Int(others.bad.rounded()))
        members = best.runs
    }
}

extension RunSamples.Cell {
    fileprivate var isOfB: Bool { self == .bGood || self == .bBad }
}

/// What tells apart values that score alike: less comes first.
struct TieBreak: Comparable, Sendable {
    /// Of the bad runs with the value the share in which the span where things went wrong has it itself, in tenths.
    let atOrigin: Int
    /// Of b's runs with the value the share of bad ones, in twentieths.
    let precision: Int
    let kind: AttributeKind
    /// Mean place of the first span with it in its run: 0 at the beginning.
    let place: Double

    static func < (left: TieBreak, right: TieBreak) -> Bool {
        if left.atOrigin != right.atOrigin { return left.atOrigin > right.atOrigin }
        if left.precision != right.precision { return left.precision > right.precision }
        if left.kind != right.kind { return left.kind < right.kind }
        return left.place < right.place
    }
}

/// One value, measured.
private struct Measured {
    private let value: RunSamples.Value
    private let aShare: Double
    private let bShare: Double
    private let aCount: Int
    private let bCount: Int
    private let effect: Double
    private let score: Double
    private let precision: Double
    let p: Double

    /// - Returns: `nil` for what fewer than three of the bad runs have, or all runs of both sides.
    init?(_ value: RunSamples.Value, _ samples: RunSamples, isWorse: Bool) {
        self.value = value
        func share(_ cell: RunSamples.Cell) -> Double {
            samples.counts[cell.rawValue] == 0
                ? 0 : Double(value.counts[cell.rawValue]) / Double(samples.counts[cell.rawValue])
        }
        /// Estimated for all runs.
        func total(_ cell: RunSamples.Cell) -> Double { share(cell) * Double(samples.totals[cell.rawValue]) }
        let a = (all: samples.total(.aGood, .aBad), with: total(.aGood) + total(.aBad), bad: total(.aBad))
        let b = (all: samples.total(.bGood, .bBad), with: total(.bGood) + total(.bBad), bad: total(.bBad))
        guard a.all > 0, b.all > 0, value.counts[RunSamples.Cell.bBad.rawValue] >= 3 || !isWorse, b.with >= 3 else {
            return nil
        }
        aShare = a.with / a.all
        bShare = isWorse ? share(.bBad) : b.with / b.all
        (aCount, bCount) = (Int(a.with.rounded()), Int((isWorse ? b.bad : b.with).rounded()))
        if aShare == bShare { return nil }
        effect = Difference.cohensH(aShare, bShare)
        precision = b.with > 0 ? b.bad / b.with : 0
        let without = b.all - b.with
        let isWorseWith =
            without == 0 || precision > (Double(samples.totals[RunSamples.Cell.bBad.rawValue]) - b.bad) / without
        let told = isWorse && isWorseWith ? Self.uncertaintyCoefficient(b.with, b.bad, b.all, samples.total(.bBad)) : 0
        score = told + max(0, effect) / .pi
        // As many runs as were looked at: an estimate is not better known than its sample.
        let (sampleA, sampleB) = (samples.sampled(.aGood, .aBad), samples.sampled(.bGood, .bBad))
        func p(_ inA: Double, _ inB: Double) -> Double {
            Difference.ofShares(
                Difference.Share(part: Int((inA / a.all * Double(sampleA)).rounded()), whole: sampleA),
                Difference.Share(part: Int((inB / b.all * Double(sampleB)).rounded()), whole: sampleB))?.p ?? 1
        }
        // Bad runs with it have become more, or runs with it; two looks at it.
        self.p = min(1, 2 * min(isWorse ? p(a.bad, b.bad) : 1, p(a.with, b.with)))
    }

    /// How much of the uncertainty about a run's being bad is gone once it is known whether it has the value: 0 to 1 (Theil's U).
    static func uncertaintyCoefficient(_ with: Double, _ badWith: Double, _ all: Double, _ bad: Double)
        -> Double
    {
        func entropy(_ part: Double, _ whole: Double) -> Double {
            guard whole > 0, part > 0, part < whole else { return 0 }
            let p = part / whole
            return -whole * (p * log(p) + (1 - p) * log(1 - p))
        }
        let before = entropy(bad, all)
        if before == 0 { return 0 }
        return max(0, 1 - (entropy(badWith, with) + entropy(bad - badWith, all - with)) / before)
    }

    func row(isSignificant: Bool) -> AttributeRanking.Row {
        let badRuns = Double(max(value.counts[RunSamples.Cell.bBad.rawValue], 1))
        return AttributeRanking.Row(
            attribute: value.key, value: value.value, aShare: aShare, bShare: bShare, aCount: aCount, bCount: bCount,
            effect: effect, isSignificant: isSignificant && effect > 0, exampleTraceID: value.example, score: score,
            tie: TieBreak(
                atOrigin: Int((10 * Double(value.atOrigin) / badRuns).rounded()),
                precision: Int((20 * precision).rounded()),
                kind: value.kind, place: value.places / Double(max(value.runs.count, 1))),
            runs: value.runs)
    }
}
