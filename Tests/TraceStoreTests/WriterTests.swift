import GRDB
import TestSupport
import Testing
import TraceModel
import TraceStore

@Suite struct Writers {
    @Test func goOnAfterTheyHaveMadeTheFileWhole() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("w.db")
        let writer = try StoreWriter(path: path)
        try writer.add(batch([span(1, "a", ["session.id": "s"])]))
        try writer.finish()
        try writer.add(batch([span(2, "a", ["session.id": "s"]), span(3, "b")]))
        try writer.finish()
        #expect(try names(path) == ["a", "a", "b"])
    }

    /// What the lost batch was the first to name, later ones name again: operations, layouts, a field that it demoted.
    @Test func goOnAfterABatchThatCouldNotBeWritten() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("w.db")
        let writer = try StoreWriter(path: path)
        try writer.add(batch([span(1, "a")]))
        let crowd = (1...1100 as ClosedRange<UInt64>).map { span($0, trace: 2, "name \($0)", ["session.id": "s"]) }
        let other = try DatabaseQueue(path: path)
        try other.write { db in
            try db.execute(sql: "CREATE TRIGGER no BEFORE INSERT ON span BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        #expect(throws: StoreError.self) { try writer.add(batch(crowd)) }
        try other.write { try $0.execute(sql: "DROP TRIGGER no") }
        try other.close()
        try writer.add(batch(crowd.suffix(2)))
        try writer.finish()
        #expect(writer.committed.spans == 3)
        #expect(try names(path) == ["a", "name 1099", "name 1100"])
        #expect(try Store(path: path).read { try $0.summary() }.demotedFields == ["name"])
    }

    private func names(_ path: String) throws -> [String] {
        var names: [String] = []
        try Store(path: path).read { snapshot throws -> Void in
            #expect(try snapshot.check().problems == [])
            try snapshot.scanWithDetail(.all) { names.append($0.span.name) }
        }
        return names.sorted()
    }
}
