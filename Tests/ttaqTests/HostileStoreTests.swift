import Foundation
import TestSupport
import Testing
import TraceModel

/// What the questions make of files that are no whole store, or that somebody has prepared: each is named, nothing hangs
/// or ends by a signal. `Opening` and `HostileStores` have what stands in single rows.
@Suite struct HostileStoreFiles {
    private static let questions = [
        ["info"], ["overview"], ["traces"], ["errors"], ["percentiles"], ["graph"], ["tokens"], ["trace", "last"],
        ["show", "failed"], ["export", "spans"], ["sql", "SELECT count(*) FROM spans"], ["db", "check"],
        ["ingest", "in.json"],
    ]

    private static let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"

    /// What is done to a store, and what each question says of it.
    private static let altered: [(name: String, statements: [String], said: String)] = [
        (
            "a view in the place of a table",
            ["ALTER TABLE span RENAME TO other", "CREATE VIEW span AS SELECT i AS id FROM (\(endless))"],
            "expected span as ttaq makes it, found it changed or gone"
        ),
        (
            "a view in the place of a small table",
            ["ALTER TABLE operation RENAME TO other", "CREATE VIEW operation AS \(endless)"],
            // What refers to it is not as it was either.
            "expected "
        ),
        ("a table that is gone", ["DROP TABLE rollup"], "expected rollup"),
        (
            "a condition that works",
            [
                "UPDATE sqlite_master SET sql = replace(sql, ') STRICT', ', CHECK (length(zeroblob(900000000)) > 1)) STRICT') WHERE name = 'span'"
            ],
            "expected span as ttaq makes it"
        ),
        (
            "a generated column",
            [
                "UPDATE sqlite_master SET sql = replace(sql, ') STRICT', ', g TEXT AS (hex(zeroblob(400000000))) VIRTUAL) STRICT') WHERE name = 'operation'"
            ],
            "expected operation as ttaq makes it"
        ),
        (
            "another program's", ["PRAGMA application_id = 123"],
            "expected a store of ttaq's, found another program's SQLite database"
        ),
        (
            "a newer version's", ["PRAGMA user_version = 1000"],
            "written by a newer ttaq: schema version 1000, this one reads"
        ),
    ]

    /// Only writing is refused: reading never sets them off.
    private static let refusedForWriting: [(name: String, statements: [String], said: String)] = [
        (
            "a trigger", ["CREATE TRIGGER t AFTER INSERT ON span BEGIN DELETE FROM span; END"],
            "has triggers that ttaq did not make; nothing is written to it"
        ),
        (
            "an index of an expression", ["CREATE INDEX t ON span (length(hex(zeroblob(10 + span_id % 10))))"],
            "has indexes that ttaq did not make; nothing is written to it"
        ),
    ]

    private func store(_ folder: TemporaryFolder) throws -> String {
        _ = try folder.write(Array(#"[{"traceId":"a","id":"9","timestamp":1,"duration":1}]"#.utf8), to: "in.json")
        let ingested = try Program.run("ingest", Sample.ttaWorkflows.folder, "--db", "s.db", in: folder)
        try #require(ingested.exitCode == 0)
        return folder.path("s.db")
    }

    /// - Returns: Of each question that failed, what it said.
    private func ask(_ folder: TemporaryFolder, _ questions: [[String]] = questions) throws -> [[String]: String] {
        var said: [[String]: String] = [:]
        for question in questions {
            let child = try ChildProcess(
                executable: Program.executable.path, question + ["--db", "s.db"], in: folder)
            #expect(!child.kill(afterSeconds: 120), "\(question) ends by itself")
            let outcome = try child.outcome()
            #expect([0, 1, 3].contains(outcome.exitCode), "\(question): \(outcome.exitCode) \(outcome.errors)")
            if outcome.exitCode != 0 { said[question] = outcome.errors }
        }
        return said
    }

    @Test(arguments: altered.indices) func areRefusedByEveryQuestion(_ index: Int) throws {
        let (name, statements, message) = Self.altered[index]
        let folder = try TemporaryFolder()
        try alter(try store(folder), statements)
        let said = try ask(folder)
        for question in Self.questions {
            #expect(said[question]?.hasPrefix("ttaq: s.db: \(message)") == true, "\(name), \(question)")
        }
    }

    @Test(arguments: refusedForWriting.indices) func areRefusedForWriting(_ index: Int) throws {
        let (name, statements, message) = Self.refusedForWriting[index]
        let folder = try TemporaryFolder()
        try alter(try store(folder), statements)
        let said = try ask(folder)
        #expect(Set(said.keys) == [["ingest", "in.json"]], "\(name)")
        #expect(said.values.allSatisfy { $0.contains(message) }, "\(said)")
    }

    /// Views of others are nobody's question, and what functions they call is not trusted.
    @Test func otherViewsChangeNothing() throws {
        let folder = try TemporaryFolder()
        let path = try store(folder)
        let before = try Program.run("sql", "SELECT count(*) FROM spans", "--db", "s.db", in: folder).output
        try alter(
            path,
            ["DROP VIEW spans", "CREATE VIEW spans AS \(Self.endless)", "CREATE VIEW more AS \(Self.endless)"])
        #expect(try ask(folder, Self.questions.dropLast()) == [:])
        #expect(try Program.run("sql", "SELECT count(*) FROM spans", "--db", "s.db", in: folder).output == before)
        let endless = try Program.run(
            "sql", "SELECT count(*) FROM more", "--timeout", "1", "--db", "s.db", in: folder)
        #expect(endless.exitCode == 1 && endless.errors.contains("stopped after 1"))
    }

    @Test(arguments: [("no database", 5000), ("", 0)])
    func areToldFromOtherFiles(_ text: String, _ times: Int) throws {
        let folder = try TemporaryFolder()
        _ = try store(folder)
        _ = try folder.write(Array(String(repeating: text, count: times).utf8), to: "s.db")
        let reading = Array(Self.questions.dropLast())
        let said = try ask(folder, reading)
        for question in reading { #expect(said[question]?.hasPrefix("ttaq: s.db: expected a") == true, "\(question)") }
    }

    /// Cut to a part of its pages, and inside one.
    @Test(arguments: [1000, 8192, 20_000, 100_000]) func thatAreCutAreNamed(_ length: Int) throws {
        let folder = try TemporaryFolder()
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: try store(folder))))
        _ = try folder.write(Array(bytes.prefix(length)), to: "s.db")
        let said = try ask(folder)
        #expect(said[["db", "check"]] != nil)
        #expect(said[["export", "spans"]]?.hasPrefix("ttaq: s.db: ") == true)
    }

    /// One page at a time has other bytes: whatever it held, no question ends otherwise than with an answer or an error,
    /// and the check finds it, but for pages that hold no more than where others lie.
    @Test func withAFlippedPageAreNamed() throws {
        let folder = try TemporaryFolder()
        let path = try store(folder)
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let pages = bytes.count / 8192
        var numbers = SplitMix64(seed: 3)
        var found = 0
        let chosen = (1..<pages).shuffled(using: &numbers).prefix(12)
        for page in chosen {
            var changed = bytes
            for place in page * 8192..<(page + 1) * 8192 { changed[place] ^= 0xFF }
            _ = try folder.write(changed, to: "s.db")
            let said = try ask(folder, [["db", "check"], ["traces"], ["export", "spans"], ["ingest", "in.json"]])
            if said[["db", "check"]] != nil { found += 1 }
        }
        #expect(found >= chosen.count - 1, "\(found) of \(chosen.count)")
    }

    /// A long text stands as runs of pieces; a prepared row can name one piece any number of times.
    @Test func aTextThatGrowsWithoutEndIsNoText() throws {
        let folder = try TemporaryFolder()
        let ingested = try Program.run("ingest", Sample.workloadPrompts.folder, "--db", "s.db", in: folder)
        try #require(ingested.exitCode == 0)
        let runs = Array(repeating: "[1,1]", count: 200_000).joined(separator: ",")
        try alter(
            folder.path("s.db"),
            [
                "UPDATE content SET data = replace(hex(zeroblob(50000)), '00', 'ab') WHERE content_id = 1",
                """
                UPDATE span SET inline_values = replace(inline_values, '[[1,', '[\(runs),[1,')
                WHERE rowid = (SELECT min(rowid) FROM span WHERE inline_values LIKE '%[[1,%')
                """,
            ])
        let child = try ChildProcess(
            executable: "/bin/bash",
            ["-c", "ulimit -v 3000000; exec \"$0\" export spans --db s.db --output out", Program.executable.path],
            in: folder)
        #expect(!child.kill(afterSeconds: 120))
        let outcome = try child.outcome()
        #expect(outcome.exitCode == 1)
        #expect(outcome.errors.contains("of span can't be read; the file is damaged"))
    }
}
