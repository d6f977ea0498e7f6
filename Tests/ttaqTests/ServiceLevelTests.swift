import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif
import JSONText
import TestSupport
import Testing

@Suite struct ObjectivesInAFile {
    /// The README's YAML, block by block.
    private func examples() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = String(decoding: try Data(contentsOf: root.appendingPathComponent("README.md")), as: UTF8.self)
        let parts = readme.components(separatedBy: "```yaml\n").dropFirst()
        return parts.map { $0.components(separatedBy: "```")[0] }
    }

    @Test func theExamplesOfTheReadmeRun() throws {
        let folder = try TemporaryFolder()
        let text = try examples().filter { $0.contains("slos:") || $0.contains("openslo") }.joined(separator: "---\n")
        _ = try folder.write(Array(text.utf8), to: "slo.yaml")
        try DemoStore.copy(to: "d.db", in: folder)
        let outcome = try Program.run(
            "slo", "--config", "slo.yaml", "--db", "d.db", "--format", "json", "--check", in: folder)
        #expect(outcome.exitCode == 3, "\(outcome.errors)")
        let rows = try #require(try JSONValue(parsing: outcome.output).array)
        #expect(Set(rows.map { $0.text("slo") }) == ["answers", "model calls", "quick model calls"])
        let breached = rows.filter { $0.text("status") == "breached" }
        #expect(!breached.isEmpty)
        let calls = try Program.run(
            "slo", "--target", "99%", "--where", "gen_ai.operation.name = chat", "--format", "json", "--db", "d.db",
            in: folder)
        #expect(calls.exitCode == 0)
        let one = try #require(try JSONValue(parsing: calls.output).array?.first)
        let other = try #require(rows.first { $0.text("slo") == "model calls" })
        for key in ["total", "good", "burn_rate"] { #expect(one.number(key) == other.number(key)) }
    }

    @Test func saysWhatIsWrongInTheFile() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(Array("slos:\n  - name: a\n    tagret: 1\n".utf8), to: "slo.yaml")
        let outcome = try Program.run("slo", "--config", "slo.yaml", in: folder)
        #expect(outcome.exitCode == 1)
        #expect(
            outcome.errors == """
                ttaq: slo.yaml, line 3, column 5, slos[0]: expected one of name, description, where, roots, by, target, \
                threshold, window, found 'tagret'; did you mean target?

                """)
        #expect(try Program.run("slo", "--config", "slo.yaml", "--last", "1h", in: folder).exitCode == 64)
        #expect(try Program.run("slo", "--config", "slo.yaml", "--target", "1", in: folder).exitCode == 64)
        #expect(try Program.run("slo", in: folder).exitCode == 64)
    }
}

@Suite struct Checks {
    @Test func aCheckThatDoesNotHoldExitsWith3AndStandsInTheXML() throws {
        let folder = try TemporaryFolder()
        try DemoStore.copy(to: "d.db", in: folder)
        _ = try folder.write(
            Array("checks: [{name: 'runs <&>', by: workflow.name, p95: 2100ms, error_rate: 1%}]".utf8), to: "c.yaml")
        let outcome = try Program.run(
            "check", "--config", "c.yaml", "--db", "d.db", "--junit", "j.xml", "--format", "json", in: folder)
        #expect(outcome.exitCode == 3 && outcome.errors.contains("not held: 3 of 6 checks"))
        let rows = try #require(try JSONValue(parsing: outcome.output).array)
        let failed = rows.filter { $0.text("status") == "failed" }
        #expect(
            failed.map { $0.text("group") + " " + $0.text("measure") } == [
                "workflow.name=order_status p95", "workflow.name=product_question p95",
                "workflow.name=refund_request error_rate",
            ])
        let xml = try XMLDocument(data: Data(contentsOf: URL(fileURLWithPath: folder.path("j.xml"))))
        #expect(try xml.nodes(forXPath: "//testcase").count == 6 && xml.nodes(forXPath: "//failure").count == 3)
        let name = try xml.nodes(forXPath: "//testcase[failure]/@classname").first?.stringValue
        #expect(name == "runs <&>")
    }

    @Test func aStoreIsNoWorseThanItself() throws {
        let folder = try TemporaryFolder()
        try DemoStore.copy(to: "d.db", in: folder)
        let outcome = try Program.run("check", "--baseline", "d.db", "--db", "d.db", in: folder)
        #expect(outcome.exitCode == 0 && outcome.output.contains("nothing is worse by more than chance"))
        #expect(try Program.run("check", "--db", "d.db", in: folder).exitCode == 64)
    }
}
