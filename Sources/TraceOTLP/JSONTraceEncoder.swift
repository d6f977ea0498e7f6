import Foundation
import JSONText
import TraceModel

/// Writes OTLP JSON from which every field of spans and log records can be read back.
///
/// Text that was no UTF-8 is written with its ``ByteText`` escapes, which reading it again turns back.
package enum JSONTraceEncoder {
    /// One `ExportTraceServiceRequest` on one line, without a line feed.
    package static func encode(_ groups: [SpanGroup]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("resourceSpans")
            writer.array { writer in groups.forEach { writer.write($0) } }
        }
        return writer.bytes
    }

    /// One `ExportLogsServiceRequest` on one line, without a line feed.
    package static func encode(_ groups: [LogGroup]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("resourceLogs")
            writer.array { writer in
                for group in groups {
                    writer.items("scopeLogs", "logRecords", group.records, group.resource, group.scope) { $0.write($1) }
                }
            }
        }
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ group: SpanGroup) {
        items("scopeSpans", "spans", group.spans, group.resource, group.scope) { $0.write($1) }
    }

    /// What shares a resource and a scope, under the names of its signal.
    fileprivate mutating func items<Item>(
        _ scopesName: String, _ itemsName: String, _ items: [Item], _ resource: Resource, _ scope: Scope,
        _ body: (inout JSONWriter, Item) -> Void
    ) {
        object { writer in
            writer.key("resource")
            writer.object { writer in
                writer.attributes(resource.attributes)
                writer.count("droppedAttributesCount", resource.droppedAttributesCount)
            }
            writer.key(scopesName)
            writer.array { writer in
                writer.object { writer in
                    writer.key("scope")
                    writer.write(scope)
                    writer.key(itemsName)
                    writer.array { writer in items.forEach { body(&writer, $0) } }
                    writer.text("schemaUrl", scope.schemaURL)
                }
            }
            writer.text("schemaUrl", resource.schemaURL)
        }
    }

    fileprivate mutating func write(_ record: LogRecord) {
        object { writer in
            writer.nanos("timeUnixNano", record.timeNanos)
            writer.nanos("observedTimeUnixNano", record.observedNanos)
            if record.severityNumber != 0 {
                writer.key("severityNumber")
                writer.write(record.severityNumber)
            }
            writer.text("severityText", record.severityText)
            writer.text("eventName", record.eventName)
            if let body = record.body {
                writer.key("body")
                writer.write(body)
            }
            writer.attributes(record.attributes)
            writer.count("droppedAttributesCount", record.droppedAttributesCount)
            writer.count("flags", record.flags)
            writer.text("traceId", record.traceID?.hex ?? "")
            writer.text("spanId", record.spanID?.hex ?? "")
        }
    }

    private mutating func write(_ scope: Scope) {
        object { writer in
            writer.text("name", scope.name)
            writer.text("version", scope.version)
            writer.attributes(scope.attributes)
            writer.count("droppedAttributesCount", scope.droppedAttributesCount)
        }
    }

    private mutating func write(_ span: TraceSpan) {
        object { writer in
            writer.text("traceId", span.traceID.hex)
            writer.text("spanId", span.spanID.hex)
            writer.text("traceState", span.traceState)
            writer.text("parentSpanId", span.parentSpanID?.hex ?? "")
            writer.count("flags", span.flags)
            writer.key("name")
            writer.write(span.name)
            writer.key("kind")
            writer.write(span.kind)
            writer.nanos("startTimeUnixNano", span.startNanos)
            writer.nanos("endTimeUnixNano", span.endNanos)
            writer.attributes(span.attributes)
            writer.count("droppedAttributesCount", span.droppedAttributesCount)
            writer.list("events", span.events) { $0.write($1) }
            writer.count("droppedEventsCount", span.droppedEventsCount)
            writer.list("links", span.links) { $0.write($1) }
            writer.count("droppedLinksCount", span.droppedLinksCount)
            writer.key("status")
            writer.object { writer in
                writer.text("message", span.status.message)
                if span.status.code != 0 {
                    writer.key("code")
                    writer.write(span.status.code)
                }
            }
        }
    }

    private mutating func write(_ event: SpanEvent) {
        object { writer in
            writer.nanos("timeUnixNano", event.timeNanos)
            writer.text("name", event.name)
            writer.attributes(event.attributes)
            writer.count("droppedAttributesCount", event.droppedAttributesCount)
        }
    }

    private mutating func write(_ link: SpanLink) {
        object { writer in
            writer.text("traceId", Hex.encode(link.traceID))
            writer.text("spanId", Hex.encode(link.spanID))
            writer.text("traceState", link.traceState)
            writer.attributes(link.attributes)
            writer.count("droppedAttributesCount", link.droppedAttributesCount)
            writer.count("flags", link.flags)
        }
    }

    private mutating func attributes(_ attributes: [Attribute]) {
        list("attributes", attributes) { $0.write($1) }
    }

    private mutating func write(_ attribute: Attribute) {
        object { writer in
            writer.key("key")
            writer.write(attribute.key)
            writer.key("value")
            writer.write(attribute.value)
        }
    }

    private mutating func write(_ value: AttributeValue) {
        object { writer in
            switch value {
            case .string(let text):
                writer.key("stringValue")
                writer.write(text)
            case .bool(let flag):
                writer.key("boolValue")
                writer.write(flag)
            case .int(let number):
                writer.key("intValue")
                writer.write(String(number))
            case .double(let number):
                writer.key("doubleValue")
                writer.protoDouble(number)
            case .bytes(let bytes):
                writer.key("bytesValue")
                writer.write(Data(bytes).base64EncodedString())
            case .array(let values):
                writer.key("arrayValue")
                writer.object { $0.list("values", values) { $0.write($1) } }
            case .map(let members):
                writer.key("kvlistValue")
                writer.object { $0.list("values", members) { $0.write($1) } }
            case .empty: break
            }
        }
    }

    private mutating func protoDouble(_ number: Double) {
        if number.isNaN {
            write("NaN")
        } else if number.isInfinite {
            write(number < 0 ? "-Infinity" : "Infinity")
        } else {
            write(number)
        }
    }

    /// Left out when empty, as protobuf's mapping does with defaults.
    private mutating func list<Element>(
        _ name: String, _ elements: [Element], _ body: (inout JSONWriter, Element) -> Void
    ) {
        if elements.isEmpty { return }
        key(name)
        array { writer in elements.forEach { body(&writer, $0) } }
    }

    private mutating func text(_ name: String, _ text: String) {
        if text.isEmpty { return }
        key(name)
        write(text)
    }

    private mutating func count(_ name: String, _ count: UInt32) {
        if count == 0 { return }
        key(name)
        write(count)
    }

    private mutating func nanos(_ name: String, _ nanos: UInt64) {
        key(name)
        write(String(nanos))
    }
}
