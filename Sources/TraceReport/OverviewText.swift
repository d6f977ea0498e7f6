import TraceModel
import TraceQuery

extension Overview {
    /// The first page of a store: what is in it, what went wrong, what it cost, and what to type next.
    ///
    /// - Parameter command: How the user calls the program on this file, `ttaq` and `--db FILE`.
    package func text(_ style: TextStyle, command: (String) -> String) -> String {
        var lines = [
            "\(HumanText.plural(summary.spans, "span")) in \(HumanText.plural(runs, "run")), \(HumanText.plural(summary.services, "service")), "
                + HumanText.bytes(summary.bytes)
        ]
        guard let first = summary.firstStart, let last = summary.lastStart else {
            lines.append(
                summary.horizon.map { "\(removed($0, style)); \(command("percentiles")) counts them by the hour" }
                    ?? "nothing in it yet: \(command("ingest FILE…")) reads OTLP files")
            return lines.joined(separator: "\n") + "\n"
        }
        var facts = [("from", style.time(first)), ("to", style.time(last))]
        if let horizon = summary.horizon { facts.append(("before", removed(horizon, style))) }
        facts.append(("failed", failedText))
        if let failure { facts.append(("last failure", describe(failure.run, style))) }
        if let error = failure?.error { facts.append(("", style.red("✗ " + HumanText.printable(error)))) }
        if let slowest { facts.append(("slowest", describe(slowest, style))) }
        facts.append(("model calls", usageText))
        if summary.unfinished > 0 { facts.append(("unfinished", HumanText.plural(summary.unfinished, "span"))) }
        lines += facts.map { name, value in
            let line = "  " + DisplayWidth.padded(name, to: 13) + value
            return style.width.map { DisplayWidth.cut(line, to: $0) } ?? line
        }
        let commands = next.map { command($0.command) }
        let width = commands.reduce(0) { max($0, DisplayWidth.of($1)) }
        lines += ["", "next"]
        lines += zip(commands, next).map { "  " + DisplayWidth.padded($0, to: width + 2) + $1.says }
        return lines.joined(separator: "\n") + "\n"
    }

    private func removed(_ horizon: UInt64, _ style: TextStyle) -> String {
        "runs that ended before \(style.time(horizon)) were removed"
    }

    private var failedText: String {
        let share = HumanText.percent(Double(failedRuns) / Double(max(runs, 1)))
        let recovered =
            recoveredRuns > 0 ? "; \(HumanText.count(recoveredRuns)) recovered from errors" : ""
        let cost = failedUsage.costUSD.map { ", \(HumanText.usd($0))" } ?? ""
        return "\(HumanText.count(failedRuns)) of \(HumanText.plural(runs, "run")) (\(share)\(cost))\(recovered)"
    }

    private var usageText: String {
        if usage.calls == 0 { return "none" }
        let tokens = "\(HumanText.count(usage.promptTokens)) + \(HumanText.count(usage.completionTokens)) tokens"
        let reported = usage.costUSD.map { "\(HumanText.usd($0)) (\(usage.costSource.rawValue))" }
        let computed = computed.usd.map { "\(HumanText.usd($0)) by list prices" }
        let known = [reported, computed].compactMap { $0 }.joined(separator: ", ")
        let cost = known.isEmpty ? "cost unknown" : known
        return "\(HumanText.count(usage.calls)), \(tokens), \(cost)"
    }

    private func describe(_ run: RunList.Run, _ style: TextStyle) -> String {
        let duration = run.durationNanos.map { DurationText.human(nanos: Double($0)) } ?? "unfinished"
        let name = HumanText.printable(run.workflowName ?? run.rootName)
        return "\(run.traceID.hex.prefix(8))  \(name), \(duration), \(style.time(run.startNanos))"
    }

    private var next: [(command: String, says: String)] {
        var next: [(command: String, says: String)] = []
        if failure != nil {
            next.append(("trace failed", "the run that failed last, span by span"))
            next.append(("show failed", "what its model saw and said"))
            next.append(("diff failed", "where it parts from a run of its kind that went well"))
            next.append(("postmortem", "a report: since when, why, for whom, at what cost"))
        } else {
            next.append(("trace slowest", "the slowest run, span by span"))
            next.append(("show slowest", "what its model saw and said"))
        }
        next.append(("traces --sort errors", "runs, the failed ones first"))
        next.append(("percentiles", "latency; also graph, cache, tokens, slo"))
        return next
    }
}

extension Overview {
    /// The same facts as one row.
    package var table: ResultTable {
        ResultTable(
            columns: [
                Column("spans", .count), Column("runs", .count), Column("failed_runs", .count),
                Column("recovered_runs", .count), Column("services", .count), Column("from", .time),
                Column("to", .time),
                Column("bytes", .bytes), Column("last_failure_trace_id", .id), Column("last_failure", .text),
                Column("slowest_trace_id", .id), Column("slowest_ms", .milliseconds), Column("model_calls", .count),
                Column("prompt_tokens", .count), Column("completion_tokens", .count), Column("cost_usd", .usd),
                Column("cost_source", .plain), Column("computed_cost_usd", .usd),
            ],
            rows: [
                [
                    .count(summary.spans), .count(runs), .count(failedRuns), .count(recoveredRuns),
                    .count(summary.services), summary.firstStart.map { .time($0) } ?? .null,
                    summary.lastStart.map { .time($0) } ?? .null, .count(summary.bytes),
                    .optional(failure?.run.traceID.hex), .optional(failure?.error), .optional(slowest?.traceID.hex),
                    .milliseconds(nanos: slowest?.durationNanos), .count(usage.calls),
                    .integer(usage.promptTokens), .integer(usage.completionTokens), .optional(usage.costUSD),
                    .text(usage.costSource.rawValue), .optional(computed.usd),
                ]
            ])
    }
}
