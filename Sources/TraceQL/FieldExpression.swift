/// A condition on one span, or a part of one: TraceQL's field expression.
package struct FieldExpression: Hashable, Sendable {
    package indirect enum Node: Hashable, Sendable {
        case literal(Literal)
        case field(Field)
        case not(FieldExpression)
        case negative(FieldExpression)
        case binary(Operator, FieldExpression, FieldExpression)
    }

    package let node: Node
    /// Where it stands in the query, in Unicode scalars.
    package let range: Range<Int>

    package init(_ node: Node, _ range: Range<Int>) {
        self.node = node
        self.range = range
    }

    /// Two are the same that mean the same, wherever they stand.
    package static func == (left: Self, right: Self) -> Bool { left.node == right.node }

    package func hash(into hasher: inout Hasher) { hasher.combine(node) }
}

package enum Literal: Hashable, Sendable {
    /// Quoted, or a bare word: `error`, `gpt-4o`.
    case string(String)
    case integer(Int64)
    case real(Double)
    /// In nanoseconds.
    case duration(Double)
    case bool(Bool)
    /// No value.
    case absent
}

package enum Operator: String, Hashable, Sendable, CaseIterable {
    case or = "||"
    case and = "&&"
    case equal = "="
    case notEqual = "!="
    case matches = "=~"
    case matchesNot = "!~"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case plus = "+"
    case minus = "-"
    case times = "*"
    case dividedBy = "/"
    case modulo = "%"
    case power = "^"

    package var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .matches, .matchesNot, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    package var isRegex: Bool { self == .matches || self == .matchesNot }

    package var isOrder: Bool {
        switch self {
        case .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    package var isLogical: Bool { self == .and || self == .or }

    /// Higher binds tighter. Tempo gives `&&` and `||` the same rank, so where that matters brackets are asked for.
    var rank: Int {
        if isLogical { return 1 }
        if isComparison { return 2 }
        switch self {
        case .plus, .minus: return 3
        case .power: return 5
        default: return 4
        }
    }
}

/// What a name stands for.
package enum Field: Hashable, Sendable {
    case intrinsic(Intrinsic)
    case attribute(AttributeScope, String)
}

package enum AttributeScope: String, Hashable, Sendable, CaseIterable {
    /// A bare name: the normalised meaning of that name, else any attribute of it.
    case bare = ""
    /// `.x`: the span's attribute, else the resource's.
    case any = "."
    case span = "span."
    case resource = "resource."
    case event = "event."
    case link = "link."
    case instrumentation = "instrumentation."
}

/// What every span has. The raw value is the scoped name.
package enum Intrinsic: String, Hashable, Sendable, CaseIterable {
    case name = "span:name"
    case status = "span:status"
    case statusMessage = "span:statusMessage"
    case kind = "span:kind"
    case duration = "span:duration"
    case childCount = "span:childCount"
    case spanID = "span:id"
    case parentID = "span:parentID"
    case traceID = "trace:id"
    /// From the first start of the trace to its last end.
    case traceDuration = "trace:duration"
    case rootName = "trace:rootName"
    case rootService = "trace:rootService"
    case instrumentationName = "instrumentation:name"
    case instrumentationVersion = "instrumentation:version"
    case eventName = "event:name"
    /// Of each event.
    case eventTime = "event:timeSinceStart"
    case linkTraceID = "link:traceID"
    case linkSpanID = "link:spanID"
    case service = "service"

    /// The short name, where there is one.
    package var shortName: String? {
        switch self {
        case .name: "name"
        case .status: "status"
        case .statusMessage: "statusMessage"
        case .kind: "kind"
        case .duration: "duration"
        case .service: "service"
        case .childCount: "childCount"
        case .traceDuration: "traceDuration"
        case .rootName: "rootName"
        case .rootService: "rootServiceName"
        default: nil
        }
    }

    /// Whether it is a number by nature; the others are texts.
    var isNumber: Bool {
        switch self {
        case .duration, .traceDuration, .childCount, .eventTime: true
        default: false
        }
    }

    package init?(_ text: String) {
        guard let found = Self.allCases.first(where: { $0.rawValue == text || $0.shortName == text }) else {
            return nil
        }
        self = found
    }
}
