/// The spans of one request as they lie in its bytes: most of what a span holds is copied from the wire to the store,
/// so it stands here as a place in the bytes instead of a string.
///
/// Text is UTF-8, and what was not is already repaired (``ByteText``), so a place can be copied or compared as it is.
package struct FlatSpans: Sendable {
    /// Where something stands in ``FlatSpans/bytes``.
    package struct Place: Hashable, Sendable {
        package let offset: UInt32
        package let count: UInt32

        package init(offset: Int, count: Int) {
            self.offset = UInt32(truncatingIfNeeded: offset)
            self.count = UInt32(truncatingIfNeeded: count)
        }

        package static let empty = Place(offset: 0, count: 0)

        package var range: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
    }

    package struct Attribute: Sendable {
        package enum Kind: UInt8, Sendable {
            /// `bits` is a ``Place``.
            case string
            case bool
            case int
            case double
            /// `bits` is an index of ``FlatSpans/values``: bytes, lists, maps, nothing.
            case other
        }

        package let key: Place
        package let kind: Kind
        package let bits: UInt64

        package init(key: Place, kind: Kind, bits: UInt64) {
            self.key = key
            self.kind = kind
            self.bits = bits
        }

        package init(key: Place, text: Place) {
            self.init(key: key, kind: .string, bits: UInt64(text.count) << 32 | UInt64(text.offset))
        }

        /// Of a string.
        package var text: Place {
            Place(offset: Int(truncatingIfNeeded: bits & 0xFFFF_FFFF), count: Int(truncatingIfNeeded: bits >> 32))
        }
    }

    package struct Span: Sendable {
        package var traceID = TraceID(high: 0, low: 0)
        package var spanID = SpanID(value: 0)
        /// As sent: see ``TraceSpan/parentSpanID``.
        package var parentSpanID: SpanID?
        package var startNanos: UInt64 = 0
        package var endNanos: UInt64 = 0
        package var name = Place.empty
        package var kind: Int32 = 0
        package var statusCode: Int32 = 0
        package var flags: UInt32 = 0
        /// Of ``FlatSpans/attributes``.
        package var attributes = 0..<0
        /// Of ``FlatSpans/extras``; -1 when it has none.
        package var extra: Int32 = -1

        package init() {}
    }

    /// What few spans have.
    package struct Extra: Hashable, Sendable {
        package var traceState = ""
        package var statusMessage = ""
        package var events: [SpanEvent] = []
        package var links: [SpanLink] = []
        package var droppedAttributesCount: UInt32 = 0
        package var droppedEventsCount: UInt32 = 0
        package var droppedLinksCount: UInt32 = 0

        package init() {}

        package init(_ span: TraceSpan) {
            traceState = span.traceState
            statusMessage = span.status.message
            events = span.events
            links = span.links
            droppedAttributesCount = span.droppedAttributesCount
            droppedEventsCount = span.droppedEventsCount
            droppedLinksCount = span.droppedLinksCount
        }
    }

    package struct Group: Sendable {
        package let resource: Resource
        package let scope: Scope
        /// Of ``FlatSpans/spans``.
        package let spans: Range<Int>

        package init(resource: Resource, scope: Scope, spans: Range<Int>) {
            self.resource = resource
            self.scope = scope
            self.spans = spans
        }
    }

    package var bytes: [UInt8] = []
    package var groups: [Group] = []
    package var spans: [Span] = []
    package var attributes: [Attribute] = []
    package var values: [AttributeValue] = []
    package var extras: [Extra] = []
    package var rejections = SpanRejections()

    package init() {}

    package func text(_ place: Place) -> String { String(decoding: bytes[place.range], as: UTF8.self) }

    package func value(_ attribute: Attribute) -> AttributeValue {
        switch attribute.kind {
        case .string: .string(text(attribute.text))
        case .bool: .bool(attribute.bits != 0)
        case .int: .int(Int64(bitPattern: attribute.bits))
        case .double: .double(Double(bitPattern: attribute.bits))
        case .other: values[Int(attribute.bits)]
        }
    }
}

// MARK: - To and from values
extension FlatSpans {
    package init(_ batch: SpanBatch) {
        rejections = batch.rejections
        for group in batch.groups {
            let first = spans.count
            for span in group.spans { append(span) }
            groups.append(Group(resource: group.resource, scope: group.scope, spans: first..<spans.count))
        }
    }

    private mutating func append(_ span: TraceSpan) {
        var flat = Span()
        flat.traceID = span.traceID
        flat.spanID = span.spanID
        flat.parentSpanID = span.parentSpanID
        flat.startNanos = span.startNanos
        flat.endNanos = span.endNanos
        flat.name = place(span.name)
        flat.kind = span.kind
        flat.statusCode = span.status.code
        flat.flags = span.flags
        let first = attributes.count
        for attribute in span.attributes { append(attribute) }
        flat.attributes = first..<attributes.count
        let extra = Extra(span)
        if extra != Extra() {
            flat.extra = Int32(extras.count)
            extras.append(extra)
        }
        spans.append(flat)
    }

    private mutating func append(_ attribute: TraceModel.Attribute) {
        let key = place(attribute.key)
        switch attribute.value {
        case .string(let text): attributes.append(Attribute(key: key, text: place(text)))
        case .bool(let flag): attributes.append(Attribute(key: key, kind: .bool, bits: flag ? 1 : 0))
        case .int(let number): attributes.append(Attribute(key: key, kind: .int, bits: UInt64(bitPattern: number)))
        case .double(let number): attributes.append(Attribute(key: key, kind: .double, bits: number.bitPattern))
        case .bytes, .array, .map, .empty:
            attributes.append(Attribute(key: key, kind: .other, bits: UInt64(values.count)))
            values.append(attribute.value)
        }
    }

    private mutating func place(_ text: String) -> Place {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        return Place(offset: start, count: bytes.count - start)
    }

    package var batch: SpanBatch {
        var batch = SpanBatch(rejections: rejections)
        batch.groups = groups.map { group in
            SpanGroup(resource: group.resource, scope: group.scope, spans: group.spans.map { span(spans[$0]) })
        }
        return batch
    }

    private func span(_ flat: Span) -> TraceSpan {
        var span = TraceSpan(traceID: flat.traceID, spanID: flat.spanID)
        span.parentSpanID = flat.parentSpanID
        span.flags = flat.flags
        span.name = text(flat.name)
        span.kind = flat.kind
        span.startNanos = flat.startNanos
        span.endNanos = flat.endNanos
        span.attributes = attributes[flat.attributes].map { TraceModel.Attribute(text($0.key), value($0)) }
        span.status.code = flat.statusCode
        guard flat.extra >= 0 else { return span }
        let extra = extras[Int(flat.extra)]
        span.traceState = extra.traceState
        span.status.message = extra.statusMessage
        span.events = extra.events
        span.links = extra.links
        span.droppedAttributesCount = extra.droppedAttributesCount
        span.droppedEventsCount = extra.droppedEventsCount
        span.droppedLinksCount = extra.droppedLinksCount
        return span
    }
}
