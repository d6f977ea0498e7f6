import Metrics
import Synchronization

extension PrimitiveMetrics {
    /// Those of the factory that holds here; `nil` where that is swift-metrics' own, which records nothing.
    static var current: PrimitiveMetrics? {
        let factory = MetricsSystem.factory
        return factory is NOOPMetricsHandler ? nil : known.metrics(of: factory)
    }

    private static let known = KnownFactories()
}

/// What is recorded with which factory. A factory that is an object is not kept alive; those that are values are told apart by
/// their type, because there is nothing else to know them by.
private final class KnownFactories: Sendable {
    private struct Entry: Sendable {
        let metrics: PrimitiveMetrics
        /// Whether the factory lives; another one may stand in its place in memory.
        let isValid: @Sendable (any MetricsFactory) -> Bool
        let isAlive: @Sendable () -> Bool
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    func metrics(of factory: any MetricsFactory) -> PrimitiveMetrics {
        let type = Swift.type(of: factory)
        let object = type is AnyClass ? factory as AnyObject : nil
        let key = object.map { ObjectIdentifier($0) } ?? ObjectIdentifier(type)
        return entries.withLock { entries in
            if let known = entries[key], known.isValid(factory) { return known.metrics }
            entries = entries.filter { $0.value.isAlive() }
            let entry = object == nil ? Self.entry(value: factory) : Self.entry(object: factory)
            entries[key] = entry
            return entry.metrics
        }
    }

    private static func entry(value factory: any MetricsFactory) -> Entry {
        Entry(metrics: PrimitiveMetrics(MetricsSource { factory }), isValid: { _ in true }, isAlive: { true })
    }

    private static func entry(object factory: any MetricsFactory) -> Entry {
        let reference = WeakFactory(factory)
        return Entry(
            metrics: PrimitiveMetrics(MetricsSource { reference.factory ?? NOOPMetricsHandler.instance }),
            isValid: { $0 as AnyObject === reference.object }, isAlive: { reference.object != nil })
    }
}

/// `weak` on a box of its own, because a closure can't capture weakly what is only known as a protocol.
private final class WeakFactory: @unchecked Sendable {
    // Set once; the runtime makes reading and clearing of weak references safe.
    private(set) weak var object: AnyObject?

    init(_ factory: any MetricsFactory) { object = factory as AnyObject }

    var factory: (any MetricsFactory)? { object as? any MetricsFactory }
}
