import TraceModel

/// A request in the shape of its rows: all work that needs no database, so that another thread than the writer's can
/// do it.
package struct PreparedBatch: Sendable {
    let groups: [PreparedGroup]
    /// Every attribute key of the spans, once.
    let keys: [String]

    package init(_ batch: SpanBatch) {
        var normaliser = Normaliser()
        groups = batch.groups.map { PreparedGroup($0, &normaliser) }
        keys = Array(normaliser.keys)
    }
}

struct PreparedGroup: Sendable {
    let resource: Resource
    let scope: Scope
    let spans: [PreparedSpan]

    init(_ group: SpanGroup, _ normaliser: inout Normaliser) {
        resource = group.resource
        scope = group.scope
        let service = group.resource.serviceName
        spans = group.spans.map { PreparedSpan($0, service: service, &normaliser) }
    }
}

struct PreparedSpan: Sendable {
    /// Without attributes, events and links, which stand below as text.
    let span: TraceSpan
    let operation: OperationKey
    let context: ContextKey
    let numbers: [NormalisedFields.Number?]
    let attributes: (json: String, tags: String)
    let events: String
    let links: String

    init(_ span: TraceSpan, service: String?, _ normaliser: inout Normaliser) {
        let fields = normaliser.fields(span.attributes)
        operation = OperationKey(
            service: service, name: span.name, kind: span.kind, status: span.status.code, fields: fields.operation,
            usageRole: UsageRole(span, fields))
        context = ContextKey(fields: fields.context)
        numbers = fields.numbers
        attributes = AttributeCodec.encode(span.attributes)
        events = EventCodec.encode(span.events)
        links = EventCodec.encode(span.links)
        // Freed here, by the thread that made them.
        var narrow = span
        narrow.attributes = []
        narrow.events = []
        narrow.links = []
        self.span = narrow
    }
}
