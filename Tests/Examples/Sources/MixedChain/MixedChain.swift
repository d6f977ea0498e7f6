import TTAPrimitives

/// Eight parts of different kinds in one expression: scripts/check sees that it type-checks in less than 200 ms.
public func mixedChain() -> some WorkflowPrimitive<String, String> {
    let tidy = Instrumented<String, String>("tidy") { text, _ in text.lowercased() }
    let count = Lambda<String, Int> { text, _ in text.count }
    let half = Instrumented<String, Double>("half") { text, _ in Double(text.count) / 2 }
    let join = Lambda<(String, Int, Double), String> { values, _ in "\(values)" }
    let ask = LLMCall<String, String>("ask", provider: "acme", model: "acme-mini") { text, _ in ModelAnswer(text) }
    let find = ToolCall<String, String>("find") { text, _ in text }
    return tidy >>> (tidy | count | half) >>> join >>> Retry(ask) >>> Cache(find)
        >>> Fallback(find, else: ask) >>> Timeout(tidy, after: .seconds(1)) >>> Agent("last", does: tidy)
}
