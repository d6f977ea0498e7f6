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

extension Resource {
    package static func == (left: Resource, right: Resource) -> Bool {
        left.attributes == right.attributes && left.schemaURL.isExactly(right.schemaURL)
            && left.droppedAttributesCount == right.droppedAttributesCount
    }
}

extension Scope {
    package static func == (left: Scope, right: Scope) -> Bool {
        left.name.isExactly(right.name) && left.version.isExactly(right.version)
            && left.schemaURL.isExactly(right.schemaURL) && left.attributes == right.attributes
            && left.droppedAttributesCount == right.droppedAttributesCount
    }
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
    package var rejections: SpanRejections

    package init(rejections: SpanRejections = SpanRejections()) { self.rejections = rejections }

    package var spanCount: Int { groups.reduce(0) { $0 + $1.spans.count } }
}

/// The account of a request's spans that were not kept.
package struct SpanRejections: Hashable, Sendable {
    /// One entry a reason, in order of the first span that it befell.
    package private(set) var reasons: [SpanRejection] = []

    package init() {}

    package var count: Int { reasons.reduce(0) { $0 + $1.count } }

    /// - Parameter index: The span's place among all spans of the request, from 0.
    package mutating func add(_ reason: SpanRejection.Reason, index: Int) {
        if let place = reasons.firstIndex(where: { $0.reason == reason }) {
            reasons[place].count += 1
        } else {
            reasons.append(SpanRejection(reason: reason, count: 1, firstIndex: index))
        }
    }
}

/// Why some spans of a readable request were not kept.
package struct SpanRejection: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// An id of another length than 16, 8 and 8 bytes.
        case traceIDLength
        case traceIDZero
        case spanIDLength
        case spanIDZero
        case parentSpanIDLength
        /// A JSON id with a character that is no hexadecimal digit, or an odd number of them.
        case idNotHexadecimal
        /// A JSON time that is negative or does not fit 64 bits.
        case timeOutOfRange
        /// A span that has no start in a format whose spans must have one.
        case timeMissing
        /// A value of another type than expected, in a format that is read span by span.
        case unreadable(expected: String, found: String)
        case tooManyAttributes(limit: Int)
        case tooManyEvents(limit: Int)
        case tooManyLinks(limit: Int)
        case valueTooLong(limit: Int)
    }

    package let reason: Reason
    package fileprivate(set) var count: Int
    /// The first such span's place among all spans of the request, from 0.
    package let firstIndex: Int

    package init(reason: Reason, count: Int, firstIndex: Int) {
        self.reason = reason
        self.count = count
        self.firstIndex = firstIndex
    }
}
