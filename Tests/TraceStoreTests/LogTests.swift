import Foundation
import GRDB
import TestSupport
import Testing
import TraceModel
import TraceOTLP
import TraceStore

@Suite struct LogRecords {
    /// What the Python SDK sent of a helpdesk: see the folder's README.
    private func captured() throws -> LogBatch {
        let path = Sample.path("exporters/otel-python-logs/logs.binpb")
        return try ProtobufTraceDecoder.decodeLogs(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    private func record(_ body: AttributeValue?, at nanos: UInt64 = base, trace: UInt64? = nil, span: UInt64? = nil)
        -> LogRecord
    {
        var record = LogRecord()
        record.timeNanos = nanos
        record.body = body
        record.traceID = trace.map { TraceID(high: 0, low: $0) }
        record.spanID = span.map { SpanID(value: $0) }
        return record
    }

    private func batch(_ records: [LogRecord]) -> LogBatch {
        var batch = LogBatch()
        var resource = Resource()
        resource.attributes = [Attribute("service.name", "shop")]
        batch.groups = [LogGroup(resource: resource, scope: Scope(), records: records)]
        return batch
    }

    private func store(_ batches: LogBatch..., in folder: TemporaryFolder, named name: String = "s.db") throws -> String
    {
        let writer = try StoreWriter(path: folder.path(name))
        for batch in batches { try writer.add(batch) }
        try writer.finish()
        return folder.path(name)
    }

    private func logs(_ path: String) throws -> [LogRecord] {
        var found: [LogRecord] = []
        try Store(path: path).read { try $0.forEachLog { found.append($0.record) } }
        return found
    }

    @Test func ofTheSDKAreReadWhole() throws {
        let sent = try captured()
        #expect(sent.recordCount == 11 && sent.rejections.count == 0)
        let records = sent.groups.flatMap(\.records)
        #expect(records.map(\.eventName).filter { $0 == "gen_ai.choice" }.count == 2)
        let first = try #require(records.first { $0.body == "starting up" })
        #expect(
            first.traceID == nil && first.spanID == nil && first.severityNumber == 9 && first.severityText == "INFO")
        #expect(first.attributes["code.line.number"]?.wholeNumber != nil)
        let failed = try #require(records.first { $0.severityText == "ERROR" })
        #expect(failed.attributes["exception.message"] == "carrier did not answer in 5 s" && failed.traceID != nil)
        let choice = try #require(records.first { $0.eventName == "gen_ai.choice" })
        guard case .map(let members) = choice.body else {
            Issue.record("a choice is a map")
            return
        }
        #expect(members["finish_reason"] == "tool_calls" && members["index"] == 0)
    }

    @Test func readBackAsSentAndThroughJSON() throws {
        let temporary = try TemporaryFolder()
        let sent = try captured()
        let path = try store(sent, in: temporary)
        #expect(Set(try logs(path)) == Set(sent.groups.flatMap(\.records)))
        let json = JSONTraceEncoder.encode(sent.groups)
        #expect(try JSONTraceDecoder.decodeLogs(json).groups == sent.groups)
        var odd = record(.array([.bytes([1]), .double(.nan), .empty, .map([Attribute("a", 1), Attribute("a", 2)])]))
        odd.severityNumber = 99
        odd.observedNanos = .max
        odd.flags = 7
        odd.droppedAttributesCount = 3
        odd.attributes = [Attribute("x", .double(.infinity)), Attribute("x", .empty)]
        let others = [
            odd, record(nil), record(.empty), record(""), record(.string(String(repeating: "é", count: 9000))),
        ]
        let path2 = try store(batch(others), in: temporary, named: "odd.db")
        #expect(Set(try logs(path2)) == Set(others))
        #expect(
            try JSONTraceDecoder.decodeLogs(JSONTraceEncoder.encode(batch(others).groups)).groups[0].records == others)
    }

    @Test func areStoredOnce() throws {
        let folder = try TemporaryFolder()
        let one = record("hello", trace: 1, span: 2)
        var other = one
        other.attributes = [Attribute("k", 1)]
        let writer = try StoreWriter(path: folder.path("s.db"))
        try writer.add(batch([one, one, other]))
        try writer.add(batch([one]))
        try writer.finish()
        #expect(writer.committed.logRecords == 2 && writer.committed.duplicateLogRecords == 2)
        #expect(Set(try logs(folder.path("s.db"))) == [one, other])
    }

    @Test func ofATraceComeInOrderOfTime() throws {
        let folder = try TemporaryFolder()
        var observed = record("b", at: 0, trace: 1)
        observed.observedNanos = base + 1
        let records = [
            record("c", at: base + 2, trace: 1), observed, record("a", at: base, trace: 1), record("x", trace: 2),
        ]
        let path = try store(batch(records), in: folder)
        let found = try Store(path: path).read { try $0.logs(ofTrace: TraceID(high: 0, low: 1)).map(\.record.body) }
        #expect(found == ["a", "b", "c"])
    }

    @Test(arguments: [
        (#"{"traceId":"0123"}"#, SpanRejection.Reason.traceIDLength), (#"{"spanId":"01"}"#, .spanIDLength),
        (#"{"traceId":"zz"}"#, .idNotHexadecimal), (#"{"timeUnixNano":"-1"}"#, .timeOutOfRange),
    ])
    func withWrongFieldsAreRejectedAndTheRestIsKept(_ json: String, _ reason: SpanRejection.Reason) throws {
        let request = #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}},"# + json + "]}]}]}"
        let read = try JSONTraceDecoder.decodeLogs(Array(request.utf8))
        #expect(read.recordCount == 1)
        #expect(read.rejections.reasons == [SpanRejection(reason: reason, count: 1, firstIndex: 1)])
    }

    @Test func withTooMuchInThemAreRejected() throws {
        var limits = DecodingLimits()
        limits.valueBytes = 10
        limits.itemsPerSpan = 2
        let long = batch([record("12345678901"), record("1234567890")])
        #expect(
            try JSONTraceDecoder.decodeLogs(JSONTraceEncoder.encode(long.groups), limits: limits).rejections.reasons
                .map(\.reason) == [.valueTooLong(limit: 10)])
        var many = record("a")
        many.attributes = (0..<3).map { Attribute("k", .int($0)) }
        #expect(
            try JSONTraceDecoder.decodeLogs(JSONTraceEncoder.encode(batch([many]).groups), limits: limits).rejections
                .reasons.map(\.reason) == [.tooManyAttributes(limit: 2)])
    }

    @Test func goWithTheirTraceOrTheirTime() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let writer = try StoreWriter(path: path)
        try writer.add(TestSupport.batch([span(1, trace: 1, to: 10), span(1, trace: 2, from: 500, to: 1000)]))
        try writer.add(
            batch([
                record("old run", trace: 1, span: 1), record("new run", trace: 2, span: 1), record("old, of no run"),
                record("new, of no run", at: milliseconds(600)),
                // Before the horizon, of a run that stays.
                record("early of new run", at: base, trace: 2),
            ]))
        _ = try writer.retain(endingSince: milliseconds(400))
        #expect(try Set(logs(path).map(\.body)) == ["new run", "new, of no run", "early of new run"])
        _ = try writer.compact()
        let bodies = try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM log_body") }
        #expect(bodies == 3)
    }

    @Test func loseLongTextsWithTheirRun() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let long = String(repeating: "secret ", count: 100)
        let writer = try StoreWriter(path: path)
        try writer.add(
            TestSupport.batch([
                span(1, trace: 1, to: 10), span(1, trace: 2, to: 900), span(1, trace: 3, to: 10),
            ]))
        try writer.add(
            batch([record(.string(long), trace: 1), record(.string(long), trace: 2), record("short", trace: 1)]))
        try writer.add(batch([record(.map([Attribute("a", .string(long))]), trace: 3), record(.string(long))]))
        let kept: Set<Int64> = [3]
        let told = try Store(path: path).read {
            try $0.retention(before: nil, textsBefore: milliseconds(500), keeping: kept).texts
        }
        let counts = try writer.removeTexts(endingSince: milliseconds(500), keeping: kept)
        #expect(counts.logRecords == 2 && counts.bytes == 1400)
        #expect(told.logRecords == 2 && told.bytes == 1400)
        let bodies = try logs(path).map(\.body)
        #expect(bodies.filter { $0 == "[removed: 700 bytes]" }.count == 2)
        #expect(bodies.contains("short") && bodies.contains(.string(long)) && bodies.count == 5)
    }

    @Test func goWithTheRunsThatAreCopied() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let writer = try StoreWriter(path: path)
        try writer.add(TestSupport.batch([span(1, trace: 1), span(1, trace: 2, status: 2)]))
        try writer.add(batch([record("said", trace: 1), record("secret", trace: 2), record("of none")]))
        try writer.finish()
        let store = try Store(path: path)
        func copy(_ name: String, _ rewriters: [any SpanRewriter], errorsOnly: Bool) throws -> [AttributeValue?] {
            _ = try store.copyRuns(
                to: folder.path(name),
                where: { _ in
                    errorsOnly ? { block, _ in try block.operations().isEmpty ? nil : Self.errors(block) } : nil
                }, rewriting: rewriters)
            return try logs(folder.path(name)).map(\.body)
        }
        #expect(try copy("all.db", [], errorsOnly: false) == ["said", "secret", "of none"])
        #expect(try copy("errors.db", [], errorsOnly: true) == ["secret"])
        #expect(try copy("bare.db", [TextRemoval()], errorsOnly: true) == ["[removed]"])
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("bare.db")))
        #expect(bytes.range(of: Data("secret".utf8)) == nil)
    }

    private static func errors(_ block: Block) throws -> [Bool] {
        // The second trace's one span.
        try block.traces().flatMap { trace in trace.spans.map { _ in trace.number == 2 } }
    }

    /// A store as version 3 made it: without tables for log records.
    @Test func getTheirTablesInAFileOfVersion3() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        try makeStore(at: path, TestSupport.batch([span(1)]))
        try DatabaseQueue(path: path).write {
            try $0.execute(
                sql: """
                    DROP VIEW metrics; DROP TABLE metric_point; DROP TABLE series; DROP TABLE metric;
                    DROP VIEW logs; DROP TABLE log; DROP TABLE log_body; PRAGMA user_version = 3
                    """)
        }
        let old = try Store(path: path).read { snapshot in
            try snapshot.forEachLog { _ in Issue.record("there is none") }
            return try snapshot.summary()
        }
        #expect(old.spans == 1 && old.logRecords == 0 && old.schemaVersion == 3)
        let writer = try StoreWriter(path: path)
        #expect(try writer.migrate() == 3)
        #expect(try writer.migrate() == 5)
        try writer.add(batch([record("now")]))
        try writer.finish()
        let new = try Store(path: path).read { try $0.summary() }
        #expect(new.spans == 1 && new.logRecords == 1 && new.schemaVersion == 5)
        #expect(defects(ofStoreAt: path) == [])
    }
}
