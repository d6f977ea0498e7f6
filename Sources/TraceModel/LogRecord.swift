/// One log record with everything that its exporter sent, except the resource and scope that it shares with others.
package struct LogRecord: Hashable, Sendable {
    /// When it happened, nanoseconds since 1970; 0 when not sent.
    package var timeNanos: UInt64 = 0
    /// When it was seen first, nanoseconds since 1970; 0 when not sent.
    package var observedNanos: UInt64 = 0
    /// 1 to 24 by OpenTelemetry's data model, 0 when not sent.
    package var severityNumber: Int32 = 0
    package var severityText = ""
    /// What kind of event it is, empty for a plain record.
    package var eventName = ""
    /// `nil` for a record without one.
    package var body: AttributeValue?
    package var attributes: [Attribute] = []
    package var droppedAttributesCount: UInt32 = 0
    package var flags: UInt32 = 0
    /// `nil` where it names none: absent or zeros.
    package var traceID: TraceID?
    package var spanID: SpanID?

    package init() {}

    /// When it happened, else when it was seen; `nil` when neither was sent.
    package var momentNanos: UInt64? {
        timeNanos != 0 ? timeNanos : observedNanos != 0 ? observedNanos : nil
    }

    /// As sent, else the name of its number.
    package var severity: String {
        if !severityText.isEmpty { return severityText }
        let names = ["trace", "debug", "info", "warn", "error", "fatal"]
        return (1...24).contains(severityNumber) ? names[Int(severityNumber - 1) / 4] : ""
    }
}

/// The log records of one request that share a resource and a scope, in the order sent.
package struct LogGroup: Hashable, Sendable {
    package var resource: Resource
    package var scope: Scope
    package var records: [LogRecord]

    package init(resource: Resource, scope: Scope, records: [LogRecord] = []) {
        self.resource = resource
        self.scope = scope
        self.records = records
    }
}

/// One decoded logs request: the records that are good, and an account of those that are not.
package struct LogBatch: Sendable {
    package var groups: [LogGroup] = []
    package var rejections = SpanRejections()

    package init() {}

    package var recordCount: Int { groups.reduce(0) { $0 + $1.records.count } }
}
