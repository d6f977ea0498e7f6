/// How long to wait before each further attempt.
public struct Backoff: Sendable {
    /// How the delay grows.
    private enum Growth {
        case constant
        case linear
        case exponential(factor: Double)
    }

    private let first: Duration
    private let growth: Growth
    private var cap: Duration?
    private var jitter: (share: Double, random: @Sendable () -> Double)?

    private init(_ first: Duration, _ growth: Growth) {
        self.first = first
        self.growth = growth
    }

    /// Always `delay`.
    public static func constant(_ delay: Duration) -> Backoff { Backoff(delay, .constant) }

    /// Once `first`, then twice, then three times.
    public static func linear(_ first: Duration) -> Backoff { Backoff(first, .linear) }

    /// `first`, and `factor` times as long each time after that.
    public static func exponential(_ first: Duration, factor: Double = 2) -> Backoff {
        Backoff(first, .exponential(factor: factor))
    }

    /// The same, but never longer than `longest`.
    public func capped(at longest: Duration) -> Backoff {
        var copy = self
        copy.cap = longest
        return copy
    }

    /// The same, but each delay is shortened by a random part of it, so that those who failed together don't come back
    /// together. Applies after the cap.
    ///
    /// - Parameters:
    ///   - share: How much of a delay is left to chance, 0 to 1.
    ///   - random: Gives numbers from 0 to below 1, evenly spread; one that starts from a seed makes the delays repeat.
    public func jittered(
        _ share: Double = 0.5, random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) -> Backoff {
        var copy = self
        copy.jitter = (min(max(share, 0), 1), random)
        return copy
    }

    /// `retry.strategy`.
    var strategy: String {
        switch growth {
        case .constant: "constant"
        case .linear: "linear"
        case .exponential: "exponential"
        }
    }

    /// Before retry number `retry`, from 1. Never negative; a delay that grows beyond 146 years stays there.
    func delay(beforeRetry retry: Int) -> Duration {
        let factor =
            switch growth {
            case .constant: 1.0
            case .linear: Double(retry)
            case .exponential(let factor): Self.power(factor, retry - 1)
            }
        let longest = min(cap ?? Self.limit, Self.limit).milliseconds
        var milliseconds = first.milliseconds * factor
        // Written so that what is not a number becomes 0.
        milliseconds = milliseconds > 0 ? min(milliseconds, longest) : 0
        if let jitter { milliseconds *= 1 - jitter.share * jitter.random() }
        return .nanoseconds(Int64(max(milliseconds, 0) * 1e6))
    }

    private static let limit = Duration.nanoseconds(Int64.max / 2)

    /// By multiplication, because the standard library has no other.
    private static func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { product, _ in product * base }
    }
}
