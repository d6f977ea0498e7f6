extension FieldExpression {
    /// Reads a condition on spans as TraceQL writes it: `{ span.http.status_code >= 500 && status = error }`. The braces
    /// may be left out. A bare word is a field's name on the left of a comparison and a text on its right:
    /// `llm.model_name = gpt-4o`.
    ///
    /// - Throws: Where it is no condition, or one that can't hold because of the types.
    package init(parsing query: String) throws(TraceQLError) {
        var parser = try Parser(query)
        self = try parser.filter()
        try check(query)
    }
}

private struct Parser {
    private let query: String
    private let tokens: [Token]
    private var place = 0
    private var depth = 0
    /// Where expressions in brackets stand, the brackets included.
    private var bracketed: Set<Range<Int>> = []

    private static let mostDepth = 100

    init(_ query: String) throws(TraceQLError) {
        self.query = query
        tokens = try Lexer.tokens(query)
    }

    private var token: Token { tokens[place] }

    private mutating func advance() { if place < tokens.count - 1 { place += 1 } }

    private func error(_ expected: String) -> TraceQLError {
        TraceQLError(query, token.range, expected: expected, found: token.words)
    }

    mutating func filter() throws(TraceQLError) -> FieldExpression {
        let hasBraces = token.kind == .openBrace
        if hasBraces { advance() }
        let start = token.range.lowerBound
        var expression = FieldExpression(.literal(.bool(true)), start..<start)
        if token.kind != (hasBraces ? .closeBrace : .end) { expression = try self.expression(above: 0) }
        if hasBraces {
            guard token.kind == .closeBrace else { throw error("an operator or '}'") }
            advance()
        }
        switch token.kind {
        case .end: return expression
        case .pipe, .operator:
            if hasBraces { throw error("the end: only conditions on single spans are read, no sets and pipelines") }
            throw error("an operator or the end")
        default: throw error("an operator or the end")
        }
    }

    /// Operators that bind tighter than `rank`, left to right, but powers right to left.
    ///
    /// - Parameter isValue: Whether it stands to the right of a comparison, where a bare word is a text.
    private mutating func expression(above rank: Int, isValue: Bool = false) throws(TraceQLError) -> FieldExpression {
        var left = try operand(isValue: isValue)
        while case .operator(let found) = token.kind, found.rank > rank {
            let place = token.range
            advance()
            var isField = true
            if case .literal = left.node { isField = false }
            let right = try expression(
                above: found == .power ? found.rank - 1 : found.rank, isValue: found.isComparison && isField)
            if found == .and, case .binary(.or, let a, let b) = left.node, !bracketed.contains(left.range) {
                throw TraceQLError(
                    query, place,
                    expected: "brackets: (\(a) || \(b)) && \(right), or \(a) || (\(b) && \(right))",
                    found: "'&&' after '||'")
            }
            left = FieldExpression(
                .binary(found, left, right), left.range.lowerBound..<right.range.upperBound)
        }
        return left
    }

    /// - Parameter isValue: As above; not where the left side is a value itself.
    private mutating func operand(isValue: Bool) throws(TraceQLError) -> FieldExpression {
        depth += 1
        defer { depth -= 1 }
        let start = token.range.lowerBound
        if depth > Self.mostDepth { throw error("at most \(Self.mostDepth) brackets in each other") }
        switch token.kind {
        case .open:
            advance()
            let inner = try expression(above: 0)
            guard token.kind == .close else { throw error("an operator or ')'") }
            let range = start..<token.range.upperBound
            advance()
            bracketed.insert(range)
            return FieldExpression(inner.node, range)
        case .not:
            advance()
            let inner = try operand(isValue: false)
            return FieldExpression(.not(inner), start..<inner.range.upperBound)
        case .operator(.minus):
            advance()
            let inner = try operand(isValue: isValue)
            let range = start..<inner.range.upperBound
            if case .literal(let literal) = inner.node, let negative = literal.negative {
                return FieldExpression(.literal(negative), range)
            }
            return FieldExpression(.negative(inner), range)
        case .string(let text): return leaf(.literal(.string(text)))
        case .number(let number): return leaf(.literal(number))
        case .word(let word):
            // A name may not look like a number that goes on.
            if !isValue, let first = word.unicodeScalars.first, ("0"..."9").contains(first) { throw error("a field") }
            return leaf(node(word, isValue: isValue))
        default: throw error(isValue ? "a value" : "a field, a value or '('")
        }
    }

    private mutating func leaf(_ node: FieldExpression.Node) -> FieldExpression {
        let range = token.range
        advance()
        return FieldExpression(node, range)
    }

    private func node(_ word: String, isValue: Bool) -> FieldExpression.Node {
        switch word {
        case "true": return .literal(.bool(true))
        case "false": return .literal(.bool(false))
        case "nil": return .literal(.absent)
        case "minInt": return .literal(.integer(.min))
        case "maxInt": return .literal(.integer(.max))
        default: break
        }
        for scope in AttributeScope.allCases where scope != .bare {
            if word.hasPrefix(scope.rawValue), word.count > scope.rawValue.count {
                return .field(.attribute(scope, String(word.dropFirst(scope.rawValue.count))))
            }
        }
        // To the right of a comparison only what has a scope, or is a number by nature, is a field.
        if let intrinsic = Intrinsic(word), !isValue || word == intrinsic.rawValue || intrinsic == .duration {
            return .field(.intrinsic(intrinsic))
        }
        return isValue ? .literal(.string(word)) : .field(.attribute(.bare, word))
    }
}

extension Literal {
    fileprivate var negative: Literal? {
        switch self {
        case .integer(let number): number == .min ? nil : .integer(-number)
        case .real(let number): .real(-number)
        case .duration(let nanos): .duration(-nanos)
        default: nil
        }
    }
}
