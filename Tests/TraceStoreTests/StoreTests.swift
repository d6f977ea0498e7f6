import Foundation
import GRDB
import JSONText
import TestSupport
import Testing
import TraceModel
import TraceSchema
import TraceStore

@Suite struct Lossless {
    @Test(arguments: Sample.allCases)
    func givesBackEverySpanOfEverySample(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        var stored: Set<ReferenceSpan> = []
        try Store(path: sample.store(in: folder)).read { snapshot in
            try snapshot.scanWithDetail(.all) {
                stored.insert(ReferenceSpan(span: $0.span, resource: $0.resource, scope: $0.scope))
            }
        }
        let reference = try sample.spans()
        #expect(stored.count == reference.count)
        for span in reference where !stored.contains(span) {
            Issue.record("span \(span.span.spanID.hex) of trace \(span.span.traceID.hex) came back changed")
            break
        }
    }

    /// Two spellings of é that Swift's strings take for equal, and text with NUL in it.
    @Test func keepsTextsApartThatOnlyLookTheSame() throws {
        let names = ["caf\u{E9}", "cafe\u{301}", "a\u{0}b", "a\u{0}c"]
        let spans = names.enumerated().map {
            span(UInt64($0.offset + 1), $0.element, ["session.id": .string($0.element)])
        }
        var stored: [[UInt8]] = []
        var sessions: [[UInt8]] = []
        try withStore(spans) { snapshot in
            try snapshot.scanWithDetail(.all) {
                stored.append(Array($0.span.name.utf8))
                sessions.append(Array(($0.row.context[.sessionID] ?? "").utf8))
            }
        }
        #expect(stored == names.map { Array($0.utf8) })
        #expect(sessions == stored)
    }

    /// The codec alone, on values that no sample has.
    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func givesBackEveryKindOfValue(_ seed: UInt64) throws {
        var values = ValueGenerator(seed: seed)
        let attributes = values.attributes(12)
        let (json, tags) = AttributeCodec.encode(attributes)
        #expect(try AttributeCodec.decode(json: json, tags: tags) == attributes, "seed \(seed)")
        _ = try JSONValue(parsing: json)
    }
}

@Suite struct Copies {
    private func counts(_ batches: SpanBatch...) throws -> (counts: WriteCounts, span: TraceSpan?) {
        let folder = try TemporaryFolder()
        let path = folder.path("copies.db")
        let writer = try StoreWriter(path: path)
        for batch in batches { try writer.add(batch) }
        try writer.finish()
        var kept: TraceSpan?
        try Store(path: path).read { try $0.scanWithDetail(.all) { kept = $0.span } }
        return (writer.committed, kept)
    }

    @Test func keepsTheFirstFinishedCopy() throws {
        let (counts, kept) = try counts(batch([span(1, "first")]), batch([span(1, "second")]))
        #expect(counts.spans == 1)
        #expect(counts.duplicateSpans == 1)
        #expect(kept?.name == "first")
    }

    @Test func replacesAnUnfinishedCopyByAFinishedOne() throws {
        let (counts, kept) = try counts(
            batch([span(1, "open", to: nil), span(1, "done")]), batch([span(1, "open", to: nil)]))
        #expect(counts.spans == 2)
        #expect(counts.duplicateSpans == 1)
        #expect(kept?.name == "done")
    }

    @Test func keepsTheFirstOfTwoUnfinishedCopies() throws {
        let (counts, kept) = try counts(batch([span(1, "a", to: nil), span(1, "b", to: nil)]))
        #expect(counts.duplicateSpans == 1)
        #expect(kept?.name == "a")
    }

    @Test func tellsTheSameSpanIDInTwoTracesApart() throws {
        #expect(try counts(batch([span(1, trace: 1), span(1, trace: 2)])).counts.spans == 2)
    }

    @Test func keepsAStoreThatIsFilledTwiceAsItWas() throws {
        let folder = try TemporaryFolder()
        let path = try Sample.otelPlain.store(in: folder)
        let first = try Store(path: path).read { try $0.summary() }
        _ = try Sample.otelPlain.store(in: folder)
        let second = try Store(path: path).read { try $0.summary() }
        #expect(first.spans == 355)
        #expect(second.spans == first.spans)
        #expect(second.bytes == first.bytes)
    }
}

@Suite struct Opening {
    private func error(_ path: String) -> StoreError? {
        do {
            _ = try Store(path: path)
            return nil
        } catch {
            return error as? StoreError
        }
    }

    @Test func makesAFileThatOnlyItsOwnerCanRead() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("new.db")
        try makeStore(at: path, batch([span(1)]))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.int16Value == 0o600)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["new.db"], "one file and no other")
    }

    @Test func neverMakesAFileToReadIt() throws {
        let path = try TemporaryFolder().path("none.db")
        #expect(error(path) == .noSuchFile(path: path))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func refusesOtherFilesByKind() throws {
        let folder = try TemporaryFolder()
        let text = try folder.write(Array(String(repeating: "no database ", count: 100).utf8), to: "text")
        #expect(error(text) == .notADatabase(path: text, reason: "file is not a database"))
        #expect(error(folder.path("")) == .notAFile(path: folder.path("")))
        let empty = try folder.write([], to: "empty")
        #expect(error(empty) == .notAStore(path: empty))
    }

    @Test func refusesANewerAndAnOlderStoreByVersion() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("v.db")
        try makeStore(at: path, batch([span(1)]))
        // The header's user_version: four bytes at offset 60, big-endian (https://www.sqlite.org/fileformat.html).
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[62] = 1
        let newer = try folder.write(bytes, to: "newer.db")
        #expect(error(newer) == .newerVersion(path: newer, found: 256 + TraceSQL.version, supported: TraceSQL.version))
        bytes[62] = 0
        bytes[63] = 0
        let older = try folder.write(bytes, to: "older.db")
        #expect(error(older) == .olderVersion(path: older, found: 0, supported: TraceSQL.version))
        #expect(throws: StoreError.self) { try StoreWriter(path: newer) }
    }

    @Test func writesNeitherIntoAStoreWithTriggersNorIntoAnotherProgramsFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("t.db")
        try makeStore(at: path, batch([span(1)]))
        try DatabaseQueue(path: path).write { db in
            try db.execute(sql: "CREATE TRIGGER t AFTER INSERT ON span BEGIN DELETE FROM span; END")
        }
        #expect(throws: StoreError.hasTriggers(path: path)) { try StoreWriter(path: path) }
        let other = folder.path("other.db")
        try DatabaseQueue(path: other).write { try $0.execute(sql: "PRAGMA application_id = 123") }
        #expect(throws: StoreError.notAStore(path: other)) { try StoreWriter(path: other) }
    }

    /// A store copied in the middle of a transaction that has begun to change the file, as kill -9 leaves it.
    @Test func undoesTheHalfTransactionOfAWriterThatWasKilled() throws {
        let folder = try TemporaryFolder()
        let path = try Sample.workload.store(in: folder)
        let killed = folder.path("killed.db")
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        try DatabaseQueue(path: path, configuration: configuration).writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA cache_size = 5")
            try db.beginTransaction(.immediate)
            try db.execute(sql: "UPDATE span SET start_nanos = 77")
            for suffix in ["", "-journal"] {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: killed + suffix)
            }
            try db.rollback()
        }
        var starts: Set<UInt64> = []
        try Store(path: killed).read { try $0.scanWithDetail(.all) { starts.insert($0.span.startNanos) } }
        #expect(!starts.isEmpty && !starts.contains(77))
        #expect(!FileManager.default.fileExists(atPath: killed + "-journal"))
    }

    @Test func namesAStoreThatIsCut() throws {
        let folder = try TemporaryFolder()
        let path = try Sample.ttaExamples.store(in: folder)
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let cut = try folder.write(Array(bytes.prefix(bytes.count / 2)), to: "cut.db")
        #expect(throws: StoreError.self) {
            try Store(path: cut).read { try $0.scanWithDetail(.all) { _ in } }
        }
    }

    @Test func namesTheRowWhoseContentIsDamaged() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("d.db")
        try makeStore(at: path, batch([span(1), span(2, ["marker": 0.123456789])]))
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let text = Array("[0.123456789]".utf8)
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: text) })
        bytes[place + text.count - 1] = UInt8(ascii: "?")
        let damaged = try folder.write(bytes, to: "damaged.db")
        #expect(throws: StoreError.damagedRow(path: damaged, table: "span", id: 1 << 24 | 1)) {
            try Store(path: damaged).read { try $0.scanWithDetail(.all) { _ in } }
        }
    }
}

@Suite struct HostileStores {
    /// What a file from elsewhere may say of a layout, a block or a rollup, and no version of ours has written.
    @Test(arguments: [
        "UPDATE layout_slot SET place = 99 WHERE kind = 'operation'",
        "UPDATE layout_slot SET place = 99 WHERE kind = 'value'",
        "UPDATE layout_slot SET kind = 'odd'", "UPDATE layout SET name_place = 7",
        "UPDATE span SET inline_values = '[1'",
        "UPDATE span SET operation_id = 77", "UPDATE block SET spans = 3", "UPDATE block SET traces = 2",
        "UPDATE block_column SET data = x'08' WHERE block_column_id & 255 = 1", "DELETE FROM trace",
        "UPDATE rollup SET sketch = x'0203'", "UPDATE rollup SET spans = -1", "UPDATE rollup SET nanos_high = -1",
        "UPDATE rollup SET nanos_low = 1 << 32",
        "UPDATE rollup SET nanos_high = 1 << 40",
        "UPDATE rollup SET max_nanos = NULL", "UPDATE rollup SET max_nanos = min_nanos - 1",
        "UPDATE rollup SET timed_spans = 9", "UPDATE rollup_group SET dimensions = '{}'", "DELETE FROM rollup_group",
        "UPDATE rollup_group SET dimensions = replace(dimensions, '\"shop\"', '7')",
    ])
    func areNamedAsDamaged(_ sql: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("h.db")
        try makeStore(
            at: path, batch([span(1, ["step.name": "s", "i": 5]), span(2, parent: 1, ["step.name": "s", "i": 6])]))
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: path, configuration: configuration).write { try $0.execute(sql: sql) }
        #expect(throws: StoreError.self) {
            try Store(path: path).read { snapshot in
                try snapshot.forEachBlock(.all) { block, _ in _ = try block.operationCodes() }
                try snapshot.scanWithDetail(.all) { _ in }
                _ = try snapshot.summary()
                try snapshot.forEachRollup(.service, 0..<RollupHour.end) { _, _ in }
                let scan = try AttributeScan([.spanAttribute("step.name"), .spanAttribute("i")], in: snapshot)
                try snapshot.forEachBlock(.all) { block, selection in try scan.forEach(block, selection) { _, _ in } }
            }
        }
    }
}

@Suite struct Schema {
    /// The slots stand in three places: the alias file, the enumerations and the tables.
    @Test func hasAColumnForEachMeaningInOrder() throws {
        let table = TraceSQL.migrations[0].sql
        func columns(_ name: String) -> [String] {
            let body = table.components(separatedBy: "CREATE TABLE \(name) (")[1].components(separatedBy: ") STRICT")[0]
            return body.split(separator: "\n").map { $0.split(separator: " ")[0] }.map(String.init)
        }
        func column(_ meaning: String) -> String { meaning.replacingOccurrences(of: ".", with: "_") }
        let names = (OperationField.names, ContextField.names)
        #expect(columns("operation").dropFirst(5).prefix(names.0.count).map { $0 } == names.0.map(column))
        #expect(columns("context").dropFirst().map { $0 } == names.1.map(column))
        let view = TraceSQL.missingViews[0]
        for (place, name) in names.0.enumerated() {
            #expect(view.contains("WHEN \(place) THEN operation.\(column(name))"))
        }
        for (place, name) in names.1.enumerated() {
            #expect(view.contains("WHEN \(place) THEN context.\(column(name))"))
        }
        for meaning in names.0 + names.1 + NumberField.names {
            #expect(AliasTable.standard[meaning] != nil, "\(meaning) is in attribute_aliases.tsv")
        }
    }

    /// No shipped query scans a large table: of spans, traces, contexts, contents, columns of blocks,
    /// rollups, metric points.
    @Test(arguments: TraceSQL.queries) func scansNoLargeTable(_ sql: String) throws {
        let plan = try withStore([span(1)]) { try $0.queryPlan(of: sql) }
        for table in ["span", "trace", "context", "content", "block_column", "rollup", "metric_point"] {
            #expect(!plan.contains("SCAN \(table)"), "\(sql)\n\(plan)")
        }
    }
}

@Suite struct UserSQL {
    private func run(_ sql: String, timeLimit: Double = 10) throws -> (names: [String], rows: [[SQLValue]]) {
        var names: [String] = []
        var rows: [[SQLValue]] = []
        try withStore([span(1, "a"), span(2, parent: 1, "b", status: 2)]) { snapshot in
            try snapshot.run(userSQL: sql, timeLimitSeconds: timeLimit) {
                names = $0
            } row: {
                rows.append($0)
                return true
            }
        }
        return (names, rows)
    }

    @Test func givesNamesAndTypedValues() throws {
        let (names, rows) = try run("SELECT name, 1 AS one, 2.5, NULL, x'00ff' FROM spans ORDER BY name")
        #expect(names.prefix(2) == ["name", "one"])
        #expect(
            rows == [
                [.text("a"), .integer(1), .real(2.5), .null, .blob([0, 255])],
                [.text("b"), .integer(1), .real(2.5), .null, .blob([0, 255])],
            ])
    }

    @Test(arguments: [
        "DELETE FROM span", "DROP VIEW spans", "UPDATE span SET id = 1", "CREATE TABLE t (x)", "ATTACH 'x.db' AS x",
        "PRAGMA journal_mode = WAL", "INSERT INTO scope VALUES (1)", "VACUUM", "BEGIN",
    ])
    func refusesWhatIsNoReading(_ sql: String) {
        #expect(throws: UserSQLError.notReadOnly) { try run(sql) }
    }

    @Test func refusesSeveralStatementsNothingAndNonsense() {
        #expect(throws: UserSQLError.severalStatements) { try run("SELECT 1; SELECT 2") }
        #expect(throws: UserSQLError.empty) { try run(" -- nothing") }
        #expect(throws: UserSQLError.refused(message: "no such column: nam")) { try run("SELECT nam FROM spans") }
    }

    @Test func stopsAtTheTimeLimit() {
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        #expect(throws: UserSQLError.timedOut(seconds: 0.05)) { try run(endless, timeLimit: 0.05) }
    }
}
