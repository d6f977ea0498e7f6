import Metrics
import Synchronization

/// Records the core metrics with one factory. Which factory that is, is asked anew for each execution, so that
/// `withMetricsFactory` holds for what runs inside it.
final class PrimitiveMetrics: Sendable {
    private let executions: InstrumentTable<ExecutionKey, (count: any CounterHandler, duration: any RecorderHandler)>
    private let connections: InstrumentTable<ConnectionKey, any CounterHandler>
    private let tokens: InstrumentTable<TokenKey, any CounterHandler>
    private let lookUps: InstrumentTable<LookUpKey, (hits: any CounterHandler, total: any CounterHandler)>
    private let workflows: InstrumentTable<WorkflowKey, any MeterHandler>
    private let compliance: InstrumentTable<ServiceObjective, ComplianceGauges>

    /// - Parameter factory: Is asked for what is new only; must live as long as this.
    init(_ factory: MetricsSource) {
        executions = InstrumentTable { key in
            (
                factory.counter(.executionCount, key?.values), factory.recorder(.executionDuration, key?.values)
            )
        }
        connections = InstrumentTable { factory.counter(.connectionCount, $0?.values) }
        tokens = InstrumentTable { factory.counter(.tokens, $0?.values) }
        lookUps = InstrumentTable { key in
            (factory.counter(.cacheHits, key?.values), factory.counter(.cacheTotal, key?.values))
        }
        workflows = InstrumentTable { factory.meter(.activeWorkflows, $0?.values) }
        compliance = InstrumentTable { ComplianceGauges($0, factory) }
    }

    func workflowBegan(_ context: WorkflowContext) { meter(of: context).increment(by: 1) }

    func workflowEnded(_ context: WorkflowContext, _ execution: Execution) {
        meter(of: context).decrement(by: 1)
        let fields = context.fields.values
        if let name = fields.workflowName { judge(.workflow(name), execution, fields.objectives) }
    }

    private func meter(of context: WorkflowContext) -> any MeterHandler {
        let fields = context.fields.values
        return workflows[WorkflowKey(agentType: fields.agentType, workflowName: fields.workflowName)]
    }

    func record(_ execution: Execution, of identity: PrimitiveIdentity, in context: WorkflowContext) {
        let fields = context.fields.values
        let instruments = executions[
            ExecutionKey(
                name: identity.name, type: identity.type, status: execution.status, agentType: fields.agentType,
                workflowName: fields.workflowName, errorType: execution.errorType)]
        instruments.count.increment(by: 1)
        instruments.duration.record(execution.milliseconds)
        if !fields.objectives.isEmpty { judge(.primitive(identity.name), execution, fields.objectives) }
    }

    private func judge(
        _ subject: ServiceObjective.Subject, _ execution: Execution, _ objectives: [ServiceObjective]
    ) {
        for objective in objectives where objective.subject == subject { compliance[objective].record(execution) }
    }

    /// A passage from one primitive to another.
    func recordConnection(_ kind: ConnectionType, from source: Step.Label, to target: Step.Label) {
        connections[ConnectionKey(source: source, target: target, kind: kind)].increment(by: 1)
    }

    func recordLookUp(hit: Bool, name: String, type: String) {
        let instruments = lookUps[LookUpKey(name: name, type: type)]
        instruments.total.increment(by: 1)
        // Also where it is none: the series is there, at 0, as soon as there was a look-up.
        instruments.hits.increment(by: hit ? 1 : 0)
    }

    func recordTokens(_ count: Int, _ type: String, provider: String, model: String, agentType: String?) {
        let key = TokenKey(provider: provider, model: model, type: type, agentType: agentType)
        tokens[key].increment(by: Int64(max(count, 0)))
    }
}

/// How steps follow one another: `connection.type`.
enum ConnectionType: String {
    case sequential
    case parallel
    case conditional
}

/// One execution that has ended.
struct Execution {
    /// Nanoseconds since 1970; the end is never before the start.
    let startNanos: UInt64
    let endNanos: UInt64
    let status: ExecutionStatus
    /// Of the error that it ended with.
    let errorType: String?

    init(startNanos: UInt64, endNanos: UInt64, error: (any Error)?) {
        self.startNanos = startNanos
        self.endNanos = max(startNanos, endNanos)
        status = error.map(ExecutionStatus.init) ?? .success
        errorType = error.map { "\(Swift.type(of: $0))" }
    }

    var nanos: UInt64 { endNanos - startNanos }
    var milliseconds: Double { Double(nanos) / 1e6 }
}

/// What tells the series of a metric apart, in the order of ``MetricDefinition/attributeKeys``.
private protocol SeriesKey: Hashable, Sendable {
    var values: [String?] { get }
}

private struct ExecutionKey: SeriesKey {
    let name: String
    let type: String
    let status: ExecutionStatus
    let agentType: String?
    let workflowName: String?
    let errorType: String?

    var values: [String?] { [name, type, status.rawValue, agentType, workflowName, errorType] }
}

private struct ConnectionKey: SeriesKey {
    let source: Step.Label
    let target: Step.Label
    let kind: ConnectionType

    var values: [String?] { [source.name, source.type, target.name, target.type, kind.rawValue] }
}

private struct TokenKey: SeriesKey {
    let provider: String
    let model: String
    let type: String
    let agentType: String?

    var values: [String?] { [provider, model, type, agentType] }
}

private struct LookUpKey: SeriesKey {
    let name: String
    let type: String

    var values: [String?] { [name, type] }
}

private struct WorkflowKey: SeriesKey {
    let agentType: String?
    let workflowName: String?

    var values: [String?] { [agentType, workflowName] }
}
