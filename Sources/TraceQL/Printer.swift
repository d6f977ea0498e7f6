extension SpanQuery: CustomStringConvertible {
    /// The same query as TraceQL: reading it gives it back.
    package var description: String { stages.map(\.description).joined(separator: " | ") }
}

extension SpanQuery.Stage: CustomStringConvertible {
    package var description: String {
        switch self {
        case .spans(let set): set.description
        case .scalar(let condition): condition.description
        case .group(let expression): "by(\(expression))"
        case .coalesce: "coalesce()"
        case .select(let fields): "select(\(fields.map(\.description).joined(separator: ", ")))"
        }
    }
}

extension SpanSet: CustomStringConvertible {
    package var description: String {
        switch node {
        case .spans(let condition):
            condition.node == .literal(.bool(true)) ? "{ }" : "{ \(condition) }"
        case .binary(let found, let left, let right):
            left.inBrackets(if: left.needsBrackets(left: true, of: found)) + " \(found.text) "
                + right.inBrackets(if: right.needsBrackets(left: false, of: found))
        case .pipeline(let query): "(\(query))"
        }
    }

    private func inBrackets(if isNeeded: Bool) -> String { isNeeded ? "(\(self))" : description }

    private func needsBrackets(left: Bool, of outer: SetOperator) -> Bool {
        guard case .binary(let inner, _, _) = node else { return false }
        if inner.rank == outer.rank { return !left || !inner.relation.isStructural && inner != outer }
        return inner.rank < outer.rank
    }
}

extension ScalarCondition: CustomStringConvertible {
    package var description: String { "\(left) \(comparison.rawValue) \(right)" }
}

extension Scalar: CustomStringConvertible {
    package var description: String {
        switch self {
        case .number(let literal): literal.description
        case .count: "count()"
        case .aggregate(let aggregate, let expression): "\(aggregate.rawValue)(\(expression))"
        case .negative(let inner): "-" + (inner.isBinary ? "(\(inner))" : inner.description)
        case .binary(let found, let left, let right):
            left.inBrackets(left: true, of: found) + " \(found.rawValue) " + right.inBrackets(left: false, of: found)
        }
    }

    private var isBinary: Bool {
        if case .binary = self { true } else { false }
    }

    private func inBrackets(left: Bool, of outer: Operator) -> String {
        guard case .binary(let inner, _, _) = self else { return description }
        // Left to right, but powers right to left.
        let isNeeded = inner.rank == outer.rank ? left == (outer == .power) : inner.rank < outer.rank
        return isNeeded ? "(\(self))" : description
    }
}

extension FieldExpression: CustomStringConvertible {
    /// The same condition as TraceQL, without braces: reading it gives it back.
    package var description: String {
        switch node {
        case .literal(let literal): literal.description
        case .field(let field): field.description
        case .not(let inner): "!" + inner.inBrackets(if: inner.isBinary)
        case .negative(let inner): "-" + inner.inBrackets(if: inner.isBinary)
        case .binary(let found, let left, let right):
            left.inBrackets(if: left.needsBrackets(left: true, of: found)) + " \(found.rawValue) "
                + right.inBrackets(if: right.needsBrackets(left: false, of: found))
        }
    }

    private var isBinary: Bool {
        if case .binary = node { true } else { false }
    }

    private func inBrackets(if isNeeded: Bool) -> String { isNeeded ? "(\(self))" : description }

    private func needsBrackets(left: Bool, of outer: Operator) -> Bool {
        guard case .binary(let inner, _, _) = node else { return false }
        if inner.rank == outer.rank {
            // Left to right, but powers right to left; && beside || is always bracketed.
            return outer.isLogical && inner != outer || left == (outer == .power)
        }
        return inner.rank < outer.rank
    }
}

extension Literal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .string(let text): Self.quoted(text)
        case .integer(let number): number == .min ? "minInt" : number.description
        case .real(let number): number.description
        case .duration(let nanos): nanos == nanos.rounded() ? "\(Int64(nanos))ns" : "\(nanos)ns"
        case .bool(let flag): flag.description
        case .absent: "nil"
        }
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension Field: CustomStringConvertible {
    package var description: String {
        switch self {
        case .intrinsic(let intrinsic): return intrinsic.shortName ?? intrinsic.rawValue
        case .attribute(let scope, let key):
            if key.unicodeScalars.allSatisfy(Lexer.isOfWord) { return scope.rawValue + key }
            if scope != .bare { return scope.rawValue + Literal.quoted(key) }
            // Quotes stand behind a point only: what needs them came from there.
            let parts = key.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.dropFirst().reduce(String(parts[0])) { $0 + "." + Literal.quoted(String($1)) }
        }
    }
}
