import TraceModel
import TraceQuery
import TraceStore

/// A span on one line: when, where, what, how long, how it ended, tokens, and what went wrong.
package enum SpanLine {
    private static let serviceWidth = 18
    private static let nameWidth = 32
    private static let durationWidth = 9

    package static func text(_ stored: StoredSpan, _ style: TextStyle) -> String {
        let row = stored.row
        func padded(_ text: String, _ width: Int) -> String {
            DisplayWidth.padded(style.width == nil ? text : DisplayWidth.cut(text, to: width), to: width)
        }
        let duration = row.durationNanos.map { DurationText.human(nanos: Double($0)) } ?? "negative"
        // The day is that of the line before, or of the one who looks.
        var parts = [
            String(style.time(row.startNanos).dropFirst(11)),
            padded(HumanText.printable(stored.resource.serviceName ?? "-"), serviceWidth),
            padded(HumanText.printable(stored.span.name), nameWidth),
            DisplayWidth.padded(duration, to: durationWidth, onLeft: true),
            padded(row.operation.isError ? "error" : StatusCode.name(stored.span.status.code), 5),
        ]
        if row.hasUsage {
            let (prompt, completion) = (row.integer(.promptTokens) ?? 0, row.integer(.completionTokens) ?? 0)
            parts.append("\(HumanText.count(prompt))→\(HumanText.count(completion)) tok")
        }
        if let error = stored.errorText { parts.append(HumanText.printable(error)) }
        var line = parts.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        let cut = style.width.map { DisplayWidth.cut(line, to: $0) } ?? line
        return row.operation.isError ? style.red(cut) : cut
    }
}
