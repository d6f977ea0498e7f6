import Testing
import TraceQL

/// What stands in the braces of a query that has no more than one pair of them.
private func condition(_ query: String) throws -> FieldExpression {
    try #require(try SpanQuery(parsing: query).condition)
}

@Suite struct Conditions {
    /// What is typed, and the same with every bracket and quote that it means.
    @Test(arguments: [
        ("{ }", "true"), ("", "true"), ("{true}", "true"),
        ("status = error", #"status = "error""#), ("{ status = error }", #"status = "error""#),
        ("span:status=error", #"status = "error""#), ("kind != server", #"kind != "server""#),
        ("llm.model_name=gpt-4o", #"llm.model_name = "gpt-4o""#),
        ("model = claude-3.5-sonnet", #"model = "claude-3.5-sonnet""#), ("path = /a/b-c", #"path = "/a/b-c""#),
        ("size = 4o-mini", #"size = "4o-mini""#), ("a = b:c@d#e", #"a = "b:c@d#e""#),
        ("name = name", #"name = "name""#), ("duration > duration", "duration > duration"),
        ("span.a = resource.b", "span.a = resource.b"), (".a != nil", ".a != nil"),
        (#"span."a b".c = 1"#, #"span."a b.c" = 1"#), (#"a."b=c" = 1"#, #"a."b=c" = 1"#),
        (#"a = "say \"hi\" \\ \n""#, #"a = "say \"hi\" \\ \n""#),
        (#"a =~ "\d+""#, #"a =~ "\\d+""#), ("a !~ `x\"y`", #"a !~ "x\"y""#),
        (".\"\u{35E}y } z\" = 1", ".\"\u{35E}y } z\" = 1"), ("a.\"\u{35E}= z\" = 1", "a.\"\u{35E}= z\" = 1"),
        ("lu > -9994h", "lu > -35978400000000000ns"), ("a > -0.00001", "a > -0.00001"),
        ("duration > 1.5s", "duration > 1500000000ns"), ("duration >= 100ms", "duration >= 100000000ns"),
        ("duration < 2m", "duration < 120000000000ns"), ("a = -1", "a = -1"), ("a = 1.25", "a = 1.25"),
        ("a = minInt || a = maxInt", "a = minInt || a = 9223372036854775807"),
        ("a > 10 * 1024 * 1024", "a > 10 * 1024 * 1024"), ("a > 10*1024", "a > 10 * 1024"),
        ("a + b * c = 1", "a + b * c = 1"), ("(a + b) * c = 1", "(a + b) * c = 1"),
        ("nil = a", "nil = a"), ("5 < a", "5 < a"), ("a - (b - c) = 1", "a - (b - c) = 1"),
        ("a - b - c = 1", "a - b - c = 1"),
        ("a ^ b ^ c = 1", "a ^ b ^ c = 1"), ("(a ^ b) ^ c = 1", "(a ^ b) ^ c = 1"),
        ("-a * 2 = 1", "-a * 2 = 1"), ("-(a * 2) = 1", "-(a * 2) = 1"),
        ("a && b || c", "(a && b) || c"), ("(a || b) && c", "(a || b) && c"), ("a || (b && c)", "a || (b && c)"),
        ("!a && b", "!a && b"), ("!(a = 1)", "!(a = 1)"), ("!a = false", "!a = false"), ("!!a", "!!a"),
        ("{ !(\"test\" != .c || ((true && .b) || 3 < .a)) }", #"!("test" != .c || ((true && .b) || 3 < .a))"#),
        (
            "span.http.status_code >= 200 && span.http.status_code < 300",
            "span.http.status_code >= 200 && span.http.status_code < 300"
        ),
        ("event.exception.message = nil", "event.exception.message = nil"),
        ("instrumentation:name = grpc", #"instrumentation:name = "grpc""#),
        ("trace:id = 00000000000000000000000000000012", #"trace:id = "00000000000000000000000000000012""#),
        ("a\n= 1\n&& b = 2", "a = 1 && b = 2"), (#".""2 = 1"#, #"."2" = 1"#), (#"."2x" = 1"#, #"."2x" = 1"#),
    ])
    func areReadAndPrinted(_ query: String, _ printed: String) throws {
        let expression = try condition(query)
        #expect(expression.description == printed)
        #expect(try condition(printed) == expression)
    }

    @Test func leaveBareNamesAndScopesApart() throws {
        func field(_ query: String) throws -> FieldExpression.Node? {
            guard case .binary(_, let left, _) = try condition(query).node else { return nil }
            return left.node
        }
        #expect(try field("model = x") == .field(.attribute(.bare, "model")))
        #expect(try field(".model = x") == .field(.attribute(.any, "model")))
        #expect(try field("span.model = x") == .field(.attribute(.span, "model")))
        #expect(try field("resource.service.name = x") == .field(.attribute(.resource, "service.name")))
        #expect(try field("spanner = x") == .field(.attribute(.bare, "spanner")))
        #expect(try field("service = x") == .field(.intrinsic(.service)))
        #expect(try field("trace:id = x") == .field(.intrinsic(.traceID)))
    }

    /// The message, and under what the carets stand.
    @Test(
        arguments: [
            ("a =", 3..<3, "a value", "the end"), ("= 1", 0..<1, "a field, a value or '('", "'='"),
            ("a == 1", 3..<4, "a value", "'='"), ("(a = 1", 6..<6, "an operator or ')'", "the end"),
            ("a = 1)", 5..<6, "an operator or the end", "')'"), ("{ a = 1", 7..<7, "an operator or '}'", "the end"),
            (".16*", 4..<4, "a field, a value or '('", "the end"),
            ("{ a = 16* }", 10..<11, "a field, a value or '('", "'}'"),
            ("a = 1 b = 2", 6..<7, "an operator or the end", "'b'"),
            ("a = \"x", 4..<6, "\" at the end of the text", "the end"),
            ("a & b", 2..<3, "a name, a value or an operator", "'&'"),
            ("a || b && c", 7..<9, "brackets: (a || b) && c, or a || (b && c)", "'&&' after '||'"),
            ("duration", 0..<8, "a condition, such as duration = …", "a number or a duration"),
            ("1 + 1", 0..<5, "a condition, such as 1 + 1 = …", "a number or a duration"),
            ("duration = slow", 11..<15, "a number or a duration", "a text"),
            ("name = 5", 7..<8, "a text", "a number or a duration"),
            ("name > nil", 7..<10, "a number or a text", "nil"),
            ("a =~ 5", 5..<6, "a regular expression, as text", "a number or a duration"),
            (
                "a =~ \"(\"", 5..<8, "a regular expression (RE2)",
                "an error at character 1 of the pattern: expected a ) for this (, found none"
            ),
            ("duration =~ x", 0..<8, "a text to the left of =~", "a number or a duration"),
            ("a =~ span.b", 5..<11, "a regular expression, as text", "an attribute"),
            ("status = bad", 9..<12, "unset, ok, error", "'bad'"),
            ("kind = cilent", 7..<13, "unspecified, internal, server, client, producer, consumer", "'cilent'"),
            ("-name = 1", 1..<5, "a number or a duration", "a text"),
            ("!duration", 1..<9, "true or false", "a number or a duration"),
            ("a && 5", 5..<6, "true or false", "a number or a duration"),
            ("a + true = 1", 4..<8, "a number or a duration", "true or false"),
        ] as [(String, Range<Int>, String, String)])
    func areRefusedWithThePlace(_ query: String, _ range: Range<Int>, _ expected: String, _ found: String) {
        #expect(throws: TraceQLError(query, range, expected: expected, found: found)) {
            try condition(query)
        }
    }

    @Test func showTheLineThatIsWrong() {
        let error = #expect(throws: TraceQLError.self) { try condition("a = 1 &&\n  status = bad") }
        #expect(
            error?.text == """
                line 2, column 12: expected unset, ok, error, found 'bad'
                    status = bad
                             ^^^
                """)
        let end = #expect(throws: TraceQLError.self) { try condition("a = ") }
        #expect(end?.text == "column 5: expected a value, found the end\n  a = \n      ^")
    }

    @Test(arguments: ["(", "!", "-", "a^", "a && ", "{", "\"", "a = (", "a ="])
    func ofAnyLengthAreReadOrRefused(_ piece: String) {
        let query = String(repeating: piece, count: 50_000)
        #expect(throws: TraceQLError.self) { try condition(query) }
    }

    /// Bytes at random, and pieces of the language at random: an answer or an error, and what is read prints and reads.
    @Test func atRandomAreReadOrRefused() throws {
        var state: UInt64 = 9
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let pieces = [
            "a", "span.b", ".c", "name", "duration", "1", "2.5", "3ms", "\"t\"", "true", "nil", "(", ")", "{", "}", "=",
            "!=",
            "=~", "<", ">=", "&&", "||", "!", "+", "-", "*", "/", "^", "|", " ", "\n", "é", "\\", "{ a }", "{ }", ">>",
            "!~",
            "&<", "~", "count()", "max(", "by(", ",", "select(", "coalesce()",
        ]
        var read = 0
        for _ in 0..<20_000 {
            let query = (0..<1 + next(9)).map { _ in pieces[next(pieces.count)] }.joined(
                separator: next(2) == 0 ? " " : "")
            guard let expression = try? SpanQuery(parsing: query) else { continue }
            read += 1
            #expect(try SpanQuery(parsing: expression.description) == expression, "\(query)")
        }
        #expect(read > 500)
    }
}
