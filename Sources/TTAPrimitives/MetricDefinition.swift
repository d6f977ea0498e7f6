/// What one of TTA.dev's core metrics is called, counts in, and is told apart by.
///
/// ``all`` is the one place where they are defined: the primitives record by it, and an exporter takes the bounds of
/// histograms from it.
public struct MetricDefinition: Sendable, Hashable {
    /// How the values of a metric add up.
    public enum Kind: Sendable, Hashable {
        /// A sum that only grows.
        case counter
        /// A sum that grows and shrinks.
        case upDownCounter
        /// The last value counts.
        case gauge
        /// Values are counted in buckets: bucket `i` holds those above bound `i - 1` and at most bound `i`, the last one those
        /// above all bounds.
        case histogram(bounds: [Double])
    }

    /// The metric's name, such as `primitive.execution.count`.
    public let name: String
    /// What its values are and how they add up.
    public let kind: Kind
    /// By UCUM, as OpenTelemetry has it: `1` for counts and shares, `ms` for durations.
    public let unit: String
    /// One sentence on what is counted.
    public let description: String
    /// The attributes by which series are told apart, in the order in which they are written. One without a value is absent.
    public let attributeKeys: [String]

    /// The bounds of the histogram, ascending; empty for other kinds.
    public var bounds: [Double] {
        if case .histogram(let bounds) = kind { bounds } else { [] }
    }

    /// Executions of primitives that have ended.
    public static let executionCount = MetricDefinition(
        name: "primitive.execution.count", kind: .counter, unit: "1", description: "Executions of primitives",
        attributeKeys: executionKeys)

    /// How long executions of primitives took.
    public static let executionDuration = MetricDefinition(
        name: "primitive.execution.duration",
        kind: .histogram(bounds: [10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]), unit: "ms",
        description: "Durations of executions of primitives", attributeKeys: executionKeys)

    /// Steps that followed one another, and branches that were taken.
    public static let connectionCount = MetricDefinition(
        name: "primitive.connection.count", kind: .counter, unit: "1",
        description: "Passages from one primitive to another",
        attributeKeys: ["source.primitive", "source.type", "target.primitive", "target.type", "connection.type"])

    /// Tokens that model calls have used.
    public static let tokens = MetricDefinition(
        name: "llm.tokens.total", kind: .counter, unit: "1", description: "Tokens used by model calls",
        attributeKeys: ["llm.provider", "llm.model_name", "llm.token_type", "agent.type"])

    /// Cache look-ups that found something.
    public static let cacheHits = MetricDefinition(
        name: "cache.hits", kind: .counter, unit: "1", description: "Cache look-ups that found a value",
        attributeKeys: ["primitive.name", "cache.type"])

    /// All cache look-ups.
    public static let cacheTotal = MetricDefinition(
        name: "cache.total", kind: .counter, unit: "1", description: "Cache look-ups",
        attributeKeys: ["primitive.name", "cache.type"])

    /// Workflows in progress.
    public static let activeWorkflows = MetricDefinition(
        name: "agent.workflows.active", kind: .upDownCounter, unit: "1", description: "Workflows in progress",
        attributeKeys: ["agent.type", "workflow.name"])

    /// The share of executions that met an objective.
    public static let compliance = MetricDefinition(
        name: "slo.compliance", kind: .gauge, unit: "1",
        description: "Compliance with service level objectives, 0 to 1",
        attributeKeys: ["slo.name", "slo.target", "primitive.name", "workflow.name"])

    /// All of them.
    public static let all = [
        executionCount, executionDuration, connectionCount, tokens, cacheHits, cacheTotal, activeWorkflows, compliance,
    ]

    private static let executionKeys = [
        "primitive.name", "primitive.type", "execution.status", "agent.type", "workflow.name", "error.type",
    ]
}
