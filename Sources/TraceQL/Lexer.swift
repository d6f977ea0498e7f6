/// A piece of a query.
struct Token: Hashable {
    enum Kind: Hashable {
        case open, close, openBrace, closeBrace
        case `operator`(Operator)
        /// What stands only between sets of spans; `>`, `<`, `&&`, `||` and `!~` are operators.
        case setOperator(SetOperator)
        case not
        case pipe
        case comma
        case string(String)
        case number(Literal)
        /// Bare: a field's name or a value, by where it stands. Quoted parts of a name are already unquoted.
        case word(String)
        case end
    }

    let kind: Kind
    let range: Range<Int>

    fileprivate var leavesOperandDue: Bool {
        switch kind {
        case .open, .openBrace, .operator, .setOperator, .not, .pipe, .comma: true
        case .close, .closeBrace, .string, .number, .word, .end: false
        }
    }

    /// For messages.
    var words: String {
        switch kind {
        case .open: "'('"
        case .close: "')'"
        case .openBrace: "'{'"
        case .closeBrace: "'}'"
        case .operator(let found): "'\(found.rawValue)'"
        case .setOperator(let found): "'\(found.text)'"
        case .comma: "','"
        case .not: "'!'"
        case .pipe: "'|'"
        case .string(let text): "the text \"\(text)\""
        case .number: "a number"
        case .word(let text): "'\(text)'"
        case .end: "the end"
        }
    }
}

/// Cuts a query into tokens.
struct Lexer {
    private let query: String
    private let scalars: [Unicode.Scalar]
    private var place = 0
    /// Whether an operand is due, not an operator.
    private var expectsOperand = true

    private static let mostTokens = 2000
    /// What ends a word.
    private static let delimiters = Set<Unicode.Scalar>("(){}=!<>&|~^,\"`".unicodeScalars)
    private static let arithmetic = Set<Unicode.Scalar>("+-*/%^".unicodeScalars)

    /// Whether a word goes on with it.
    static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.properties.isWhitespace && !delimiters.contains(scalar)
    }

    static func tokens(_ query: String) throws(TraceQLError) -> [Token] {
        var lexer = Lexer(query)
        var tokens: [Token] = []
        repeat {
            let token = try lexer.next()
            lexer.expectsOperand = token.leavesOperandDue
            tokens.append(token)
            if tokens.count > mostTokens {
                throw TraceQLError(
                    query, token.range, expected: "at most \(mostTokens) names, values and operators", found: "more")
            }
        } while tokens.last?.kind != .end
        return tokens
    }

    private init(_ query: String) {
        self.query = query
        scalars = Array(query.unicodeScalars)
    }

    private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        place + distance < scalars.count ? scalars[place + distance] : nil
    }

    private mutating func next() throws(TraceQLError) -> Token {
        while let scalar = peek(), scalar.properties.isWhitespace { place += 1 }
        let start = place
        guard let scalar = peek() else { return Token(kind: .end, range: start..<start) }
        switch scalar {
        case "(": return token(.open, 1)
        case ")": return token(.close, 1)
        case "{": return token(.openBrace, 1)
        case "}": return token(.closeBrace, 1)
        case ",": return token(.comma, 1)
        case "\"", "`":
            let text = try quoted()
            return Token(kind: .string(text), range: start..<place)
        default: break
        }
        for length in [3, 2, 1] where place + length <= scalars.count {
            let text = String(String.UnicodeScalarView(scalars[place..<place + length]))
            if let found = Operator(rawValue: text), !startsWord(found) { return token(.operator(found), length) }
            if let found = SetOperator(text) { return token(.setOperator(found), length) }
        }
        if scalar == "!" { return token(.not, 1) }
        if scalar == "|" { return token(.pipe, 1) }
        if let number = number() { return Token(kind: .number(number), range: start..<place) }
        return Token(kind: .word(try word()), range: start..<place)
    }

    /// Whether what could be an operator begins a bare value such as `/path` instead, because an operand is due.
    private func startsWord(_ found: Operator) -> Bool {
        guard expectsOperand else { return false }
        switch found {
        case .plus, .times, .dividedBy, .modulo: return true
        default: return false
        }
    }

    private mutating func token(_ kind: Token.Kind, _ length: Int) -> Token {
        defer { place += length }
        return Token(kind: kind, range: place..<place + length)
    }

    /// A number, with or without a unit of time, that ends where an operator or a word's end is; `nil` when it is the
    /// beginning of a word such as `4o-mini`.
    private mutating func number() -> Literal? {
        func isDigit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { ("0"..."9").contains($0) } ?? false }
        guard isDigit(peek()) || peek() == "." && isDigit(peek(1)) else { return nil }
        var end = place
        while end < scalars.count, isDigit(scalars[end]) || scalars[end] == "." { end += 1 }
        let digits = String(String.UnicodeScalarView(scalars[place..<end]))
        var unit = ""
        while end < scalars.count, scalars[end].properties.isAlphabetic {
            unit.unicodeScalars.append(scalars[end]); end += 1
        }
        if end < scalars.count {
            let after = scalars[end]
            let endsHere =
                after.properties.isWhitespace || Self.delimiters.contains(after)
                || Self.arithmetic.contains(after)
                    && (isDigit(peek(end + 1 - place))
                        || !(peek(end + 1 - place).map(Self.isOfWord) ?? false))
            if !endsHere { return nil }
        }
        guard let literal = Self.literal(digits, unit) else { return nil }
        place = end
        return literal
    }

    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "d": 86_400e9,
    ]

    private static func literal(_ digits: String, _ unit: String) -> Literal? {
        if unit.isEmpty {
            if let integer = Int64(digits) { return .integer(integer) }
            guard digits.contains("."), let real = Double(digits), real.isFinite else { return nil }
            return .real(real)
        }
        guard let scale = units[unit], let number = Double(digits), (number * scale).isFinite else { return nil }
        return .duration(number * scale)
    }

    private mutating func word() throws(TraceQLError) -> String {
        let start = place
        var text = String.UnicodeScalarView()
        while let scalar = peek() {
            // A quoted part of a name stands behind a point: span."a b".
            if scalar == "\"", text.last == "." {
                text.append(contentsOf: try quoted().unicodeScalars)
                continue
            }
            if !Self.isOfWord(scalar) { break }
            text.append(scalar)
            place += 1
        }
        if text.isEmpty {
            let scalar = scalars[start]
            throw TraceQLError(
                query, start..<start + 1, expected: "a name, a value or an operator", found: "'\(scalar)'")
        }
        return String(text)
    }

    /// In double quotes with `\"`, `\\`, `\n` and `\t`, or in backticks as it stands.
    private mutating func quoted() throws(TraceQLError) -> String {
        let (start, quote) = (place, scalars[place])
        place += 1
        var text = String.UnicodeScalarView()
        while let scalar = peek() {
            place += 1
            if scalar == quote { return String(text) }
            if scalar == "\\", quote == "\"", let escaped = peek() {
                place += 1
                switch escaped {
                case "n": text.append("\n")
                case "t": text.append("\t")
                case "\"", "\\": text.append(escaped)
                // Regular expressions are full of others: \d stays \d.
                default: text.append(contentsOf: [scalar, escaped])
                }
            } else {
                text.append(scalar)
            }
        }
        throw TraceQLError(query, start..<scalars.count, expected: "\(quote) at the end of the text", found: "the end")
    }
}
