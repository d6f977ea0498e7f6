import TraceModel
import TraceQuery

/// Which run, how it ended, when, how long, at what cost, and for whom.
package struct RunHeading {
    private let run: RunList.Run
    private let style: TextStyle

    package init(_ run: RunList.Run, style: TextStyle) {
        self.run = run
        self.style = style
    }

    package var lines: [String] {
        var facts = [HumanText.plural(run.spans, "span")]
        if run.errors > 0 { facts.append(HumanText.plural(run.errors, "error")) }
        if run.usage.calls > 0 {
            facts.append(HumanText.plural(run.usage.calls, "model call"))
            facts.append(
                "\(HumanText.count(run.usage.promptTokens)) + \(HumanText.count(run.usage.completionTokens)) tokens")
        }
        if let cost = run.usage.costUSD { facts.append(HumanText.usd(cost)) }
        var people: [String] = []
        if let workflow = run.workflowName { people.append("workflow \(HumanText.printable(workflow))") }
        if let session = run.sessionID { people.append("session \(HumanText.printable(session))") }
        if let user = run.userID { people.append("user \(HumanText.printable(user))") }
        let duration = run.durationNanos.map { DurationText.human(nanos: Double($0)) } ?? "unfinished"
        let state = run.isFailed ? style.red("failed") : "ok"
        return [
            style.bold("run \(run.traceID.hex)") + "  \(state)",
            "\(style.time(run.startNanos)), \(duration), \(facts.joined(separator: ", "))",
        ] + (people.isEmpty ? [] : [people.joined(separator: ", ")])
    }
}
