import TraceModel

/// Takes away all that was said, and leaves what was done, for whom, how long and how much.
///
/// A text stays where its key has a meaning in `attribute_aliases.tsv` that questions group by, where it is a number that
/// they add up, and under some keys that say which program it was. All other texts, bytes, maps, and lists with any of
/// these in them become ``marker``. Numbers, truth values, keys, ids, times, status codes, the names and versions of spans
/// and scopes stay, and names of events that look like a program's: letters, digits and `. _ - : /`, at most 64.
package final class TextRemoval: SpanRewriter {
    package static let marker = "[removed]"

    private static let keptKeys: Set<String> = [
        "deployment.environment", "deployment.environment.name", "exception.type", "llm.request.type", "service.name",
        "service.namespace", "service.version", "telemetry.sdk.language", "telemetry.sdk.name",
        "telemetry.sdk.version",
    ]

    package init() {}

    package func rewrite(_ span: inout TraceSpan) {
        if !span.status.message.isEmpty { span.status.message = Self.marker }
        span.traceState = ""
        rewrite(&span.attributes)
        for place in span.events.indices {
            if !Self.isProgramName(span.events[place].name) { span.events[place].name = Self.marker }
            rewrite(&span.events[place].attributes)
        }
        for place in span.links.indices {
            span.links[place].traceState = ""
            rewrite(&span.links[place].attributes)
        }
    }

    package func rewrite(_ record: inout LogRecord) {
        if !Self.isProgramName(record.eventName) { record.eventName = Self.marker }
        if let body = record.body, Self.saysText(body) { record.body = .string(Self.marker) }
        if !Self.isProgramName(record.severityText) { record.severityText = Self.marker }
        rewrite(&record.attributes)
    }

    package func rewrite(_ resource: inout Resource) { rewrite(&resource.attributes) }

    package func rewrite(_ scope: inout Scope) { rewrite(&scope.attributes) }

    private func rewrite(_ attributes: inout [Attribute]) {
        for place in attributes.indices where Self.saysText(attributes[place].value) {
            if !Self.isKept(attributes[place]) { attributes[place].value = .string(Self.marker) }
        }
    }

    private static func saysText(_ value: AttributeValue) -> Bool {
        switch value {
        case .string(let text): !text.isEmpty
        case .bytes(let bytes): !bytes.isEmpty
        case .array(let values): values.contains(where: saysText)
        // Its keys may be anything.
        case .map(let members): !members.isEmpty
        case .bool, .int, .double, .empty: false
        }
    }

    private static func isKept(_ attribute: Attribute) -> Bool {
        guard let text = attribute.value.string else { return false }
        guard let entry = AliasTable.standard[attribute.key] else { return keptKeys.contains(attribute.key) }
        guard case .number = entry.meaning else { return true }
        return attribute.value.number != nil || Int64(text) != nil || attribute.value.bool != nil
    }

    private static func isProgramName(_ name: String) -> Bool {
        name.utf8.count <= 64
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: ":"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }
}
