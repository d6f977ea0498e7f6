import Testing
import TraceQL

@Suite struct Queries {
    /// What is typed, and the same with every brace and bracket that it means.
    @Test(arguments: [
        ("a = 1", "{ a = 1 }"), ("", "{ }"), ("{}", "{ }"), ("({ a = 1 })", "{ a = 1 }"),
        ("{ a = 1 } && { b = 2 }", "{ a = 1 } && { b = 2 }"),
        ("{.a}||{.b}||{.c}", "{ .a } || { .b } || { .c }"),
        ("{ .a } || ({ .b } && { .c })", "{ .a } || ({ .b } && { .c })"),
        ("{ .a } && ({ .b } && { .c })", "{ .a } && ({ .b } && { .c })"),
        ("{ .a } > { .b }", "{ .a } > { .b }"), ("{.a}>>{.b}", "{ .a } >> { .b }"),
        ("{ .a } < { .b }", "{ .a } < { .b }"), ("{ .a } << { .b }", "{ .a } << { .b }"),
        ("{ .a } ~ { .b }", "{ .a } ~ { .b }"), ("{.a}!>{.b}", "{ .a } !> { .b }"),
        ("{ .a } !>> { .b }", "{ .a } !>> { .b }"), ("{ .a } !< { .b }", "{ .a } !< { .b }"),
        ("{ .a } !<< { .b }", "{ .a } !<< { .b }"), ("{ .a } !~ { .b }", "{ .a } !~ { .b }"),
        ("{ .a } &> { .b }", "{ .a } &> { .b }"), ("{ .a } &>> { .b }", "{ .a } &>> { .b }"),
        ("{ .a } &< { .b }", "{ .a } &< { .b }"), ("{ .a } &<< { .b }", "{ .a } &<< { .b }"),
        ("{ .a } &~ { .b }", "{ .a } &~ { .b }"),
        ("{ .a } >> { .b } > { .c }", "{ .a } >> { .b } > { .c }"),
        ("{ .a } >> ({ .b } > { .c })", "{ .a } >> ({ .b } > { .c })"),
        ("{ .a } && { .b } >> { .c }", "{ .a } && { .b } >> { .c }"),
        ("({ .a } && { .b }) >> { .c }", "({ .a } && { .b }) >> { .c }"),
        ("{ .a } | count() > 2", "{ .a } | count() > 2"),
        ("status = error | count()>2", "{ status = \"error\" } | count() > 2"),
        ("count() > 2", "count() > 2"), ("avg(duration) > 20ms", "avg(duration) > 20000000ns"),
        ("3 < count()", "3 < count()"), ("(count() + 1) * 2 > 6", "(count() + 1) * 2 > 6"),
        ("{ } | max(duration) - min(duration) > 1s", "{ } | max(duration) - min(duration) > 1000000000ns"),
        ("{ } | sum(.a / 2) = -1", "{ } | sum(.a / 2) = -1"), ("{ } | -count() < -1", "{ } | -count() < -1"),
        ("by(service)", "by(service)"),
        (
            "{ status = error } | by(resource.service.name) | count() > 1",
            "{ status = \"error\" } | by(resource.service.name) | count() > 1"
        ),
        ("{ .a } | by(.b) | coalesce() | { .c }", "{ .a } | by(.b) | coalesce() | { .c }"),
        ("{ .a } | select(.b, span.c,name)", "{ .a } | select(.b, span.c, name)"),
        ("({ .a } | count() > 2) && ({ .b } | count() > 3)", "({ .a } | count() > 2) && ({ .b } | count() > 3)"),
        ("(count() > 2) || { .a }", "(count() > 2) || { .a }"),
        ("{ traceDuration > 5s && rootName = a }", "{ traceDuration > 5000000000ns && rootName = \"a\" }"),
        ("{ trace:duration > duration * 2 }", "{ traceDuration > duration * 2 }"),
        (
            "{ event:timeSinceStart > 2ms && span:childCount = 0 }",
            "{ event:timeSinceStart > 2000000ns && childCount = 0 }"
        ),
        ("{ count = 2 }", "{ count = 2 }"), ("by = x", "{ by = \"x\" }"),
        ("rootName = span:name", "{ rootName = span:name }"), ("a = (b)", "{ a = (b) }"), ("a = -(b)", "{ a = -(b) }"),
        ("a = (b + c)", "{ a = (b) + c }"), ("a = (name)", "{ a = span:name }"), ("a > duration", "{ a > duration }"),
        ("duration > 9999999999h", "{ duration > 35999999996400000000000ns }"),
        ("duration > 0.00001ns", "{ duration > 0.00001ns }"), ("a = 0.000015", "{ a = 0.000015 }"),
        ("a = 123456789012345678.0", "{ a = 123456789012345680.0 }"),
        ("a = 100000000000000000000.5", "{ a = 100000000000000000000.0 }"),
    ])
    func areReadAndPrinted(_ query: String, _ printed: String) throws {
        let read = try SpanQuery(parsing: query)
        #expect(read.description == printed)
        #expect(try SpanQuery(parsing: printed) == read)
    }

    @Test(
        arguments: [
            ("{ a = 1 } &&", 12..<12, "a set of spans in braces, or '('", "the end"),
            ("{ a = 1 } { b = 1 }", 10..<11, "an operator, '|' or the end", "'{'"),
            ("{ a = 1 } = { b = 1 }", 10..<11, "an operator, '|' or the end", "'='"),
            ("{ a >> b }", 4..<6, "an operator or '}'", "'>>'"),
            ("{ a = 1 ", 8..<8, "an operator or '}'", "the end"),
            ("({ a = 1 }", 10..<10, "an operator, '|' or ')'", "the end"),
            (
                "{ .a } || { .b } && { .c }", 17..<19,
                "brackets: ({ .a } || { .b }) && { .c }, or { .a } || ({ .b } && { .c })", "'&&' after '||'"
            ),
            ("{ } | count()", 13..<13, "a comparison, such as > 2", "the end"),
            ("{ } | count(a) > 2", 12..<13, "')': count counts spans and takes nothing", "'a'"),
            ("{ } | count() =~ 2", 14..<16, "a comparison, such as > 2", "'=~'"),
            ("{ } | max(name) > 2", 10..<14, "a number or a duration", "a text"),
            ("{ } | max(duration) > fast", 22..<26, "a number, count(), avg(…), max(…), min(…) or sum(…)", "'fast'"),
            (
                "{ } | median(.a) > 2", 6..<12,
                "a set of spans in braces, count, avg, max, min, sum, by, coalesce or select", "'median'"
            ),
            (
                "{ } | rate()", 6..<10, "a set of spans in braces, count, avg, max, min, sum, by or select",
                "'rate', which makes series of numbers: see ttaq percentiles, ttaq throughput"
            ),
            ("{ } | select(.a + 1)", 13..<19, "a field", ".a + 1"),
            ("{ } | select(.a .b)", 16..<18, "',' or ')'", "'.b'"),
            ("{ name > 5 } >> { }", 9..<10, "a text", "a number or a duration"),
            ("{ } >> { status = bad }", 18..<21, "unset, ok, error", "'bad'"),
            ("{ rootName = 5 }", 13..<14, "a text", "a number or a duration"),
            ("a = 1 | { b = 1", 15..<15, "an operator or '}'", "the end"),
        ] as [(String, Range<Int>, String, String)])
    func areRefusedWithThePlace(_ query: String, _ range: Range<Int>, _ expected: String, _ found: String) {
        #expect(throws: TraceQLError(query, range, expected: expected, found: found)) { try SpanQuery(parsing: query) }
    }

    /// Longer than any number: a text, as it stands.
    @Test(arguments: ["", ".5", "h"])
    func takeNumbersWithoutEndForTexts(_ end: String) throws {
        let digits = String(repeating: "9", count: 400) + end
        #expect(try SpanQuery(parsing: "a = \(digits)").description == "{ a = \"\(digits)\" }")
    }

    @Test(arguments: ["{}>>", "({}", "{}|", "{}&&", "by(", "count()+", "-", "select(a,"])
    func ofAnyLengthAreReadOrRefused(_ piece: String) {
        let query = String(repeating: piece, count: 50_000)
        #expect(throws: TraceQLError.self) { try SpanQuery(parsing: query) }
    }
}
