import Metrics
import Synchronization

extension PrimitiveMetrics {
    /// Those of the factory that holds here; `nil` where that is swift-metrics' own, which records nothing.
    static var current: PrimitiveMetrics? {
        let factory = MetricsSystem.factory
        return type(of: factory) == NOOPMetricsHandler.self ? nil : known.metrics(of: factory)
    }

    private static let known = KnownFactories()
}

/// What is recorded with which factory. A factory that is an object is not kept alive; those that are values are told apart by
/// their type, because there is nothing else to know them by.
private final class KnownFactories: Sendable {
    private struct Entry: Sendable {
        let metrics: PrimitiveMetrics
        /// `nil` for a value.
        let reference: FactoryReference?
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    func metrics(of factory: any MetricsFactory) -> PrimitiveMetrics {
        let object = objectIdentifier(factory)
        let key = object ?? ObjectIdentifier(type(of: factory))
        return entries.withLock { entries in
            // An object that is gone may have another one in its place.
            if let known = entries[key], known.reference?.isAlive ?? true { return known.metrics }
            entries = entries.filter { $0.value.reference?.isAlive ?? true }
            let entry = object == nil ? Self.entry(value: factory) : Self.entry(object: factory)
            entries[key] = entry
            return entry.metrics
        }
    }

    private static func entry(value factory: any MetricsFactory) -> Entry {
        Entry(metrics: PrimitiveMetrics(MetricsSource { factory }), reference: nil)
    }

    private static func entry(object factory: any MetricsFactory) -> Entry {
        let reference = FactoryReference(factory)
        let source = MetricsSource { reference.factory ?? NOOPMetricsHandler.instance }
        return Entry(metrics: PrimitiveMetrics(source), reference: reference)
    }
}

/// Which object it is; `nil` for a value.
///
/// The same as `ObjectIdentifier(factory as AnyObject)`, whose detour by way of bridging costs more than recording a metric. It is
/// safe because a type that is a class is stored as one reference, and only the address is looked at.
private func objectIdentifier<Factory: MetricsFactory>(_ factory: Factory) -> ObjectIdentifier? {
    guard Factory.self is AnyClass else { return nil }
    return ObjectIdentifier(unsafeBitCast(factory, to: AnyObject.self))
}

/// `weak` on a box of its own, because a closure can't capture weakly what is only known as a protocol.
private final class FactoryReference: @unchecked Sendable {
    // Set once; the runtime makes reading and clearing of weak references safe.
    private weak var object: AnyObject?

    init(_ factory: any MetricsFactory) { object = factory as AnyObject }

    var isAlive: Bool { object != nil }
    var factory: (any MetricsFactory)? { object as? any MetricsFactory }
}
