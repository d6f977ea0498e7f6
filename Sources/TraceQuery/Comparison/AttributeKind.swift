/// What an attribute tells of: whether it can be a cause, and which of two that always come together is the likelier one.
enum AttributeKind: Int, Comparable, Sendable {
    /// What a cache held: it decides what is done next.
    case lookUp
    /// What a span was told to use: a model, a tool, a region, a release.
    case setting
    /// For whom.
    case subject
    /// Anything else that was sent.
    case other
    /// What the program calls the span.
    case name
    /// Numbers of steps and attempts, and hashes.
    case position

    static func < (left: AttributeKind, right: AttributeKind) -> Bool { left.rawValue < right.rawValue }

    /// - Parameter key: Of a span; those of resources are settings.
    /// - Returns: `nil` for what comes out of an execution, or is said in it: it accompanies what is bad, and explains nothing.
    static func of(_ key: String) -> AttributeKind? {
        if isOutcome(key) { return nil }
        let parts = key.split(separator: ".")
        let last = parts.last.map(String.init) ?? key
        if key == "cache.hit" { return .lookUp }
        if key.hasPrefix("llm.") || key.hasPrefix("gen_ai.") || key == "tool.name" || key.hasPrefix("cache.")
            || ["region", "zone", "version", "release", "provider", "model"].contains(last)
        {
            return last.contains("hash") || last == "key" ? .position : .setting
        }
        if ["session", "user", "player", "customer", "tenant", "workflow", "agent"].contains(String(parts[0])) {
            return .subject
        }
        if ["name", "primitive", "step", "branch", "operation"].contains(String(parts[0])) || last == "kind" {
            return last == "name" || last == "type" || parts.count == 1 ? .name : .position
        }
        if last.contains("hash") || last.contains("index") || last.contains("attempt") || last.contains("total_") {
            return .position
        }
        return .other
    }

    private static let outcomePrefixes = [
        "error", "exception", "execution.", "retry.", "fallback.", "saga.", "circuit_breaker.", "timeout.used",
        "otel.status",
        "status", "http.status", "http.response", "rpc.grpc.status", "cache.age", "cache.savings", "cache.coalesced",
        "gen_ai.response.finish", "gen_ai.output", "gen_ai.tool.call.result", "gen_ai.usage", "llm.usage", "output.",
        "handoff.reason", "llm.chunks", "llm.finish", "input.", "input.",
    ]
    private static let outcomeParts = [
        "duration", "elapsed", "latency", "_ms", "tokens", "token_count", "cost", "time_to",
    ]
    /// What was said, which differs from run to run.
    private static let contentParts = ["messages", "instructions", "prompts", "call.arguments", "content"]

    private static func isOutcome(_ key: String) -> Bool {
        key.hasSuffix(".status") || outcomePrefixes.contains { key.hasPrefix($0) }
            || (outcomeParts + contentParts).contains { key.contains($0) }
    }
}
