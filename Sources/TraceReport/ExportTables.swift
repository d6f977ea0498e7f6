import TraceModel
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

    package static func row(_ connection: Connection) -> [Cell] {
        let (source, target) = (connection.source, connection.target)
        // As the view has it: negative when the span ends before it starts.
        let nanos = Int64(bitPattern: target.span.endNanos &- target.span.startNanos)
        return [
            .text(target.row.traceID.hex), .text(source.row.spanID.hex), .text(target.row.spanID.hex),
            .optional(source.resource.serviceName), .text(source.span.name), .optional(target.resource.serviceName),
            .text(target.span.name), .text(connection.type.rawValue), .time(target.span.startNanos),
            target.row.isFinished ? .milliseconds(nanos: Double(nanos)) : .null,
            .text(StatusCode.name(target.span.status.code)),
        ]
    }
}
