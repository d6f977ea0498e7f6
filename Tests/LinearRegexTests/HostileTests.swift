import Testing

@testable import LinearRegex

/// Patterns that make a backtracking matcher take exponential time. That the tests end is part of what they say.
@Suite struct Hostile {
    private static let length = 100_000
    private static let texts = (
        a: String(repeating: "a", count: length), x: String(repeating: "x", count: length),
        ab: String(repeating: "ab", count: length / 2)
    )

    @Test(arguments: ["(a*)*b", "(a|a)*b", "(a|aa)+b", "(.*)*b", "((a?)*)*b", "(?:a*a*a*a*)*b", "(a+)+b"])
    func endsOnNestedLoops(_ pattern: String) throws {
        let regex = try LinearRegex(pattern)
        #expect(!regex.matchesWhole(Self.texts.a))
        #expect(regex.matchesWhole(Self.texts.a + "b"))
        #expect(regex.isFound(in: Self.texts.ab))
    }

    @Test func endsOnAdjacentLoops() throws {
        let regex = try LinearRegex("(x+x+)+y")
        #expect(!regex.matchesWhole(Self.texts.x))
        #expect(!regex.isFound(in: Self.texts.x))
        #expect(regex.isFound(in: Self.texts.x + "y"))
    }

    /// Whether the 13th scalar from the end is an a: no automaton of fewer than 2^13 states tells.
    @Test func simulatesWhatHasNoSmallAutomaton() throws {
        let pattern = "(?:a|b)*a(?:a|b){12}"
        var parser = PatternParser(pattern, dotMatchesNewline: false)
        let program = try #require(Program(try parser.parse()))
        #expect(Automaton(program, .whole) == nil)
        let regex = try LinearRegex(pattern)
        #expect(regex.matchesWhole(Self.texts.ab + "b"))
        #expect(!regex.matchesWhole(Self.texts.ab))
        #expect(regex.isFound(in: Self.texts.ab))
        #expect(!regex.isFound(in: String(repeating: "b", count: Self.length)))
    }

    @Test func countsToAThousand() throws {
        let regex = try LinearRegex("a{1000}")
        #expect(regex.matchesWhole(String(Self.texts.a.prefix(1000))))
        #expect(!regex.matchesWhole(String(Self.texts.a.prefix(1001))))
        #expect(regex.isFound(in: Self.texts.a))
        #expect(!regex.isFound(in: String(Self.texts.a.prefix(999))))
    }

    @Test func readsTheDeepestNesting() throws {
        let depth = PatternParser.deepestNesting
        let pattern = String(repeating: "(b|a(", count: depth / 2) + String(repeating: ")?)", count: depth / 2)
        #expect(try LinearRegex(pattern).matchesWhole(String(Self.texts.a.prefix(depth / 2))))
        #expect(try !LinearRegex(pattern).matchesWhole(String(Self.texts.a.prefix(depth / 2 + 1))))
    }

    @Test(arguments: ["(", "[", "[:", "[[:", "(?:", "(a|", "a{1000}", "(?i)(?s)(", "\\Q", "\\pL", "a?", "[^é]x|", "()"])
    func endsOnLongPatterns(_ part: String) {
        let pattern = String(repeating: part, count: Self.length)
        let regex = try? LinearRegex(pattern)
        // Only literals and nothing at all have room: `\Q\Q…` is a literal.
        #expect((regex != nil) == ["\\Q", "()"].contains(part))
    }

    /// Each set parts the scalars anew.
    @Test func endsOnThousandsOfSets() throws {
        let sets = (0..<4_000).map { "[^\\x{\(String(0x4E00 + 2 * $0, radix: 16))}]" }
        #expect(throws: LinearRegexError.self) { try LinearRegex(sets.joined()) }
        let fewer = try LinearRegex(sets.prefix(200).joined())
        #expect(fewer.matchesWhole(String(Self.texts.a.prefix(200))))
        #expect(!fewer.matchesWhole("\u{4E00}" + String(Self.texts.a.prefix(199))))
    }
}
