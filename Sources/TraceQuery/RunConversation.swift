import TraceModel
import TraceStore

/// What the models of one run saw and said, call by call. Every call resends the conversation so far; here each
/// message stands once, with the call that brought it.
package struct RunConversation: Sendable {
    package struct Turn: Sendable {
        package let stored: StoredSpan
        /// Messages at the front of the input that an earlier call of the run had in the same order.
        package let repeatedInput: Int
        /// The rest of the input.
        package let newInput: [Message]
        package let output: [Message]
    }

    package let traceID: TraceID
    /// In order of start. Spans whose kind says that they call a model; where there is none with content, every span
    /// that has some.
    package let turns: [Turn]
    /// The error spans of the run whose error no turn has, one an error, in order of end: where it failed first stands
    /// first.
    package let errors: [StoredSpan]

    /// - Parameter spans: All spans of one trace, in order of start, at least one.
    package init(_ spans: [StoredSpan], logs: RunLogs = RunLogs()) {
        let contents = spans.map { ($0, SpanContent($0.span, logs: logs)) }.filter { !$0.1.isEmpty }
        let calls = contents.filter { $0.0.row.operation.usageRole == .inference }
        var histories = MessageTrie()
        let turns = (calls.isEmpty ? contents : calls).map { stored, content in
            let input = content.input.map(\.asRepeated)
            let repeated = calls.isEmpty ? 0 : histories.longestPrefix(of: input)
            histories.insert(input + content.output.map(\.asRepeated))
            return Turn(
                stored: stored, repeatedInput: repeated, newInput: Array(content.input.dropFirst(repeated)),
                output: content.output)
        }
        self.turns = turns
        traceID = spans[0].row.traceID
        // Callers repeat the errors of what they called: each is told where it came up.
        let shown = Set(turns.map(\.stored.row.id))
        var told = Set(turns.compactMap(\.stored.errorText))
        errors = spans.filter { $0.row.operation.isError && !shown.contains($0.row.id) }
            .sorted { ($0.row.endNanos, $0.row.spanID) < ($1.row.endNanos, $1.row.spanID) }
            .filter { $0.errorText.map { told.insert($0).inserted } ?? true }
    }
}

/// Conversations that share their beginnings, so that finding how much of one was said before takes time by its own
/// length only.
private struct MessageTrie {
    private struct Step: Hashable {
        let node: Int
        let message: Message
    }

    private var next: [Step: Int] = [:]

    mutating func insert(_ messages: [Message]) {
        var node = 0
        for message in messages {
            let step = Step(node: node, message: message)
            let found = next[step] ?? next.count + 1
            next[step] = found
            node = found
        }
    }

    /// How many messages at the front some conversation begins with too.
    func longestPrefix(of messages: [Message]) -> Int {
        var node = 0
        for (count, message) in messages.enumerated() {
            guard let found = next[Step(node: node, message: message)] else { return count }
            node = found
        }
        return messages.count
    }
}

extension Message {
    /// The same message as a later call repeats it: without its finish reason, empty texts and what was only thought.
    fileprivate var asRepeated: Message {
        Message(
            role: role,
            parts: parts.filter { part in
                if case .reasoning = part { return false }
                return part != .text("")
            })
    }
}
