import TestSupport
import Testing
import TraceModel
import TraceStore

@testable import TraceQuery

@Suite struct IncidentTests {
    private func withFault<Answer>(
        _ fault: FaultWorkload.Fault, seed: UInt64 = 3, _ ask: (StoreSnapshot) throws -> Answer
    ) throws -> Answer {
        let folder = try TemporaryFolder()
        let writer = try StoreWriter(path: folder.path("faults.db"))
        try writer.add(FaultWorkload(fault, seed: seed).batch)
        try writer.finish()
        return try Store(path: folder.path("faults.db")).read(ask)
    }

    /// The fault begins after an hour and lasts to the end.
    @Test(arguments: [FaultWorkload.Fault.release, .region, .newSlowBranch, .retryStorm, .oneSession])
    func anIncidentIsFoundWhereItBegins(_ fault: FaultWorkload.Fault) throws {
        let incident = try #require(try withFault(fault) { try Incident(in: $0) })
        let from = try #require(incident.window.from)
        let late = Int64(bitPattern: from &- FaultWorkload.faultStart) / 1_000_000_000
        #expect((-120...120).contains(late), "\(late) s late")
        #expect(incident.window.to == nil && incident.margin.from ?? .max <= from)
        // Between the margin and the window there may be some that count for neither.
        #expect((FaultWorkload.runs * 9 / 10...FaultWorkload.runs).contains(incident.runs + incident.otherRuns))
        #expect(incident.bad * incident.otherRuns > 2 * incident.otherBad * incident.runs)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func nothingIsFoundWhereNothingIs(_ seed: UInt64) throws {
        #expect(try withFault(.none, seed: seed) { try Incident(in: $0) } == nil)
    }

    /// By hand: sixty runs a minute, ten of them bad from the 31st on.
    @Test func anIncidentInTheMiddleEnds() throws {
        let spans = (0..<60).map { number in
            let isBad = (30..<40).contains(number)
            return span(
                1, trace: UInt64(number + 1), "run", from: UInt64(number) * 1_000, to: UInt64(number) * 1_000 + 100,
                status: isBad ? StatusCode.error : StatusCode.ok)
        }
        let incident = try #require(try withStore(spans) { try Incident(in: $0) })
        #expect(incident.window == TimeWindow(from: milliseconds(30_000), to: milliseconds(40_000)))
        #expect(incident.margin == incident.window)
        #expect((incident.runs, incident.bad, incident.otherRuns, incident.otherBad) == (10, 10, 50, 0))
    }

    @Test func aReportsNumbersAreThoseOfTheRuns() throws {
        try withFault(.retryStorm) { snapshot in
            let window = TimeWindow(from: FaultWorkload.faultStart, to: nil)
            let postmortem = try Postmortem(incident: window, baseline: nil, in: snapshot)
            let runs = try RunList(window: window, in: snapshot)
            #expect((postmortem.during.runs, postmortem.during.failed) == (runs.count, runs.failedCount))
            #expect(postmortem.before.runs + postmortem.during.runs == FaultWorkload.runs)
            #expect(postmortem.baseline == TimeWindow(from: nil, to: FaultWorkload.faultStart))
            #expect(postmortem.steps.reduce(0) { $0 + $1.counts.runs } == FaultWorkload.runs)
            #expect(postmortem.workflows.reduce(0) { $0 + $1.during.runs } == runs.count)
            #expect(postmortem.during.usage == runs.usage)
            #expect(!postmortem.examples.isEmpty)
            #expect(postmortem.firstBad != nil)
        }
    }
}
