import Synchronization
import TraceModel

/// Where the ids of traces and spans come from. Called on every start of a span, by many threads at once.
public protocol SpanIDSource: Sendable {
    /// Two halves of which one at least is not 0.
    func nextTraceID() -> (high: UInt64, low: UInt64)
    /// Not 0.
    func nextSpanID() -> UInt64
}

/// Random ids, without waiting: three SplitMix64 sequences, one for each half of a trace id and one for span ids. An id
/// comes again only when a sequence has run through all its 2^64 numbers.
public final class RandomSpanIDs: SpanIDSource {
    private let traceHigh: Atomic<UInt64>
    private let traceLow: Atomic<UInt64>
    private let span: Atomic<UInt64>

    /// Seeded by the system.
    public convenience init() {
        var system = SystemRandomNumberGenerator()
        self.init { system.next() }
    }

    /// The same ids in every run, in the order in which spans are started: for demos and tests. Two programs with one seed
    /// must not write to one store.
    public convenience init(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        self.init { generator.next() }
    }

    private init(_ seed: () -> UInt64) {
        traceHigh = Atomic(seed())
        traceLow = Atomic(seed())
        span = Atomic(seed())
    }

    /// The next one of the sequences.
    public func nextTraceID() -> (high: UInt64, low: UInt64) { (Self.next(traceHigh), Self.next(traceLow)) }

    /// The next one of the sequence.
    public func nextSpanID() -> UInt64 { Self.next(span) }

    private static func next(_ state: borrowing Atomic<UInt64>) -> UInt64 {
        while true {
            let before = state.wrappingAdd(SplitMix64.step, ordering: .relaxed).oldValue
            var generator = SplitMix64(seed: before)
            let number = generator.next()
            if number != 0 { return number }
        }
    }
}
