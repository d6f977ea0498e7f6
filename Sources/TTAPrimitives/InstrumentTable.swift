import Metrics
import Synchronization

/// The instruments of one metric, by what tells its series apart: made once each, and at most `limit` of them. What comes
/// beyond that is counted together, in one series with `otel.metric.overflow`.
final class InstrumentTable<Key: Hashable & Sendable, Instruments: Sendable>: Sendable {
    private struct State: Sendable {
        var known: [Key: Instruments] = [:]
        var overflow: Instruments?
    }

    private let state = Mutex(State())
    private let limit: Int
    private let make: @Sendable (Key?) -> Instruments

    /// - Parameters:
    ///   - limit: Different series, as in OpenTelemetry's specification of metrics SDKs.
    ///   - make: Makes those of a key; `nil` stands for all keys beyond the limit.
    init(limit: Int = 2_000, make: @escaping @Sendable (Key?) -> Instruments) {
        self.limit = limit
        self.make = make
    }

    subscript(key: Key) -> Instruments {
        state.withLock { state in
            if let known = state.known[key] { return known }
            if state.known.count < limit {
                let made = make(key)
                state.known[key] = made
                return made
            }
            if let overflow = state.overflow { return overflow }
            let made = make(nil)
            state.overflow = made
            return made
        }
    }
}

/// A factory of metrics that is not kept alive, so that a backend can end while primitives remember its instruments.
struct MetricsSource: Sendable {
    private let current: @Sendable () -> any MetricsFactory

    /// - Parameter current: Gives the factory.
    init(_ current: @escaping @Sendable () -> any MetricsFactory) { self.current = current }

    func counter(_ metric: MetricDefinition, _ values: [String?]?) -> any CounterHandler {
        current().makeCounter(label: metric.name, dimensions: metric.dimensions(values))
    }

    func recorder(_ metric: MetricDefinition, _ values: [String?]?) -> any RecorderHandler {
        let isGauge = metric.kind == .gauge
        return current().makeRecorder(
            label: metric.name, dimensions: metric.dimensions(values), aggregate: !isGauge)
    }

    func meter(_ metric: MetricDefinition, _ values: [String?]?) -> any MeterHandler {
        current().makeMeter(label: metric.name, dimensions: metric.dimensions(values))
    }
}

extension MetricDefinition {
    /// - Parameter values: By the keys; `nil` for the series that is beyond the limit.
    fileprivate func dimensions(_ values: [String?]?) -> [(String, String)] {
        guard let values else { return [("otel.metric.overflow", "true")] }
        return zip(attributeKeys, values).compactMap { key, value in value.map { (key, $0) } }
    }
}
