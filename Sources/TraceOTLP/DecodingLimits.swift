import TraceModel

/// What a decoder refuses to build, so that no input takes unbounded memory or stack.
package struct DecodingLimits: Sendable {
    /// Lists and maps inside each other in one attribute value.
    package var nesting = 64
    /// Attributes, events or links of one span.
    package var itemsPerSpan = 1024
    /// Bytes of one attribute value: its texts and bytes, added up.
    package var valueBytes = 16 << 20

    package static let standard = DecodingLimits()

    package init() {}

    /// The first limit that `span` breaks.
    func violation(of span: TraceSpan) -> SpanRejection.Reason? {
        if span.attributes.count > itemsPerSpan {
            return .tooManyAttributes(span.attributes.count, limit: itemsPerSpan)
        }
        if span.events.count > itemsPerSpan { return .tooManyEvents(span.events.count, limit: itemsPerSpan) }
        if span.links.count > itemsPerSpan { return .tooManyLinks(span.links.count, limit: itemsPerSpan) }
        let lists = [span.attributes] + span.events.map(\.attributes) + span.links.map(\.attributes)
        for attribute in lists.joined() {
            let size = attribute.value.payloadBytes
            if size > valueBytes { return .valueTooLong(size, limit: valueBytes) }
        }
        return nil
    }
}

extension AttributeValue {
    fileprivate var payloadBytes: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        case .array(let values): values.reduce(0) { $0 + $1.payloadBytes }
        case .map(let members): members.reduce(0) { $0 + $1.key.utf8.count + $1.value.payloadBytes }
        case .bool, .int, .double, .empty: 0
        }
    }
}

/// A span's ids as they arrived, before they are known to be good.
struct RawSpanIDs {
    /// `nil` where JSON had text that is no hexadecimal.
    var trace: ArraySlice<UInt8>? = []
    var span: ArraySlice<UInt8>? = []
    var parent: ArraySlice<UInt8>? = []

    enum Checked {
        case good(trace: TraceID, span: SpanID, parent: SpanID?)
        case bad(SpanRejection.Reason)
    }

    var checked: Checked {
        guard let trace, let span, let parent else { return .bad(.idNotHexadecimal) }
        guard trace.count == 16 else { return .bad(.traceIDLength(trace.count)) }
        guard let traceID = TraceID(bytes: trace) else { return .bad(.traceIDZero) }
        guard let spanID = SpanID(bytes: span) else { return .bad(.spanIDLength(span.count)) }
        if spanID.isZero { return .bad(.spanIDZero) }
        if parent.isEmpty { return .good(trace: traceID, span: spanID, parent: nil) }
        guard let parentID = SpanID(bytes: parent) else { return .bad(.parentSpanIDLength(parent.count)) }
        return .good(trace: traceID, span: spanID, parent: parentID)
    }
}
