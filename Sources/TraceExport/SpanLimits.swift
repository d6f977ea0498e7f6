/// How much of a span is kept; what is over a limit is dropped and counted in the span itself, as OpenTelemetry's SDKs do.
public struct SpanLimits: Sendable, Hashable {
    /// Attributes a span, an event and a link may have.
    public var attributes: Int
    /// Events a span may have.
    public var events: Int
    /// Links a span may have.
    public var links: Int
    /// UTF-8 bytes of a text after which it is cut, at a character's end; `nil` for no limit.
    public var valueBytes: Int?

    /// - Parameters:
    ///   - attributes: Of a span, an event and a link.
    ///   - events: Of a span.
    ///   - links: Of a span.
    ///   - valueBytes: UTF-8 bytes of a text; `nil` for no limit.
    public init(attributes: Int = 128, events: Int = 128, links: Int = 128, valueBytes: Int? = nil) {
        self.attributes = attributes
        self.events = events
        self.links = links
        self.valueBytes = valueBytes
    }
}
