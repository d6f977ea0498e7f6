import Testing
import TraceModel

@Suite struct StepsOfTime {
    private static let second: UInt64 = 1_000_000_000
    /// 2026-11-20T09:00:00Z.
    private static let base: UInt64 = 1_795_165_200 * second

    @Test(
        arguments: [
            (0, "1s", 1), (47, "1s", 48), (48, "5s", 10), (235, "5s", 48), (600, "15s", 41), (3600, "5m", 13),
            (2 * 3600 - 1, "5m", 24), (86_399, "1h", 24), (5 * 86_400, "6h", 21), (30 * 86_400, "1d", 31),
            (2 * 365 * 86_400, "30d", 25),
        ] as [(UInt64, String, Int)])
    func areRoundAndFitAScreen(_ seconds: UInt64, _ step: String, _ count: Int) {
        let steps = TimeSteps(of: nil, over: Self.base...Self.base + seconds * Self.second)
        #expect(DurationText.typed(nanos: steps.nanos) == step)
        #expect(steps.count == count)
    }

    @Test func beginAtMultiplesOfTheirLength() {
        let steps = TimeSteps(of: 10, over: 25...40)
        #expect(steps.count == 3)
        #expect((0..<3).map(steps.start) == [20, 30, 40])
        #expect([19, 20, 29, 30, 49, 50].map(steps.index) == [nil, 0, 0, 1, 2, nil])
    }

    @Test func reachToTheEndOfTime() {
        let steps = TimeSteps(of: nil, over: 0...UInt64.max)
        #expect(steps.count == 585)
        #expect(steps.end(steps.count - 1) == .max)
    }

    @Test(arguments: [(90, "90s"), (300, "5m"), (86_400, "1d"), (5400, "90m")] as [(UInt64, String)])
    func areTypedExactly(_ seconds: UInt64, _ text: String) {
        #expect(DurationText.typed(nanos: seconds * Self.second) == text)
        #expect(DurationText.parse(text) == seconds * Self.second)
    }
}
