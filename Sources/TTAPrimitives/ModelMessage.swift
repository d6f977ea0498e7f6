/// One message to a model, or from it.
public struct ModelMessage: Sendable, Hashable {
    /// Who speaks.
    public enum Role: String, Sendable, Hashable {
        /// Who sets the rules.
        case system
        /// Who asks.
        case user
        /// The model.
        case assistant
        /// A tool that answers.
        case tool
    }

    /// A part of a message.
    public enum Part: Sendable, Hashable {
        /// What is said.
        case text(String)
        /// The model asks for a tool, with arguments as text, mostly JSON.
        case toolCall(id: String?, name: String, arguments: String)
        /// A tool's answer to the call of the id.
        case toolResult(id: String?, result: String)
    }

    /// Who speaks.
    public var role: Role
    /// What it consists of, in order.
    public var parts: [Part]

    /// - Parameters:
    ///   - role: Who speaks.
    ///   - parts: What it consists of, in order.
    public init(_ role: Role, parts: [Part]) {
        self.role = role
        self.parts = parts
    }

    /// - Parameters:
    ///   - role: Who speaks.
    ///   - text: What is said.
    public init(_ role: Role, _ text: String) { self.init(role, parts: [.text(text)]) }
}

/// What an ``LLMCall`` that captures content keeps as messages.
public protocol ModelContent {
    /// - Parameter role: Who speaks, where the content does not say so itself.
    func messages(as role: ModelMessage.Role) -> [ModelMessage]
}

extension ModelMessage: ModelContent {
    /// Itself.
    public func messages(as role: Role) -> [ModelMessage] { [self] }

    static func messages(of content: some Any, as role: Role) -> [ModelMessage] {
        (content as? any ModelContent)?.messages(as: role) ?? [ModelMessage(role, "\(content)")]
    }
}

extension Array: ModelContent where Element: ModelContent {
    /// Those of its elements.
    public func messages(as role: ModelMessage.Role) -> [ModelMessage] { flatMap { $0.messages(as: role) } }
}

extension String: ModelContent {
    /// A text.
    public func messages(as role: ModelMessage.Role) -> [ModelMessage] { [ModelMessage(role, self)] }
}

/// Messages as JSON, after the schemas of `gen_ai.input.messages` and `gen_ai.output.messages` in OpenTelemetry's GenAI
/// conventions.
enum MessageJSON {
    static func text(messages: [ModelMessage], finishReason: String? = nil) -> String {
        list(messages) { message in
            let end = finishReason.map { ",\"finish_reason\":" + text($0) } ?? ""
            return "{\"role\":" + text(message.role.rawValue) + ",\"parts\":" + text(parts: message.parts) + end + "}"
        }
    }

    static func text(parts: [ModelMessage.Part]) -> String {
        list(parts) { part in
            switch part {
            case .text(let content): object("text", [("content", content)])
            case .toolCall(let id, let name, let arguments):
                object("tool_call", [("id", id), ("name", name), ("arguments", arguments)])
            case .toolResult(let id, let result): object("tool_call_response", [("id", id), ("response", result)])
            }
        }
    }

    private static func list<Element>(_ elements: [Element], _ write: (Element) -> String) -> String {
        "[" + elements.map(write).joined(separator: ",") + "]"
    }

    private static func object(_ type: String, _ members: [(String, String?)]) -> String {
        let written = members.compactMap { key, value in value.map { ",\"\(key)\":" + text($0) } }
        return "{\"type\":\"\(type)\"" + written.joined() + "}"
    }

    /// A JSON text with its quotes, after RFC 8259: what must be escaped is, and nothing else.
    private static func text(_ text: String) -> String {
        var written: [UInt8] = [UInt8(ascii: "\"")]
        written.reserveCapacity(text.utf8.count + 2)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): written += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): written += Array("\\n".utf8)
            case 0..<0x20:
                written += Array((byte < 0x10 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
            default: written.append(byte)
            }
        }
        written.append(UInt8(ascii: "\""))
        return String(decoding: written, as: UTF8.self)
    }
}
