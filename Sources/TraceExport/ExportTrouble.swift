import Logging
import Synchronization

/// Says once of each kind what keeps spans from being stored.
final class ExportTrouble: Sendable {
    enum Kind {
        case queueFull(limit: Int)
        case store(StoreFailure)
        /// At the end of the exporter.
        case lost(spans: Int, StoreFailure)
    }

    private let logger: Logger
    private let said = Mutex(Set<String>())

    init(_ logger: Logger) { self.logger = logger }

    func report(_ kind: Kind) {
        let (name, text) = Self.words(kind)
        guard said.withLock({ $0.insert(name).inserted }) else { return }
        logger.error("\(text)")
    }

    private static func words(_ kind: Kind) -> (String, String) {
        switch kind {
        case .queueFull(let limit):
            (
                "queue_full",
                "\(limit) spans wait to be stored, more are dropped and counted (otel.sdk.processor.span.processed)"
            )
        case .store(let failure):
            ("store " + failure.type, "\(failure.description); spans wait in memory and are tried again")
        case .lost(let spans, let failure):
            ("lost", "\(failure.description); \(spans) spans are lost, and the last values of metrics")
        }
    }
}
