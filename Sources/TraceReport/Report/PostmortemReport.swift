import TraceConfig
import TraceModel
import TraceQuery
import TraceStore

/// A post-mortem as a document.
package struct PostmortemReport {
    private let postmortem: Postmortem
    private let style: TextStyle
    /// What asks for the same objectives.
    private let objectiveOptions: String
    /// Whether someone has named the objectives.
    private let isOfFile: Bool
    /// How the program is called on the same file.
    private let command: (String) -> String
    private static let mostDifferences = 15
    private static let mostRows = 20
    private static let mostAlerts = 12
    /// Of a conversation: its texts are cut, but a run may have any number of them.
    private static let mostLines = 400
    private static let mostExplanations = 6
    private static let begin = "the likeliest begin: from here on more runs fail or take long than elsewhere"

    /// - Parameters:
    ///   - config: The file of the objectives; `nil` where none was named.
    ///   - command: Makes what to type of a command and its options.
    package init(
        _ postmortem: Postmortem, config: String?, style: TextStyle, command: @escaping (String) -> String
    ) {
        self.postmortem = postmortem
        self.style = style
        isOfFile = config != nil
        objectiveOptions = config.map { "--config " + ReportWords.argument($0) } ?? ServiceLevel.usualOptions
        self.command = command
    }

    /// - Throws: What reading the example runs throws.
    package func document(of file: String, in snapshot: StoreSnapshot) throws -> ReportDocument {
        var document = ReportDocument(
            title: "Post-mortem",
            subtitle: "\(file), \(words(postmortem.incident)), compared with \(words(postmortem.baseline))")
        document.add(.text(facts))
        addTimeline(&document)
        addObjectives(&document)
        addChanges(&document)
        addAffected(&document)
        addTimeAndMoney(&document)
        try addExamples(&document, in: snapshot)
        try addConversation(&document, in: snapshot)
        return document
    }

    /// Where no incident was found and none was given.
    ///
    /// - Parameter counts: Of all runs of the file.
    package static func quiet(_ counts: RunList, of file: String) -> ReportDocument {
        var document = ReportDocument(title: "Post-mortem", subtitle: "\(file), all of the file")
        document.add(
            .text(
                "Nothing stands out: there is no time whose runs failed or took long more often than the others. "
                    + "\(HumanText.count(counts.failedCount)) of \(HumanText.plural(counts.count, "run")) failed, "
                    + "\(HumanText.count(counts.recoveredCount)) more recovered from errors. `--from` names a time to explain."
            ))
        return document
    }

    // MARK: - Words
    private func words(_ window: TimeWindow) -> String {
        switch (window.from, window.to) {
        case (nil, nil): "all of the file"
        case (nil, let to?): "before \(style.time(to))"
        case (let from?, nil): "from \(style.time(from)) on"
        case (let from?, let to?): "from \(style.time(from)) to \(style.time(to))"
        }
    }

    /// The time compared with, in a sentence that has named the incident's.
    private var earlier: String {
        postmortem.baseline == TimeWindow(from: nil, to: postmortem.incident.from)
            ? "before that" : "in the time compared with (\(words(postmortem.baseline)))"
    }

    private func duration(_ counts: Postmortem.Counts, _ quantile: Double) -> String {
        counts.durationNanos(quantile).map { DurationText.human(nanos: $0) } ?? "-"
    }

    /// One paragraph that can be read alone.
    private var facts: String {
        let (before, during) = (postmortem.before, postmortem.during)
        var sentences = [
            "\(ReportWords.share(during.failed, during.runs)) runs failed \(words(postmortem.incident)); \(earlier), "
                + "\(ReportWords.share(before.failed, before.runs)) did.",
            "\(ReportWords.share(during.slow, during.runs)) more took longer than 95% of their kind before, against "
                + "\(ReportWords.share(before.slow, before.runs)). The median run took "
                + "\(duration(during, 0.5)) instead of \(duration(before, 0.5)), p95 \(duration(during, 0.95)) instead of "
                + "\(duration(before, 0.95)).",
        ]
        if !isWorse { sentences.append("So nothing is worse here than in the time compared with.") }
        if isWorse, let cause = postmortem.ranking.rows.first(where: \.isSignificant),
            cause.effect >= AttributeRanking.leastEffect
        {
            sentences.append(
                "What the bad runs have and the others had not: \(ReportWords.code("\(cause.attribute) = \(cause.value.scalarText ?? "")")), "
                    + "\(HumanText.percent(cause.bShare)) of them against \(HumanText.percent(cause.aShare)) of those compared with."
            )
            if let together = postmortem.ranking.combination {
                let values = together.values.map { ReportWords.code("\($0.attribute) = \($0.value.scalarText ?? "")") }
                sentences.append(
                    "Together \(values.joined(separator: " and ")) tell it better: "
                        + "\(ReportWords.share(together.bad, together.runs)) of the runs with them are bad, "
                        + "\(ReportWords.share(together.otherBad, together.otherRuns)) of the others.")
            }
        } else if isWorse {
            sentences.append("No attribute value sets the bad runs apart by more than chance.")
        }
        if let error = postmortem.errors.rows.first, let message = error.exampleMessage {
            sentences.append(
                "Most errors say: \(ReportWords.code(message)), first at \(style.time(error.firstNanos)).")
        }
        let affected = postmortem.workflows.filter { $0.during.failed > 0 }.prefix(3).map { workflow in
            "\(workflow.name.map(ReportWords.code) ?? "runs without a workflow") \(ReportWords.share(workflow.during.failed, workflow.during.runs))"
        }
        if !affected.isEmpty { sentences.append("Failed: \(affected.joined(separator: ", ")).") }
        sentences.append(cost)
        return sentences.joined(separator: " ")
    }

    /// Whether more runs are bad than in the time compared with.
    private var isWorse: Bool {
        func share(_ counts: Postmortem.Counts) -> Double {
            Double(counts.failed + counts.slow) / Double(max(counts.runs, 1))
        }
        return share(postmortem.during) > share(postmortem.before)
    }

    private var cost: String {
        let (before, during) = (postmortem.before, postmortem.during)
        let failed = during.failedUsage
        var text =
            "Failed runs made \(HumanText.plural(failed.calls, "model call")) and used "
            + "\(HumanText.count(failed.tokens)) tokens"
        if let cost = failed.costUSD { text += ", \(HumanText.usd(cost))" }
        if let a = before.usage.costUSD, let b = during.usage.costUSD, before.runs > 0, during.runs > 0 {
            text +=
                "; a run cost \(HumanText.usd(b / Double(during.runs))) instead of \(HumanText.usd(a / Double(before.runs)))"
        }
        return text + "."
    }

    // MARK: - Chapters
    private func options(_ window: TimeWindow, _ prefix: String = "") -> String { CommandText.options(window, prefix) }

    private var sides: String { options(postmortem.baseline, "a-") + options(postmortem.incident, "b-") }

    private func addTimeline(_ document: inout ReportDocument) {
        document.add(
            .heading("Since when", isPart: false),
            .picture(RunsChart(steps: postmortem.steps, incident: postmortem.incident, style: style).picture))
        var moments: [(nanos: UInt64, says: String)] = []
        if let from = postmortem.incident.from {
            moments.append(
                (
                    from,
                    postmortem.margin == nil
                        ? "the time to explain begins" : "from here on more runs fail or take long than elsewhere"
                ))
        }
        if let margin = postmortem.margin, let from = margin.from, from != postmortem.incident.from {
            moments.append((from, "the earliest begin that is about as likely; what is compared with lies before"))
        }
        if let nanos = postmortem.firstBadNanos, nanos != postmortem.incident.from {
            moments.append((nanos, "the first bad run of it starts"))
        }
        if let span = postmortem.firstBadSpan {
            let says = span.errorText.map { ": \(ReportWords.code($0))" } ?? ""
            moments.append(
                (span.knownEndNanos, "in the first failure \(ReportWords.code(span.span.name)) failed first\(says)"))
        }
        if let (firing, level) = firstPage {
            moments.append((firing.firedNanos, "a page would have come, for \(ReportWords.code(level.name))"))
        }
        for (error, before) in moreFrequentErrors.prefix(3) {
            let kind = error.group.first.flatMap { $0?.scalarText }.map(ReportWords.code) ?? "error without a type"
            moments.append(
                (
                    error.firstNanos,
                    "the first \(kind) (\(HumanText.plural(error.count, "span")), \(before == 0 ? "none" : HumanText.count(before)) before)"
                ))
        }
        if let to = postmortem.incident.to {
            moments.append((to, postmortem.margin == nil ? "the time to explain ends" : "runs are as before"))
        }
        // Of those at one time the order above.
        let ordered = moments.enumerated().sorted { ($0.element.nanos, $0.offset) < ($1.element.nanos, $1.offset) }
        var items = ordered.map { "\(style.time($0.element.nanos)): \($0.element.says)" }
        if postmortem.incident.to == nil { items.append("it lasts to the end of the file") }
        document.add(
            .list(items), .command(command("throughput --roots --where 'status = error'")),
            .command(command("errors\(options(postmortem.margin ?? postmortem.incident))")))
    }

    /// Kinds of errors that a run has more than twice as often as before, with how many there were.
    private var moreFrequentErrors: [(row: ErrorGroups.Row, before: Int)] {
        let before = Dictionary(
            postmortem.errorsBefore.rows.map { ($0.group, $0.count) }, uniquingKeysWith: { first, _ in first })
        let runs = (Double(max(postmortem.before.runs, 1)), Double(max(postmortem.during.runs, 1)))
        return postmortem.errors.rows.map { ($0, before[$0.group] ?? 0) }.filter { row, count in
            Double(row.count) / runs.1 > 2 * Double(count) / runs.0
        }
    }

    /// The first that would have woken someone up because of the incident.
    private var firstPage: (firing: AlertReplay.Firing, level: ServiceLevel)? {
        var first: (firing: AlertReplay.Firing, level: ServiceLevel)?
        for impact in postmortem.impacts {
            for firing in impact.firings where firing.rule.alert == .page {
                let isBecauseOfIt = firing.firedNanos >= postmortem.incident.from ?? 0
                if isBecauseOfIt, firing.firedNanos < first?.firing.firedNanos ?? .max {
                    first = (firing, impact.level)
                }
            }
        }
        return first
    }

    private func addObjectives(_ document: inout ReportDocument) {
        let impacts = postmortem.impacts
        if impacts.isEmpty { return }
        document.add(.heading("Objectives, and pages that would have come", isPart: false))
        if !isOfFile {
            document.add(
                .text(
                    "No objectives were named (`--config FILE`), so that the measure is that \(HumanText.percent(impacts[0].level.target)) of all runs go well."
                ))
        }
        for impact in impacts {
            if let unknown = impact.unknownName {
                document.add(.text("\(ReportWords.code(impact.level.name)): \(ReportWords.code(unknown.text))."))
            }
        }
        let groups = ObjectiveGroups(impacts.map(\.level))
        let columns = [
            Column("target", .ratio), Column("during the incident", .ratio), Column("bad", .count),
            Column("of the budget so far", .ratio),
        ]
        let rows = impacts.flatMap { impact in
            impact.rows.map { row -> [Cell] in
                let measured: [Cell] = [
                    .real(impact.level.target), .real(Double(row.during.good) / Double(row.during.total)),
                    .count(row.during.bad), .optional(row.budgetShare),
                ]
                return [.text(impact.level.name)] + groups.cells(impact.level, row.group) + measured
            }
        }
        document.add([Column("objective", .text)] + groups.columns + columns, rows, most: Self.mostRows, "group")
        addAlerts(&document, groups)
        if firstPage == nil, !impacts.allSatisfy(\.firings.isEmpty) {
            document.add(.text("No page would have come because of it."))
        }
        document.add(.command(command("slo replay \(objectiveOptions)")))
    }

    private func addAlerts(_ document: inout ReportDocument, _ groups: ObjectiveGroups) {
        struct Alert {
            let level: ServiceLevel
            let firing: AlertReplay.Firing
            /// Pages before tickets.
            var rank: Int { firing.rule.alert == .page ? 0 : 1 }
        }
        let all = postmortem.impacts.flatMap { impact in impact.firings.map { Alert(level: impact.level, firing: $0) } }
        let alerts = all.sorted { ($0.rank, $0.firing.firedNanos) < ($1.rank, $1.firing.firedNanos) }
        if alerts.isEmpty { return document.add(.text("No burn rate alert would have fired.")) }
        let columns = [
            Column("burning over", .plain), Column("fired", .time), Column("resolved", .time),
            Column("peak burn rate", .number),
        ]
        let rows = alerts.map { alert -> [Cell] in
            let (firing, rule) = (alert.firing, alert.firing.rule)
            let lengths = [rule.long, rule.short].map { BurnWindows.lengths[$0].name }
            let head: [Cell] = [.text(rule.alert.rawValue), .text(alert.level.name)]
            let resolved: Cell = firing.resolvedNanos.map { .time($0) } ?? .text("still firing at the end")
            return head + groups.cells(alert.level, firing.group) + [
                .text(lengths.joined(separator: " and ")), .time(firing.firedNanos), resolved,
                .real(firing.peakBurnRate),
            ]
        }
        document.add(
            [Column("alert", .plain), Column("objective", .text)] + groups.columns + columns, rows,
            most: Self.mostAlerts,
            "alert")
    }

    private func addChanges(_ document: inout ReportDocument) {
        document.add(.heading("What the bad runs have in common", isPart: false))
        document.add(explanations)
        document.add(.command(command("compare --attributes\(sides)")), .heading("What has changed", isPart: false))
        let (differences, count) = postmortem.comparison.shortTable(
            showsAll: false, limit: Self.mostDifferences, sides: ("before", "during"))
        if differences.rows.isEmpty {
            document.add(.text("Nothing by more than chance."))
        } else {
            document.add(
                .table(differences),
                .text(
                    "The last columns count what the values are of: runs, spans, calls or look-ups. (+1) stands for another row that says the same; "
                        + "an effect of 0.2 is small, one of 0.8 large."))
        }
        if count > Self.mostDifferences {
            document.add(.text("\(HumanText.plural(count - Self.mostDifferences, "smaller difference")) more."))
        }
        document.add(.command(command("compare\(sides)")))
    }

    private var explanations: ReportDocument.Block {
        let rows = postmortem.ranking.inseparable.filter {
            $0.first.isSignificant && $0.first.effect >= AttributeRanking.leastEffect
        }
        if rows.isEmpty { return .text("Nothing by more than chance.") }
        return .table(
            ResultTable(
                columns: [
                    Column("attribute", .text), Column("value", .text), Column("of the bad runs", .ratio),
                    Column("of runs compared with", .ratio), Column("bad runs", .count), Column("example", .text),
                ],
                rows: rows.prefix(Self.mostExplanations).map { row, others in
                    [
                        .text(row.attribute + (others > 0 ? " (+\(others))" : "")), row.value.cell, .real(row.bShare),
                        .real(row.aShare), .count(row.bCount),
                        .optional(row.exampleTraceID.map { String($0.hex.prefix(8)) }),
                    ]
                }))
    }

    private func addAffected(_ document: inout ReportDocument) {
        document.add(.heading("Who was affected", isPart: false))
        let rows = postmortem.workflows.map { workflow -> [Cell] in
            [
                .optional(workflow.name), .count(workflow.during.runs), .count(workflow.during.failed),
                .count(workflow.during.slow), .count(workflow.before.failed), .count(workflow.before.slow),
                .count(workflow.before.runs),
            ]
        }
        document.add(
            [
                Column("workflow", .text), Column("runs", .count), Column("failed", .count), Column("slow", .count),
                Column("failed before", .count), Column("slow before", .count), Column("runs before", .count),
            ], rows, most: Self.mostRows, "workflow")
        let failedSessions = postmortem.sessions.sessions.filter { $0.failedRuns > 0 }
        if !failedSessions.isEmpty {
            document.add(
                .heading("Sessions with the most failures", isPart: true),
                .table(
                    ResultTable(
                        columns: [
                            Column("session", .text), Column("user", .text), Column("runs", .count),
                            Column("failed", .count),
                            Column("first", .time),
                        ],
                        rows: failedSessions.map { session in
                            [
                                .text(session.id), .optional(session.userID), .count(session.runs),
                                .count(session.failedRuns),
                                .time(session.firstNanos),
                            ]
                        })), .command(command("sessions --sort failures\(options(postmortem.incident))")))
        }
        let users = postmortem.users.rows.count { $0.group.first.flatMap { $0 } != nil }
        if users > 0 {
            document.add(
                .text(
                    "Spans that are errors name \(HumanText.plural(users, "user")): `\(command("errors --by user.id\(options(postmortem.incident))"))`"
                ))
        }
    }

    private func addTimeAndMoney(_ document: inout ReportDocument) {
        document.add(.heading("Where time and money went", isPart: false))
        addTime(&document)
        addRecovery(&document)
        addMoney(&document)
    }

    private func addRecovery(_ document: inout ReportDocument) {
        let rows = postmortem.recovery.rows.filter { $0.sum.used > 0 }
        if rows.isEmpty { return }
        document.add(.heading("What recovery did", isPart: true))
        let cells = rows.map { row -> [Cell] in
            [
                .text(row.kind.rawValue), .text(row.name), .count(row.sum.executions), .count(row.sum.succeeded),
                .count(row.sum.used),
                .count(row.sum.failedAttempts), .milliseconds(nanos: row.sum.wasted.nanos),
                .milliseconds(nanos: row.sum.added.nanos), .integer(Int64(nearest: row.sum.added.tokens)),
                .optional(row.sum.added.costUSD),
            ]
        }
        document.add(
            [
                Column("kind", .plain), Column("name", .text), Column("executions", .count),
                Column("succeeded", .count), Column("took over", .count),
                Column("failed attempts", .count), Column("time lost", .milliseconds),
                Column("time added", .milliseconds), Column("tokens added", .count), Column("cost added", .usd),
            ], cells, most: Self.mostRows, "row")
        document.add(.command(command("recovery\(options(postmortem.incident))")))
    }

    private func addTime(_ document: inout ReportDocument) {
        let shares = postmortem.comparison.rows.filter { $0.metric == .criticalShare }.sorted {
            ($0.b ?? 0) > ($1.b ?? 0)
        }
        if shares.isEmpty {
            return document.add(
                .text("No kind of span is in enough runs of both times to be compared."),
                .command(command("critical-path\(options(postmortem.incident))")))
        }
        document.add(
            .table(
                ResultTable(
                    columns: [
                        Column("what runs waited for", .text), Column("of their time", .ratio),
                        Column("before", .ratio),
                    ],
                    rows: shares.prefix(6).map { row in
                        [
                            .text(row.group.map { $0.value?.scalarText ?? "-" }.joined(separator: ", ")),
                            .optional(row.b),
                            .optional(row.a),
                        ]
                    })), .command(command("critical-path\(options(postmortem.incident))")))
    }

    private func addMoney(_ document: inout ReportDocument) {
        if postmortem.duringUse.rows.isEmpty { return document.add(.text("No model was called.")) }
        let before = Dictionary(
            postmortem.beforeUse.rows.map { ($0.group, $0.totals) }, uniquingKeysWith: { first, _ in first })
        document.add(.heading("Models", isPart: true))
        let rows = postmortem.duringUse.rows.map { row -> [Cell] in
            let earlier = before[row.group]
            return [
                row.group.first.flatMap { $0 }?.cell ?? .null, .count(row.totals.calls), .integer(row.totals.tokens),
                .optional(row.totals.costUSD), .count(earlier?.calls ?? 0), .optional(earlier?.costUSD),
            ]
        }
        document.add(
            [
                Column("model", .text), Column("calls", .count), Column("tokens", .count), Column("cost", .usd),
                Column("calls before", .count), Column("cost before", .usd),
            ], rows, most: Self.mostRows, "model")
        document.add(.command(command("tokens\(options(postmortem.incident))")))
    }

    private var narrow: TextStyle {
        var narrow = style
        narrow.width = 100
        narrow.color = false
        return narrow
    }

    private func addExamples(_ document: inout ReportDocument, in snapshot: StoreSnapshot) throws {
        if postmortem.examples.isEmpty { return }
        document.add(.heading("Runs to look at, bad beside good", isPart: false))
        for example in postmortem.examples {
            let ids = [(example.bad, "bad"), (example.good, "good, of the same kind")]
            document.add(
                .panels(
                    try ids.compactMap { id, kind in
                        guard let id else { return nil }
                        let tree = try TraceTree(id, in: snapshot)
                        let short = try snapshot.shortID(id)
                        let duration = tree.run.durationNanos.map { ", " + DurationText.human(nanos: Double($0)) } ?? ""
                        return ReportDocument.Panel(
                            title: "\(short): \(kind)\(duration)",
                            picture: RunPicture(tree, style: narrow).picture, command: command("trace \(short)"))
                    }))
        }
    }

    private func addConversation(_ document: inout ReportDocument, in snapshot: StoreSnapshot) throws {
        guard let id = postmortem.firstBad else { return }
        let spans = try snapshot.trace(id)
        let text = ConversationText(style: narrow, isFull: false).text(RunConversation(spans), of: RunList.Run(spans))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var shown = lines.prefix(Self.mostLines).joined(separator: "\n")
        if lines.count > Self.mostLines {
            shown += "\n… \(HumanText.plural(lines.count - Self.mostLines, "more line")): the command below shows all"
        }
        document.add(
            .heading("What the model saw and said in the first failure", isPart: false), .columns(shown),
            .command(command("show \(try snapshot.shortID(id))")))
    }
}
