import JSONText

/// Messages as LangChain writes them: as `{lc, id: […, CLASS], kwargs}`, which it makes objects from again, as the
/// fields of the object with its `type`, or as `{type, data}`.
enum LangChainMessages {
    private static let roles = [
        "human": "user", "HumanMessage": "user", "HumanMessageChunk": "user", "ai": "assistant",
        "AIMessage": "assistant", "AIMessageChunk": "assistant", "system": "system", "SystemMessage": "system",
        "SystemMessageChunk": "system", "tool": "tool", "ToolMessage": "tool", "ToolMessageChunk": "tool",
        "function": "tool", "FunctionMessage": "tool", "FunctionMessageChunk": "tool", "chat": "user",
        "ChatMessage": "user", "ChatMessageChunk": "user",
    ]

    /// - Returns: `nil` when it is no such message.
    static func message(_ value: JSONValue) -> Message? {
        let name = value["id"]?.array?.last?.string ?? value["type"]?.string
        guard let fields = fields(value), let role = name.flatMap({ roles[$0] }) else { return nil }
        return message(fields, role: fields["role"]?.string ?? role)
    }

    /// Of whichever of the three forms.
    private static func fields(_ value: JSONValue) -> JSONValue? {
        if value["lc"] != nil, let fields = value["kwargs"] { return fields }
        if let data = value["data"], data["content"] != nil { return data }
        return value["content"] == nil ? nil : value
    }

    private static func message(_ fields: JSONValue, role: String) -> Message? {
        var members = [("role", JSONValue.string(role))]
        for key in ["content", "tool_call_id", "name"] {
            if let value = fields[key], !value.isNull { members.append((key, value)) }
        }
        let calls = [fields["tool_calls"], fields["additional_kwargs"]?["tool_calls"]]
            .lazy.compactMap { $0?.array }.first { !$0.isEmpty }
        if let calls { members.append(("tool_calls", .array(calls))) }
        let finish = ["finish_reason", "stop_reason"].lazy.compactMap { fields["response_metadata"]?[$0]?.string }.first
        guard let read = MessageReader.message(.object(members.map { (key: $0.0, value: $0.1) })) else { return nil }
        // Anthropic's content has the calls too.
        var seen: Set<Message.Part> = []
        let parts = read.parts.filter { part in
            guard case .toolCall(let id?, let name, _) = part else { return true }
            return seen.insert(.toolCall(id: id, name: name, arguments: "")).inserted
        }
        return Message(role: role, parts: parts, finishReason: finish)
    }

    /// The messages that a model's parameters or answer hold under the names that LangChain and chat APIs have for them.
    ///
    /// - Returns: `nil` when there are none.
    static func inside(_ value: JSONValue) -> [Message]? {
        for key in ["messages", "generations", "choices", "output", "input"] {
            guard let held = value[key] else { continue }
            let values = (held.array ?? [held]).flatMap { $0.array ?? [$0] }
            let messages = values.compactMap(choice)
            if !messages.isEmpty, messages.count == values.count { return messages }
        }
        return nil
    }

    /// A message, or what an answer has around one.
    private static func choice(_ value: JSONValue) -> Message? {
        let reason = value["finish_reason"]?.string ?? value["generation_info"]?["finish_reason"]?.string
        if let message = MessageReader.message(value) { return message.finished(reason) }
        if let inner = value["message"], let message = MessageReader.message(inner) { return message.finished(reason) }
        guard let text = value["text"]?.string else { return nil }
        return Message(role: "assistant", parts: [.text(text)], finishReason: reason)
    }
}

extension Message {
    fileprivate func finished(_ reason: String?) -> Message {
        Message(role: role, parts: parts, finishReason: finishReason ?? reason)
    }
}
