import LinearRegex
import Testing

@Suite struct Errors {
    private static let scripts =
        "Arabic Armenian Bengali Cyrillic Devanagari Georgian Greek Han Hangul Hebrew Hiragana Katakana Latin Tamil Thai"

    /// By hand; RE2 refuses each of them too, but for `\C` and `a(?i)*`.
    @Test(arguments: [
        ("a(b", 1, "a ) for this (", "none"), ("(a|(b)", 0, "a ) for this (", "none"),
        ("ab)", 2, "a ( before this )", "none"),
        ("é[a", 1, "a ] for this [", "none"), ("[]", 0, "a ] for this [", "none"), ("[^]", 0, "a ] for this [", "none"),
        ("[a\\]", 0, "a ] for this [", "none"), ("[[:alpha:]", 0, "a ] for this [", "none"),
        ("x[z-a]", 2, "a range from low to high", "z-a"), ("[a-\\d]", 3, escape, "\\d"), ("[\\b]", 1, escape, "\\b"),
        (
            "[[:letter:]]", 1,
            "[: with one of alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit and :]",
            "[:letter:]"
        ),
        ("*a", 0, repeated, "* with nothing before it"), ("a|+", 2, repeated, "+ with nothing before it"),
        ("(?i)?", 4, repeated, "? with nothing before it"), ("(*a)", 1, repeated, "* with nothing before it"),
        ("({2})", 1, repeated, "{2} with nothing before it"), ("a(?i)*", 5, repeated, "* with nothing before it"),
        ("a**", 2, repeated, "* after another repetition, which RE2 syntax does not have"),
        ("a++", 2, repeated, "+ after another repetition, which RE2 syntax does not have"),
        ("a{2}{3}", 4, repeated, "{3} after another repetition, which RE2 syntax does not have"),
        ("a{2,1}", 1, "counts in order, as in {2,5}", "{2,1}"),
        ("a{1001}", 1, "at most 1000 repetitions", "{1001}"), ("a{1,1001}", 1, "at most 1000 repetitions", "{1,1001}"),
        ("(a{100}){11}", 8, "nested counts with a product of at most 1000", "1100"),
        ("(?:a{1000}){1000}", 11, "nested counts with a product of at most 1000", "1000000"),
        ("a(?=b)", 1, group, "(?=, look-ahead, which it does not have"),
        ("(?!a)", 0, group, "(?!, look-ahead, which it does not have"),
        ("(?<=a)", 0, group, "(?<=, look-behind, which it does not have"),
        ("(?<!a)", 0, group, "(?<!, look-behind, which it does not have"),
        ("(?>a)", 0, group, "(?>, an atomic group, which it does not have"),
        ("(?P<n>a)(?P=n)", 8, group, "(?P=, a back-reference, which it does not have"),
        ("(?#x)", 0, group, "(?#, a comment, which it does not have"),
        ("(?x)a", 2, flags, "'x'"), ("(?i", 3, flags, "the end of the pattern"), ("(?i-)", 4, flags, "')'"),
        ("(?--i)", 3, flags, "'-'"), ("(?", 2, flags, "the end of the pattern"),
        ("(?P<>a)", 4, name, "'>'"), ("(?P<a-b>x)", 5, name, "'-'"), ("(?<n", 4, name, "the end of the pattern"),
        ("(a)\\1", 3, escape, "\\1, a back-reference, which RE2 syntax does not have"),
        ("\\k<n>", 0, escape, "\\k, a back-reference, which RE2 syntax does not have"),
        ("a\\Z", 1, escape, "\\Z, which RE2 syntax does not have; \\z is the end of the text"),
        ("\\C", 0, escape, "\\C, a single byte, which is not supported"),
        ("\\8", 0, escape, "\\8"), ("\\u1234", 0, escape, "\\u"), ("\\é", 0, escape, "\\é"), ("a\\E", 1, escape, "\\E"),
        ("ab\\", 3, "a character after \\", "the end of the pattern"),
        ("\\xf", 3, hexadecimal, "the end of the pattern"), ("\\x{}", 3, hexadecimal, "'}'"),
        ("\\x{41", 5, hexadecimal, "the end of the pattern"),
        ("\\x{110000}", 0, "a Unicode scalar, at most 10FFFF", "\\x{110000}"),
        ("\\p{L", 4, "a } for the { of a class", "the end of the pattern"),
        ("é\u{301}\\p{Klingon}", 1, property, "\\p{Klingon}"), ("[\\px]", 1, property, "\\px"),
        ("\\p", 0, property, "\\p"),
        (
            String(repeating: "[a-z]{1000}", count: 10), 0, "a pattern of at most 10000 steps, repetitions written out",
            "more"
        ),
        (String(repeating: "(", count: 251), 250, "at most 250 nested groups", "one more"),
        (String(repeating: "(", count: 100_000), 250, "at most 250 nested groups", "one more"),
    ])
    func sayWhereWhatWasExpectedAndFound(_ pattern: String, _ offset: Int, _ expected: String, _ found: String) {
        #expect(throws: LinearRegexError(offset: offset, expected: expected, found: found)) {
            try LinearRegex(pattern)
        }
    }

    @Test func countCharactersForPeople() {
        let error = LinearRegexError(offset: 2, expected: "a ( before this )", found: "none")
        #expect("\(error)" == "character 3 of the pattern: expected a ( before this ), found none")
    }

    private static let repeated = "something to repeat"
    private static let group = "a group that RE2 syntax has"
    private static let escape = "an escape that RE2 syntax has"
    private static let flags = "one of the flags i s m U - or : or ) after (?"
    private static let name = "a name of letters, digits and _, and >"
    private static let hexadecimal = "two hexadecimal digits, or some in braces, after \\x"
    private static let property = "a general category such as L or Lu, Any, or one of the scripts \(scripts)"
}
