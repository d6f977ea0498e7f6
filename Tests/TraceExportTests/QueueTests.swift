import Foundation
import TestSupport
import Testing
import TraceModel
import TraceStore
import Tracing

@testable import TraceExport

@Suite struct Queues {
    @Test func dropAndCountWhatIsOverTheLimitWhileTheDiskStalls() async throws {
        let lines = LogLines()
        let sink = MemorySink()
        let configuration = configuration {
            $0.queueLimit = 100
            $0.batchSize = 10
            $0.logger = lines.logger
        }
        let exporter = TraceExporter(sink: sink, service: "shop", configuration: configuration)
        sink.stall()
        for _ in 0..<1000 { exporter.tracer.startSpan("a", context: .topLevel).end() }
        #expect(lines.all.count == 1)
        #expect(lines.all.first?.contains("100 spans wait") == true)
        sink.resume()
        #expect(await exporter.flush() == .durable)
        #expect(sink.spans.count == 100)
        #expect(sink.count("otel.sdk.processor.span.processed", ["error.type": "queue_full"]) == 900)
        #expect(sink.count("otel.sdk.exporter.span.exported") == 100)
        exporter.tracer.startSpan("b", context: .topLevel).end()
        await exporter.shutdown()
        #expect(sink.spans.count == 101)
    }

    @Test func waitOutFailuresAndLoseNothing() async throws {
        let lines = LogLines()
        let sink = MemorySink()
        let exporter = TraceExporter(
            sink: sink, service: "shop", configuration: configuration { $0.logger = lines.logger })
        sink.fail(.diskFull(path: "x"))
        for number in 0..<50 { exporter.tracer.startSpan("\(number)", context: .topLevel).end() }
        guard case .failed(let failure) = await exporter.flush() else { return #expect(Bool(false)) }
        #expect(failure.type == "disk_full")
        #expect(try await eventually { sink.state.withLock { $0.tries } > 2 })
        sink.fail(nil)
        #expect(try await eventually { sink.spans.count == 50 })
        await exporter.shutdown()
        #expect(sink.spans.map(\.name) == (0..<50).map(String.init))
        #expect((sink.count("ttaq.exporter.write.failures", ["error.type": "disk_full"]) ?? 0) > 2)
        #expect(lines.all.count == 1)
    }

    @Test func giveUpAtTheEndAfterAWhileAndSaySo() async throws {
        let lines = LogLines()
        let sink = MemorySink()
        let configuration = configuration {
            $0.logger = lines.logger
            $0.shutdownPatience = .milliseconds(200)
        }
        let exporter = TraceExporter(sink: sink, service: "shop", configuration: configuration)
        sink.fail(.busy(path: "x"))
        for _ in 0..<7 { exporter.tracer.startSpan("a", context: .topLevel).end() }
        guard case .failed(let failure) = await exporter.shutdown() else { return #expect(Bool(false)) }
        #expect(failure.type == "busy")
        #expect(lines.all.last?.contains("7 spans are lost") == true)
        #expect(sink.state.withLock { $0.isClosed })
        #expect(await exporter.flush() == .failed(failure))
    }

    @Test func endWhenTheLastOneWhoCouldExportIsGone() async throws {
        let sink = MemorySink()
        var tracer: StoreTracer? = TraceExporter(sink: sink, service: "shop", configuration: configuration()).tracer
        tracer?.startSpan("a", context: .topLevel).end()
        #expect(!sink.state.withLock { $0.isClosed })
        tracer = nil
        #expect(try await eventually { sink.state.withLock { $0.isClosed } })
        #expect(sink.spans.count == 1)
    }

    @Test func countSpansThatEndAfterTheEnd() async throws {
        let sink = MemorySink()
        let exporter = TraceExporter(sink: sink, service: "shop", configuration: configuration())
        let late = exporter.tracer.startSpan("late", context: .topLevel)
        #expect(await exporter.shutdown() == .durable)
        late.end()
        #expect(await exporter.shutdown() == .durable)
        #expect(await exporter.flush() == .durable)
        #expect(sink.spans == [])
        #expect(sink.state.withLock { $0.finishes } == 1)
    }

    @Test func makeTheStoreOneFileWhenNothingHappens() async throws {
        let sink = MemorySink()
        let configuration = configuration {
            $0.batchInterval = .milliseconds(1)
            $0.idleInterval = .milliseconds(1)
        }
        let exporter = TraceExporter(sink: sink, service: "shop", configuration: configuration)
        for round in 1...3 {
            exporter.tracer.startSpan("a", context: .topLevel).end()
            #expect(try await eventually { sink.spans.count == round && sink.state.withLock { $0.finishes } == round })
        }
        await exporter.shutdown()
    }

    @Test func takeSpansFromManyTasksAtOnce() async throws {
        let sink = await exported(configuration { $0.batchSize = 64 }) { exporter in
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for _ in 0..<500 { exporter.tracer.startSpan("\(task)", context: .topLevel).end() }
                    }
                }
            }
        }
        #expect(sink.spans.count == 4000)
        #expect(Set(sink.spans.map(\.traceID)).count == 4000)
        #expect(Set(sink.spans.map(\.spanID)).count == 4000)
    }
}
