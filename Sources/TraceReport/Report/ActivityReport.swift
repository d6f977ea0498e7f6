import TraceConfig
import TraceModel
import TraceQuery
import TraceStore

/// What runs did over a time as a document: TTA.dev's four tabs, one below the other.
package struct ActivityReport {
    private let review: ActivityReview
    /// As it was asked for, which may be open.
    private let asked: TimeWindow
    private let style: TextStyle
    /// How the program is called on the same file.
    private let command: (String) -> String
    private static let mostRows = 10
    private static let mostParts = 5
    private static let mostFindings = 5
    /// The share of attempts that failed which is worth a sentence.
    private static let leastLostShare = 0.05

    /// - Parameters:
    ///   - asked: The time as it was asked for, which may be open.
    ///   - command: Makes what to type of a command and its options.
    package init(
        _ review: ActivityReview, of asked: TimeWindow, style: TextStyle, command: @escaping (String) -> String
    ) {
        self.review = review
        self.asked = asked
        self.style = style
        self.command = command
    }

    /// - Throws: What reading the example run throws.
    package func document(of file: String, in snapshot: StoreSnapshot) throws -> ReportDocument {
        var document = ReportDocument(
            title: "Report",
            subtitle:
                "\(file), \(style.time(review.window.lowerBound)) to \(style.time(review.window.upperBound)), the end excluded"
        )
        document.hasContents = true
        addOverview(&document)
        try addWorkflows(&document, in: snapshot)
        addPrimitives(&document)
        addResources(&document)
        return document
    }

    private var options: String { CommandText.options(asked) }

    private func typed(_ text: String) -> String { command(text + options) }

    // MARK: - What is wrong
    /// What is wrong, the worst first; empty when nothing stands out.
    private var findings: [String] {
        var findings: [String] = []
        if let incident = review.incident {
            let from = incident.window.from.map { "From \(style.time($0)) " } ?? "In all of the time "
            let to = incident.window.to.map { "to \(style.time($0))" } ?? "on"
            let bad = ReportWords.share(incident.bad, incident.runs)
            let others = ReportWords.share(incident.otherBad, incident.otherRuns)
            findings.append(
                "\(from)\(to) \(bad) runs failed or took longer than 95% of their kind otherwise, against \(others) of the "
                    + "others: `\(command("postmortem" + CommandText.options(incident.window)))` tells why.")
        }
        let firings = review.impact.firings
        let pages = firings.filter { $0.rule.alert == .page }
        if let firing = (pages.isEmpty ? firings : pages).max(by: { $0.peakBurnRate < $1.peakBurnRate }) {
            let rate = HumanText.rate(firing.peakBurnRate)
            findings.append(
                "A \(firing.rule.alert.rawValue) would have come at \(style.time(firing.firedNanos)): the budget of "
                    + "'\(review.impact.level.name)' burned at up to \(rate) times the rate that it lasts for.")
        }
        let isOftenFailing = (review.runs.availability ?? 1) < review.impact.level.target
        if review.runs.failed > 0, !findings.isEmpty || isOftenFailing {
            let before =
                review.before == nil
                ? ""
                : ", against \(ReportWords.share(review.runsBefore.failed, review.runsBefore.runs)) in the time before"
            let message =
                review.errors.rows.first?.exampleMessage.map { "; most errors say \(ReportWords.code($0))" } ?? ""
            findings.append(
                "\(ReportWords.share(review.runs.failed, review.runs.runs)) runs failed\(before)\(message).")
        }
        for row in review.comparison?.rows.filter(\.isRegression).prefix(2) ?? [] {
            findings.append("\(row.sentence).")
        }
        let retried = review.recovery.rows.filter { $0.kind == .retry || $0.kind == .repeated }
        if let lost = retried.max(by: { $0.sum.wasted.nanos < $1.sum.wasted.nanos }),
            Double(lost.sum.failedAttempts) > Self.leastLostShare * Double(lost.sum.attempts)
        {
            findings.append(
                "\(ReportWords.share(lost.sum.failedAttempts, lost.sum.attempts)) attempts of \(ReportWords.code(lost.name)) failed; they took "
                    + "\(DurationText.human(nanos: Double(lost.sum.wasted.nanos))).")
        }
        return Array(findings.prefix(Self.mostFindings))
    }

    // MARK: - Overview
    private func addOverview(_ document: inout ReportDocument) {
        document.add(.heading("Overview", isPart: false))
        let findings = findings
        if findings.isEmpty {
            document.add(
                .text("Nothing stands out. \(ReportWords.share(review.runs.failed, review.runs.runs)) runs failed."))
        } else {
            document.add(.list(findings))
        }
        if review.before == nil {
            document.add(.text("No run started in the time before, so there is nothing to compare these series with."))
        }
        let (now, before) = (review.activity.series, review.before?.series)
        let minutes = review.activity.stepNanos / 60e9
        func aMinute(_ values: [Double]) -> [Double?] { values.map { $0 / minutes } }
        let fine = zip(now.runs, now.failedRuns).map { $0 - $1 }
        document.add(
            .panels([
                panel("Health", "slo \(ServiceLevel.usualOptions)", health.picture),
                panel(
                    "Runs a minute", "throughput --roots",
                    chart(
                        .stacked, [("failed", aMinute(now.failedRuns), "failed"), ("fine", aMinute(fine), "c1")],
                        before: before.map { aMinute($0.runs) }, HumanText.rate)),
                panel(
                    "Runs in progress that start in this time", "active --roots",
                    chart(.lines, [("active", now.activeRuns, "c1")], before: before?.activeRuns, HumanText.rate)),
                panel(
                    "Runs that failed", "throughput --roots --where 'status = error'",
                    chart(
                        .lines, [("of all", ratios(now.failedRuns, now.runs), "failed")],
                        before: before.map { ratios($0.failedRuns, $0.runs) }, HumanText.percent)),
            ]))
        document.add(.heading("Service map", isPart: true))
        if review.services.edges.isEmpty {
            document.add(.text("No span has a parent in the file."))
        } else {
            document.add(
                .picture(
                    ReportDocument.Picture(svg: review.services.svg, text: review.services.tree(style.forPages))))
        }
        document.add(.command(typed("graph --of services")))
    }

    private var health: Gauge {
        let health = review.health
        let color = health.map { $0 > 0.95 ? "c2" : $0 >= 0.9 ? "slow" : "failed" } ?? "soft"
        let availability = review.runs.availability.map { HumanText.percent($0) } ?? "-"
        let latency = review.runs.latencyCompliance.map { HumanText.percent($0) } ?? "-"
        let left = review.budgetLeft.map { HumanText.percent($0) + ($0 < 0 ? " (counted as 0)" : "") } ?? "-"
        return Gauge(
            value: health, color: color,
            says: [
                "40%: runs that did not fail, \(availability)",
                "40%: runs that neither failed nor took longer than 95% of their kind, \(latency)",
                "20%: what is left of the budget of \(HumanText.percent(review.impact.level.target)), \(left)",
            ])
    }

    private func panel(_ title: String, _ command: String, _ picture: ReportDocument.Picture) -> ReportDocument.Panel {
        ReportDocument.Panel(title: title, picture: picture, command: typed(command))
    }

    private func chart(
        _ kind: TimeChart.Kind, _ series: [(String, [Double?], String)], before: [Double?]?,
        _ says: @escaping (Double) -> String
    ) -> ReportDocument.Picture {
        TimeChart(
            kind, series.map { TimeChart.Series(name: $0, values: $1, color: $2) }, before: before ?? [],
            window: review.window, style: style, says: says
        ).picture
    }

    private func ratios(_ parts: [Double], _ wholes: [Double]) -> [Double?] {
        zip(parts, wholes).map { $1 > 0 ? $0 / $1 : nil }
    }

    /// What primitives go by in this file.
    private var group: String { review.primitives.by.first?.text ?? "name" }

    // MARK: - Workflows
    private func addWorkflows(_ document: inout ReportDocument, in snapshot: StoreSnapshot) throws {
        document.add(.heading("Workflows", isPart: false))
        let slowest = review.workflows.rows.sorted { ($0.quantileNanos[2], $0.count) > ($1.quantileNanos[2], $1.count) }
        if slowest.isEmpty {
            document.add(.text("No run names a workflow (`workflow.name`)."))
        } else {
            document.add(.heading("Slowest first", isPart: true))
            document.add(
                [
                    Column("workflow", .text), Column("runs", .count), Column("succeeded", .ratio),
                    Column("failed", .count), Column("p50", .milliseconds), Column("p95", .milliseconds),
                    Column("longest", .milliseconds),
                ],
                slowest.map { row in
                    groupCells(row.group) + [
                        .count(row.count), .real(1 - Double(row.errors) / Double(max(row.count, 1))),
                        .count(row.errors), .milliseconds(nanos: row.quantileNanos[0]),
                        .milliseconds(nanos: row.quantileNanos[2]), .milliseconds(nanos: row.maxNanos),
                    ]
                }, most: Self.mostRows, "workflow")
            document.add(.command(typed("percentiles --by workflow.name --where 'span:parentID = nil'")))
        }
        addErrors(&document)
        guard let example = review.example else { return }
        let tree = try TraceTree(example, in: snapshot)
        let short = try snapshot.shortID(example)
        document.add(
            .heading("\(short): \(tree.run.isFailed ? "the newest run that failed" : "the longest run")", isPart: true),
            .picture(RunPicture(tree, style: style.forPages).picture), .command(command("trace \(short)")))
    }

    private func addErrors(_ document: inout ReportDocument) {
        document.add(.heading("Errors", isPart: true))
        let rows = review.errorsByWorkflow.rows
        if rows.isEmpty { return document.add(.text("No span is an error."), .command(typed("errors"))) }
        document.add(
            [
                Column("workflow", .text), Column("error", .text), Column("spans", .count), Column("first", .time),
                Column("says", .text),
            ],
            rows.map { row in
                groupCells(row.group) + [
                    .count(row.count), .time(row.firstNanos),
                    .optional(row.exampleMessage.map { String($0.prefix(160)) }),
                ]
            }, most: Self.mostRows, "error kind")
        document.add(.command(typed("errors --by workflow.name,error.type")))
    }

    // MARK: - Primitives
    private func addPrimitives(_ document: inout ReportDocument) {
        document.add(.heading("Primitives", isPart: false))
        let heat = review.activity.heat
        if !heat.isEmpty {
            document.add(
                .heading("p95 over time, the stronger the longer", isPart: true),
                .picture(HeatChart(rows: heat, window: review.window, style: style).picture),
                .command(typed("percentiles")))
        }
        let (now, before) = (review.activity.series, review.before?.series)
        var panels = [
            panel(
                "Executions", "throughput --by \(group)",
                parts(review.activity.executions, before: sum(review.before?.executions), HumanText.rate))
        ]
        if now.lookups.contains(where: { $0 > 0 }) {
            panels.append(
                panel(
                    "Cache hit rate", "cache",
                    chart(
                        .lines, [("hits of look-ups", ratios(now.hits, now.lookups), "c2")],
                        before: before.map { ratios($0.hits, $0.lookups) }, HumanText.percent)))
        }
        if (now.failedAttempts + now.fallbacks).contains(where: { $0 > 0 }) {
            panels.append(
                panel(
                    "Failed attempts of retries, and fallbacks", "recovery",
                    chart(
                        .stacked, [("attempts", now.failedAttempts, "failed"), ("fallbacks", now.fallbacks, "slow")],
                        before: before.map { zip($0.failedAttempts, $0.fallbacks).map { $0 + $1 } }, HumanText.rate)))
        }
        document.add(.panels(panels))
        addRecovery(&document)
        let slowest = review.primitives.rows.sorted {
            ($0.quantileNanos[2], $0.count) > ($1.quantileNanos[2], $1.count)
        }
        document.add(
            .heading("Slowest by p95", isPart: true),
            .table(
                ResultTable(
                    columns: [
                        Column(group, .text), Column("spans", .count),
                        Column("errors", .count), Column("p50", .milliseconds), Column("p95", .milliseconds),
                        Column("longest", .milliseconds),
                    ],
                    rows: slowest.prefix(5).map { row in
                        groupCells(row.group) + [
                            .count(row.count), .count(row.errors), .milliseconds(nanos: row.quantileNanos[0]),
                            .milliseconds(nanos: row.quantileNanos[2]), .milliseconds(nanos: row.maxNanos),
                        ]
                    })), .command(typed("percentiles")))
    }

    private func addRecovery(_ document: inout ReportDocument) {
        let rows = review.recovery.rows.filter { $0.sum.used > 0 }
        if rows.isEmpty { return }
        document.add(.heading("What recovery did", isPart: true))
        document.add(
            [
                Column("kind", .plain), Column("name", .text), Column("executions", .count),
                Column("succeeded", .count), Column("failed attempts", .count), Column("time lost", .milliseconds),
            ],
            rows.map { row in
                [
                    .text(row.kind.rawValue), .text(row.name), .count(row.sum.executions), .count(row.sum.succeeded),
                    .count(row.sum.failedAttempts), .milliseconds(nanos: row.sum.wasted.nanos),
                ]
            }, most: Self.mostRows, "row")
        document.add(.command(typed("recovery")))
    }

    /// The largest in colors of their own, the others together.
    private func parts(
        _ parts: [Activity.Part], before: [Double]? = nil, _ says: @escaping (Double) -> String
    ) -> ReportDocument.Picture {
        var series = parts.prefix(Self.mostParts).enumerated().map { index, part in
            (part.name, part.values.map { Double?.some($0) }, "c\(index + 1)")
        }
        let others = parts.dropFirst(Self.mostParts)
        if !others.isEmpty {
            let sums = others.reduce([Double](repeating: 0, count: ActivityReview.steps)) { zip($0, $1.values).map(+) }
            series.append(("\(others.count) more", sums.map { $0 }, "c6"))
        }
        return chart(.stacked, series, before: before, says)
    }

    private func sum(_ parts: [Activity.Part]?) -> [Double]? {
        parts.map { $0.reduce([Double](repeating: 0, count: ActivityReview.steps)) { zip($0, $1.values).map(+) } }
    }

    // MARK: - Resources
    private func addResources(_ document: inout ReportDocument) {
        document.add(.heading("Resources", isPart: false))
        let hours = review.activity.stepNanos / 3600e9
        let (now, before) = (review.activity.series, review.before?.series)
        document.add(
            .panels([
                panel(
                    "Tokens by model", "tokens",
                    parts(review.activity.tokens, before: sum(review.before?.tokens)) {
                        HumanText.count(Int64(nearest: $0))
                    }),
                panel(
                    "Cost an hour", "tokens",
                    chart(
                        .lines, [("reported", now.costUSD.map { $0 / hours }, "c3")],
                        before: before?.costUSD.map { $0 / hours }, HumanText.usd)),
            ]))
        addCaches(&document)
        document.add(.heading("Who calls models", isPart: true))
        if review.callers.rows.isEmpty { return document.add(.text("No model was called."), .command(typed("tokens"))) }
        let all = review.callers.rows.reduce(0.0) { $0 + ($1.totals.costUSD ?? 0) }
        document.add(
            [
                Column(group, .text), Column("calls", .count), Column("tokens", .count), Column("cost", .usd),
                Column("of all cost", .ratio),
            ],
            review.callers.rows.map { row in
                let share = all > 0 ? row.totals.costUSD.map { $0 / all } : nil
                return groupCells(row.group) + [
                    .count(row.totals.calls), .integer(row.totals.tokens), .optional(row.totals.costUSD),
                    .optional(share),
                ]
            }, most: Self.mostRows, group)
        document.add(.command(typed("tokens --by \(group)")))
    }

    private func addCaches(_ document: inout ReportDocument) {
        if review.caches.rows.isEmpty { return }
        document.add(.heading("Caches", isPart: true))
        document.add(
            [Column("cache", .text), Column("look-ups", .count), Column("hit rate", .ratio), Column("saved", .usd)],
            review.caches.rows.map { row in
                groupCells(row.group) + [
                    .count(row.totals.lookups), .optional(row.hitRate), .real(row.totals.savingsUSD),
                ]
            }, most: Self.mostRows, "cache")
        document.add(.command(typed("cache")))
    }
}
