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
    package var description: String { text(isValue: false) }

    /// - Parameter isValue: Whether it is read where a bare word is a text: first to the right of a comparison.
    private func text(isValue: Bool) -> String {
        switch node {
        case .literal(let literal): return literal.description
        case .field(.intrinsic(let intrinsic)) where isValue && !intrinsic.isNumber: return intrinsic.rawValue
        case .field(.attribute(.bare, let key)) where isValue: return "(\(Field.attribute(.bare, key)))"
        case .field(let field): return field.description
        case .not(let inner): return "!" + inner.inBrackets(if: inner.isBinary)
        case .negative(let inner): return "-" + inner.inBrackets(if: inner.isBinary, isValue: isValue)
        case .binary(let found, let left, let right):
            var isField = true
            if case .literal = left.node { isField = false }
            let isRightValue = found.isComparison && isField
            return left.inBrackets(if: left.needsBrackets(left: true, of: found), isValue: isValue)
                + " \(found.rawValue) "
                + right.inBrackets(if: right.needsBrackets(left: false, of: found), isValue: isRightValue)
        }
    }

    private var isBinary: Bool {
        if case .binary = node { true } else { false }
    }

    private func inBrackets(if isNeeded: Bool, isValue: Bool = false) -> String {
        isNeeded ? "(\(self))" : text(isValue: isValue)
    }

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
        case .real(let number): Self.decimal(number)
        case .duration(let nanos): Self.decimal(nanos).withoutZeroFraction + "ns"
        case .bool(let flag): flag.description
        case .absent: "nil"
        }
    }

    /// The fewest digits that read back as the number, with a point and without an exponent, which TraceQL does not have.
    private static func decimal(_ number: Double) -> String {
        if number.sign == .minus { return "-" + decimal(-number) }
        let parts = number.description.split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return number.description }
        let digits = parts[0].filter { $0 != "." }
        let zeros = String(repeating: "0", count: exponent < 0 ? -exponent - 1 : max(0, exponent + 1 - digits.count))
        return exponent < 0 ? "0." + zeros + digits : digits + zeros + ".0"
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

extension String {
    fileprivate var withoutZeroFraction: String { hasSuffix(".0") ? String(dropLast(2)) : self }
}

extension Field: CustomStringConvertible {
    package var description: String {
        switch self {
        case .intrinsic(let intrinsic): return intrinsic.shortName ?? intrinsic.rawValue
        case .attribute(let scope, let key):
            // `.2` is a number.
            let isNumber = scope == .any && key.unicodeScalars.first.map { ("0"..."9").contains($0) } ?? false
            if !isNumber, key.unicodeScalars.allSatisfy(Lexer.isOfWord) { return scope.rawValue + key }
            if scope != .bare { return scope.rawValue + Literal.quoted(key) }
            // Quotes stand behind a point only: what needs them came from there.
            let scalars = key.unicodeScalars
            guard let point = scalars.firstIndex(of: ".") else { return key }
            return String(scalars[...point]) + Literal.quoted(String(scalars[scalars.index(after: point)...]))
        }
    }
}
