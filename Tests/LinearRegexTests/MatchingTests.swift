import Testing

@testable import LinearRegex

/// A row of the expected matches: what RE2 said.
struct ExpectedMatch: CustomStringConvertible {
    let pattern: String
    let text: String
    let whole: Bool
    let anywhere: Bool

    /// Unlike equal strings, equal bytes are equal scalars.
    var key: [UInt8] { Array(pattern.utf8) }
    var description: String { "\(pattern) in \(text.debugDescription)" }

    static let all = (expectedMatches + "\n" + expectedMatches2).split(separator: "\n").flatMap { line in
        let cells = line.split(separator: "¦", omittingEmptySubsequences: false)
        return cells.dropFirst().map { cell in
            let text = String(cell.dropLast(3)).map { ["␤": "\n", "⇥": "\t"][$0] ?? $0 }
            return ExpectedMatch(
                pattern: String(cells[0]), text: String(text), whole: cell.dropLast().last == "1",
                anywhere: cell.last == "1")
        }
    }
}

@Suite struct Matching {
    @Test func agreesWithRE2() throws {
        #expect(ExpectedMatch.all.count > 2_500)
        var regexes: [[UInt8]: LinearRegex] = [:]
        for row in ExpectedMatch.all {
            let regex = try regexes[row.key] ?? LinearRegex(row.pattern)
            regexes[row.key] = regex
            #expect(regex.matchesWhole(row.text) == row.whole, "\(row), whole")
            #expect(regex.isFound(in: row.text) == row.anywhere, "\(row), anywhere")
        }
    }

    /// The ways that a small pattern does not take are held against the same rows.
    @Test func agreesWithRE2InEachWay() throws {
        var programs: [[UInt8]: (program: Program, whole: Automaton, anywhere: Automaton)] = [:]
        for row in ExpectedMatch.all {
            if programs[row.key] == nil {
                var parser = PatternParser(row.pattern, dotMatchesNewline: false)
                let program = try #require(Program(try parser.parse()))
                programs[row.key] = (
                    program, try #require(Automaton(program, .whole)), try #require(Automaton(program, .anywhere))
                )
            }
            let ways = try #require(programs[row.key])
            var whole = Simulation(ways.program, .whole)
            var anywhere = Simulation(ways.program, .anywhere)
            #expect(whole.matches(row.text) == row.whole, "\(row), whole, simulated")
            #expect(anywhere.matches(row.text) == row.anywhere, "\(row), anywhere, simulated")
            #expect(ways.whole.matches(row.text) == row.whole, "\(row), whole, by automaton")
            #expect(ways.anywhere.matches(row.text) == row.anywhere, "\(row), anywhere, by automaton")
        }
    }

    @Test func looksForWordsBetweenScalarsNotBytes() throws {
        #expect(try !LinearRegex(#"\B"#).isFound(in: "aéb"))
        #expect(try LinearRegex(#"\B"#).isFound(in: "aéüb"))
    }

    /// RE2's answers.
    @Test(arguments: [
        ("ı", "I", false), ("İ", "i", false), ("ß", "ẞ", true), ("ß", "ss", false), ("\u{390}", "\u{1FD3}", true),
        ("\u{FB05}", "\u{FB06}", true), ("ς", "Σ", true), ("k", "\u{212A}", true), ("ſ", "S", true), ("ǆ", "ǅ", true),
        ("ა", "Ა", true), ("ꭰ", "Ꭰ", true), ("𐐨", "𐐀", true), ("µ", "Μ", true), ("я", "Е", false),
    ])
    func foldsOneScalarToOne(_ pattern: String, _ text: String, _ matches: Bool) throws {
        #expect(try LinearRegex("(?i)" + pattern).matchesWhole(text) == matches)
        #expect(try LinearRegex("(?i)[" + text + "]").matchesWhole(pattern) == matches)
    }

    @Test func findsALiteralBesideLongerOnes() throws {
        let regex = try LinearRegex("(a|ab|abc|b).*")
        #expect(regex.matchesWhole("ac") && regex.matchesWhole("abd") && regex.matchesWhole("b"))
        #expect(!regex.matchesWhole("ca"))
    }

    @Test func letsADotTakeNewlinesWhenAsked() throws {
        #expect(try LinearRegex("a.b", dotMatchesNewline: true).matchesWhole("a\nb"))
        #expect(try !LinearRegex("(?-s)a.b", dotMatchesNewline: true).matchesWhole("a\nb"))
        #expect(try LinearRegex("a.*", dotMatchesNewline: true).matchesWhole("a\nb"))
    }

    @Test func tellsPatternsApartByTheirScalars() throws {
        #expect(try LinearRegex("\u{E9}") != LinearRegex("e\u{301}"))
        #expect(try LinearRegex("a") != LinearRegex("a", dotMatchesNewline: true))
        #expect(try Set([LinearRegex("a|b"), LinearRegex("a|b")]).count == 1)
    }

    @Test func findsEachOfManyLiterals() throws {
        let names = (0..<5_000).map { "instance-\($0)" }
        let regex = try LinearRegex("(" + names.joined(separator: "|") + ")")
        #expect(regex.matchesWhole("instance-4999") && !regex.matchesWhole("instance-5000"))
        #expect(regex.isFound(in: "on instance-77 and") && !regex.isFound(in: "on instance-x and"))
        let suffix = try LinearRegex(".*(" + names.joined(separator: "|") + ")")
        #expect(suffix.matchesWhole("on instance-12") && !suffix.matchesWhole("on instance-12 and"))
        let prefix = try LinearRegex("(" + names.joined(separator: "|") + ").*")
        #expect(prefix.matchesWhole("instance-12 on") && !prefix.matchesWhole("on instance-12"))
        #expect(!prefix.matchesWhole("instance-12\non"))
    }
}
