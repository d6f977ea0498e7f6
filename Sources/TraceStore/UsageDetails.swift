import JSONText
import TraceModel

/// Tokens and cost as Langfuse's SDK sends them: an object in JSON under one attribute, by kinds of tokens. Kinds may be
/// new, so they are told by parts of their names, as Langfuse's own sums of input and output are.
enum UsageDetails: String {
    case tokens = "langfuse.observation.usage_details"
    case cost = "langfuse.observation.cost_details"

    /// Longer ones are no list of kinds; they may stand apart from their span too.
    private static let mostBytes = 512

    /// Cached input is part of the input, except where the names are those of OpenAI's API, whose sums include it.
    func numbers(_ value: AttributeValue) -> [(field: NumberField, value: AttributeValue)] {
        guard let text = value.string, text.utf8.count <= Self.mostBytes else { return [] }
        let details: JSONValue
        do {
            details = try JSONValue(parsing: text, maximumDepth: 8)
        } catch {
            // Another thing under that name.
            return []
        }
        guard case .object(let members) = details else { return [] }
        let amounts = members.compactMap { key, value in Self.amount(value).map { (key: key.lowercased(), amount: $0) }
        }
        return self == .tokens ? Self.tokens(amounts) : Self.cost(amounts)
    }

    private static func tokens(_ amounts: [(key: String, amount: Double)]) -> [(
        field: NumberField, value: AttributeValue
    )] {
        func whole(_ key: String) -> Double? { amounts.first { $0.key == key }?.amount }
        func sum(_ isPart: (String) -> Bool) -> Double? {
            let parts = amounts.filter { isPart($0.key) }
            return parts.isEmpty ? nil : parts.reduce(0) { $0 + $1.amount }
        }
        let isWrite: (String) -> Bool = { $0.contains("creation") || $0.contains("write") }
        let sums: [(NumberField, Double?)] = [
            (.promptTokens, whole("prompt_tokens") ?? sum { $0.contains("input") }),
            (.completionTokens, whole("completion_tokens") ?? sum { $0.contains("output") }),
            (.cachedTokens, sum { $0.contains("cache") && !isWrite($0) }),
            (.cacheWriteTokens, sum { $0.contains("cache") && isWrite($0) }),
            (.reasoningTokens, sum { $0.contains("reasoning") }),
        ]
        return sums.compactMap { field, sum in sum.flatMap { Int64(exactly: $0) }.map { (field, .int($0)) } }
    }

    private static func cost(_ amounts: [(key: String, amount: Double)]) -> [(
        field: NumberField, value: AttributeValue
    )] {
        guard !amounts.isEmpty else { return [] }
        let total = amounts.first { $0.key == "total" }?.amount ?? amounts.reduce(0) { $0 + $1.amount }
        return [(.cost, .double(total))]
    }

    /// A number, or one in quotes as databases write large ones.
    private static func amount(_ value: JSONValue) -> Double? {
        switch value {
        case .number(let digits), .string(let digits): Double(digits).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }
}

extension SpanNumbers {
    /// Where an attribute tells the number itself, that counts.
    mutating func offer(_ details: UsageDetails, _ value: AttributeValue) {
        for (field, value) in details.numbers(value) {
            offer(
                field, AliasTable.Entry(meaning: .number(field), type: field.isReal ? .real : .integer, rank: .max),
                value)
        }
    }
}
