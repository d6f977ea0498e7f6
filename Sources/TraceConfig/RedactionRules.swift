import LinearRegex
import TraceModel

/// What is replaced in spans before they are handed on.
package struct RedactionRules: Sendable {
    package struct Rule: Sendable {
        package let name: String
        /// Exact names; where there are none and no pattern of names, the rule is for every text.
        fileprivate let keys: Set<String>
        fileprivate let keyPattern: LinearRegex?
        /// What is replaced inside texts; `nil` for whole values.
        fileprivate let pattern: RegexReplacement?
        fileprivate let replacement: String

        fileprivate func isFor(_ key: String) -> Bool {
            if keys.isEmpty && keyPattern == nil { return true }
            return keys.contains(key) || keyPattern?.matchesWhole(key) == true
        }
    }

    package let rules: [Rule]

    /// - Throws: ``ConfigError``.
    package static func read(_ path: String) throws -> RedactionRules {
        RedactionRules(rules: try YAMLFile.documents(path).flatMap(rules))
    }

    package static func parse(_ text: String, file: String) throws -> RedactionRules {
        RedactionRules(rules: try YAMLFile.documents(text, file: file).flatMap(rules))
    }

    private static func rules(_ document: ConfigValue) throws -> [Rule] {
        try document.mapping(["rules"]).required("rules").list().map { value in
            let keys = try value.mapping(["name", "keys", "key_pattern", "pattern", "replacement"])
            if keys["keys"] == nil, keys["key_pattern"] == nil, keys["pattern"] == nil {
                throw value.error(expected: "keys, key_pattern or pattern", found: "none of them")
            }
            return Rule(
                name: try keys.required("name").name(),
                keys: Set(try keys["keys"]?.listOrOne().map { try $0.name() } ?? []),
                keyPattern: try keys["key_pattern"]?.pattern { text throws(LinearRegexError) in
                    try LinearRegex(text)
                },
                pattern: try keys["pattern"]?.pattern { text throws(LinearRegexError) in
                    try RegexReplacement(text)
                },
                replacement: try keys["replacement"]?.text() ?? "[redacted]")
        }
    }
}

extension ConfigValue {
    fileprivate func pattern<Pattern>(_ make: (String) throws(LinearRegexError) -> Pattern) throws -> Pattern {
        let text = try text("a regular expression (RE2)")
        do {
            return try make(text)
        } catch {
            throw self.error(
                expected: "a regular expression, at its character \(error.offset + 1) \(error.expected)",
                found: error.found)
        }
    }
}

/// Applies rules, and counts what each replaced: values, or matches inside texts.
///
/// Besides attributes (of spans, events, links, resources and scopes, by their keys) it looks at these texts, by names of
/// the filter language: `name`, `statusMessage`, `event:name`, `traceState`, `instrumentation:name`,
/// `instrumentation:version`, and `body`, of a log record. Keys of attributes and of maps stay.
package final class Redactor: SpanRewriter {
    package let rules: [RedactionRules.Rule]
    /// By rule.
    package private(set) var counts: [Int]
    /// The places of the rules that are for a key.
    private var rulesOfKey: [String: [Int]] = [:]
    private static let mostKeys = 100_000

    package init(_ rules: RedactionRules) {
        self.rules = rules.rules
        counts = [Int](repeating: 0, count: rules.rules.count)
    }

    package func rewrite(_ span: inout TraceSpan) {
        rewrite(&span.name, "name")
        rewrite(&span.status.message, "statusMessage")
        rewrite(&span.traceState, "traceState")
        rewrite(&span.attributes)
        for place in span.events.indices {
            rewrite(&span.events[place].name, "event:name")
            rewrite(&span.events[place].attributes)
        }
        for place in span.links.indices {
            rewrite(&span.links[place].traceState, "traceState")
            rewrite(&span.links[place].attributes)
        }
    }

    package func rewrite(_ record: inout LogRecord) {
        rewrite(&record.eventName, "event:name")
        rewrite(&record.attributes)
        guard let body = record.body else { return }
        // A body has no key: rules for a key look at its members.
        var whole = [Attribute("body", body)]
        if case .map(let members) = body { whole = members }
        rewrite(&whole)
        if case .map = body { record.body = .map(whole) } else { record.body = whole[0].value }
    }

    package func rewrite(_ resource: inout Resource) { rewrite(&resource.attributes) }

    package func rewrite(_ scope: inout Scope) {
        rewrite(&scope.name, "instrumentation:name")
        rewrite(&scope.version, "instrumentation:version")
        rewrite(&scope.attributes)
    }

    private func rewrite(_ attributes: inout [Attribute]) {
        for place in attributes.indices {
            for rule in rules(for: attributes[place].key) { apply(rule, to: &attributes[place].value) }
        }
    }

    /// An empty text stays: it says nothing.
    private func rewrite(_ text: inout String, _ key: String) {
        for rule in rules(for: key) where !text.isEmpty { apply(rule, to: &text) }
    }

    private func rules(for key: String) -> [Int] {
        if let known = rulesOfKey[key] { return known }
        if rulesOfKey.count >= Self.mostKeys { rulesOfKey.removeAll() }
        let found = rules.indices.filter { rules[$0].isFor(key) }
        rulesOfKey[key] = found
        return found
    }

    private func apply(_ rule: Int, to text: inout String) {
        guard let pattern = rules[rule].pattern else {
            text = rules[rule].replacement
            counts[rule] += 1
            return
        }
        let (replaced, count) = pattern.replace(in: text, by: rules[rule].replacement)
        if count == 0 { return }
        text = replaced
        counts[rule] += count
    }

    private func apply(_ rule: Int, to value: inout AttributeValue) {
        if rules[rule].pattern == nil {
            value = .string(rules[rule].replacement)
            counts[rule] += 1
            return
        }
        switch value {
        case .string(var text):
            apply(rule, to: &text)
            value = .string(text)
        case .array(var values):
            for place in values.indices { apply(rule, to: &values[place]) }
            value = .array(values)
        case .map(var members):
            for place in members.indices { apply(rule, to: &members[place].value) }
            value = .map(members)
        case .bool, .int, .double, .bytes, .empty: break
        }
    }
}
