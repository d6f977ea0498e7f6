/// A regular expression in RE2 syntax (https://github.com/google/re2/wiki/Syntax), matched in time linear in the length
/// of the text times the size of the pattern: no pattern and no text makes it hang.
///
/// Texts are sequences of Unicode scalars: `é` as one scalar is not `é` as two. Whether a text matches is all that is
/// told, so groups capture nothing and lazy repetitions are like greedy ones.
///
/// Unlike RE2: `\B` holds between scalars only, never between bytes; `\C`, scripts outside ``UnicodeScripts`` and a
/// repetition right behind flags, as in `a(?i)*`, are errors, and so is a surrogate in `\x{…}`.
package struct LinearRegex: Sendable {
    package let pattern: String
    /// Whether `.` takes a newline too, as after `(?s)`.
    package let dotMatchesNewline: Bool
    private let whole: Matcher
    private let anywhere: Matcher

    /// The ways to match, the fastest first.
    private enum Matcher: Sendable {
        case literal(LiteralMatch)
        case automaton(Automaton)
        case simulation(Program)
    }

    /// - Throws: ``LinearRegexError`` if `pattern` is not RE2 syntax, or takes more than 10,000 steps written out.
    package init(_ pattern: String, dotMatchesNewline: Bool = false) throws(LinearRegexError) {
        self.pattern = pattern
        self.dotMatchesNewline = dotMatchesNewline
        let tree = try Self.parse(pattern, dotMatchesNewline: dotMatchesNewline)
        let literals = (LiteralMatch(tree, .whole), LiteralMatch(tree, .anywhere))
        let isLiteral = literals.0?.isSearchForMany == false && literals.1?.isSearchForMany == false
        let program = isLiteral ? nil : Program(tree)
        guard let whole = Self.matcher(literals.0, program, .whole),
            let anywhere = Self.matcher(literals.1, program, .anywhere)
        else {
            throw LinearRegexError(
                offset: 0, expected: "a pattern of at most \(Program.mostInstructions) steps, repetitions written out",
                found: "more")
        }
        self.whole = whole
        self.anywhere = anywhere
    }

    /// Whether the pattern matches all of `text`, as if between `\A` and `\z`.
    package func matchesWhole(_ text: String) -> Bool { Self.matches(text, whole, .whole) }

    /// Whether the pattern matches a part of `text`, an empty one too.
    package func isFound(in text: String) -> Bool { Self.matches(text, anywhere, .anywhere) }

    private static func matches(_ text: String, _ matcher: Matcher, _ extent: Simulation.Extent) -> Bool {
        switch matcher {
        case .literal(let literal): return literal.matches(text)
        case .automaton(let automaton): return automaton.matches(text)
        case .simulation(let program):
            var simulation = Simulation(program, extent)
            return simulation.matches(text)
        }
    }

    private static func matcher(
        _ literal: LiteralMatch?, _ program: Program?, _ extent: Simulation.Extent
    ) -> Matcher? {
        if let literal, !literal.isSearchForMany || program == nil { return .literal(literal) }
        guard let program else { return nil }
        if let automaton = Automaton(program, extent) { return .automaton(automaton) }
        return literal.map { .literal($0) } ?? .simulation(program)
    }

    /// Errors count scalars inside the parser and characters outside.
    private static func parse(_ pattern: String, dotMatchesNewline: Bool) throws(LinearRegexError) -> SyntaxTree {
        var parser = PatternParser(pattern, dotMatchesNewline: dotMatchesNewline)
        do {
            return try parser.parse()
        } catch {
            let characters = String(pattern.unicodeScalars.prefix(error.offset)).count
            throw LinearRegexError(offset: characters, expected: error.expected, found: error.found)
        }
    }
}

extension LinearRegex: Hashable {
    package static func == (left: LinearRegex, right: LinearRegex) -> Bool {
        left.dotMatchesNewline == right.dotMatchesNewline && left.pattern.utf8.elementsEqual(right.pattern.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(dotMatchesNewline)
        hasher.combine(pattern)
    }
}
