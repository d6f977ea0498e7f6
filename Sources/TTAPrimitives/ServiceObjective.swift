import Metrics
import Synchronization

/// What is promised of a primitive or a workflow. The gauges `slo.compliance` tell how far it holds in this program:
///
/// | `slo.name` | value |
/// |---|---|
/// | `availability` | executions that succeeded ÷ all |
/// | `latency_p95` | executions within the threshold ÷ all, failed ones included; only with a threshold |
/// | `error_budget` | what is left of the budget: 1 − bad ÷ ((1 − target) × all), at least 0; none for a target of 1 |
///
/// An execution is bad when it did not succeed or took longer than the threshold. The name of the second one is TTA.dev's, whose
/// dashboards ask for it; the target is what share of the executions must be within the threshold, whatever its value.
public struct ServiceObjective: Sendable, Hashable {
    /// Whose executions count.
    public enum Subject: Sendable, Hashable {
        /// All primitives of a name.
        case primitive(String)
        /// All workflows of a name, from the begin of their outermost primitive to its end.
        case workflow(String)
    }

    /// Whose executions count.
    public let subject: Subject
    /// Above 0, at most 1.
    public let target: Double
    /// How long an execution may take.
    public let threshold: Duration?
    /// How long an execution counts: between this and 1/60 less.
    public let window: Duration

    /// - Parameters:
    ///   - subject: Whose executions count.
    ///   - target: Which share of them is to be good, above 0, at most 1.
    ///   - threshold: How long a good one may take.
    ///   - window: How long an execution counts, at least a minute.
    public init(
        _ subject: Subject, target: Double, threshold: Duration? = nil, window: Duration = .seconds(30 * 86_400)
    ) {
        precondition(target > 0 && target <= 1, "a target is a share, above 0 and at most 1")
        precondition(window >= .seconds(60), "a window is a minute long or more")
        self.subject = subject
        self.target = target
        self.threshold = threshold
        self.window = window
    }
}

/// The gauges of one objective, with what they are computed from.
final class ComplianceGauges: Sendable {
    private let objective: ServiceObjective?
    private let window: Mutex<ComplianceWindow>
    private let availability: any RecorderHandler
    private let latency: (any RecorderHandler)?
    private let budget: (any RecorderHandler)?

    /// - Parameter objective: `nil` for all that are too many, of which nothing can be said.
    init(_ objective: ServiceObjective?, _ factory: MetricsSource) {
        self.objective = objective
        window = Mutex(ComplianceWindow(length: objective?.window ?? .seconds(60)))
        func gauge(_ name: String) -> any RecorderHandler {
            factory.recorder(.compliance, objective?.values(name))
        }
        availability = gauge("availability")
        latency = objective?.threshold == nil ? nil : gauge("latency_p95")
        budget = objective.map { $0.target < 1 } == true ? gauge("error_budget") : nil
    }

    func record(_ execution: Execution) {
        guard let objective else { return }
        let isWithin = objective.threshold.map { Duration.nanoseconds(Int64(clamping: execution.nanos)) <= $0 } ?? true
        let isAvailable = execution.status == .success
        let counts = window.withLock { window in
            window.add(at: execution.endNanos, isAvailable: isAvailable, isWithin: isWithin)
            return window.sum
        }
        let total = Double(counts.total)
        availability.record(Double(counts.available) / total)
        latency?.record(Double(counts.within) / total)
        budget?.record(max(0, 1 - Double(counts.total - counts.good) / ((1 - objective.target) * total)))
    }
}

extension ServiceObjective {
    /// In the order of ``MetricDefinition/attributeKeys``.
    fileprivate func values(_ name: String) -> [String?] {
        switch subject {
        case .primitive(let primitive): [name, "\(target)", primitive, nil]
        case .workflow(let workflow): [name, "\(target)", nil, workflow]
        }
    }
}

/// Counts of the executions of the last while, in sixty slots.
struct ComplianceWindow: Sendable {
    struct Counts: Sendable {
        var total = 0
        var available = 0
        var within = 0
        var good = 0
    }

    private static let slotCount = 60
    private let slotNanos: UInt64
    private var slots = [Counts](repeating: Counts(), count: slotCount)
    /// Since 1970, of the newest slot.
    private var newest: UInt64 = 0
    private(set) var sum = Counts()

    init(length: Duration) {
        let (seconds, attoseconds) = length.components
        slotNanos = (UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)) / UInt64(Self.slotCount)
    }

    /// - Parameter time: Nanoseconds since 1970. What is older than the newest counts as if it were as new.
    mutating func add(at time: UInt64, isAvailable: Bool, isWithin: Bool) {
        advance(to: time / slotNanos)
        let place = Int(newest % UInt64(Self.slotCount))
        slots[place].add(isAvailable, isWithin)
        sum.add(isAvailable, isWithin)
    }

    private mutating func advance(to slot: UInt64) {
        guard slot > newest else { return }
        for passed in 1...min(slot - newest, UInt64(Self.slotCount)) {
            let place = Int((newest + passed) % UInt64(Self.slotCount))
            sum.subtract(slots[place])
            slots[place] = Counts()
        }
        newest = slot
    }
}

extension ComplianceWindow.Counts {
    fileprivate mutating func add(_ isAvailable: Bool, _ isWithin: Bool) {
        total += 1
        available += isAvailable ? 1 : 0
        within += isWithin ? 1 : 0
        good += isAvailable && isWithin ? 1 : 0
    }

    fileprivate mutating func subtract(_ other: Self) {
        total -= other.total
        available -= other.available
        within -= other.within
        good -= other.good
    }
}
