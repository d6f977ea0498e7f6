import JSONText
import TraceModel

/// One thing that was said in a conversation with a model.
package struct Message: Hashable, Sendable {
    package enum Part: Hashable, Sendable {
        case text(String)
        case reasoning(String)
        /// Arguments as JSON or plain text.
        case toolCall(id: String?, name: String, arguments: String)
        case toolResult(id: String?, name: String?, result: String)
        /// Anything else a message can hold, by its type: `image`, `file`, and its JSON.
        case other(type: String, json: String)
    }

    /// `system`, `user`, `assistant`, `tool`, or what the exporter calls it.
    package let role: String
    package let parts: [Part]
    package let finishReason: String?

    package init(role: String, parts: [Part], finishReason: String? = nil) {
        self.role = role
        self.parts = parts
        self.finishReason = finishReason
    }
}

/// Reads messages in the shapes that exporters give them.
enum MessageReader {
    /// A JSON array of messages, or one message: `{role, parts}` of OpenTelemetry's GenAI conventions, `{role, content,
    /// tool_calls}` of chat APIs, or the log events of earlier GenAI conventions.
    static func messages(json text: String) -> [Message]? {
        guard let value = parsed(text) else { return nil }
        switch value {
        case .array(let values):
            let messages = values.compactMap(message)
            return messages.count == values.count && !messages.isEmpty ? messages : nil
        case .object: return message(value).map { [$0] }
        default: return nil
        }
    }

    /// `gen_ai.system_instructions`: an array of parts, or plain text.
    static func instructions(_ text: String) -> Message? {
        if text.isEmpty { return nil }
        if let values = parsed(text)?.array {
            return Message(role: "system", parts: values.map(part))
        }
        return Message(role: "system", parts: [.text(text)])
    }

    /// JSON that is an object or an array; plain text often is a valid JSON scalar too.
    private static func parsed(_ text: String) -> JSONValue? {
        guard let first = text.first(where: { !$0.isWhitespace }), first == "[" || first == "{" else { return nil }
        do {
            return try JSONValue(parsing: text)
        } catch {
            // Not JSON after all: the caller shows the text as it is.
            return nil
        }
    }

    static func message(_ value: JSONValue) -> Message? {
        let role = value["role"]?.string ?? value["event.name"]?.string.flatMap(roleOfEvent)
        guard let role else { return nil }
        let inner = value["message"].flatMap { $0.isObject ? $0 : nil } ?? value
        var parts: [Message.Part] = []
        if let listed = inner["parts"]?.array { parts += listed.map(part) }
        parts += contentParts(inner["content"], role: role, of: inner)
        parts += (inner["tool_calls"]?.array ?? []).map(toolCall)
        let finish = value["finish_reason"]?.string ?? inner["finish_reason"]?.string
        return Message(role: inner["role"]?.string ?? role, parts: parts, finishReason: finish)
    }

    /// `gen_ai.user.message` → user; `gen_ai.choice` → assistant.
    static func roleOfEvent(_ name: String) -> String? {
        if name == "gen_ai.choice" { return "assistant" }
        guard name.hasPrefix("gen_ai."), name.hasSuffix(".message") else { return nil }
        return String(name.dropFirst("gen_ai.".count).dropLast(".message".count))
    }

    private static func contentParts(_ content: JSONValue?, role: String, of message: JSONValue) -> [Message.Part] {
        guard let content, !content.isNull else { return [] }
        if role == "tool" {
            let id = message["tool_call_id"]?.string ?? message["id"]?.string
            return [.toolResult(id: id, name: message["name"]?.string, result: plain(content))]
        }
        switch content {
        case .string(let text): return text.isEmpty ? [] : [.text(text)]
        case .array(let values): return values.map(part)
        default: return [.text(content.text)]
        }
    }

    private static func part(_ value: JSONValue) -> Message.Part {
        if let text = value.string { return .text(text) }
        let type = value["type"]?.string ?? "text"
        switch type {
        case "text", "input_text", "output_text":
            return .text((value["content"] ?? value["text"]).map(plain) ?? "")
        case "reasoning", "thinking":
            return .reasoning((value["content"] ?? value["text"] ?? value["thinking"]).map(plain) ?? "")
        case "tool_call", "tool_use", "function": return toolCall(value)
        case "tool_call_response", "tool_result":
            let result = value["result"] ?? value["response"] ?? value["content"]
            let id = value["id"]?.string ?? value["tool_use_id"]?.string
            return .toolResult(id: id, name: value["name"]?.string, result: result.map(plain) ?? "")
        default: return .other(type: type, json: value.text)
        }
    }

    private static func toolCall(_ value: JSONValue) -> Message.Part {
        let function = value["function"] ?? value
        let arguments = function["arguments"] ?? function["args"] ?? function["input"]
        return .toolCall(
            id: value["id"]?.string, name: function["name"]?.string ?? "", arguments: arguments.map(plain) ?? "")
    }

    /// A string as its text, anything else as JSON.
    static func plain(_ value: JSONValue) -> String { value.string ?? value.text }
}

extension JSONValue {
    fileprivate var isObject: Bool {
        if case .object = self { true } else { false }
    }
}
