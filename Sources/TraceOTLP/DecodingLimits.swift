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
package struct LimitKeeper {
    package let limits: DecodingLimits
    /// Bytes of the value that is being read, with ``elementBytes`` for each element of a list or map in it.
    private var valueBytes = 0
    /// The first limit that was broken.
    package private(set) var violation: SpanRejection.Reason?

    private static let elementBytes = 16

    package init(_ limits: DecodingLimits) { self.limits = limits }

    /// Whether one more attribute may be built, in a list that has `count`.
    package mutating func takeAttribute(after count: Int) -> Bool {
        valueBytes = 0
        return count < limits.itemsPerSpan || broken(.tooManyAttributes(limit: limits.itemsPerSpan))
    }

    package mutating func takeEvent(after count: Int) -> Bool {
        count < limits.itemsPerSpan || broken(.tooManyEvents(limit: limits.itemsPerSpan))
    }

    package mutating func takeLink(after count: Int) -> Bool {
        count < limits.itemsPerSpan || broken(.tooManyLinks(limit: limits.itemsPerSpan))
    }

    /// Whether one more element of a list or map may be built.
    package mutating func takeElement() -> Bool { takeBytes(Self.elementBytes) }

    /// Whether so many more bytes of text may be kept in the value.
    package mutating func takeBytes(_ count: Int) -> Bool {
        valueBytes += count
        return valueBytes <= limits.valueBytes || broken(.valueTooLong(limit: limits.valueBytes))
    }

    private mutating func broken(_ reason: SpanRejection.Reason) -> Bool {
        if violation == nil { violation = reason }
        return false
    }
}

/// The bytes of an id as they arrived, of which only the first 8 or 16 matter.
struct RawID {
    let count: Int
    private let high: UInt64
    private let low: UInt64

    init() { self.init(UnsafeRawBufferPointer(start: nil, count: 0)) }

    init(_ bytes: [UInt8]) { self = bytes.withUnsafeBytes { RawID($0) } }

    init(_ bytes: UnsafeRawBufferPointer) {
        count = bytes.count
        func word(_ offset: Int) -> UInt64 {
            guard bytes.count >= offset + 8 else { return 0 }
            return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        high = word(0)
        low = word(8)
    }

    /// `nil` when all of 16 bytes are zero.
    fileprivate var traceID: TraceID? { high == 0 && low == 0 ? nil : TraceID(high: high, low: low) }

    fileprivate var spanID: SpanID? { count == 8 ? SpanID(value: high) : nil }
}

extension LogRecord {
    /// Absent ids and zeros name nothing.
    ///
    /// - Parameters: `nil` where JSON had text that is no hexadecimal.
    /// - Returns: Why the record can't be kept.
    mutating func setIDs(trace: RawID?, span: RawID?) -> SpanRejection.Reason? {
        guard let trace, let span else { return .idNotHexadecimal }
        guard trace.count == 0 || trace.count == 16 else { return .traceIDLength }
        guard span.count == 0 || span.count == 8 else { return .spanIDLength }
        traceID = trace.count == 0 ? nil : trace.traceID
        spanID = span.spanID.flatMap { $0.isZero ? nil : $0 }
        return nil
    }
}

/// A span's ids as they arrived, before they are known to be good.
struct RawSpanIDs {
    /// `nil` where JSON had text that is no hexadecimal.
    var trace: RawID? = RawID()
    var span: RawID? = RawID()
    var parent: RawID? = RawID()

    enum Checked {
        case good(trace: TraceID, span: SpanID, parent: SpanID?)
        case bad(SpanRejection.Reason)
    }

    var checked: Checked {
        guard let trace, let span, let parent else { return .bad(.idNotHexadecimal) }
        guard trace.count == 16 else { return .bad(.traceIDLength) }
        guard let traceID = trace.traceID else { return .bad(.traceIDZero) }
        guard let spanID = span.spanID else { return .bad(.spanIDLength) }
        if spanID.isZero { return .bad(.spanIDZero) }
        if parent.count == 0 { return .good(trace: traceID, span: spanID, parent: nil) }
        guard let parentID = parent.spanID else { return .bad(.parentSpanIDLength) }
        return .good(trace: traceID, span: spanID, parent: parentID)
    }
}
