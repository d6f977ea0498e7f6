import LinearRegex

/// What kind of value an expression has, as far as that is known before any span is.
package enum ValueKind: Hashable, Sendable {
    case text, number, flag, absent
    /// An attribute: it differs from span to span.
    case any

    fileprivate var words: String {
        switch self {
        case .text: "a text"
        case .number: "a number or a duration"
        case .flag: "true or false"
        case .absent: "nil"
        case .any: "an attribute"
        }
    }
}

extension FieldExpression {
    /// - Throws: For conditions that are none, and comparisons that could never hold.
    func check(_ query: String) throws(TraceQLError) {
        let kind = try kind(query)
        guard kind == .flag || kind == .any else { throw mismatch(query, "a condition, such as \(self) = …", kind) }
    }

    private func mismatch(_ query: String, _ expected: String, _ found: ValueKind) -> TraceQLError {
        TraceQLError(query, range, expected: expected, found: found.words)
    }

    private func kind(_ query: String) throws(TraceQLError) -> ValueKind {
        switch node {
        case .literal(let literal): return literal.kind
        case .field(let field): return field.kind
        case .not(let inner):
            try inner.expect(.flag, query)
            return .flag
        case .negative(let inner):
            try inner.expect(.number, query)
            return .number
        case .binary(let found, let left, let right):
            if found.isLogical {
                try left.expect(.flag, query)
                try right.expect(.flag, query)
                return .flag
            }
            if !found.isComparison {
                try left.expect(.number, query)
                try right.expect(.number, query)
                return .number
            }
            try Self.checkComparison(found, left, right, query)
            return .flag
        }
    }

    /// - Throws: For a value of any kind that breaks a rule inside.
    fileprivate func checkValue(_ query: String) throws(TraceQLError) { _ = try kind(query) }

    fileprivate func expect(_ wanted: ValueKind, _ query: String) throws(TraceQLError) {
        let found = try kind(query)
        if found != wanted && found != .any { throw mismatch(query, wanted.words, found) }
    }

    private static func checkComparison(
        _ found: Operator, _ left: FieldExpression, _ right: FieldExpression, _ query: String
    ) throws(TraceQLError) {
        let (a, b) = (try left.kind(query), try right.kind(query))
        if found.isRegex {
            guard a == .text || a == .any else {
                throw left.mismatch(query, "a text to the left of \(found.rawValue)", a)
            }
            guard case .literal(.string(let pattern)) = right.node else {
                throw right.mismatch(query, "a regular expression, as text", b)
            }
            do {
                _ = try LinearRegex(pattern)
            } catch {
                throw TraceQLError(
                    query, right.range, expected: "a regular expression (RE2)", found: "an error at \(error)")
            }
            return
        }
        if found.isOrder, a == .flag || a == .absent { throw left.mismatch(query, "a number or a text", a) }
        if found.isOrder, b == .flag || b == .absent { throw right.mismatch(query, "a number or a text", b) }
        if a != b, a != .any, b != .any, a != .absent, b != .absent { throw right.mismatch(query, a.words, b) }
        if case .field(.intrinsic(.status)) = left.node { try right.expect(oneOf: ["unset", "ok", "error"], query) }
        if case .field(.intrinsic(.kind)) = left.node {
            try right.expect(
                oneOf: ["unspecified", "internal", "server", "client", "producer", "consumer"], query)
        }
    }

    private func expect(oneOf values: [String], _ query: String) throws(TraceQLError) {
        guard case .literal(.string(let text)) = node, !values.contains(text) else { return }
        throw TraceQLError(query, range, expected: values.joined(separator: ", "), found: "'\(text)'")
    }
}

extension Literal {
    fileprivate var kind: ValueKind {
        switch self {
        case .string: .text
        case .integer, .real, .duration: .number
        case .bool: .flag
        case .absent: .absent
        }
    }
}

extension Field {
    fileprivate var kind: ValueKind {
        switch self {
        case .attribute: .any
        case .intrinsic(let intrinsic): intrinsic.isNumber ? .number : .text
        }
    }
}

extension SpanQuery {
    /// - Throws: For what can't hold because of the types.
    func check(_ query: String) throws(TraceQLError) {
        for stage in stages {
            switch stage {
            case .spans(let set): try set.check(query)
            case .scalar(let condition):
                try condition.left.check(query)
                try condition.right.check(query)
            case .group(let expression): try expression.checkValue(query)
            case .coalesce: break
            case .select(let fields):
                for field in fields {
                    guard case .field = field.node else {
                        throw TraceQLError(query, field.range, expected: "a field", found: "\(field)")
                    }
                }
            }
        }
    }
}

extension SpanSet {
    fileprivate func check(_ query: String) throws(TraceQLError) {
        switch node {
        case .spans(let condition): try condition.check(query)
        case .binary(_, let left, let right):
            try left.check(query)
            try right.check(query)
        case .pipeline(let inner): try inner.check(query)
        }
    }
}

extension Scalar {
    fileprivate func check(_ query: String) throws(TraceQLError) {
        switch self {
        case .number, .count: break
        case .aggregate(_, let expression): try expression.expect(.number, query)
        case .negative(let inner): try inner.check(query)
        case .binary(_, let left, let right):
            try left.check(query)
            try right.check(query)
        }
    }
}
