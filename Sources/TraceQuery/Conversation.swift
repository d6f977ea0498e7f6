import JSONText
import TraceModel
import TraceStore

/// What one span was given and what it gave back, as messages where it has any.
package struct SpanContent: Hashable, Sendable {
    package let input: [Message]
    package let output: [Message]

    package var isEmpty: Bool { input.isEmpty && output.isEmpty }

    /// Tries, in this order: OpenTelemetry's GenAI attributes (newest first), OpenInference's, the indexed prompts of
    /// older GenAI conventions, GenAI's events, tool calls, TTA.dev's prompt and response, any span's input and output.
    ///
    /// - Parameter logs: Of the span's run.
    package init(_ span: TraceSpan, logs: RunLogs = RunLogs()) {
        let attributes = AttributeReader(span.attributes)
        let events = EventMessages(span.events + logs.events(span.spanID))
        let sources: [() -> ([Message], [Message])] = [
            { GenAIMessages.content(attributes) },
            { OpenInferenceMessages.content(attributes) },
            { IndexedPrompts.content(attributes) },
            { events.content },
            { ToolMessages.content(attributes) },
            { LangfuseMessages.content(attributes, spanName: span.name) },
            { PlainTexts.content(attributes) },
        ]
        var found: ([Message], [Message]) = ([], [])
        for source in sources {
            found = source()
            if !found.0.isEmpty || !found.1.isEmpty { break }
        }
        input = found.0
        output = found.1
    }
}

/// Attributes by key, the first of each.
private struct AttributeReader {
    private let values: [String: AttributeValue]

    init(_ attributes: [Attribute]) {
        values = Dictionary(attributes.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// A scalar as text, a list or map as JSON.
    subscript(key: String) -> String? {
        values[key].map { $0.scalarText ?? AttributeCodec.encode($0).json }
    }

    /// The first key that is there.
    func first(_ keys: String...) -> String? { keys.lazy.compactMap { self[$0] }.first }

    /// The numbers n for which a key begins with `prefix` + n + `.`, ascending.
    func indexes(after prefix: String) -> [Int] {
        let numbers = values.keys.compactMap { key -> Int? in
            guard key.hasPrefix(prefix) else { return nil }
            return Int(key.dropFirst(prefix.count).prefix { $0 != "." })
        }
        return Set(numbers).sorted()
    }
}

/// `gen_ai.input.messages` and its kin: JSON in one attribute.
private enum GenAIMessages {
    static func content(_ attributes: AttributeReader) -> ([Message], [Message]) {
        var input: [Message] = []
        let system = attributes.first("gen_ai.system_instructions").flatMap(MessageReader.instructions)
        if let sent = attributes.first("gen_ai.input.messages", "gen_ai.prompt") {
            input = MessageReader.messages(json: sent) ?? [Message(role: "user", parts: [.text(sent)])]
        } else if let all = attributes.first("pydantic_ai.all_messages", "all_messages_events", "events") {
            input = MessageReader.messages(json: all) ?? []
        }
        if !input.isEmpty || attributes["gen_ai.output.messages"] != nil, let system { input.insert(system, at: 0) }
        let received = attributes.first("gen_ai.output.messages", "gen_ai.completion")
        var output = received.map {
            MessageReader.messages(json: $0) ?? [Message(role: "assistant", parts: [.text($0)])]
        }
        // An empty list, or answers with nothing in them: the indexed attributes may have more.
        if received == "[]" || output?.contains(where: { !$0.parts.isEmpty }) == false {
            output = IndexedPrompts.content(attributes).1
        }
        return (input, output ?? [])
    }
}

/// `llm.input_messages.0.message.content` and its kin.
private enum OpenInferenceMessages {
    static func content(_ attributes: AttributeReader) -> ([Message], [Message]) {
        let input = messages(attributes, "llm.input_messages.")
        let output = messages(attributes, "llm.output_messages.")
        // Chains repeat the question that started them; only a model call has an answer of its own here.
        return output.isEmpty && attributes["output.value"] != nil ? ([], []) : (input, output)
    }

    private static func messages(_ attributes: AttributeReader, _ prefix: String) -> [Message] {
        attributes.indexes(after: prefix).map { index in
            let base = "\(prefix)\(index).message."
            let role = attributes[base + "role"] ?? "user"
            var parts: [Message.Part] = []
            if let text = attributes[base + "content"], !text.isEmpty {
                parts.append(
                    role == "tool"
                        ? .toolResult(
                            id: attributes[base + "tool_call_id"], name: attributes[base + "name"], result: text)
                        : .text(text))
            }
            parts += contents(attributes, base + "contents.").filter { !parts.contains($0) }
            parts += toolCalls(attributes, base + "tool_calls.")
            return Message(role: role, parts: parts, finishReason: attributes[base + "finish_reason"])
        }
    }

    /// Tool uses are left out: `tool_calls` has them too.
    private static func contents(_ attributes: AttributeReader, _ prefix: String) -> [Message.Part] {
        attributes.indexes(after: prefix).compactMap { index in
            let base = "\(prefix)\(index).message_content."
            let type = attributes[base + "type"] ?? "content"
            if type == "tool_use" { return nil }
            guard let text = attributes[base + "text"] else {
                return .other(type: type, json: attributes[base + "image.image.url"] ?? "")
            }
            return type == "reasoning" ? .reasoning(text) : .text(text)
        }
    }

    private static func toolCalls(_ attributes: AttributeReader, _ prefix: String) -> [Message.Part] {
        attributes.indexes(after: prefix).map { index in
            let base = "\(prefix)\(index).tool_call."
            return .toolCall(
                id: attributes[base + "id"], name: attributes[base + "function.name"] ?? "",
                arguments: attributes[base + "function.arguments"] ?? "")
        }
    }
}

/// `gen_ai.prompt.0.content` and `gen_ai.completion.0.content`.
private enum IndexedPrompts {
    static func content(_ attributes: AttributeReader) -> ([Message], [Message]) {
        (messages(attributes, "gen_ai.prompt.", "user"), messages(attributes, "gen_ai.completion.", "assistant"))
    }

    private static func messages(_ attributes: AttributeReader, _ prefix: String, _ usualRole: String) -> [Message] {
        attributes.indexes(after: prefix).map { index in
            let base = "\(prefix)\(index)."
            let role = attributes[base + "role"] ?? usualRole
            var parts: [Message.Part] = []
            if let text = attributes[base + "content"], !text.isEmpty {
                if role == "tool" {
                    parts.append(.toolResult(id: attributes[base + "tool_call_id"], name: nil, result: text))
                } else {
                    parts += MessageReader.parts(ofContent: text).map { role == "thinking" ? $0.asReasoning : $0 }
                }
            }
            for callBase in attributes.indexes(after: base + "tool_calls.").map({ "\(base)tool_calls.\($0)." }) {
                parts.append(
                    .toolCall(
                        id: attributes[callBase + "id"], name: attributes[callBase + "name"] ?? "",
                        arguments: attributes[callBase + "arguments"] ?? ""))
            }
            if let name = attributes[base + "function_call.name"] {
                let arguments = attributes[base + "function_call.arguments"] ?? ""
                parts.append(.toolCall(id: nil, name: name, arguments: arguments))
            }
            return Message(role: role, parts: parts, finishReason: attributes[base + "finish_reason"])
        }
    }
}

/// Messages as span events: `gen_ai.user.message`, `gen_ai.choice`, or one event with all of them.
private struct EventMessages {
    private(set) var content: (input: [Message], output: [Message]) = ([], [])

    init(_ events: [SpanEvent]) {
        for event in events {
            let attributes = AttributeReader(event.attributes)
            let whole = GenAIMessages.content(attributes)
            if !whole.0.isEmpty || !whole.1.isEmpty {
                content.input += whole.0
                content.output += whole.1
            } else if let role = MessageReader.roleOfEvent(event.name) {
                let message = Self.message(role, attributes)
                if event.name == "gen_ai.choice" {
                    content.output.append(message)
                } else {
                    content.input.append(message)
                }
            }
        }
    }

    private static func message(_ role: String, _ attributes: AttributeReader) -> Message {
        let finish = attributes["finish_reason"]
        if let json = attributes.first("message", "content"), let read = MessageReader.messages(json: json)?.first {
            return Message(role: role, parts: read.parts, finishReason: finish)
        }
        var parts: [Message.Part] = []
        if let text = attributes.first("content", "message"), !text.isEmpty {
            let read = MessageReader.parts(ofContent: text)
            parts +=
                role == "tool" && read == [.text(text)]
                ? [.toolResult(id: attributes["id"], name: nil, result: text)] : read
        }
        if let calls = attributes["tool_calls"],
            let read = MessageReader.messages(json: "{\"role\":\"assistant\",\"tool_calls\":\(calls)}")?.first
        {
            parts += read.parts
        }
        return Message(role: role, parts: parts, finishReason: finish)
    }
}

/// A tool's arguments and result.
private enum ToolMessages {
    static func content(_ attributes: AttributeReader) -> ([Message], [Message]) {
        guard let name = attributes.first("gen_ai.tool.name", "tool.name") else { return ([], []) }
        // OpenInference's tool.parameters is the tool's schema, which stands in only where nothing else does.
        let arguments = attributes.first(
            "gen_ai.tool.call.arguments", "tool_arguments", "input.value", "tool.parameters")
        let result = attributes.first("gen_ai.tool.call.result", "tool_response", "output.value")
        let id = attributes["gen_ai.tool.call.id"]
        return (
            arguments.map { [Message(role: "assistant", parts: [.toolCall(id: id, name: name, arguments: $0)])] } ?? [],
            result.map { [Message(role: "tool", parts: [.toolResult(id: id, name: name, result: $0)])] } ?? []
        )
    }
}

/// What Langfuse's SDK sends for an observation of any type: messages, or whatever a function took and gave.
private enum LangfuseMessages {
    static func content(_ attributes: AttributeReader, spanName: String) -> ([Message], [Message]) {
        let input = attributes.first("langfuse.observation.input", "langfuse.trace.input")
        let output = attributes.first("langfuse.observation.output", "langfuse.trace.output")
        switch attributes["langfuse.observation.type"] {
        case "generation": return (messages(input, "user"), messages(output, "assistant"))
        case "tool":
            return (
                input.map { [Message(role: "assistant", parts: [.toolCall(id: nil, name: spanName, arguments: $0)])] }
                    ?? [],
                output.map { [Message(role: "tool", parts: [.toolResult(id: nil, name: spanName, result: $0)])] } ?? []
            )
        default: return (messages(input, "input"), messages(output, "output"))
        }
    }

    private static func messages(_ text: String?, _ role: String) -> [Message] {
        guard let text else { return [] }
        return MessageReader.messages(json: text) ?? [Message(role: role, parts: [.text(text)])]
    }
}

/// One text in and one text out.
private enum PlainTexts {
    static func content(_ attributes: AttributeReader) -> ([Message], [Message]) {
        let input = attributes.first("llm.prompt", "input.value", "traceloop.entity.input")
        let output = attributes.first(
            "llm.response", "llm.completion", "output.value", "traceloop.entity.output", "final_result")
        return (
            input.map { [Message(role: "input", parts: [.text($0)])] } ?? [],
            output.map { [Message(role: "output", parts: [.text($0)])] } ?? []
        )
    }
}
