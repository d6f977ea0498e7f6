import TraceModel

/// The tags of a span in Jaeger or Zipkin, from which those are taken that OpenTelemetry's exporters write for fields
/// which these formats lack (specification: "Transformation to non-OTLP formats"). What is not taken are attributes.
struct ReservedTags {
    private(set) var rest: [Attribute]

    init(_ tags: [Attribute]) { rest = tags }

    /// Takes out the first tag of that key if `read` makes something of its value.
    mutating func take<Value>(_ key: String, _ read: (AttributeValue) -> Value?) -> Value? {
        guard let index = rest.firstIndex(where: { $0.key == key }), let value = read(rest[index].value) else {
            return nil
        }
        rest.remove(at: index)
        return value
    }

    subscript(key: String) -> AttributeValue? { rest[key] }

    /// `otel.scope.*`, and their older names `otel.library.*` where they say the same.
    mutating func takeScope() -> Scope {
        var scope = Scope()
        scope.name = takeText("otel.scope.name", olderName: "otel.library.name")
        scope.version = takeText("otel.scope.version", olderName: "otel.library.version")
        return scope
    }

    private mutating func takeText(_ name: String, olderName: String) -> String {
        // Some exporters write null for an empty text.
        let text = take(name) { $0 == .empty ? "" : $0.string }
        let older = take(olderName) { value in
            let older = value == .empty ? "" : value.string
            return text == nil || older == text ? older : nil
        }
        return text ?? older ?? ""
    }

    /// Status, counts of what the SDK dropped, and the trace state.
    mutating func takeFields(of span: inout TraceSpan) {
        span.status.code = take("otel.status_code") { Self.statusCodes[$0.string?.uppercased() ?? ""] } ?? 0
        span.status.message = take("otel.status_description") { $0.string } ?? ""
        span.droppedAttributesCount = takeCount("otel.dropped_attributes_count")
        span.droppedEventsCount = takeCount("otel.dropped_events_count")
        span.droppedLinksCount = takeCount("otel.dropped_links_count")
        span.traceState = take("w3c.tracestate") { $0.string } ?? ""
    }

    mutating func takeCount(_ key: String) -> UInt32 {
        take(key) { $0.wholeNumber.flatMap { UInt32(exactly: $0) } } ?? 0
    }

    /// `span.kind`. No tag is an internal span, as the specification has it; other words stay an attribute, and the
    /// kind is then unspecified.
    mutating func takeKind() -> Int32 {
        if let kind = take("span.kind", { Self.kinds[$0.string ?? ""] }) { return kind }
        return rest["span.kind"] == nil ? 1 : 0
    }

    private static let statusCodes: [String: Int32] = ["OK": StatusCode.ok, "ERROR": StatusCode.error]
    private static let kinds: [String: Int32] = ["internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5]
}
