import TraceModel
import TraceQuery
import TraceStore

/// What models saw and said, as text and as rows.
package struct ConversationText {
    private let style: TextStyle
    /// Show every text whole.
    private let isFull: Bool
    private static let longestText = 1200
    private static let mostLines = 24
    private static let margin = 11

    package init(style: TextStyle, isFull: Bool) {
        self.style = style
        self.isFull = isFull
    }

    private static let mostLogs = 20

    /// - Parameter logs: Of the run.
    package func text(_ conversation: RunConversation, of run: RunList.Run, logs: RunLogs = RunLogs()) -> String {
        var lines = RunHeading(run, style: style).lines + [""]
        let silent = run.usage.calls - conversation.turns.count { $0.stored.row.operation.usageRole == .inference }
        if silent > 0 {
            lines += [style.dim("no text was recorded of \(HumanText.plural(silent, "model call"))"), ""]
        }
        for turn in conversation.turns {
            lines.append(heading(turn.stored))
            if turn.repeatedInput > 0 {
                let count = turn.repeatedInput
                lines.append(style.dim("           (\(count) earlier message\(count == 1 ? "" : "s"), shown above)"))
            }
            lines += turn.newInput.flatMap(self.lines) + turn.output.flatMap(self.lines)
            if let error = turn.stored.errorText { lines += part("✗ error", error, isError: true) }
            lines.append("")
        }
        for span in conversation.errors {
            lines.append(heading(span))
            lines += part("✗ error", span.errorText ?? "", isError: true)
            lines.append("")
        }
        if !logs.others.isEmpty { lines += [self.lines(logs.others), [""]].joined() }
        return lines.joined(separator: "\n")
    }

    private func lines(_ logs: [StoredLog]) -> [String] {
        let text = LogText(style: style)
        let shown = isFull ? logs : Array(logs.suffix(Self.mostLogs))
        let rest = logs.count - shown.count
        return [style.bold("── \(HumanText.plural(logs.count, "log record"))")]
            + (rest > 0 ? [style.dim("   … \(HumanText.count(rest)) earlier ones (--full)")] : [])
            + shown.map { "   " + text.line($0) }
    }

    package func text(_ stored: StoredSpan, _ content: SpanContent, logs: RunLogs = RunLogs()) -> String {
        var lines = [heading(stored)]
        lines += content.input.flatMap(self.lines) + content.output.flatMap(self.lines)
        if let error = stored.errorText { lines += part("✗ error", error, isError: true) }
        let others = logs.others(stored.row.spanID)
        if !others.isEmpty { lines += self.lines(others) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Which span, when, how long, with which model and how many tokens.
    package func heading(_ stored: StoredSpan) -> String {
        let row = stored.row
        var facts = [style.time(row.startNanos)]
        facts.append(row.durationNanos.map { DurationText.human(nanos: Double($0)) } ?? "no duration")
        if let model = row.operation[.model], !row.operation.name.contains(model) {
            facts.append(HumanText.printable(model))
        }
        if row.hasUsage {
            let (prompt, completion) = (row.integer(.promptTokens) ?? 0, row.integer(.completionTokens) ?? 0)
            facts.append("\(HumanText.count(prompt)) → \(HumanText.count(completion)) tokens")
        }
        if let cost = row[.cost] { facts.append(HumanText.usd(cost)) }
        return style.bold("── \(HumanText.printable(row.operation.name))  span \(row.spanID.hex)") + "\n"
            + style.dim("   \(facts.joined(separator: ", "))")
    }

    private func lines(_ message: Message) -> [String] {
        var lines = message.parts.flatMap { part -> [String] in
            switch part {
            case .text(let text): self.part(message.role, text)
            case .reasoning(let text): self.part("(thinks)", text)
            case .toolCall(_, let name, let arguments): self.part(message.role, "→ \(name) \(arguments)")
            case .toolResult(_, let name, let result):
                self.part("tool", name.map { "\($0) → \(result)" } ?? result)
            case .other(let type, let json): self.part(message.role, "[\(type)] \(json)")
            }
        }
        if message.parts.isEmpty { lines = part(message.role, "(nothing)") }
        if let reason = message.finishReason, reason != "stop" {
            lines.append(
                style.dim(String(repeating: " ", count: Self.margin) + "(finish: \(HumanText.printable(reason)))"))
        }
        return lines
    }

    private func part(_ label: String, _ text: String, isError: Bool = false) -> [String] {
        let (shown, rest) = shortened(text)
        let head = DisplayWidth.padded(
            DisplayWidth.cut(HumanText.printable(label), to: Self.margin - 1), to: Self.margin)
        let indent = String(repeating: " ", count: Self.margin)
        var lines = HumanText.printableLines(shown).enumerated().map { index, line in
            (index == 0 ? style.bold(head) : indent) + (isError ? style.red(line) : line)
        }
        if rest > 0 { lines.append(style.dim("\(indent)… \(HumanText.count(rest)) more characters (--full)")) }
        return lines
    }

    /// The front of a text, and how many characters were left out.
    private func shortened(_ text: String) -> (shown: String, rest: Int) {
        if isFull { return (text, 0) }
        var shown = String(text.prefix(Self.longestText))
        let lines = shown.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.count > Self.mostLines { shown = lines.prefix(Self.mostLines).joined(separator: "\n") }
        return (shown, text.count - shown.count)
    }

    /// Everything of one span as it was sent: for `--raw`, and for spans in which nothing was said.
    package func raw(_ stored: StoredSpan) -> String {
        let span = stored.span
        var lines = [heading(stored)]
        if let error = stored.errorText { lines += part("✗ error", error, isError: true) }
        lines += fields("attributes", span.attributes, dropped: span.droppedAttributesCount)
        for event in span.events {
            lines += fields(
                "event \(HumanText.printable(event.name)), \(style.time(event.timeNanos))", event.attributes,
                dropped: event.droppedAttributesCount)
        }
        if span.droppedEventsCount > 0 { lines.append("\(span.droppedEventsCount) events dropped by the exporter") }
        for link in span.links {
            lines += fields(
                "link to \(Hex.encode(link.traceID)) \(Hex.encode(link.spanID))", link.attributes,
                dropped: link.droppedAttributesCount)
        }
        if span.droppedLinksCount > 0 { lines.append("\(span.droppedLinksCount) links dropped by the exporter") }
        lines += fields("resource", stored.resource.attributes, dropped: stored.resource.droppedAttributesCount)
        let scope = "scope \(stored.scope.name) \(stored.scope.version)"
        lines += fields(
            HumanText.printable(scope), stored.scope.attributes, dropped: stored.scope.droppedAttributesCount)
        return lines.joined(separator: "\n") + "\n"
    }

    private func fields(_ title: String, _ attributes: [Attribute], dropped: UInt32) -> [String] {
        var lines = [style.bold(title)]
        for attribute in attributes {
            let value = attribute.value.string ?? AttributeCodec.encode(attribute.value).json
            let (shown, rest) = shortened(value)
            let texts = HumanText.printableLines(shown)
            lines.append("  \(HumanText.printable(attribute.key)) = \(texts.first ?? "")")
            lines += texts.dropFirst().map { "      \($0)" }
            if rest > 0 { lines.append(style.dim("      … \(HumanText.count(rest)) more characters (--full)")) }
        }
        if dropped > 0 { lines.append("  \(dropped) attributes dropped by the exporter") }
        return lines
    }
}

extension ConversationText {
    /// One row a part of a message.
    package static let columns = [
        Column("trace_id", .id), Column("span_id", .id), Column("span_name", .text), Column("start", .time),
        Column("direction", .plain), Column("role", .plain), Column("type", .plain), Column("name", .text),
        Column("content", .text), Column("tool_call_id", .plain), Column("finish_reason", .plain),
    ]

    package static func rows(_ run: RunConversation) -> [[Cell]] {
        run.turns.flatMap { rows($0.stored, input: $0.newInput, output: $0.output) } + run.errors.map(errorRow)
    }

    package static func rows(_ stored: StoredSpan, input: [Message], output: [Message]) -> [[Cell]] {
        input.flatMap { rows(stored, "input", $0) } + output.flatMap { rows(stored, "output", $0) }
            + (stored.errorText == nil ? [] : [errorRow(stored)])
    }

    /// One row an attribute of a span in which nothing was said.
    package static func attributeRows(_ stored: StoredSpan) -> [[Cell]] {
        stored.span.attributes.map { attribute in
            let value = attribute.value.string ?? AttributeCodec.encode(attribute.value).json
            return row(stored, "attribute", nil, "attribute", name: attribute.key, content: value)
        } + (stored.errorText == nil ? [] : [errorRow(stored)])
    }

    private static func rows(_ stored: StoredSpan, _ direction: String, _ message: Message) -> [[Cell]] {
        message.parts.map { part in
            let finish = message.finishReason
            switch part {
            case .text(let text):
                return row(stored, direction, message.role, "text", content: text, finish: finish)
            case .reasoning(let text):
                return row(stored, direction, message.role, "reasoning", content: text, finish: finish)
            case .toolCall(let id, let name, let arguments):
                return row(
                    stored, direction, message.role, "tool_call", name: name, content: arguments, id: id, finish: finish
                )
            case .toolResult(let id, let name, let result):
                return row(
                    stored, direction, message.role, "tool_result", name: name, content: result, id: id, finish: finish)
            case .other(let type, let json):
                return row(stored, direction, message.role, type, content: json, finish: finish)
            }
        }
    }

    private static func errorRow(_ stored: StoredSpan) -> [Cell] {
        row(stored, "error", nil, "error", content: stored.errorText ?? "")
    }

    private static func row(
        _ stored: StoredSpan, _ direction: String, _ role: String?, _ type: String, name: String? = nil,
        content: String, id: String? = nil, finish: String? = nil
    ) -> [Cell] {
        [
            .text(stored.row.traceID.hex), .text(stored.row.spanID.hex), .text(stored.row.operation.name),
            .time(stored.row.startNanos), .text(direction), .optional(role), .text(type), .optional(name),
            .text(content), .optional(id), .optional(finish),
        ]
    }
}
