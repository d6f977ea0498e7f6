import TestSupport
import Testing
import TraceConfig
import TraceModel

@Suite struct Redacting {
    private func redactor(_ text: String) throws -> Redactor {
        Redactor(try RedactionRules.parse(text, file: "rules.yaml"))
    }

    @Test func replacesByKeysAndPatternsAndCounts() throws {
        let redactor = try redactor(
            """
            rules:
              - {name: users, keys: [user.id, enduser.id]}
              - {name: prompts, key_pattern: 'gen_ai\\.(input|output)\\..*', replacement: ''}
              - {name: mail, pattern: '[a-z]+@[a-z]+\\.org', replacement: '[mail]'}
              - {name: never, keys: [nothing]}
            """)
        var sent = span(
            1, "call of bob@x.org",
            [
                "user.id": 7, "gen_ai.input.messages": "to eve@x.org", "gen_ai.inputs": "kept",
                "note": .map([Attribute("a@b.org", .array(["bob@x.org, eve@x.org", 3]))]), "raw": .bytes([1]),
            ])
        sent.status.message = "no answer of bob@x.org"
        var event = SpanEvent()
        event.name = "bob@x.org"
        event.attributes = [Attribute("enduser.id", "bob")]
        sent.events = [event]
        var link = SpanLink()
        link.attributes = [Attribute("user.id", "bob")]
        sent.links = [link]
        redactor.rewrite(&sent)
        #expect(sent.name == "call of [mail]" && sent.status.message == "no answer of [mail]")
        #expect(sent.attributes["user.id"] == "[redacted]" && sent.attributes["gen_ai.input.messages"] == "")
        #expect(sent.attributes["gen_ai.inputs"] == "kept" && sent.attributes["raw"] == .bytes([1]))
        #expect(sent.attributes["note"] == .map([Attribute("a@b.org", .array(["[mail], [mail]", 3]))]))
        #expect(sent.events[0].name == "[mail]" && sent.events[0].attributes[0].value == "[redacted]")
        #expect(sent.links[0].attributes[0].value == "[redacted]")
        #expect(redactor.counts == [3, 1, 5, 0])
        var scope = Scope()
        scope.attributes = [Attribute("by", "bob@x.org")]
        redactor.rewrite(&scope)
        #expect(scope.attributes[0].value == "[mail]" && redactor.counts == [3, 1, 6, 0])
    }

    @Test(
        arguments: [
            ("rules: [{name: a}]", "rules[0]"), ("rules: [{pattern: a}]", "rules[0]"),
            ("rules: [{name: a, pattern: '('}]", "rules[0].pattern"),
            ("rules: [{name: a, key_pattern: '(?<x'}]", "rules[0].key_pattern"),
            ("rules: [{name: a, patern: x}]", "rules[0]"),
        ])
    func rulesAreRefusedByTheirPath(_ text: String, _ path: String) {
        #expect {
            _ = try RedactionRules.parse(text, file: "r.yaml")
        } throws: { error in
            (error as? ConfigError)?.place.path == path
        }
    }
}
