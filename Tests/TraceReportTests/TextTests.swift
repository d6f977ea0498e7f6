import Testing
import TraceReport

@Suite struct HumanNumbers {
    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
    func separatesThousands(_ count: Int, _ text: String) {
        #expect(HumanText.count(count) == text)
    }

    @Test(arguments: [
        (0.0, "$0.00"), (1e300, "$1e+300"), (12.345, "$12.35"), (1999.999, "$1,999.99"), (0.5, "$0.500"),
        (0.000274, "$0.000274"),
        (0.0123456, "$0.0123"), (-2.5, "-$2.50"), (1e-12, "$0.000000000"),
    ])
    func writesDollars(_ amount: Double, _ text: String) {
        #expect(HumanText.usd(amount) == text)
    }

    @Test(arguments: [
        (0.0, "0%"), (1, "100%"), (0.5833333, "58.3%"), (0.99996, "99.996%"), (0.999999, "99.999%"), (0.999, "99.9%"),
        (0.00004, "0.004%"), (-12.889, "-1288.9%"), (0.99, "99%"),
    ])
    func neverRoundsANearMissToWhole(_ ratio: Double, _ text: String) {
        #expect(HumanText.percent(ratio) == text)
    }

    @Test(arguments: [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (21_729_280, "21.7 MB")])
    func writesBytesInPowersOfAThousand(_ bytes: Int, _ text: String) {
        #expect(HumanText.bytes(bytes) == text)
    }
}

@Suite struct SafeText {
    @Test(arguments: [
        ("plain ☃", "plain ☃"), ("a\nb\tc", "a\\nb\\tc"), ("\u{1B}[31mred", "\\u{1B}[31mred"),
        ("\u{202E}evil", "\\u{202E}evil"), ("\u{10FFFF}", "\\xff"),
    ])
    func cannotCommandTheTerminal(_ text: String, _ shown: String) {
        #expect(HumanText.printable(text) == shown)
    }

    @Test func keepsLinesAndNothingElse() {
        #expect(HumanText.printableLines("a\r\nb\u{7}\n\n\tc") == ["a", "b\\u{7}", "", "    c"])
    }

    @Test func countsWideCharactersTwice() {
        #expect(DisplayWidth.of("漢字a") == 5)
        #expect(DisplayWidth.cut("漢字漢字", to: 6) == "漢字…")
        #expect(DisplayWidth.cut("short", to: 5) == "short")
        #expect(DisplayWidth.padded("漢", to: 4) == "漢  ")
    }
}

@Suite struct Tables {
    private let columns = [
        Column("name", .text), Column("count", .count), Column("mean_ms", .milliseconds, title: "mean", rank: 2),
        Column("share", .ratio, rank: 1),
    ]
    private let rows: [[Cell]] = [
        [.text("a rather long name, longer than most"), .integer(1_234), .real(12.5), .real(0.25)],
        [.text(""), .null, .null, .null],
    ]

    private func text(width: Int?, format: RowFormat = .table) -> (text: String, hidden: [String]) {
        var writer = RowWriter(columns, format: format, style: TextStyle(width: width, color: false))
        var text = writer.begin()
        for row in rows { text += writer.row(row) }
        let end = writer.end()
        return (text + end.text, end.hidden)
    }

    @Test func showEverythingWhereThereIsRoom() {
        #expect(
            text(width: nil).text == """
                name                                  count     mean  share
                a rather long name, longer than most  1,234  12.5 ms    25%
                ""                                        -        -      -

                """)
    }

    @Test func leaveOutTheHighestRankFirstAndNameIt() {
        let (text, hidden) = text(width: 40)
        #expect(hidden == ["mean"])
        #expect(text.split(separator: "\n").allSatisfy { DisplayWidth.of(String($0)) <= 40 })
        #expect(text.contains("…"))
    }

    @Test func keepNullApartFromEmptyAndFullPrecisionInMachineForms() {
        #expect(
            text(width: 20, format: .csv).text == """
                name,count,mean_ms,share
                "a rather long name, longer than most",1234,12.5,0.25
                "",,,

                """)
        #expect(
            text(width: 20, format: .json).text == """
                [
                {"name":"a rather long name, longer than most","count":1234,"mean_ms":12.5,"share":0.25},
                {"name":"","count":null,"mean_ms":null,"share":null}
                ]

                """)
    }

    @Test func areLinesOfJSONTabsOrMarkdown() {
        #expect(
            text(width: 20, format: .jsonl).text == """
                {"name":"a rather long name, longer than most","count":1234,"mean_ms":12.5,"share":0.25}
                {"name":"","count":null,"mean_ms":null,"share":null}

                """)
        #expect(
            text(width: 20, format: .tsv).text
                == "name\tcount\tmean_ms\tshare\na rather long name, longer than most\t1234\t12.5\t0.25\n\"\"\t\t\t\n")
        #expect(
            text(width: 20, format: .markdown).text == """
                | name | count | mean | share |
                | --- | --: | --: | --: |
                | a rather long name, longer than most | 1,234 | 12.5 ms | 25% |
                | "" | - | - | - |

                """)
        var writer = RowWriter([Column("a", .text)], format: .markdown, style: .plain)
        // A line break is shown as \n; in Markdown a backslash, too, needs one before it.
        #expect(writer.row([.text("x|y\nz")]) == "| x\\|y\\\\nz |\n")
        #expect(writer.row([.text("[a](b) *c* `d` <e>")]) == "| \\[a](b) \\*c\\* \\`d\\` &lt;e> |\n")
    }

    @Test func areValidJSONWithNoRows() {
        var writer = RowWriter(columns, format: .json, style: .plain)
        #expect(writer.begin() + writer.end().text == "[]\n")
        _ = writer.row([.null, .null, .null, .null])
    }

    @Test func showAsManyDigitsOfAnIDAsTellRowsApart() {
        let ids = [
            "0af7651916cd43dd8448eb211c800001", "0af7651916cd43dd8448eb211c800012", "ffffffffffffffffffffffffffffffff",
        ]
        var writer = RowWriter([Column("trace_id", .id)], format: .table, style: TextStyle(width: 80, color: false))
        for id in ids { _ = writer.row([.text(id)]) }
        #expect(
            writer.end().text.split(separator: "\n").dropFirst().map(String.init) == ids.map { String($0.prefix(31)) })
    }

    @Test func writeNonFiniteNumbersAsStringsInJSON() {
        var writer = RowWriter([Column("x", .plain)], format: .json, style: .plain)
        #expect(writer.row([.real(-.infinity)]).contains(#"{"x":"-Infinity"}"#))
    }
}

/// By hand: shares cut, times rounded up.
@Test(
    arguments: [
        (0, 1000, 0, 0.0, "0% of 1 kB, 0 spans"), (0, 0, 0, 0.5, "0 B read, 0 spans, 0 a second"),
        (500, 1000, 12_345, 4.0, "50% of 1 kB, 12,345 spans, 3,086 a second, 4 s left"),
        (10, 1000, 1, 2.0, "1% of 1 kB, 1 span, 0 a second, 3 min 18 s left"),
        (1, 1000, 10, 10.0, "0% of 1 kB, 10 spans, 1 a second, 2 h 46 min left"),
        (1001, 1000, 5, 5.0, "100% of 1 kB, 5 spans, 1 a second"),
        (2_000_000, nil, 7, 2.0, "2 MB read, 7 spans, 3 a second"),
    ] as [(Int, Int?, Int, Double, String)])
func saysHowFarReadingHasCome(_ read: Int, _ bytes: Int?, _ spans: Int, _ seconds: Double, _ text: String) {
    #expect(ProgressLine(bytesRead: read, bytes: bytes, spans: spans, seconds: seconds).text == text)
}
