import TraceConfig
import TraceModel
import TraceQuery

// Since when, and what it did to objectives.
extension PostmortemReport {
    func addTimeline(_ document: inout ReportDocument) {
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

    func addObjectives(_ document: inout ReportDocument) {
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
}
