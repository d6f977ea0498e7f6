/// What produced spans: a process, a service.
package struct Resource: Hashable, Sendable {
    package var attributes: [Attribute] = []
    package var droppedAttributesCount: UInt32 = 0
    /// Of the enclosing `ResourceSpans`.
    package var schemaURL = ""

    package init() {}

    /// `service.name`, `nil` when it is absent or no string.
    package var serviceName: String? { attributes["service.name"]?.string }
}

/// The instrumentation library that made spans.
package struct Scope: Hashable, Sendable {
    package var name = ""
    package var version = ""
    package var attributes: [Attribute] = []
    package var droppedAttributesCount: UInt32 = 0
    /// Of the enclosing `ScopeSpans`.
    package var schemaURL = ""

    package init() {}
}

/// The spans of one request that share a resource and a scope, in the order sent.
package struct SpanGroup: Hashable, Sendable {
    package var resource: Resource
    package var scope: Scope
    package var spans: [TraceSpan]

    package init(resource: Resource, scope: Scope, spans: [TraceSpan] = []) {
        self.resource = resource
        self.scope = scope
        self.spans = spans
    }
}

/// One decoded trace request: the spans that are good, and an account of those that are not.
package struct SpanBatch: Sendable {
    package var groups: [SpanGroup] = []
    package var rejections: [SpanRejection] = []

    package init() {}

    package var spanCount: Int { groups.reduce(0) { $0 + $1.spans.count } }
}

/// Why one span of a readable request was not kept.
package struct SpanRejection: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case traceIDLength(Int)
        case traceIDZero
        case spanIDLength(Int)
        case spanIDZero
        case parentSpanIDLength(Int)
        /// A JSON id with a character that is no hexadecimal digit, or an odd number of them.
        case idNotHexadecimal
        /// A JSON time that is negative or does not fit 64 bits.
        case timeOutOfRange
        case tooManyAttributes(Int, limit: Int)
        case tooManyEvents(Int, limit: Int)
        case tooManyLinks(Int, limit: Int)
        case valueTooLong(Int, limit: Int)
    }

    /// Its place among all spans of the request, from 0.
    package let index: Int
    package let reason: Reason

    package init(index: Int, reason: Reason) {
        self.index = index
        self.reason = reason
    }
}
