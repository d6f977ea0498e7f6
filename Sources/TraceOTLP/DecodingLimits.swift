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
}

/// Holds a span, a resource or a scope to the limits while it is built, so that what is over them is never built.
struct LimitKeeper {
    private let limits: DecodingLimits
    /// Bytes of the value that is being read, with ``elementBytes`` for each element of a list or map in it.
    private var valueBytes = 0
    /// The first limit that was broken.
    private(set) var violation: SpanRejection.Reason?

    private static let elementBytes = 16

    init(_ limits: DecodingLimits) { self.limits = limits }

    /// Whether one more attribute may be built, in a list that has `count`.
    mutating func takeAttribute(after count: Int) -> Bool {
        valueBytes = 0
        return count < limits.itemsPerSpan || broken(.tooManyAttributes(limit: limits.itemsPerSpan))
    }

    mutating func takeEvent(after count: Int) -> Bool {
        count < limits.itemsPerSpan || broken(.tooManyEvents(limit: limits.itemsPerSpan))
    }

    mutating func takeLink(after count: Int) -> Bool {
        count < limits.itemsPerSpan || broken(.tooManyLinks(limit: limits.itemsPerSpan))
    }

    /// Whether one more element of a list or map may be built.
    mutating func takeElement() -> Bool { takeBytes(Self.elementBytes) }

    /// Whether so many more bytes of text may be kept in the value.
    mutating func takeBytes(_ count: Int) -> Bool {
        valueBytes += count
        return valueBytes <= limits.valueBytes || broken(.valueTooLong(limit: limits.valueBytes))
    }

    private mutating func broken(_ reason: SpanRejection.Reason) -> Bool {
        if violation == nil { violation = reason }
        return false
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
        guard trace.count == 16 else { return .bad(.traceIDLength) }
        guard let traceID = TraceID(bytes: trace) else { return .bad(.traceIDZero) }
        guard let spanID = SpanID(bytes: span) else { return .bad(.spanIDLength) }
        if spanID.isZero { return .bad(.spanIDZero) }
        if parent.isEmpty { return .good(trace: traceID, span: spanID, parent: nil) }
        guard let parentID = SpanID(bytes: parent) else { return .bad(.parentSpanIDLength) }
        return .good(trace: traceID, span: spanID, parent: parentID)
    }
}
