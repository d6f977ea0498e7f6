import TraceConfig
import TraceModel
import TraceQuery
import TraceStore

/// A post-mortem as a document.
package struct PostmortemReport {
    let postmortem: Postmortem
    let style: TextStyle
    /// What asks for the same objectives.
    let objectiveOptions: String
    /// Whether someone has named the objectives.
    let isOfFile: Bool
    /// How the program is called on the same file.
    let command: (String) -> String
    private static let mostDifferences = 15
    static let mostRows = 20
    static let mostAlerts = 12
    /// Of a conversation: its texts are cut, but a run may have any number of them.
    private static let mostLines = 400
    private static let mostExplanations = 6

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
    func options(_ window: TimeWindow, _ prefix: String = "") -> String { CommandText.options(window, prefix) }

    private var sides: String { options(postmortem.baseline, "a-") + options(postmortem.incident, "b-") }

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
                            picture: RunPicture(tree, style: style.forPages).picture, command: command("trace \(short)")
                        )
                    }))
        }
    }

    private func addConversation(_ document: inout ReportDocument, in snapshot: StoreSnapshot) throws {
        guard let id = postmortem.firstBad else { return }
        let spans = try snapshot.trace(id)
        let text = ConversationText(style: style.forPages, isFull: false).text(
            RunConversation(spans), of: RunList.Run(spans))
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
