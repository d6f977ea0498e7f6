import Foundation
import GRDB
import TestSupport
import Testing
import TraceModel
import TraceStore

private func allSpans(_ path: String) throws -> Set<ReferenceSpan> {
    var spans: Set<ReferenceSpan> = []
    try Store(path: path).read { snapshot in
        try snapshot.scanWithDetail(.all) {
            spans.insert(ReferenceSpan(span: $0.span, resource: $0.resource, scope: $0.scope))
        }
    }
    return spans
}

@Suite struct BackingUp {
    private func check(_ path: String) throws -> [String] { try Store(path: path).read { try $0.check() }.problems }

    @Test(arguments: [Sample.workloadPrompts, .otelJSON, .pydanticAI])
    func bothWaysKeepEveryFieldOfEverySpan(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        let path = try sample.store(in: folder)
        let sent = Set(try sample.spans())
        let source = try Store(path: path)
        let pages = try source.backUp(to: folder.path("pages.db"))
        let again = try source.copyRuns(to: folder.path("again.db"), where: { _ in nil }, rewriting: [])
        for name in ["pages.db", "again.db"] {
            #expect(try allSpans(folder.path(name)) == sent)
            #expect(try check(folder.path(name)) == [])
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
        #expect(pages.spans == sent.count && again.spans == sent.count && pages.traces == again.traces)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path(""))
        #expect(Set(left) == [URL(fileURLWithPath: path).lastPathComponent, "pages.db", "again.db"])
    }

    @Test func takesNoFilesPlace() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        try makeStore(at: path, batch([span(1)]))
        let other = try folder.write([1, 2, 3], to: "other")
        try FileManager.default.createSymbolicLink(atPath: folder.path("dead"), withDestinationPath: "nowhere")
        for name in [other, path, folder.path("dead")] {
            #expect(throws: StoreError.alreadyThere(path: name)) { try Store(path: path).backUp(to: name) }
            #expect(throws: StoreError.alreadyThere(path: name)) {
                try Store(path: path).copyRuns(to: name, where: { _ in nil }, rewriting: [])
            }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == Data([1, 2, 3]))
        #expect(throws: StoreError.self) { try Store(path: path).backUp(to: folder.path("no/such/folder.db")) }
    }

    /// What a writer has committed is there, sealed or not, and its log is not needed.
    @Test func takesWhatAnotherWriterHasCommitted() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let writer = try StoreWriter(path: path)
        try writer.add(batch([span(1), span(2, parent: 1)]))
        let source = try Store(path: path)
        #expect(try source.backUp(to: folder.path("one.db")).spans == 2)
        try writer.add(batch([span(3, parent: 1), span(1, trace: 2)]))
        #expect(try source.copyRuns(to: folder.path("two.db"), where: { _ in nil }, rewriting: []).traces == 2)
        try writer.finish()
        for (name, count) in [("one.db", 2), ("two.db", 4)] {
            #expect(try allSpans(folder.path(name)).count == count)
            #expect(try check(folder.path(name)) == [])
        }
    }

    @Test func aDamagedStoreGivesNoCopy() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        try makeStore(at: path, batch([span(1)]))
        try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE rollup SET errors = errors + 1") }
        #expect(throws: StoreError.self) { try Store(path: path).backUp(to: folder.path("copy.db")) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["s.db"])
    }
}

@Suite struct RemovingText {
    /// Each kind of value once; what stays was decided by the documented rule, one by one.
    @Test func keepsWhatIsNoText() throws {
        var sent = span(
            1, "GET /users", status: 2,
            [
                "gen_ai.prompt": "secret", "empty": "", "llm.model_name": "gpt-4o", "session.id": "s1",
                "llm.prompt_tokens": "12", "llm.completion_tokens": "secret", "n": 5, "x": 2.5, "flag": true,
                "numbers": .array([1, 2]), "texts": .array(["secret"]), "map": .map([Attribute("secret", 1)]),
                "bytes": .bytes([1]), "nothing": .empty, "error.type": "Timeout", "llm.request.type": "chat",
            ])
        sent.status.message = "secret"
        sent.traceState = "secret=1"
        var known = SpanEvent()
        known.name = "exception"
        known.attributes = [Attribute("exception.type", "E"), Attribute("exception.message", "secret")]
        var unknown = SpanEvent()
        unknown.name = "said the secret"
        sent.events = [known, unknown]
        var link = SpanLink()
        link.traceState = "secret=2"
        link.attributes = [Attribute("why", "secret"), Attribute("count", 2)]
        sent.links = [link]
        var expected = sent
        for (key, value) in [
            ("gen_ai.prompt", "[removed]"), ("llm.completion_tokens", "[removed]"), ("texts", "[removed]"),
            ("map", "[removed]"), ("bytes", "[removed]"),
        ] as [(String, AttributeValue)] {
            let place = try #require(expected.attributes.firstIndex { $0.key == key })
            expected.attributes[place].value = value
        }
        expected.status.message = "[removed]"
        expected.traceState = ""
        expected.events[0].attributes[1].value = "[removed]"
        expected.events[1].name = "[removed]"
        expected.links[0].traceState = ""
        expected.links[0].attributes[0].value = "[removed]"
        TextRemoval().rewrite(&sent)
        #expect(sent == expected)
        var resource = Resource()
        resource.attributes = [
            Attribute("service.name", "shop"), Attribute("process.command_line", "secret"), Attribute("pid", 1),
        ]
        TextRemoval().rewrite(&resource)
        #expect(resource.attributes.map(\.value) == ["shop", "[removed]", 1])
    }
}
