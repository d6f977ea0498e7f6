import Foundation
import JSONText
import TraceModel

/// Writes one trace as Jaeger's UI reads it, by OpenTelemetry's transformation to Jaeger
/// (https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/). What that format has no place for is lost:
/// times below a microsecond, attributes of links, types inside lists and maps, schema URLs, attributes of scopes.
package enum JaegerEncoder {
    /// - Parameter groups: The spans of one trace.
    /// - Returns: One line, without a line feed.
    package static func encode(_ traceID: TraceID, _ groups: [SpanGroup]) -> [UInt8] {
        var resources: [Resource] = []
        var processOf: [Resource: Int] = [:]
        for group in groups where processOf[group.resource] == nil {
            resources.append(group.resource)
            processOf[group.resource] = resources.count
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("data")
            writer.array { writer in
                writer.object { writer in
                    writer.field("traceID", traceID.hex)
                    writer.key("spans")
                    writer.array { writer in
                        for group in groups {
                            for span in group.spans {
                                writer.write(span, group.scope, process: "p\(processOf[group.resource] ?? 0)")
                            }
                        }
                    }
                    writer.key("processes")
                    writer.object { writer in
                        for (place, resource) in resources.enumerated() {
                            writer.key("p\(place + 1)")
                            writer.process(resource)
                        }
                    }
                    writer.key("warnings")
                    writer.null()
                }
            }
        }
        return writer.bytes
    }

    static let kinds: [Int32: String] = [1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"]
}

extension JSONWriter {
    fileprivate mutating func field(_ name: String, _ text: String) {
        key(name)
        write(text)
    }

    fileprivate mutating func process(_ resource: Resource) {
        object { writer in
            writer.field("serviceName", resource.serviceName ?? JaegerProcess.noName)
            writer.key("tags")
            var isNamed = resource.serviceName == nil
            writer.tags(
                resource.attributes.filter { attribute in
                    defer { isNamed = isNamed || attribute.key == "service.name" }
                    return isNamed || attribute.key != "service.name"
                })
        }
    }

    fileprivate mutating func write(_ span: TraceSpan, _ scope: Scope, process: String) {
        let isTimed = span.endNanos != 0 && span.endNanos >= span.startNanos
        object { writer in
            writer.field("traceID", span.traceID.hex)
            writer.field("spanID", span.spanID.hex)
            writer.key("flags")
            writer.write(span.flags & 1)
            writer.field("operationName", span.name)
            writer.key("references")
            writer.array { writer in
                if let parent = span.parent { writer.reference("CHILD_OF", span.traceID.hex, parent.hex) }
                for link in span.links {
                    writer.reference("FOLLOWS_FROM", Hex.encode(link.traceID), Hex.encode(link.spanID))
                }
            }
            writer.key("startTime")
            writer.write(span.startNanos / 1000)
            writer.key("duration")
            // Both ends are cut to microseconds, so that they come back as they are written.
            writer.write(isTimed ? span.endNanos / 1000 - span.startNanos / 1000 : 0)
            writer.key("tags")
            writer.tags(span.attributes + span.fieldTags(scope))
            writer.key("logs")
            writer.array { writer in span.events.forEach { writer.log($0) } }
            writer.field("processID", process)
            writer.key("warnings")
            if isTimed { return writer.null() }
            writer.array { $0.write(span.endNanos == 0 ? "unfinished: no duration" : "ends before it starts") }
        }
    }

    private mutating func reference(_ type: String, _ trace: String, _ span: String) {
        object { writer in
            writer.field("refType", type)
            writer.field("traceID", trace)
            writer.field("spanID", span)
        }
    }

    private mutating func log(_ event: SpanEvent) {
        var fields = [Attribute("event", .string(event.name))] + event.attributes
        if event.droppedAttributesCount > 0 {
            fields.append(Attribute("otel.event.dropped_attributes_count", .int(Int64(event.droppedAttributesCount))))
        }
        object { writer in
            writer.key("timestamp")
            writer.write(event.timeNanos / 1000)
            writer.key("fields")
            writer.tags(fields)
        }
    }

    private mutating func tags(_ attributes: [Attribute]) {
        array { writer in
            for attribute in attributes {
                writer.object { writer in
                    writer.field("key", attribute.key)
                    let (type, value) = attribute.value.jaegerTag
                    writer.field("type", type)
                    writer.key("value")
                    writer.write(value)
                }
            }
        }
    }
}

extension TraceSpan {
    /// Tags for the fields that Jaeger's spans lack.
    fileprivate func fieldTags(_ scope: Scope) -> [Attribute] {
        var tags: [Attribute] = []
        func add(_ key: String, _ text: String?) {
            if let text, !text.isEmpty { tags.append(Attribute(key, .string(text))) }
        }
        func add(_ key: String, _ count: UInt32) {
            if count > 0 { tags.append(Attribute(key, .int(Int64(count)))) }
        }
        add("otel.scope.name", scope.name)
        add("otel.scope.version", scope.version)
        add("span.kind", JaegerEncoder.kinds[kind])
        add("otel.status_code", status.code == StatusCode.ok ? "OK" : status.code == StatusCode.error ? "ERROR" : nil)
        add("otel.status_description", status.message)
        if status.code == StatusCode.error { tags.append(Attribute("error", .bool(true))) }
        add("w3c.tracestate", traceState)
        add("otel.dropped_attributes_count", droppedAttributesCount)
        add("otel.dropped_events_count", droppedEventsCount)
        add("otel.dropped_links_count", droppedLinksCount)
        return tags
    }
}

extension AttributeValue {
    /// The type and the value of a tag: lists and maps are JSON as text; numbers that JavaScript or JSON can't hold are
    /// text of their type.
    fileprivate var jaegerTag: (type: String, value: JSONValue) {
        switch self {
        case .string(let text): ("string", .string(text))
        case .bool(let flag): ("bool", .bool(flag))
        case .int(let number):
            ("int64", number.magnitude > 1 << 53 ? .string(String(number)) : .number(String(number)))
        case .double(let number):
            ("float64", number.isFinite ? .number(number.description) : .string(number.description))
        case .bytes(let bytes): ("binary", .string(Data(bytes).base64EncodedString()))
        case .array, .map: ("string", .string(plainJSON.text))
        case .empty: ("string", .string(""))
        }
    }
}
