import TraceModel

/// Writes an `ExportTraceServiceRequest` as protobuf, for generated workloads.
struct ProtobufTraceEncoder {
    private var bytes: [UInt8] = []

    static func encode(_ groups: [SpanGroup]) -> [UInt8] {
        var request = ProtobufTraceEncoder()
        for group in groups {
            request.message(1) { resourceSpans in
                resourceSpans.message(1) { $0.attributes(1, group.resource.attributes) }
                resourceSpans.message(2) { scopeSpans in
                    scopeSpans.message(1) { scope in
                        scope.text(1, group.scope.name)
                        scope.text(2, group.scope.version)
                    }
                    for span in group.spans { scopeSpans.message(2) { $0.span(span) } }
                }
            }
        }
        return request.bytes
    }

    private mutating func span(_ span: TraceSpan) {
        data(1, span.traceID.bytes)
        data(2, span.spanID.bytes)
        if let parent = span.parentSpanID { data(4, parent.bytes) }
        text(5, span.name)
        varint(6, UInt64(span.kind))
        fixed64(7, span.startNanos)
        fixed64(8, span.endNanos)
        attributes(9, span.attributes)
        for event in span.events {
            message(11) { writer in
                writer.fixed64(1, event.timeNanos)
                writer.text(2, event.name)
                writer.attributes(3, event.attributes)
            }
        }
        message(15) { status in
            status.text(2, span.status.message)
            status.varint(3, UInt64(span.status.code))
        }
    }

    private mutating func attributes(_ field: UInt64, _ attributes: [Attribute]) {
        for attribute in attributes {
            message(field) { writer in
                writer.text(1, attribute.key)
                writer.message(2) { $0.value(attribute.value) }
            }
        }
    }

    private mutating func value(_ value: AttributeValue) {
        switch value {
        case .string(let text): data(1, Array(text.utf8))
        case .bool(let flag): tagged(2, flag ? 1 : 0)
        case .int(let number): tagged(3, UInt64(bitPattern: number))
        case .double(let number): fixed64(4, number.bitPattern)
        case .bytes, .array, .map, .empty: preconditionFailure("workloads have scalars only")
        }
    }

    private mutating func message(_ field: UInt64, _ body: (inout ProtobufTraceEncoder) -> Void) {
        var inner = ProtobufTraceEncoder()
        body(&inner)
        data(field, inner.bytes)
    }

    private mutating func data(_ field: UInt64, _ content: [UInt8]) {
        raw(field << 3 | 2)
        raw(UInt64(content.count))
        bytes += content
    }

    /// Left out when empty, as protobuf does with defaults.
    private mutating func text(_ field: UInt64, _ text: String) {
        if !text.isEmpty { data(field, Array(text.utf8)) }
    }

    private mutating func varint(_ field: UInt64, _ value: UInt64) {
        if value != 0 { tagged(field, value) }
    }

    private mutating func tagged(_ field: UInt64, _ value: UInt64) {
        raw(field << 3)
        raw(value)
    }

    private mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        raw(field << 3 | 1)
        for shift in stride(from: 0 as UInt64, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    private mutating func raw(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
