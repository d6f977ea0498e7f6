import Synchronization
import TraceModel

/// Chance for the whole demo, from a seed. On ``VirtualTime`` everybody asks in the same order in each run.
final class DemoRandom: Sendable {
    private let generator: Mutex<SplitMix64>

    init(seed: UInt64) { generator = Mutex(SplitMix64(seed: seed)) }

    /// From 0 to below 1.
    func next() -> Double { generator.withLock { Double.random(in: 0..<1, using: &$0) } }

    /// From 0 to below `bound`.
    func next(below bound: Int) -> Int { generator.withLock { Int.random(in: 0..<bound, using: &$0) } }

    func pick<Element>(_ elements: [Element]) -> Element { elements[next(below: elements.count)] }

    /// Whether it happens.
    func happens(percent: Double) -> Bool { next() * 100 < percent }

    /// A duration around `milliseconds`: from 0.8 times to 1.5 times as long, long ones seldom.
    func around(_ milliseconds: Double) -> Duration {
        let third = next()
        return .milliseconds(milliseconds * (0.8 + 0.2 * (next() + next()) + 0.3 * third * third * third))
    }
}
