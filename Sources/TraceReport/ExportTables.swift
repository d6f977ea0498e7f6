import TraceModel
import TraceQuery
import TraceStore

/// The columns of the `events` view, and its values.
package enum EventExport {
    package static let columns = [
        Column("trace_id", .id), Column("span_id", .id), Column("time", .time), Column("time_unix_nano", .plain),
        Column("name", .text), Column("attributes", .text),
    ]

    /// A row an event of a span, in the order sent.
    package static func rows(_ stored: StoredSpan) -> [[Cell]] {
        stored.span.events.map { event in
            [
                .text(stored.row.traceID.hex), .text(stored.row.spanID.hex), .time(event.timeNanos),
                .integer(Int64(bitPattern: event.timeNanos)), .text(event.name),
                .text(AttributeCodec.encode(event.attributes).json),
            ]
        }
    }
}

/// The columns of the `links` view, and its values.
package enum LinkExport {
    package static let columns = [
        Column("trace_id", .id), Column("span_id", .id), Column("linked_trace_id", .id),
        Column("linked_span_id", .id), Column("trace_state", .text), Column("attributes", .text),
    ]

    /// A row a link of a span, in the order sent.
    package static func rows(_ stored: StoredSpan) -> [[Cell]] {
        stored.span.links.map { link in
            [
                .text(stored.row.traceID.hex), .text(stored.row.spanID.hex), .text(Hex.encode(link.traceID)),
                .text(Hex.encode(link.spanID)), .text(link.traceState),
                .text(AttributeCodec.encode(link.attributes).json),
            ]
        }
    }
}

/// The columns of the `edges` view, and its values.
package enum EdgeExport {
    package static let columns = [
        Column("trace_id", .id), Column("source_span_id", .id), Column("target_span_id", .id),
        Column("source_service", .text), Column("source_name", .text), Column("target_service", .text),
        Column("target_name", .text), Column("connection_type", .plain), Column("start_time", .time),
        Column("duration_ms", .milliseconds), Column("status", .plain),
    ]

    package static func row(_ edge: SpanEdge) -> [Cell] {
        [
            .text(edge.traceID.hex), .text(edge.sourceID.hex), .text(edge.targetID.hex),
            .optional(edge.sourceService), .text(edge.sourceName), .optional(edge.targetService),
            .text(edge.targetName), .text("calls"), .time(edge.startNanos),
            .milliseconds(nanos: edge.durationNanos.map { Double($0) }), .text(StatusCode.name(edge.statusCode)),
        ]
    }
}

/// The columns of the `logs` view, and its values.
package enum LogExport {
    package static let columns = [
        Column("trace_id", .id), Column("span_id", .id), Column("time", .time), Column("time_unix_nano", .plain),
        Column("severity_number", .count), Column("severity", .plain), Column("event_name", .text),
        Column("body", .text), Column("attributes", .text), Column("service", .text), Column("resource", .text),
        Column("scope_name", .text), Column("scope_version", .text),
    ]

    package static func row(_ stored: StoredLog) -> [Cell] {
        let record = stored.record
        return [
            .optional(record.traceID?.hex), .optional(record.spanID?.hex),
            record.momentNanos.map { .time($0) } ?? .null,
            record.momentNanos.map { .integer(Int64(bitPattern: $0)) } ?? .null,
            .integer(Int64(record.severityNumber)), .text(record.severity), .text(record.eventName), body(record.body),
            .text(AttributeCodec.encode(record.attributes).json), .optional(stored.resource.serviceName),
            .text(AttributeCodec.encode(stored.resource.attributes).json), .text(stored.scope.name),
            .text(stored.scope.version),
        ]
    }

    private static func body(_ body: AttributeValue?) -> Cell {
        switch body {
        case nil, .empty: .null
        case .string(let text): .text(text)
        case .int(let number): .integer(number)
        case .bool(let flag): .integer(flag ? 1 : 0)
        case .double(let number) where number.isFinite: .real(number)
        case let body?: .text(AttributeCodec.encode(body).json)
        }
    }
}
