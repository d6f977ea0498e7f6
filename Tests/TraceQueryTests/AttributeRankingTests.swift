import Foundation
import TestSupport
import Testing
import TraceModel
import TraceStore

@testable import TraceQuery

/// Faults with known causes: the culprit stands first. One seed each; `TTAQ_FAULT_SEEDS=20` for as many.
@Suite struct AttributeRankingTests {
    private static let seeds = 1...(ProcessInfo.processInfo.environment["TTAQ_FAULT_SEEDS"].flatMap { UInt64($0) } ?? 1)

    private func ranking(_ fault: FaultWorkload.Fault, _ seed: UInt64) throws -> (AttributeRanking, Comparison) {
        let folder = try TemporaryFolder()
        let path = folder.path("faults.db")
        let writer = try StoreWriter(path: path)
        try writer.add(FaultWorkload(fault, seed: seed).batch)
        try writer.finish()
        return try Store(path: path).read { snapshot in
            let a = ComparedSide(snapshot, window: TimeWindow(from: nil, to: FaultWorkload.faultStart))
            let b = ComparedSide(snapshot, window: TimeWindow(from: FaultWorkload.faultStart, to: nil))
            return (try AttributeRanking(a, b), try Comparison(a, b))
        }
    }

    /// One model is slow for one workflow: neither alone tells the bad runs, both do.
    @Test func whatTellsThemTogetherIsFound() throws {
        let (ranking, _) = try ranking(.slowModelInOneWorkflow, 1)
        let combination = try #require(ranking.combination)
        #expect(
            Set(combination.values.map { "\($0.attribute)=\($0.value.scalarText ?? "")" }).isSuperset(of: [
                "llm.model_name=large", "workflow.name=refund",
            ]))
        #expect(combination.bad * combination.otherRuns > 5 * combination.otherBad * combination.runs)
        #expect(combination.runs + combination.otherRuns == ranking.bRuns)
        #expect(try self.ranking(.release, 1).0.combination == nil, "one value tells it all")
    }

    @Test(arguments: FaultWorkload.Fault.allCases, seeds)
    func theCulpritStandsFirst(_ fault: FaultWorkload.Fault, _ seed: UInt64) throws {
        let (ranking, comparison) = try ranking(fault, seed)
        let found = ranking.rows.filter(\.isSignificant)
        let shown = ranking.rows.prefix(5).map {
            "\($0.attribute)=\($0.value) \($0.aShare) \($0.bShare) \($0.score) \($0.tie)"
        }
        if fault == .none {
            #expect(found.isEmpty, "\(shown)")
            #expect(!comparison.rows.contains { $0.isSignificant == true })
        } else {
            let first = found.first.map { ($0.attribute, $0.value) }
            #expect(fault.culprits.contains { $0.key == first?.0 && $0.value == first?.1 }, "\(shown)")
        }
    }
}
