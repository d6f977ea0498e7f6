import Foundation
import Synchronization
import TTAPrimitives
import TestSupport
import Testing
import TraceStore

@testable import TraceDemo

@Suite struct DemoTests {
    @Test func twoRunsMakeTheSameFile() throws {
        let folder = try TemporaryFolder()
        for name in ["a.db", "b.db"] { try Demo(runs: 40).fill(store: folder.path(name)) }
        let files = try ["a.db", "b.db"].map { try Data(contentsOf: URL(fileURLWithPath: folder.path($0))) }
        #expect(files[0] == files[1])
        let summary = try Store(path: folder.path("a.db")).read { try $0.summary() }
        #expect(summary.traces == 40)
        #expect(summary.unfinished == 0)
    }

    @Test func anotherSeedTellsAnotherStory() throws {
        let folder = try TemporaryFolder()
        try Demo(runs: 5, seed: 1).fill(store: folder.path("a.db"))
        try Demo(runs: 5, seed: 2).fill(store: folder.path("a.db"))
        #expect(try Store(path: folder.path("a.db")).read { try $0.summary() }.traces == 10)
    }
}

@Suite struct VirtualTimeTests {
    private let time = VirtualTime(startNanos: 1_000_000)

    @Test func thoseWhoSleepWakeInOrderAndHoursPassAtOnce() throws {
        let order = Order()
        let advances = Mutex(0)
        try time.run { _ in
            advances.withLock { $0 += 1 }
        } _: { [time] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for hours in [3, 1, 2, 1] {
                    group.addTask {
                        try await time.sleep(untilNanos: 1_000_000 + UInt64(hours) * 3_600_000_000_000)
                        order.woken.withLock { $0.append(hours) }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(order.woken.withLock { $0 } == [1, 1, 2, 3])
        #expect(advances.withLock { $0 } == 4)
        #expect(time.lastNanos == 1_000_000 + 3 * 3_600_000_000_000)
    }

    @Test func whoIsCancelledWakesAtOnce() throws {
        try time.run { _ in
        } _: { [time] in
            await #expect(throws: TimeoutError.self) {
                let endless = Lambda<Int, Int> { number, context in
                    try await context.clock.sleep(for: .seconds(86_400))
                    return number
                }
                let context = WorkflowContext(clock: time)
                return try await Timeout(endless, after: .seconds(60)).execute(1, in: context)
            }
        }
        #expect(time.lastNanos < 61_000_000_000)
    }

    private final class Order: Sendable {
        let woken = Mutex<[Int]>([])
    }

    private struct Refused: Error {}

    @Test func errorsAreThrown() {
        #expect(throws: Refused.self) {
            try time.run { _ in
            } _: {
                throw Refused()
            }
        }
        #expect(throws: Refused.self) {
            try time.run { _ in
                throw Refused()
            } _: { [time] in
                try await time.sleep(untilNanos: 2_000_000)
            }
        }
    }
}
