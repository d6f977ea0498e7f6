import TraceModel
import Tracing

/// Lays ended spans out for the store: attributes in order of their keys, so that spans of one kind have one layout, and two
/// runs of a program store the same.
struct SpanFlattener {
    private let resource: Resource
    private let scope: Scope
    private let limits: SpanLimits
    /// The attributes of one span, in no order.
    private var gathered: [FlatSpans.Attribute] = []
    private var order: [KeyOrder] = []
    /// Spans with long texts go into several batches.
    private static let mostBytes = 64 << 20

    init(resource: Resource, scope: Scope, limits: SpanLimits) {
        self.resource = resource
        self.scope = scope
        self.limits = limits
    }

    /// - Parameter spans: Ended ones, at least one.
    /// - Returns: The first of them, as many as one batch should hold.
    mutating func flatten(_ spans: ArraySlice<StoreSpan>) -> FlatSpans {
        var flat = FlatSpans()
        flat.spans.reserveCapacity(spans.count)
        for span in spans {
            append(span, to: &flat)
            if flat.bytes.count > Self.mostBytes { break }
        }
        flat.groups = [FlatSpans.Group(resource: resource, scope: scope, spans: 0..<flat.spans.count)]
        return flat
    }

    private mutating func append(_ span: StoreSpan, to flat: inout FlatSpans) {
        let ended = span.ended
        var row = FlatSpans.Span()
        row.traceID = span.ids.trace
        row.spanID = span.ids.span
        row.parentSpanID = span.parent?.span
        row.startNanos = span.startNanos
        row.endNanos = ended.endNanos
        row.name = flat.append(ended.name)
        row.kind = span.kind.number
        row.statusCode = ended.status?.code.number ?? StatusCode.unset
        row.flags = Self.flags(span.ids.flags, parentIsRemote: span.parent?.isRemote ?? false)
        var extra = FlatSpans.Extra()
        let first = flat.attributes.count
        append(ended.attributes, to: &flat)
        row.attributes = first..<flat.attributes.count
        extra.droppedAttributesCount = UInt32(ended.attributes.count - row.attributes.count)
        extra.traceState = span.ids.traceState
        extra.statusMessage = ended.status?.message ?? ""
        extra.events = ended.events.map { event($0) }
        extra.droppedEventsCount = ended.droppedEvents
        extra.links = ended.links.compactMap { link($0) }
        extra.droppedLinksCount = ended.droppedLinks
        if extra != FlatSpans.Extra() {
            row.extra = Int32(flat.extras.count)
            flat.extras.append(extra)
        }
        flat.spans.append(row)
    }

    /// Those of the trace context, and in bits 8 and 9, as OTLP has it, that it is known whether the parent is remote, and
    /// whether it is.
    static func flags(_ flags: UInt8, parentIsRemote: Bool) -> UInt32 {
        UInt32(flags) | 0x100 | (parentIsRemote ? 0x200 : 0)
    }

    /// Places are sorted rather than strings: it is what the writing thread has most of to do.
    private mutating func append(_ attributes: SpanAttributes, to flat: inout FlatSpans) {
        gathered.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        attributes.forEach { key, value in
            let place = flat.append(key)
            order.append(KeyOrder(place, in: flat.bytes, index: gathered.count))
            gathered.append(flat.attribute(place, value, limits.valueBytes))
        }
        order.sort { left, right in
            if left.first != right.first { return left.first < right.first }
            if left.second != right.second { return left.second < right.second }
            let (leftKey, rightKey) = (gathered[left.index].key, gathered[right.index].key)
            return flat.bytes[leftKey.range].lexicographicallyPrecedes(flat.bytes[rightKey.range])
        }
        for place in order.prefix(limits.attributes) { flat.attributes.append(gathered[place.index]) }
    }

    private func event(_ event: Tracing.SpanEvent) -> TraceModel.SpanEvent {
        var stored = TraceModel.SpanEvent()
        stored.timeNanos = event.nanosecondsSinceEpoch
        stored.name = event.name
        (stored.attributes, stored.droppedAttributesCount) = list(event.attributes)
        return stored
    }

    private func link(_ link: Tracing.SpanLink) -> TraceModel.SpanLink? {
        guard let ids = link.context.traceContext else { return nil }
        var stored = TraceModel.SpanLink()
        stored.traceID = ids.trace.bytes
        stored.spanID = ids.span.bytes
        stored.traceState = ids.traceState
        stored.flags = Self.flags(ids.flags, parentIsRemote: ids.isRemote)
        (stored.attributes, stored.droppedAttributesCount) = list(link.attributes)
        return stored
    }

    private func list(_ attributes: SpanAttributes) -> ([Attribute], dropped: UInt32) {
        if attributes.isEmpty { return ([], 0) }
        var sorted: [(key: String, value: SpanAttribute)] = []
        attributes.forEach { sorted.append(($0, $1)) }
        sorted.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        let kept = sorted.prefix(limits.attributes).map { Attribute($0, $1.stored(limits.valueBytes)) }
        return (kept, UInt32(sorted.count - kept.count))
    }
}

extension FlatSpans {
    fileprivate mutating func append(_ text: String) -> Place {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        return Place(offset: start, count: bytes.count - start)
    }

    fileprivate mutating func attribute(_ key: Place, _ value: SpanAttribute, _ limit: Int?) -> Attribute {
        switch value {
        case .string(let text): return Attribute(key: key, text: append(text.cut(toBytes: limit)))
        case .bool(let flag): return Attribute(key: key, kind: .bool, bits: flag ? 1 : 0)
        case .int64(let number): return Attribute(key: key, kind: .int, bits: UInt64(bitPattern: number))
        case .double(let number): return Attribute(key: key, kind: .double, bits: number.bitPattern)
        default: break
        }
        switch value.stored(limit) {
        case .string(let text): return Attribute(key: key, text: append(text))
        case .int(let number): return Attribute(key: key, kind: .int, bits: UInt64(bitPattern: number))
        case let other:
            values.append(other)
            return Attribute(key: key, kind: .other, bits: UInt64(values.count - 1))
        }
    }
}

/// Sixteen bytes of a key as two numbers that are in the order of the keys, where they differ.
private struct KeyOrder {
    let first: UInt64
    let second: UInt64
    let index: Int

    init(_ key: FlatSpans.Place, in bytes: [UInt8], index: Int) {
        self.index = index
        func number(from skipped: Int) -> UInt64 {
            var number: UInt64 = 0
            let start = Int(key.offset) + skipped
            let count = min(max(Int(key.count) - skipped, 0), 8)
            for place in start..<start + count { number = number << 8 | UInt64(bytes[place]) }
            return count == 0 ? 0 : number << UInt64(8 * (8 - count))
        }
        first = number(from: 0)
        second = number(from: 8)
    }
}

extension SpanAttribute {
    /// As OTLP has it: all integers are 64 bits wide, and what is only convertible to text is text.
    ///
    /// - Parameter limit: UTF-8 bytes of a text.
    func stored(_ limit: Int? = nil) -> AttributeValue {
        func text(_ text: String) -> AttributeValue { .string(text.cut(toBytes: limit)) }
        return switch self {
        case .string(let value): text(value)
        case .int64(let value): .int(value)
        case .int32(let value): .int(Int64(value))
        case .double(let value): .double(value)
        case .bool(let value): .bool(value)
        case .int32Array(let values): .array(values.map { .int(Int64($0)) })
        case .int64Array(let values): .array(values.map { .int($0) })
        case .doubleArray(let values): .array(values.map { .double($0) })
        case .boolArray(let values): .array(values.map { .bool($0) })
        case .stringArray(let values): .array(values.map { text($0) })
        case .stringConvertible(let value): text(value.description)
        case .stringConvertibleArray(let values): .array(values.map { text($0.description) })
        default: text(String(describing: self))
        }
    }
}

extension String {
    /// Ends at a character's end, `bytes` long at most.
    fileprivate func cut(toBytes bytes: Int?) -> String {
        guard let bytes, utf8.count > bytes else { return self }
        var (end, length) = (startIndex, 0)
        while end < endIndex {
            let next = index(after: end)
            length += utf8.distance(from: end, to: next)
            if length > bytes { break }
            end = next
        }
        return String(self[..<end])
    }
}

extension Tracing.SpanKind {
    /// OTLP's.
    fileprivate var number: Int32 {
        switch self {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}

extension Tracing.SpanStatus.Code {
    fileprivate var number: Int32 {
        switch self {
        case .ok: StatusCode.ok
        case .error: StatusCode.error
        }
    }
}
