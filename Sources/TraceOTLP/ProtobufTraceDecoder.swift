import TraceModel

/// Decodes an `ExportTraceServiceRequest` (opentelemetry/proto/collector/trace/v1) from protobuf, or an
/// `ExportLogsServiceRequest` (…/logs/v1), which has the same outer fields.
///
/// Field numbers are those of opentelemetry-proto 1.x. Unknown fields are skipped, as protobuf asks. A message field
/// that repeats is merged only where exporters do repeat it: lists.
package struct ProtobufTraceDecoder {
    let limits: DecodingLimits
    var flat = FlatSpans()
    /// Texts that were no UTF-8, repaired; they stand behind the request's bytes once it is decoded.
    var repaired: [UInt8] = []
    let requestBytes: Int
    /// What the scopes hold.
    private let signal: OTLPSignal
    var logs = LogBatch()
    /// Of the span or record that comes next, in the request.
    var index = 0
    var keys = KeyCache()
    var keeper: LimitKeeper

    /// - Throws: ``WireError`` when the bytes can't be read; then nothing of the request is given out.
    package static func decode(_ bytes: [UInt8], limits: DecodingLimits = .standard) throws(WireError) -> FlatSpans {
        var decoder = ProtobufTraceDecoder(.traces, limits: limits, requestBytes: bytes.count)
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(WireError) in try decoder.request(WireReader(bytes)) }
        }.get()
        decoder.flat.bytes = decoder.repaired.isEmpty ? bytes : bytes + decoder.repaired
        return decoder.flat
    }

    init(_ signal: OTLPSignal, limits: DecodingLimits, requestBytes: Int) {
        self.signal = signal
        self.limits = limits
        self.requestBytes = requestBytes
        keeper = LimitKeeper(limits)
        if signal == .logs { return }
        // About what a span with twenty attributes takes, so that the arrays seldom move.
        flat.spans.reserveCapacity(requestBytes / 512)
        flat.attributes.reserveCapacity(requestBytes / 40)
    }

    mutating func request(_ message: WireReader) throws(WireError) {
        var reader = message
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited): try resourceSpans(reader.message())
            case (1, _): throw reader.wrongType(field, type, expected: .lengthDelimited)
            default: try reader.skip(type)
            }
        }
    }

    /// Reads twice: what the scopes share may stand behind them on the wire.
    private mutating func resourceSpans(_ message: WireReader) throws(WireError) {
        var reader = message
        var resource = Resource()
        keeper = LimitKeeper(limits)
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited): try readResource(reader.message(), into: &resource)
            case (3, .lengthDelimited): resource.schemaURL = text(try reader.content())
            case (1...3, let type) where type != .lengthDelimited:
                throw reader.wrongType(field, type, expected: .lengthDelimited)
            default: try reader.skip(type)
            }
        }
        let violation = keeper.violation
        reader = message
        while let (field, type) = try reader.nextField() {
            if field == 2 { try scopeSpans(reader.message(), resource, violation) } else { try reader.skip(type) }
        }
    }

    private mutating func readResource(_ message: WireReader, into resource: inout Resource) throws(WireError) {
        var reader = message
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited): try append(to: &resource.attributes, &reader)
            case (2, .varint): resource.droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(type)
            }
        }
    }

    /// Reads twice, for the same reason.
    ///
    /// - Parameter violation: Of the resource: then none of its spans can be kept.
    private mutating func scopeSpans(
        _ message: WireReader, _ resource: Resource, _ violation: SpanRejection.Reason?
    ) throws(WireError) {
        var reader = message
        var scope = Scope()
        keeper = LimitKeeper(limits)
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited): try readScope(reader.message(), into: &scope)
            case (3, .lengthDelimited): scope.schemaURL = text(try reader.content())
            case (1...3, let type) where type != .lengthDelimited:
                throw reader.wrongType(field, type, expected: .lengthDelimited)
            default: try reader.skip(type)
            }
        }
        let shared = violation ?? keeper.violation
        let first = flat.spans.count
        var records: [LogRecord] = []
        reader = message
        while let (field, type) = try reader.nextField() {
            guard field == 2 else {
                try reader.skip(type)
                continue
            }
            if signal == .logs {
                if let record = try record(reader.message(), shared) { records.append(record) }
            } else {
                try span(reader.message(), shared)
            }
        }
        if !records.isEmpty { logs.groups.append(LogGroup(resource: resource, scope: scope, records: records)) }
        if flat.spans.count > first {
            flat.groups.append(FlatSpans.Group(resource: resource, scope: scope, spans: first..<flat.spans.count))
        }
    }

    private mutating func readScope(_ message: WireReader, into scope: inout Scope) throws(WireError) {
        var reader = message
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited): scope.name = text(try reader.content())
            case (2, .lengthDelimited): scope.version = text(try reader.content())
            case (3, .lengthDelimited): try append(to: &scope.attributes, &reader)
            case (4, .varint): scope.droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(type)
            }
        }
    }

    /// Appends the span, or counts it as rejected.
    private mutating func span(
        _ message: WireReader, _ sharedViolation: SpanRejection.Reason?
    ) throws(WireError) {
        var reader = message
        var ids = RawSpanIDs()
        var span = FlatSpans.Span()
        var extra = FlatSpans.Extra()
        var hasExtra = false
        let firstAttribute = flat.attributes.count
        keeper = LimitKeeper(limits)
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited): ids.trace = RawID(try reader.content())
            case (2, .lengthDelimited): ids.span = RawID(try reader.content())
            case (4, .lengthDelimited): ids.parent = RawID(try reader.content())
            case (5, .lengthDelimited): span.name = try place(&reader)
            case (6, .varint): span.kind = Int32(truncatingIfNeeded: try reader.varint())
            case (7, .fixed64): span.startNanos = try reader.fixed64()
            case (8, .fixed64): span.endNanos = try reader.fixed64()
            case (9, .lengthDelimited):
                try flatAttribute(reader.message(), after: flat.attributes.count - firstAttribute)
            case (15, .lengthDelimited):
                let status = try status(reader.message())
                span.statusCode = status.code
                extra.statusMessage = status.message
                hasExtra = hasExtra || !status.message.isEmpty
            case (16, .fixed32): span.flags = try reader.fixed32()
            case (3, .lengthDelimited), (11, .lengthDelimited), (13, .lengthDelimited), (10, .varint), (12, .varint),
                (14, .varint):
                try rest(field, &reader, into: &extra)
                hasExtra = true
            case (7...8, _): throw reader.wrongType(field, type, expected: .fixed64)
            case (1...5, _), (9, _), (11, _), (13, _), (15, _):
                throw reader.wrongType(field, type, expected: .lengthDelimited)
            default: try reader.skip(type)
            }
        }
        defer { index += 1 }
        span.attributes = firstAttribute..<flat.attributes.count
        switch ids.checked {
        case .good(let trace, let id, let parent):
            span.traceID = trace
            span.spanID = id
            span.parentSpanID = parent
            guard let reason = sharedViolation ?? keeper.violation else {
                if hasExtra {
                    span.extra = Int32(flat.extras.count)
                    flat.extras.append(extra)
                }
                flat.spans.append(span)
                return
            }
            flat.rejections.add(reason, index: index)
        case .bad(let reason):
            flat.rejections.add(reason, index: index)
        }
        flat.attributes.removeSubrange(firstAttribute...)
    }

    /// The fields that few spans have.
    private mutating func rest(
        _ field: UInt32, _ reader: inout WireReader, into extra: inout FlatSpans.Extra
    ) throws(WireError) {
        switch field {
        case 3: extra.traceState = text(try reader.content())
        case 10: extra.droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
        case 11:
            let content = try reader.message()
            if keeper.takeEvent(after: extra.events.count) { extra.events.append(try event(content)) }
        case 12: extra.droppedEventsCount = UInt32(truncatingIfNeeded: try reader.varint())
        case 13:
            let content = try reader.message()
            if keeper.takeLink(after: extra.links.count) { extra.links.append(try link(content)) }
        default: extra.droppedLinksCount = UInt32(truncatingIfNeeded: try reader.varint())
        }
    }

    private mutating func event(_ message: WireReader) throws(WireError) -> SpanEvent {
        var reader = message
        var event = SpanEvent()
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .fixed64): event.timeNanos = try reader.fixed64()
            case (2, .lengthDelimited): event.name = text(try reader.content())
            case (3, .lengthDelimited): try append(to: &event.attributes, &reader)
            case (4, .varint): event.droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(type)
            }
        }
        return event
    }

    private mutating func link(_ message: WireReader) throws(WireError) -> SpanLink {
        var reader = message
        var link = SpanLink()
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited): link.traceID = Array(try reader.content())
            case (2, .lengthDelimited): link.spanID = Array(try reader.content())
            case (3, .lengthDelimited): link.traceState = text(try reader.content())
            case (4, .lengthDelimited): try append(to: &link.attributes, &reader)
            case (5, .varint): link.droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            case (6, .fixed32): link.flags = try reader.fixed32()
            default: try reader.skip(type)
            }
        }
        return link
    }

    private func status(_ message: WireReader) throws(WireError) -> SpanStatus {
        var reader = message
        var status = SpanStatus()
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (2, .lengthDelimited): status.message = text(try reader.content())
            case (3, .varint): status.code = Int32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(type)
            }
        }
        return status
    }

    func text(_ content: UnsafeRawBufferPointer) -> String { ByteText.text(content) }
}
