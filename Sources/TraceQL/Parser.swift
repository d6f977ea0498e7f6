/// Cuts a query into expressions: conditions here, sets and pipelines in `Parser+Sets.swift`.
struct Parser {
    let query: String
    let tokens: [Token]
    var place = 0
    var depth = 0
    /// Where expressions in brackets stand, the brackets included.
    var bracketed: Set<Range<Int>> = []

    static let mostDepth = 100

    init(_ query: String) throws(TraceQLError) {
        self.query = query
        tokens = try Lexer.tokens(query)
    }

    var token: Token { tokens[place] }

    mutating func advance() { if place < tokens.count - 1 { place += 1 } }

    func error(_ expected: String) -> TraceQLError {
        TraceQLError(query, token.range, expected: expected, found: token.words)
    }

    /// Operators that bind tighter than `rank`, left to right, but powers right to left.
    ///
    /// - Parameter isValue: Whether it stands to the right of a comparison, where a bare word is a text.
    mutating func expression(above rank: Int, isValue: Bool = false) throws(TraceQLError) -> FieldExpression {
        var left = try operand(isValue: isValue)
        while case .operator(let found) = token.kind, found.rank > rank {
            let place = token.range
            advance()
            var isField = true
            if case .literal = left.node { isField = false }
            var right = try expression(
                above: found == .power ? found.rank - 1 : found.rank, isValue: found.isComparison && isField)
            if found.isComparison, left.isID, case .literal(.integer) = right.node { right = text(right.range) }
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

    /// What stands there as a text: an id may have no letter in it.
    private func text(_ range: Range<Int>) -> FieldExpression {
        let scalars = query.unicodeScalars
        let start = scalars.index(scalars.startIndex, offsetBy: range.lowerBound)
        let end = scalars.index(start, offsetBy: range.count)
        return FieldExpression(.literal(.string(String(scalars[start..<end]))), range)
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

    mutating func leaf(_ node: FieldExpression.Node) -> FieldExpression {
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
            // By scalars: a combining mark behind the point makes one character of both.
            let (scalars, prefix) = (word.unicodeScalars, scope.rawValue.unicodeScalars)
            if scalars.starts(with: prefix), scalars.count > prefix.count {
                return .field(.attribute(scope, String(scalars.dropFirst(prefix.count))))
            }
        }
        // To the right of a comparison only what has a scope, or is a number by nature, is a field.
        if let intrinsic = Intrinsic(word), !isValue || word == intrinsic.rawValue || intrinsic.isNumber {
            return .field(.intrinsic(intrinsic))
        }
        return isValue ? .literal(.string(word)) : .field(.attribute(.bare, word))
    }
}

extension FieldExpression {
    fileprivate var isID: Bool {
        guard case .field(.intrinsic(let intrinsic)) = node else { return false }
        return [.traceID, .spanID, .parentID, .linkTraceID, .linkSpanID].contains(intrinsic)
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
