import Tracing

private enum WorkflowContextKey: ServiceContextKey {
    typealias Value = WorkflowContext
    static let nameOverride: String? = "workflow"
}

extension ServiceContext {
    /// The workflow that runs here.
    public internal(set) var workflow: WorkflowContext? {
        get { self[WorkflowContextKey.self] }
        set { self[WorkflowContextKey.self] = newValue }
    }
}

extension WorkflowContext {
    /// That of the primitive in progress in this task.
    public static var current: WorkflowContext? { ServiceContext.current?.workflow }

    /// Hangs the workflow under a span of another program. The tracer reads the headers (`traceparent`, `tracestate` and
    /// `baggage` of the W3C, with a tracer that speaks them); without any, or with damaged ones, a new trace begins.
    ///
    /// - Parameter headers: Names in lowercase.
    public mutating func adopt(headers: [String: String]) {
        var outside = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(headers, into: &outside, using: HeaderReader())
        position = position.under(outside)
    }

    /// The headers by which another program's spans hang under the span in progress here; empty without a tracer.
    public var headers: [String: String] {
        var headers: [String: String] = [:]
        let here = parentContext ?? .topLevel
        InstrumentationSystem.instrument.inject(here, into: &headers, using: HeaderWriter())
        return headers
    }

    /// Under which span the next one hangs: the innermost span of this workflow in this task, else the one that the context
    /// was handed into or that came from outside, else whatever span is in progress in the task.
    var parentContext: ServiceContext? {
        let current = ServiceContext.current
        guard let parent = position.parent else { return current }
        if let current, let workflow = current.workflow, workflow.isOfOneRun(with: self) { return current }
        return parent
    }
}

private struct HeaderReader: Extractor {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}

private struct HeaderWriter: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
}
