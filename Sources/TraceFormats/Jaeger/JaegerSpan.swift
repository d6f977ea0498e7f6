import JSONText
import TraceModel
import TraceOTLP

/// One span of a trace, before its process is known. Keys that are not known become attributes `jaeger.KEY`.
struct JaegerSpan {
    private struct Reference {
        var type = ""
        var traceID = ""
        var spanID = ""
        var others: [Attribute] = []
    }

    private var keeper: LimitKeeper
    private var span = TraceSpan(traceID: TraceID(high: 0, low: 0), spanID: SpanID(value: 0))
    private var ids = (trace: "", span: "", parent: "")
    private var references: [Reference] = []
    private var start: UInt64?
    private var duration: UInt64?
    private var tags: [Attribute] = []
    private var others: [Attribute] = []
    private var processID = ""
    private var process: JaegerProcess?

    /// - Throws: `JSONSyntaxError`, ``RejectedSpan``.
    init(_ reader: inout JSONReader, limits: DecodingLimits) throws {
        keeper = LimitKeeper(limits)
        try reader.object { try member(&$0, $1, limits) }
    }

    private mutating func member(_ reader: inout JSONReader, _ key: String, _ limits: DecodingLimits) throws {
        switch key {
        case "traceID": ids.trace = try reader.text()
        case "spanID": ids.span = try reader.text()
        case "parentSpanID": ids.parent = try reader.text()
        case "operationName": span.name = try reader.text()
        case "startTime": start = try reader.microseconds()
        case "duration": duration = try reader.microseconds()
        case "processID": processID = try reader.text()
        case "process": if try !reader.takeNull() { process = try JaegerProcess(&reader, limits: limits) }
        case "tags": try reader.appendJaegerTags(to: &tags, &keeper)
        case "flags": takeFlags(try reader.uint32())
        case "references":
            try reader.list { reader in
                guard keeper.takeLink(after: references.count) else { return try reader.skip() }
                references.append(try reference(&reader))
            }
        case "logs":
            try reader.list { reader in
                guard keeper.takeEvent(after: span.events.count) else { return try reader.skip() }
                span.events.append(try event(&reader))
            }
        case "warnings":
            let warnings = try reader.jaegerWarnings()
            if !warnings.isEmpty { others.append(Attribute("jaeger.warnings", .array(warnings))) }
        default: try reader.append("jaeger.\(key)", to: &others, &keeper)
        }
    }

    /// Bit 0 is 'sampled' in both; Jaeger's others mean other things than W3C's.
    private mutating func takeFlags(_ flags: UInt32) {
        span.flags = flags & 1
        if flags > 1 { others.append(Attribute("jaeger.flags", .int(Int64(flags)))) }
    }

    private mutating func reference(_ reader: inout JSONReader) throws -> Reference {
        var reference = Reference()
        try reader.object { reader, key in
            switch key {
            case "refType": reference.type = try reader.text()
            case "traceID": reference.traceID = try reader.text()
            case "spanID": reference.spanID = try reader.text()
            // The UI's own copy of the span that is referred to.
            case "span": try reader.skip()
            default: try reader.append("jaeger.\(key)", to: &reference.others, &keeper)
            }
        }
        return reference
    }

    private mutating func event(_ reader: inout JSONReader) throws -> SpanEvent {
        var event = SpanEvent()
        var fields: [Attribute] = []
        var others: [Attribute] = []
        try reader.object { reader, key in
            switch key {
            case "timestamp": event.timeNanos = try reader.microseconds() ?? 0
            case "fields": try reader.appendJaegerTags(to: &fields, &keeper)
            default: try reader.append("jaeger.\(key)", to: &others, &keeper)
            }
        }
        var tags = ReservedTags(fields)
        // Some exporters write the name as `message`.
        event.name = tags.take("event") { $0.string } ?? tags.take("message") { $0.string } ?? ""
        event.droppedAttributesCount = tags.takeCount("otel.event.dropped_attributes_count")
        if event.droppedAttributesCount == 0 {
            event.droppedAttributesCount = tags.takeCount("otel.dropped_attributes_count")
        }
        event.attributes = tags.rest + others
        return event
    }
}

// MARK: - Completing
extension JaegerSpan {
    /// - Parameter traceID: Of the trace, for a span that has none.
    consuming func complete(
        processes: [String: JaegerProcess], traceID: String
    ) throws(RejectedSpan) -> (TraceSpan, Resource, Scope) {
        span.traceID = try PaddedID.traceID(ids.trace.isEmpty ? traceID : ids.trace)
        span.spanID = try PaddedID.spanID(ids.span)
        try takeReferences()
        try takeTimes()
        var tags = ReservedTags(tags)
        let scope = tags.takeScope()
        tags.takeFields(of: &span)
        span.kind = tags.takeKind()
        // The flag that an exporter adds to a failed span, or all that a span without a status says.
        if span.status.code != StatusCode.ok, tags.take("error", { $0.bool == true ? true : nil }) != nil {
            span.status.code = StatusCode.error
        }
        let process = process ?? processes[processID]
        // Some exporters add the resource's attributes to the tags.
        if let service = process?.resource.serviceName {
            _ = tags.take("service.name") { $0.string == service ? service : nil }
        }
        if process == nil, !processID.isEmpty { others.append(Attribute("jaeger.processID", .string(processID))) }
        span.attributes = tags.rest + others
        if let reason = keeper.violation ?? process?.violation { throw RejectedSpan(reason) }
        return (span, process?.resource ?? Resource(), scope)
    }

    /// The first span of the same trace that this one is a child of is its parent; other references are links. A link
    /// of OpenTelemetry's is FOLLOWS_FROM here; others say what they were, by the semantic conventions.
    private mutating func takeReferences() throws(RejectedSpan) {
        for reference in references {
            let trace = try PaddedID.traceID(reference.traceID)
            let isParent = span.parentSpanID == nil && reference.type == "CHILD_OF" && trace == span.traceID
            if isParent {
                span.parentSpanID = try PaddedID.parentSpanID(reference.spanID)
                continue
            }
            var link = SpanLink()
            link.traceID = trace.bytes
            link.spanID = try PaddedID.spanID(reference.spanID).bytes
            link.attributes = reference.others
            if reference.type != "FOLLOWS_FROM" {
                let name = reference.type == "CHILD_OF" ? "child_of" : reference.type
                link.attributes.append(Attribute("opentracing.ref_type", .string(name)))
            }
            span.links.append(link)
        }
        if span.parentSpanID == nil { span.parentSpanID = try PaddedID.parentSpanID(ids.parent) }
    }

    private mutating func takeTimes() throws(RejectedSpan) {
        guard let start else { throw RejectedSpan(.timeMissing) }
        span.startNanos = start
        guard let duration else { return }
        let (end, isTooLarge) = start.addingReportingOverflow(duration)
        if isTooLarge { throw RejectedSpan(.timeOutOfRange) }
        span.endNanos = end
    }
}
