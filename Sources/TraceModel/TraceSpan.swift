/// One span with everything that its exporter sent, except the resource and scope that it shares with others.
package struct TraceSpan: Hashable, Sendable {
    package var traceID: TraceID
    package var spanID: SpanID
    /// As sent: `nil` when absent, zero when the exporter wrote eight zero bytes. Both mean 'root'.
    package var parentSpanID: SpanID?
    package var traceState = ""
    package var flags: UInt32 = 0
    package var name = ""
    /// OTLP's number; ``SpanKind`` names those that are defined.
    package var kind: Int32 = 0
    /// Nanoseconds since 1970.
    package var startNanos: UInt64 = 0
    /// Nanoseconds since 1970; 0 while the span is unfinished.
    package var endNanos: UInt64 = 0
    package var attributes: [Attribute] = []
    package var droppedAttributesCount: UInt32 = 0
    package var events: [SpanEvent] = []
    package var droppedEventsCount: UInt32 = 0
    package var links: [SpanLink] = []
    package var droppedLinksCount: UInt32 = 0
    package var status = SpanStatus()

    package init(traceID: TraceID, spanID: SpanID) {
        self.traceID = traceID
        self.spanID = spanID
    }

    /// The parent that a tree hangs this span under, `nil` for a root.
    package var parent: SpanID? {
        parentSpanID.flatMap { $0.isZero ? nil : $0 }
    }
}

package struct SpanEvent: Hashable, Sendable {
    package var timeNanos: UInt64 = 0
    package var name = ""
    package var attributes: [Attribute] = []
    package var droppedAttributesCount: UInt32 = 0

    package init() {}
}

/// A pointer to another span. Its ids are kept as sent, whatever their length.
package struct SpanLink: Hashable, Sendable {
    package var traceID: [UInt8] = []
    package var spanID: [UInt8] = []
    package var traceState = ""
    package var attributes: [Attribute] = []
    package var droppedAttributesCount: UInt32 = 0
    package var flags: UInt32 = 0

    package init() {}
}

package struct SpanStatus: Hashable, Sendable {
    /// OTLP's number; ``StatusCode`` names those that are defined.
    package var code: Int32 = 0
    package var message = ""

    package init(code: Int32 = 0, message: String = "") {
        self.code = code
        self.message = message
    }
}

package enum StatusCode {
    package static let unset: Int32 = 0
    package static let ok: Int32 = 1
    package static let error: Int32 = 2

    /// `unset`, `ok`, `error`, or the number where OTLP defines no name.
    package static func name(_ code: Int32) -> String {
        switch code {
        case unset: "unset"
        case ok: "ok"
        case error: "error"
        default: String(code)
        }
    }
}

package enum SpanKind {
    private static let names = ["unspecified", "internal", "server", "client", "producer", "consumer"]

    /// The kind's name in lowercase, or the number where OTLP defines no name.
    package static func name(_ kind: Int32) -> String {
        names.indices.contains(Int(kind)) ? names[Int(kind)] : String(kind)
    }
}
