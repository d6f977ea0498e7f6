import JSONText
import TraceModel

/// Decodes an `ExportTraceServiceRequest`, or an `ExportLogsServiceRequest`, from OTLP's JSON mapping: lowerCamelCase keys, ids as hexadecimal, 64-bit
/// integers as strings or numbers, unknown keys ignored, `null` as absent.
package struct JSONTraceDecoder {
    let limits: DecodingLimits
    private var batch = SpanBatch()
    var logs = LogBatch()
    /// Of the span or record that comes next, in the request.
    var index = 0
    var keeper: LimitKeeper

    /// Decodes the request that stands in `range` of `bytes`.
    ///
    /// - Throws: `JSONSyntaxError` with its offset in `bytes`; then nothing of the request is given out.
    package static func decode(
        _ bytes: [UInt8], range: Range<Int>? = nil, limits: DecodingLimits = .standard
    ) throws -> SpanBatch {
        var decoder = JSONTraceDecoder(limits: limits)
        var reader = JSONReader(bytes, range: range)
        try decoder.request(&reader)
        try reader.finish()
        return decoder.batch
    }

    init(limits: DecodingLimits) {
        self.limits = limits
        keeper = LimitKeeper(limits)
    }

    mutating func request(_ reader: inout JSONReader) throws {
        try reader.object { reader, key in
            switch key {
            case "resourceSpans", "resourceLogs": try reader.list { try resourceItems(&$0) }
            default: try reader.skip()
            }
        }
    }

    private mutating func resourceItems(_ reader: inout JSONReader) throws {
        let first = (group: batch.groups.count, logs: logs.groups.count, item: index)
        var violation: SpanRejection.Reason?
        var resource = Resource()
        var schemaURL = ""
        try reader.object { reader, key in
            switch key {
            case "resource":
                keeper = LimitKeeper(limits)
                if try !reader.takeNull() { resource = try readResource(&reader) }
                violation = keeper.violation
            case "scopeSpans", "scopeLogs": try reader.list { try scopeItems(&$0) }
            case "schemaUrl": schemaURL = try reader.text()
            default: try reader.skip()
            }
        }
        resource.schemaURL = schemaURL
        // Keys come in any order, so the groups get their resource at the end.
        for index in first.group..<batch.groups.count { batch.groups[index].resource = resource }
        for index in first.logs..<logs.groups.count { logs.groups[index].resource = resource }
        if let violation {
            rejectGroups(from: first.group, violation, first.item)
            rejectLogs(from: first.logs, violation, first.item)
        }
    }

    /// None of the spans that share a resource or scope over the limits can be kept.
    private mutating func rejectGroups(from first: Int, _ reason: SpanRejection.Reason, _ firstSpan: Int) {
        for group in batch.groups[first...] {
            for _ in group.spans { batch.rejections.add(reason, index: firstSpan) }
        }
        batch.groups.removeSubrange(first...)
    }

    private mutating func readResource(_ reader: inout JSONReader) throws -> Resource {
        var resource = Resource()
        try reader.object { reader, key in
            switch key {
            case "attributes": try reader.list { try append(to: &resource.attributes, &$0) }
            case "droppedAttributesCount": resource.droppedAttributesCount = try reader.uint32()
            default: try reader.skip()
            }
        }
        return resource
    }

    private mutating func scopeItems(_ reader: inout JSONReader) throws {
        var scope = Scope()
        var schemaURL = ""
        var spans: [TraceSpan] = []
        var records: [LogRecord] = []
        var violation: SpanRejection.Reason?
        let firstItem = index
        try reader.object { reader, key in
            switch key {
            case "scope":
                keeper = LimitKeeper(limits)
                if try !reader.takeNull() { scope = try readScope(&reader) }
                violation = keeper.violation
            case "spans": try reader.list { if let span = try span(&$0) { spans.append(span) } }
            case "logRecords": try reader.list { if let record = try record(&$0) { records.append(record) } }
            case "schemaUrl": schemaURL = try reader.text()
            default: try reader.skip()
            }
        }
        scope.schemaURL = schemaURL
        if !records.isEmpty {
            logs.groups.append(LogGroup(resource: Resource(), scope: scope, records: records))
            if let violation { rejectLogs(from: logs.groups.count - 1, violation, firstItem) }
        }
        if spans.isEmpty { return }
        batch.groups.append(SpanGroup(resource: Resource(), scope: scope, spans: spans))
        if let violation { rejectGroups(from: batch.groups.count - 1, violation, firstItem) }
    }

    private mutating func readScope(_ reader: inout JSONReader) throws -> Scope {
        var scope = Scope()
        try reader.object { reader, key in
            switch key {
            case "name": scope.name = try reader.text()
            case "version": scope.version = try reader.text()
            case "attributes": try reader.list { try append(to: &scope.attributes, &$0) }
            case "droppedAttributesCount": scope.droppedAttributesCount = try reader.uint32()
            default: try reader.skip()
            }
        }
        return scope
    }

    /// The span, or `nil` once it has been counted as rejected.
    private mutating func span(_ reader: inout JSONReader) throws -> TraceSpan? {
        keeper = LimitKeeper(limits)
        var ids = RawSpanIDs()
        var times: (start: UInt64?, end: UInt64?) = (0, 0)
        var span = TraceSpan(traceID: TraceID(high: 0, low: 0), spanID: SpanID(value: 0))
        try reader.object { reader, key in
            switch key {
            case "traceId": ids.trace = Hex.decode(try reader.text()).map { RawID($0) }
            case "spanId": ids.span = Hex.decode(try reader.text()).map { RawID($0) }
            case "parentSpanId": ids.parent = Hex.decode(try reader.text()).map { RawID($0) }
            case "traceState": span.traceState = try reader.text()
            case "flags": span.flags = try reader.uint32()
            case "name": span.name = try reader.text()
            case "kind": span.kind = try reader.enumeration("SPAN_KIND_", kinds)
            case "startTimeUnixNano": times.start = try reader.nanos()
            case "endTimeUnixNano": times.end = try reader.nanos()
            case "attributes": try reader.list { try append(to: &span.attributes, &$0) }
            case "droppedAttributesCount": span.droppedAttributesCount = try reader.uint32()
            case "events":
                try reader.list { reader in
                    guard keeper.takeEvent(after: span.events.count) else { return try reader.skip() }
                    span.events.append(try event(&reader))
                }
            case "droppedEventsCount": span.droppedEventsCount = try reader.uint32()
            case "links":
                try reader.list { reader in
                    guard keeper.takeLink(after: span.links.count) else { return try reader.skip() }
                    span.links.append(try link(&reader))
                }
            case "droppedLinksCount": span.droppedLinksCount = try reader.uint32()
            case "status": if try !reader.takeNull() { span.status = try status(&reader) }
            default: try reader.skip()
            }
        }
        defer { index += 1 }
        if let reason = complete(&span, ids, times) {
            batch.rejections.add(reason, index: index)
            return nil
        }
        return span
    }

    /// Fills in ids and times; returns why the span can't be kept.
    private func complete(
        _ span: inout TraceSpan, _ ids: RawSpanIDs, _ times: (start: UInt64?, end: UInt64?)
    ) -> SpanRejection.Reason? {
        switch ids.checked {
        case .bad(let reason): return reason
        case .good(let trace, let id, let parent):
            span.traceID = trace
            span.spanID = id
            span.parentSpanID = parent
        }
        guard let start = times.start, let end = times.end else { return .timeOutOfRange }
        span.startNanos = start
        span.endNanos = end
        return keeper.violation
    }

    private mutating func event(_ reader: inout JSONReader) throws -> SpanEvent {
        var event = SpanEvent()
        try reader.object { reader, key in
            switch key {
            case "timeUnixNano":
                guard let nanos = try reader.nanos() else { throw reader.error("a time of 64 bits") }
                event.timeNanos = nanos
            case "name": event.name = try reader.text()
            case "attributes": try reader.list { try append(to: &event.attributes, &$0) }
            case "droppedAttributesCount": event.droppedAttributesCount = try reader.uint32()
            default: try reader.skip()
            }
        }
        return event
    }

    private mutating func link(_ reader: inout JSONReader) throws -> SpanLink {
        var link = SpanLink()
        try reader.object { reader, key in
            switch key {
            case "traceId": link.traceID = try reader.hexBytes()
            case "spanId": link.spanID = try reader.hexBytes()
            case "traceState": link.traceState = try reader.text()
            case "attributes": try reader.list { try append(to: &link.attributes, &$0) }
            case "droppedAttributesCount": link.droppedAttributesCount = try reader.uint32()
            case "flags": link.flags = try reader.uint32()
            default: try reader.skip()
            }
        }
        return link
    }

    private func status(_ reader: inout JSONReader) throws -> SpanStatus {
        var status = SpanStatus()
        try reader.object { reader, key in
            switch key {
            case "code": status.code = try reader.enumeration("STATUS_CODE_", codes)
            case "message": status.message = try reader.text()
            default: try reader.skip()
            }
        }
        return status
    }
}

private let kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
private let codes = ["UNSET", "OK", "ERROR"]

// MARK: - Attributes
extension JSONTraceDecoder {
    /// Reads the attribute that comes next, and keeps it where the limits allow.
    mutating func append(to attributes: inout [Attribute], _ reader: inout JSONReader) throws {
        guard keeper.takeAttribute(after: attributes.count) else { return try reader.skip() }
        attributes.append(try attribute(&reader))
    }

    private mutating func attribute(_ reader: inout JSONReader, depth: Int = 0) throws -> Attribute {
        var attribute = Attribute("", .empty)
        try reader.object { reader, key in
            switch key {
            case "key": attribute.key = try reader.text()
            case "value": if try !reader.takeNull() { attribute.value = try value(&reader, depth: depth) }
            default: try reader.skip()
            }
        }
        return attribute
    }

    mutating func value(_ reader: inout JSONReader, depth: Int) throws -> AttributeValue {
        guard depth <= limits.nesting else {
            throw JSONSyntaxError(
                offset: reader.position, expected: "at most \(limits.nesting) nested values", found: "one more")
        }
        var value = AttributeValue.empty
        try reader.object { reader, key in
            switch key {
            case "stringValue":
                let text = try reader.text()
                if keeper.takeBytes(text.utf8.count) { value = .string(text) }
            case "boolValue": value = .bool(try reader.bool())
            case "intValue": value = .int(try reader.int64())
            case "doubleValue": value = .double(try reader.double())
            case "bytesValue":
                let bytes = try reader.base64()
                if keeper.takeBytes(bytes.count) { value = .bytes(bytes) }
            case "arrayValue": value = .array(try elements(&reader, depth: depth + 1))
            case "kvlistValue": value = .map(try members(&reader, depth: depth + 1))
            default: try reader.skip()
            }
        }
        return value
    }

    private mutating func elements(_ reader: inout JSONReader, depth: Int) throws -> [AttributeValue] {
        var values: [AttributeValue] = []
        try reader.object { reader, key in
            switch key {
            case "values":
                try reader.list { reader in
                    guard keeper.takeElement() else { return try reader.skip() }
                    values.append(try value(&reader, depth: depth))
                }
            default: try reader.skip()
            }
        }
        return values
    }

    private mutating func members(_ reader: inout JSONReader, depth: Int) throws -> [Attribute] {
        var attributes: [Attribute] = []
        try reader.object { reader, key in
            switch key {
            case "values":
                try reader.list { reader in
                    guard keeper.takeElement() else { return try reader.skip() }
                    attributes.append(try attribute(&reader, depth: depth))
                }
            default: try reader.skip()
            }
        }
        return attributes
    }
}
