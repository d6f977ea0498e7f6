import TraceModel
import TraceQuery

// Who was affected, and where time and money went.
extension PostmortemReport {
    func addAffected(_ document: inout ReportDocument) {
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

    func addTimeAndMoney(_ document: inout ReportDocument) {
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
}
