import TraceModel
import TraceStore

/// The log records of one run: the messages that instrumentations log for model calls, and all others.
package struct RunLogs: Sendable {
    /// Those that are no messages, in order of time.
    package let others: [StoredLog]
    private let messages: [SpanID: [SpanEvent]]

    /// - Parameter logs: In order of time.
    package init(_ logs: [StoredLog] = []) {
        var (others, messages): ([StoredLog], [SpanID: [SpanEvent]]) = ([], [:])
        for log in logs {
            let event = log.record.event
            if let span = log.record.spanID, event.isMessage {
                messages[span, default: []].append(event)
            } else {
                others.append(log)
            }
        }
        self.others = others
        self.messages = messages
    }

    /// What was logged for a span, as the events that older conventions put into it.
    func events(_ span: SpanID) -> [SpanEvent] { messages[span] ?? [] }

    /// Of one span, in order of time; of none for `nil`.
    package func others(_ span: SpanID?) -> [StoredLog] { others.filter { $0.record.spanID == span } }
}

extension LogRecord {
    /// The same as an event: what its body holds beside its attributes.
    fileprivate var event: SpanEvent {
        var event = SpanEvent()
        event.timeNanos = momentNanos ?? 0
        event.name = eventName.isEmpty ? attributes["event.name"]?.string ?? "" : eventName
        event.attributes = attributes
        switch body {
        case .map(let members): event.attributes += members
        case let text?: event.attributes.append(Attribute("content", text))
        case nil: break
        }
        return event
    }
}

extension SpanEvent {
    fileprivate var isMessage: Bool {
        MessageReader.roleOfEvent(name) != nil || attributes["gen_ai.input.messages"] != nil
            || attributes["gen_ai.output.messages"] != nil
    }
}
