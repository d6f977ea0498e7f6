/// A whole JSON value; objects keep the order and repetition of their keys, numbers their digits.
package enum JSONValue: Hashable, Sendable {
    case object([(key: String, value: JSONValue)])
    case array([JSONValue])
    case string(String)
    case number(String)
    case bool(Bool)
    case null

    /// Reads a text that is one value and nothing else.
    package init(parsing text: String, maximumDepth: Int = 512) throws {
        var reader = JSONReader(text, maximumDepth: maximumDepth)
        self = try reader.value()
        try reader.finish()
    }

    /// The first value under `key`, `nil` for everything that is no object.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    package var isNull: Bool { self == .null }

    /// The value on one line.
    package var text: String {
        var writer = JSONWriter()
        writer.write(self)
        return writer.text
    }

    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let a), .object(let b)): a.elementsEqual(b) { $0.key == $1.key && $0.value == $1.value }
        case (.array(let a), .array(let b)): a == b
        case (.string(let a), .string(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.bool(let a), .bool(let b)): a == b
        case (.null, .null): true
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension JSONReader {
    package mutating func value() throws -> JSONValue {
        switch try peek() {
        case .object:
            var members: [(key: String, value: JSONValue)] = []
            try object { reader, key in members.append((key, try reader.value())) }
            return .object(members)
        case .array:
            var values: [JSONValue] = []
            try array { reader in values.append(try reader.value()) }
            return .array(values)
        case .string: return .string(try string())
        case .number: return .number(String(try numberText()))
        case .bool: return .bool(try bool())
        case .null:
            try null()
            return .null
        }
    }
}
