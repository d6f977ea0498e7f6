extension SpanQuery {
    /// Reads what TraceQL writes to take spans: `{ name = "a" } >> { status = error } | count() > 2`. Of a condition on
    /// single spans the braces may be left out, and a bare word is a field's name on the left of a comparison and a text
    /// on its right: `llm.model_name = gpt-4o`.
    ///
    /// - Throws: Where it is no such query, or one that can't hold because of the types.
    package init(parsing query: String) throws(TraceQLError) {
        var parser = try Parser(query)
        self = try parser.spanQuery()
        try check(query)
    }
}

extension FieldExpression {
    /// Reads a condition on single spans.
    ///
    /// - Throws: Where it is none, or one that can't hold because of the types; for other queries too.
    package init(parsing query: String) throws(TraceQLError) {
        let read = try SpanQuery(parsing: query)
        guard let condition = read.condition else {
            throw TraceQLError(
                query, 0..<query.unicodeScalars.count, expected: "a condition on single spans",
                found: "sets or a pipeline")
        }
        self = condition
    }
}

extension Parser {
    private enum Function: String, CaseIterable {
        case count, avg, max, min, sum, by, coalesce, select

        var aggregate: Aggregate? { Aggregate(rawValue: rawValue) }
    }

    /// Tempo's functions that make series of numbers instead of taking spans.
    private static let seriesFunctions: Set<String> = [
        "rate", "count_over_time", "sum_over_time", "avg_over_time", "min_over_time", "max_over_time",
        "quantile_over_time", "histogram_over_time", "compare", "topk", "bottomk",
    ]

    mutating func spanQuery() throws(TraceQLError) -> SpanQuery {
        let found = try pipeline(isWhole: true)
        if token.kind != .end { throw error(hasBraces ? "an operator, '|' or the end" : "an operator or the end") }
        return found
    }

    private var hasBraces: Bool { tokens.contains { $0.kind == .openBrace } }

    /// Whether neither braces nor a function stand before the first `|`.
    private var beginsWithCondition: Bool {
        let end = tokens.firstIndex { $0.kind == .pipe } ?? tokens.count
        return !(0..<end).contains { tokens[$0].kind == .openBrace || function(at: $0) != nil }
    }

    private var function: Function? { function(at: place) }

    /// The function whose name stands there with a bracket behind it.
    private func function(at place: Int) -> Function? {
        guard case .word(let name) = tokens[place].kind, tokens[place + 1].kind == .open else { return nil }
        return Function(rawValue: name)
    }

    /// - Parameter isWhole: Whether it may be a condition without braces.
    private mutating func pipeline(isWhole: Bool) throws(TraceQLError) -> SpanQuery {
        var stages: [SpanQuery.Stage] = []
        if isWhole, beginsWithCondition {
            let start = token.range.lowerBound
            var condition = FieldExpression(.literal(.bool(true)), start..<start)
            if token.kind != .end { condition = try expression(above: 0) }
            stages += SpanQuery(condition).stages
        } else {
            stages.append(try stage())
        }
        while token.kind == .pipe {
            advance()
            stages.append(try stage())
        }
        return SpanQuery(stages)
    }

    private mutating func stage() throws(TraceQLError) -> SpanQuery.Stage {
        switch function {
        case .by: return .group(try argument())
        case .coalesce:
            advance()
            try expect(.open, "'('")
            try expect(.close, "')'")
            return .coalesce
        case .select: return .select(try fields())
        case .count, .avg, .max, .min, .sum: return .scalar(try scalarCondition())
        case nil: break
        }
        switch token.kind {
        case .open where beginsScalar:
            // What the bracket holds is a number, or a pipeline that is a set: the one ends in a comparison outside.
            let start = place
            do throws(TraceQLError) { return .scalar(try scalarCondition()) } catch { place = start }
            return .spans(try set(above: 0))
        case .openBrace, .open: return .spans(try set(above: 0))
        // A comparison may begin with its number, too.
        case .number, .operator(.minus): return .scalar(try scalarCondition())
        case .word(let name) where Self.seriesFunctions.contains(name):
            throw TraceQLError(
                query, token.range, expected: "a set of spans in braces, count, avg, max, min, sum, by or select",
                found: "'\(name)', which makes series of numbers: see ttaq percentiles, ttaq throughput")
        default: throw error("a set of spans in braces, count, avg, max, min, sum, by, coalesce or select")
        }
    }

    /// Whether behind the brackets that open here a number or a function of one comes.
    private var beginsScalar: Bool {
        guard let first = tokens[place...].first(where: { $0.kind != .open }) else { return false }
        switch first.kind {
        case .number: return true
        case .word(let name): return name == Function.count.rawValue || Aggregate(rawValue: name) != nil
        default: return false
        }
    }

    private mutating func expect(_ kind: Token.Kind, _ expected: String) throws(TraceQLError) {
        guard token.kind == kind else { throw error(expected) }
        advance()
    }

    // MARK: Sets

    /// Operators that bind tighter than `rank`, left to right.
    private mutating func set(above rank: Int) throws(TraceQLError) -> SpanSet {
        var left = try setOperand()
        while let found = setOperator, found.rank > rank {
            let place = token.range
            advance()
            let right = try set(above: found.rank)
            if found.relation == .and, case .binary(let earlier, let a, let b) = left.node, earlier.relation == .or,
                !bracketed.contains(left.range)
            {
                throw TraceQLError(
                    query, place,
                    expected: "brackets: (\(a) || \(b)) && \(right), or \(a) || (\(b) && \(right))",
                    found: "'&&' after '||'")
            }
            left = SpanSet(.binary(found, left, right), left.range.lowerBound..<right.range.upperBound)
        }
        return left
    }

    private var setOperator: SetOperator? {
        switch token.kind {
        case .setOperator(let found): found
        case .operator(.matchesNot): SetOperator(.sibling, .negated)
        case .operator(let found): SetOperator(found.rawValue)
        default: nil
        }
    }

    private mutating func setOperand() throws(TraceQLError) -> SpanSet {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.mostDepth { throw error("at most \(Self.mostDepth) brackets in each other") }
        let start = token.range.lowerBound
        switch token.kind {
        case .openBrace:
            advance()
            let inside = token.range.lowerBound
            var condition = FieldExpression(.literal(.bool(true)), inside..<inside)
            if token.kind != .closeBrace { condition = try expression(above: 0) }
            let range = start..<token.range.upperBound
            try expect(.closeBrace, "an operator or '}'")
            return SpanSet(.spans(condition), range)
        case .open:
            advance()
            let inner = try pipeline(isWhole: false)
            let range = start..<token.range.upperBound
            try expect(.close, "an operator, '|' or ')'")
            bracketed.insert(range)
            if inner.stages.count == 1, case .spans(let set) = inner.stages[0] { return SpanSet(set.node, range) }
            return SpanSet(.pipeline(inner), range)
        default: throw error("a set of spans in braces, or '('")
        }
    }

    // MARK: Stages

    /// The expression in brackets behind a function's name.
    private mutating func argument() throws(TraceQLError) -> FieldExpression {
        advance()
        try expect(.open, "'('")
        let argument = try expression(above: 0)
        try expect(.close, "an operator or ')'")
        return argument
    }

    private mutating func fields() throws(TraceQLError) -> [FieldExpression] {
        advance()
        try expect(.open, "'('")
        var fields = [try expression(above: 0)]
        while token.kind == .comma {
            advance()
            fields.append(try expression(above: 0))
        }
        try expect(.close, "',' or ')'")
        return fields
    }

    private mutating func scalarCondition() throws(TraceQLError) -> ScalarCondition {
        let left = try scalar(above: 2)
        guard case .operator(let comparison) = token.kind, comparison.isComparison, !comparison.isRegex else {
            throw error("a comparison, such as > 2")
        }
        advance()
        return ScalarCondition(comparison: comparison, left: left, right: try scalar(above: 2))
    }

    private mutating func scalar(above rank: Int) throws(TraceQLError) -> Scalar {
        var left = try scalarOperand()
        while case .operator(let found) = token.kind, found.rank > rank {
            advance()
            left = .binary(found, left, try scalar(above: found == .power ? found.rank - 1 : found.rank))
        }
        return left
    }

    private mutating func scalarOperand() throws(TraceQLError) -> Scalar {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.mostDepth { throw error("at most \(Self.mostDepth) brackets in each other") }
        switch token.kind {
        case .number(let number):
            advance()
            return .number(number)
        case .operator(.minus):
            advance()
            return .negative(try scalarOperand())
        case .open:
            advance()
            let inner = try scalar(above: 2)
            try expect(.close, "an operator or ')'")
            return inner
        default: break
        }
        guard let function, function == .count || function.aggregate != nil else {
            throw error("a number, count(), avg(…), max(…), min(…) or sum(…)")
        }
        if let aggregate = function.aggregate { return .aggregate(aggregate, try argument()) }
        advance()
        try expect(.open, "'('")
        try expect(.close, "')': count counts spans and takes nothing")
        return .count
    }
}
