import TraceModel
import TraceQuery
import TraceStore

/// Log records as lines for people: when, how severe, what.
struct LogText {
    private let style: TextStyle
    private static let mostOfSpan = 3

    init(style: TextStyle) { self.style = style }

    /// `10:47:05.693  warn  quota of the day is used up`
    func line(_ log: StoredLog) -> String {
        let record = log.record
        let time = record.momentNanos.map { style.time($0) } ?? "no time"
        let severity = DisplayWidth.padded(HumanText.printable(record.severity.lowercased()), to: 5)
        let text = "\(time)  \(severity)  \(HumanText.printable(Self.text(record)))"
        return record.severityNumber >= 17 ? style.red(text) : text
    }

    /// The most severe few of a span's, in order of time, and how many more there are.
    func lines(ofSpan logs: [StoredLog]) -> [String] {
        let worst = logs.indices.sorted {
            (logs[$1].record.severityNumber, $0) < (logs[$0].record.severityNumber, $1)
        }
        let shown = worst.prefix(Self.mostOfSpan).sorted().map { line(logs[$0]) }
        let more = logs.count - shown.count
        return shown + (more > 0 ? [style.dim("… \(HumanText.plural(more, "more log record"))")] : [])
    }

    private static func text(_ record: LogRecord) -> String {
        let body = record.body.map { $0.scalarText ?? AttributeCodec.encode($0).json }
        let exception = record.attributes["exception.message"]?.scalarText
        return [record.eventName.isEmpty ? nil : record.eventName, body, exception].compactMap { $0 }
            .filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
