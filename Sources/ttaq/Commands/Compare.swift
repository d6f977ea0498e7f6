import ArgumentParser
import TraceModel
import TraceQL
import TraceQuery
import TraceReport
import TraceStore

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What is different between two times, filters or files.",
        usage: "ttaq compare [--b-from TIME] [--b-where CONDITION] [OPTIONS]",
        discussion: """
            Side a was fine, side b is to be explained. With only --b-from, a is what came before it; with only --b-where, \
            a is the runs in which no span meets it; with only --b-db, a is --db whole. A run counts where it starts, and for a \
            condition when any span of it meets it. \
            Shown is what is more than chance: shares by Pearson's chi-squared test (Fisher's exact test where few are \
            expected), quantiles by how many runs lie above that of both sides, means by Welch's test, all corrected after Holm, \
            so that in 99 of 100 comparisons of what does not differ nothing is called different. Tests count runs, \
            because spans of one run go wrong together. 'effect' is Cohen's h or d: 0.2 is small, 0.8 large. New and gone \
            values of attributes are looked for in \(Comparison.mostRunsForValues) runs of each side. --all and the forms for \
            programs have every row.

            Example: ttaq compare --b-from 2026-11-20T10:20:00Z
            """)

    @Option(help: ArgumentHelp("Where side a begins.", valueName: "time"))
    var aFrom: String?
    @Option(help: ArgumentHelp("Before which side a ends.", valueName: "time"))
    var aTo: String?
    @Option(help: ArgumentHelp("Where side b begins.", valueName: "time"))
    var bFrom: String?
    @Option(help: ArgumentHelp("Before which side b ends.", valueName: "time"))
    var bTo: String?
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Only runs of side a with a span that meets it.", valueName: "condition"))
    var aWhere: [String] = []
    @Option(parsing: .singleValue, help: ArgumentHelp("The same for side b.", valueName: "condition"))
    var bWhere: [String] = []
    @Option(help: ArgumentHelp("The store of side a. Default: --db.", valueName: "file"), completion: .file())
    var aDb: String?
    @Option(help: ArgumentHelp("The store of side b. Default: --db.", valueName: "file"), completion: .file())
    var bDb: String?
    @Flag(help: "Which attribute values explain the bad runs of side b, best explanation first.")
    var attributes = false
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "With --attributes: what a span of a bad run meets.",
            discussion: "Default: runs that failed, or took longer than 95% of a's of their kind.",
            valueName: "condition"))
    var bad: [String] = []
    @Flag(help: "Also what is no more than chance.")
    var all = false
    @Option(help: ArgumentHelp("How many rows a table has; forms for programs have all.", valueName: "n"))
    var limit = 30

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkLimit(limit)
        let sides = [aFrom, aTo, bFrom, bTo, aDb, bDb].contains { $0 != nil } || !aWhere.isEmpty || !bWhere.isEmpty
        if !sides {
            throw ValidationError(
                "expected what to compare, found nothing; --b-from TIME compares with what came before, --b-where CONDITION with "
                    + "the other runs, --b-db FILE with another file")
        }
        for (times, name) in [(aFrom, "--a-from"), (aTo, "--a-to"), (bFrom, "--b-from"), (bTo, "--b-to")] {
            _ = try times.map { try SpanOptions.time($0, name) }
        }
        if !attributes, !bad.isEmpty { throw ValidationError("--bad: expected --attributes beside it") }
        for condition in bad { _ = try SpanQuery(condition, of: "--bad") }
        for condition in aWhere { _ = try SpanQuery(condition, of: "--a-where") }
        for condition in bWhere { _ = try SpanQuery(condition, of: "--b-where") }
    }

    func run() throws {
        let style = output.style
        try Store(path: aDb ?? store.path).read { first in
            if let bDb, bDb != aDb ?? store.path {
                try Store(path: bDb).read { try compare(first, $0, style) }
            } else {
                try compare(first, first, style)
            }
        }
    }

    private func compare(_ first: StoreSnapshot, _ second: StoreSnapshot, _ style: TextStyle) throws {
        var a = try SpanOptions.window(aFrom, aTo, ("--a-from", "--a-to"), in: first)
        let b = try SpanOptions.window(bFrom, bTo, ("--b-from", "--b-to"), in: second)
        let isOneStore = first === second
        if isOneStore, a == .all, aWhere.isEmpty, bWhere.isEmpty, let from = b.from {
            a = TimeWindow(from: nil, to: from)
        }
        let isOthers = isOneStore && a == b && aWhere.isEmpty && !bWhere.isEmpty
        let sides = (
            a: ComparedSide(
                first, window: a,
                where: try SpanFilter(isOthers ? bWhere : aWhere, of: isOthers ? "--b-where" : "--a-where", in: first),
                isOthers: isOthers),
            b: ComparedSide(second, window: b, where: try SpanFilter(bWhere, of: "--b-where", in: second))
        )
        try attributes ? rank(sides.a, sides.b, style) : compare(sides.a, sides.b, style)
    }

    private var isForPeople: Bool { output.format == .table || output.format == .markdown }

    private func compare(_ a: ComparedSide, _ b: ComparedSide, _ style: TextStyle) throws {
        let comparison = try Comparison(a, b)
        let (short, count) = comparison.shortTable(showsAll: all, limit: limit)
        try write(isForPeople ? short : comparison.table, output)
        for (name, runs, starts) in [
            ("a", comparison.aRuns, comparison.aStarts), ("b", comparison.bRuns, comparison.bStarts),
        ] {
            let range = starts.map { ", \(style.time($0.lowerBound)) to \(style.time($0.upperBound))" } ?? ""
            Console.error("\(name): \(HumanText.plural(runs, "run"))\(range)")
        }
        if let empty = comparison.aRuns == 0 ? a : comparison.bRuns == 0 ? b : nil {
            return try noteWithoutRuns(empty, style)
        }
        let most = Comparison.mostRunsForValues
        if max(comparison.aRuns, comparison.bRuns) > most {
            Console.error("new and gone attribute values are those of \(most) runs of each side, evenly spread")
        }
        let tested = comparison.rows.count { $0.p != nil }
        note(comparison.significantRows, of: tested, "difference", shown: count)
    }

    private func rank(_ a: ComparedSide, _ b: ComparedSide, _ style: TextStyle) throws {
        var filters: (a: SpanFilter, b: SpanFilter)?
        if let inA = try SpanFilter(bad, of: "--bad", in: a.snapshot),
            let inB = try SpanFilter(bad, of: "--bad", in: b.snapshot)
        {
            filters = (inA, inB)
        }
        let ranking = try AttributeRanking(a, b, bad: filters)
        let (short, count) = ranking.shortTable(showsAll: all, limit: limit)
        try write(isForPeople ? short : ranking.table, output)
        for (name, runs, bad) in [("a", ranking.aRuns, ranking.aBad), ("b", ranking.bRuns, ranking.bBad)] {
            Console.error("\(name): \(HumanText.plural(runs, "run")), \(HumanText.count(bad)) of them bad")
        }
        if let empty = ranking.aRuns == 0 ? a : ranking.bRuns == 0 ? b : nil {
            return try noteWithoutRuns(empty, style)
        }
        if ranking.isSampled {
            Console.error(
                "estimated from \(AttributeRanking.mostRuns) good and \(AttributeRanking.mostRuns) bad runs of each side, where there are more"
            )
        }
        note(ranking.rows.count { $0.isSignificant }, of: ranking.rows.count, "value", shown: count)
    }

    private func noteWithoutRuns(_ side: ComparedSide, _ style: TextStyle) throws {
        let has = try side.snapshot.startRange().map {
            "; the file has \(style.time($0.lowerBound)) to \(style.time($0.upperBound))"
        }
        Console.error("a side without runs: nothing to compare\(has ?? ", the store is empty")")
    }

    private func note(_ significant: Int, of tested: Int, _ what: String, shown count: Int) {
        Console.error(
            "\(HumanText.plural(significant, what)) of \(HumanText.count(tested)) more than chance"
                + (all || !isForPeople ? "" : "; --all shows the others"))
        if isForPeople, count > limit { Console.error("\(HumanText.plural(count - limit, "more row")) (--limit)") }
    }
}
