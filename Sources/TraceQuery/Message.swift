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
    /// tool_calls}` of chat APIs, LangChain's, or the log events of earlier GenAI conventions; also where they stand in an
    /// object as a model's parameters or answer.
    static func messages(json text: String) -> [Message]? {
        guard let value = parsed(text) else { return nil }
        switch value {
        case .array(let values):
            // LangChain's batches are lists of lists.
            let values = values.flatMap { $0.array ?? [$0] }
            let messages = values.compactMap(message)
            return messages.count == values.count && !messages.isEmpty ? messages : nil
        case .object: return message(value).map { [$0] } ?? LangChainMessages.inside(value)
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
        guard let role else { return LangChainMessages.message(value) }
        let inner = value["message"].flatMap { $0.isObject ? $0 : nil } ?? value
        var parts: [Message.Part] = []
        if let listed = inner["parts"]?.array { parts += listed.map { toolPart(part($0), role, of: inner) } }
        parts += contentParts(inner["content"], role: role, of: inner)
        parts += (inner["tool_calls"]?.array ?? []).map(toolCall)
        parts.removeAll { $0 == .text("") }
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
        case .string(let text): return text.isEmpty ? [] : parts(ofContent: text)
        case .array(let values): return values.map(part)
        default: return [.text(content.text)]
        }
    }

    /// What a tool says is its result, also where it is sent as text.
    private static func toolPart(_ part: Message.Part, _ role: String, of message: JSONValue) -> Message.Part {
        guard role == "tool", case .text(let text) = part else { return part }
        return .toolResult(id: message["tool_call_id"]?.string, name: message["name"]?.string, result: text)
    }

    /// Text that may be a JSON array of typed parts, as Anthropic's and Bedrock's content is sent.
    static func parts(ofContent text: String) -> [Message.Part] {
        guard text.hasPrefix("["), let values = parsed(text)?.array, !values.isEmpty,
            values.allSatisfy({ $0["type"]?.string != nil || bedrockPart($0) != nil })
        else { return [.text(text)] }
        return values.map(part)
    }

    /// Bedrock's parts name their kind by their only key.
    private static func bedrockPart(_ value: JSONValue) -> Message.Part? {
        guard case .object(let members) = value, members.count == 1, let (key, inner) = members.first else {
            return nil
        }
        switch key {
        case "text": return inner.string.map { .text($0) }
        case "toolUse":
            return .toolCall(
                id: inner["toolUseId"]?.string, name: inner["name"]?.string ?? "",
                arguments: inner["input"].map(plain) ?? "")
        case "toolResult":
            let texts = inner["content"]?.array?.map { $0["text"].map(plain) ?? $0.text } ?? []
            return .toolResult(id: inner["toolUseId"]?.string, name: nil, result: texts.joined(separator: "\n"))
        default: return nil
        }
    }

    private static func part(_ value: JSONValue) -> Message.Part {
        if let text = value.string { return .text(text) }
        if let part = bedrockPart(value) { return part }
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

extension Message.Part {
    /// The same text as something the model thought.
    var asReasoning: Message.Part {
        if case .text(let text) = self { .reasoning(text) } else { self }
    }
}

extension JSONValue {
    fileprivate var isObject: Bool {
        if case .object = self { true } else { false }
    }
}
