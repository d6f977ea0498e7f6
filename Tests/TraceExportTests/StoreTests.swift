import Foundation
import ServiceLifecycle
import TestSupport
import Testing
import TraceModel
import TraceStore
import Tracing

@testable import TraceExport

@Suite struct StoredByAnExporter {
    struct Point: CustomStringConvertible, Sendable {
        let x: Int
        var description: String { "(\(x))" }
    }

    @Test func areAttributesOfEveryType() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let exporter = try TraceExporter(store: path, service: "shop", configuration: configuration())
        let span = exporter.tracer.startSpan("typed", context: .topLevel, ofKind: .client)
        span.attributes = [
            "bool": true, "bools": .boolArray([true, false]), "double": 0.1, "doubles": .doubleArray([1, .infinity]),
            "int32": .int32(-3), "int32s": .int32Array([1, 2]), "int64": .int64(.min), "int64s": .int64Array([]),
            "made": .stringConvertible(Point(x: 4)), "mades": .stringConvertibleArray([Point(x: 1), Point(x: 2)]),
            "nan": .double(.nan), "string": "ü\u{0}", "strings": .stringArray(["", "a"]),
            "long": .string(String(repeating: "word ", count: 400)),
        ]
        span.setStatus(Tracing.SpanStatus(code: .error, message: "no"))
        span.addEvent(SpanEvent(name: "event", attributes: ["step": 1]))
        span.end()
        #expect(await exporter.shutdown() == .durable)
        let stored = try #require(try storedSpans(path)["typed"])
        let expected: [(String, AttributeValue)] = [
            ("bool", true), ("bools", .array([true, false])), ("double", 0.1),
            ("doubles", .array([1.0, .double(.infinity)])), ("int32", -3), ("int32s", .array([1, 2])),
            ("int64", .int(.min)), ("int64s", .array([])), ("long", .string(String(repeating: "word ", count: 400))),
            ("made", "(4)"), ("mades", .array(["(1)", "(2)"])), ("nan", .double(.nan)), ("string", "ü\u{0}"),
            ("strings", .array(["", "a"])),
        ]
        #expect(stored.attributes == expected.map { Attribute($0, $1) })
        #expect(stored.status == TraceModel.SpanStatus(code: StatusCode.error, message: "no"))
        #expect(stored.events.map(\.name) == ["event"])
        #expect(stored.flags == 0x101)
    }

    @Test func isOneWholeFileAfterTheEnd() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let exporter = try TraceExporter(store: path, service: "shop", configuration: configuration())
        for _ in 0..<100 { exporter.tracer.startSpan("a", context: .topLevel).end() }
        #expect(await exporter.flush() == .durable)
        // Others read while the program runs.
        #expect(try storedCount(path) == 100)
        exporter.tracer.startSpan("b", context: .topLevel).end()
        #expect(await exporter.shutdown() == .durable)
        #expect(try storedCount(path) == 101)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["s.db"])
        #expect(try Store(path: path).read { try $0.check().problems } == [])
    }

    @Test func isReadableSoonWithoutAFlush() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let exporter = try TraceExporter(
            store: path, service: "shop", configuration: configuration { $0.batchInterval = .milliseconds(20) })
        exporter.tracer.startSpan("a", context: .topLevel).end()
        #expect(try await eventually { try storedCount(path) == 1 })
        await exporter.shutdown()
    }

    @Test func areTheSpansOfTwoExportersOnOneFile() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        try await withThrowingTaskGroup(of: FlushResult.self) { group in
            for seed in [1, 2] as [UInt64] {
                let configuration = configuration {
                    $0.ids = RandomSpanIDs(seed: seed)
                    $0.batchInterval = .milliseconds(2)
                }
                let exporter = try TraceExporter(store: path, service: "shop \(seed)", configuration: configuration)
                group.addTask {
                    for round in 0..<20 {
                        for _ in 0..<50 { exporter.tracer.startSpan("a", context: .topLevel).end() }
                        if round % 5 == 0 { await exporter.flush() }
                    }
                    return await exporter.shutdown()
                }
            }
            for try await result in group { #expect(result == .durable) }
        }
        #expect(try storedCount(path) == 2000)
        #expect(try Store(path: path).read { try $0.check().problems } == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["s.db"])
    }

    private struct Work: Service {
        let tracer: StoreTracer

        func run() async throws {
            try await gracefulShutdown()
            // Ends after the signal, before the exporter does.
            tracer.startSpan("last", context: .topLevel).end()
        }
    }

    @Test func isWhatAServiceGroupDidUntilItsShutdown() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let exporter = try TraceExporter(store: path, service: "shop", configuration: configuration())
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: exporter),
                    .init(service: Work(tracer: exporter.tracer), successTerminationBehavior: .ignore),
                ], logger: LogLines().logger))
        let running = Task { try await group.run() }
        exporter.tracer.startSpan("first", context: .topLevel).end()
        await group.triggerGracefulShutdown()
        try await running.value
        #expect(try storedSpans(path).keys.sorted() == ["first", "last"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["s.db"])
    }

    @Test func isWhatWasDoneBeforeACancellation() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let exporter = try TraceExporter(store: path, service: "shop", configuration: configuration())
        exporter.tracer.startSpan("first", context: .topLevel).end()
        let running = Task { try await exporter.run() }
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(try storedCount(path) == 1)
    }
}

@Suite struct Disks {
    @Test(arguments: ["missing/s.db", ""]) func thatTakeNoStoreAreAnErrorAtOnce(_ name: String) throws {
        let folder = try TemporaryFolder()
        #expect(throws: StoreFailure.self) {
            try TraceExporter(store: folder.path(name), service: "shop", configuration: configuration())
        }
    }

    @Test func withAnotherDatabaseAreAnErrorAtOnce() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("no database at all, but some text that is long enough".utf8), to: "s.db")
        let error = #expect(throws: StoreFailure.self) {
            try TraceExporter(store: path, service: "shop", configuration: configuration())
        }
        #expect(error?.type == "not_a_store")
        #expect(error?.description.contains("s.db") == true)
    }

    @Test func thatLoseTheFolderGetASecondStoreWhenItIsBack() async throws {
        let folder = try TemporaryFolder()
        let inner = folder.path("inner")
        let lines = LogLines()
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        let exporter = try TraceExporter(
            store: inner + "/s.db", service: "shop", configuration: configuration { $0.logger = lines.logger })
        exporter.tracer.startSpan("lost with its file", context: .topLevel).end()
        #expect(await exporter.flush() == .durable)
        try FileManager.default.removeItem(atPath: inner)
        exporter.tracer.startSpan("kept", context: .topLevel).end()
        guard case .failed = await exporter.flush() else { return #expect(Bool(false)) }
        #expect(!lines.all.isEmpty)
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        exporter.tracer.startSpan("new", context: .topLevel).end()
        #expect(await exporter.shutdown() == .durable)
        #expect(try storedSpans(inner + "/s.db").keys.sorted() == ["kept", "new"])
    }

    @Test func thatGetAnotherFileUnderTheNameAreWrittenToThere() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let exporter = try TraceExporter(store: path, service: "shop", configuration: configuration())
        exporter.tracer.startSpan("first", context: .topLevel).end()
        #expect(await exporter.flush() == .durable)
        for suffix in ["", "-wal", "-shm"] {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: folder.path("old.db") + suffix)
        }
        exporter.tracer.startSpan("second", context: .topLevel).end()
        #expect(await exporter.shutdown() == .durable)
        #expect(try storedSpans(path).keys.sorted() == ["second"])
    }

    @Test func thatAnotherProgramHoldsAreWaitedFor() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let lines = LogLines()
        let configuration = configuration {
            $0.turnPatience = .milliseconds(10)
            $0.logger = lines.logger
        }
        let exporter = try TraceExporter(store: path, service: "shop", configuration: configuration)
        let lock = open(path + "-lock", O_CREAT | O_RDWR, 0o600)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        exporter.tracer.startSpan("a", context: .topLevel).end()
        guard case .failed(let failure) = await exporter.flush() else { return #expect(Bool(false)) }
        #expect(failure.type == "busy")
        #expect(lines.all.count == 1)
        flock(lock, LOCK_UN)
        close(lock)
        #expect(await exporter.shutdown() == .durable)
        #expect(try storedCount(path) == 1)
    }
}
