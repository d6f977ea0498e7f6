import Metrics
import Synchronization
import TestSupport
import Testing
import TraceModel

@testable import TraceExport

@Suite struct MetricValues {
    private func metrics(
        _ configuration: ExporterConfiguration = configuration(), _ body: (StoreMetricsFactory) async -> Void
    ) async -> MemorySink {
        await exported(configuration) { await body($0.metricsFactory) }
    }

    @Test func ofACounterAreSumsSinceItsStart() async throws {
        let time = Mutex<UInt64>(base)
        let sink = await metrics(configuration { $0.clock = { time.withLock { $0 } } }) { factory in
            let counter = Counter(label: "requests", dimensions: [("path", "/"), ("code", "200")], factory: factory)
            counter.increment(by: 3)
            // The same series, whatever the order of its dimensions.
            Counter(label: "requests", dimensions: [("code", "200"), ("path", "/")], factory: factory).increment()
            Counter(label: "requests", dimensions: [("code", "500")], factory: factory).increment(by: 7)
            time.withLock { $0 = base + 10 }
            let real = FloatingPointCounter(label: "cost", factory: factory)
            real.increment(by: 0.25)
            real.increment(by: 0.5)
        }
        let metric = try #require(sink.metric("requests"))
        #expect(metric.kind == .sum(.cumulative, isMonotonic: true))
        #expect(metric.points.map(\.value) == [.int(4), .int(7)])
        #expect(metric.points[0].attributes == [Attribute("path", "/"), Attribute("code", "200")])
        #expect(metric.points.allSatisfy { $0.startNanos == base && $0.timeNanos == base + 10 })
        #expect(sink.points("cost").map(\.value) == [.double(0.75)])
        #expect(sink.points("cost").map(\.startNanos) == [base + 10])
    }

    @Test func ofACounterBeginAnewAfterAReset() async {
        let time = Mutex<UInt64>(base)
        let sink = await metrics(configuration { $0.clock = { time.withLock { $0 } } }) { factory in
            let counter = Counter(label: "c", factory: factory)
            counter.increment(by: 5)
            time.withLock { $0 = base + 7 }
            counter.reset()
            counter.increment(by: 2)
        }
        #expect(sink.points("c").map(\.value) == [.int(2)])
        #expect(sink.points("c").map(\.startNanos) == [base + 7])
    }

    @Test func thatMakeNoSenseAreRefusedAndCounted() async {
        let sink = await exported { exporter in
            let factory = exporter.metricsFactory
            let counter = factory.makeCounter(label: "c", dimensions: [])
            counter.increment(by: .max)
            counter.increment(by: 1)
            counter.increment(by: -1)
            factory.makeFloatingPointCounter(label: "f", dimensions: []).increment(by: .nan)
            factory.makeRecorder(label: "r", dimensions: [], aggregate: true).record(Double.infinity)
            exporter.tracer.startSpan("a", context: .topLevel).end()
        }
        #expect(sink.points("c").map(\.value) == [.int(.max)])
        #expect(sink.points("f").map(\.value) == [.double(0)])
        #expect(sink.points("r") == [])
        #expect(sink.count("ttaq.exporter.measurement.refused") == 3)
    }

    @Test func ofAMeterGrowAndShrink() async throws {
        let sink = await metrics { factory in
            let meter = Meter(label: "agent.workflows.active", dimensions: [("agent.type", "a")], factory: factory)
            meter.increment(by: 3.0)
            meter.decrement()
            let set = Meter(label: "depth", factory: factory)
            set.set(5)
            set.set(-2.5)
            Meter(label: "slo.compliance", factory: factory).set(0.99)
            _ = Meter(label: "unset", factory: factory)
        }
        let active = try #require(sink.metric("agent.workflows.active"))
        #expect(active.kind == .sum(.cumulative, isMonotonic: false))
        #expect(active.unit == "1")
        #expect(active.description == "Workflows in progress")
        #expect(active.points.map(\.value) == [.double(2)])
        #expect(sink.points("depth").map(\.value) == [.double(-2.5)])
        #expect(sink.metric("slo.compliance")?.kind == .gauge)
        #expect(sink.metric("unset") == nil)
    }

    @Test func ofAGaugeAreTheLastOnes() async {
        let sink = await metrics { factory in
            let gauge = Gauge(label: "g", factory: factory)
            gauge.record(1)
            gauge.record(3)
            Gauge(label: "h", factory: factory).record(0.5)
        }
        #expect(sink.metric("g")?.kind == .gauge)
        #expect(sink.points("g").map(\.value) == [.int(3)])
        #expect(sink.points("h").map(\.value) == [.double(0.5)])
    }

    @Test func ofARecorderAreCountedInBuckets() async throws {
        let sink = await metrics(configuration { $0.histogramBounds = ["r": [10, 1, 10]] }) { factory in
            let recorder = Recorder(label: "r", factory: factory)
            for value in [0.5, 1, 1.5, 10, 11] { recorder.record(value) }
            Recorder(label: "s", factory: factory).record(5)
        }
        guard case .histogram(let value)? = sink.points("r").first?.value else { return #expect(Bool(false)) }
        #expect(value.bounds == [1, 10])
        #expect(value.bucketCounts == [2, 2, 1])
        #expect(value.count == 5)
        #expect(value.sum == 24)
        #expect(value.min == 0.5)
        #expect(value.max == 11)
        guard case .histogram(let standard)? = sink.points("s").first?.value else { return #expect(Bool(false)) }
        #expect(standard.bounds == [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000])
        #expect(standard.bucketCounts == [0, 1] + Array(repeating: 0, count: 14))
    }

    @Test func ofATimerAreInItsUnit() async throws {
        let sink = await metrics { factory in
            Timer(label: "primitive.execution.duration", preferredDisplayUnit: .seconds, factory: factory)
                .recordMilliseconds(20)
            Timer(label: "plain", factory: factory).recordNanoseconds(1_500_000)
            Timer(label: "slow", preferredDisplayUnit: .seconds, factory: factory).recordMilliseconds(30)
        }
        let core = try #require(sink.metric("primitive.execution.duration"))
        #expect(core.unit == "ms")
        guard case .histogram(let value) = core.points[0].value else { return #expect(Bool(false)) }
        #expect(value.bounds == [10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000])
        #expect(value.bucketCounts == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(value.sum == 20)
        #expect(sink.metric("plain")?.unit == "ms")
        guard case .histogram(let plain)? = sink.points("plain").first?.value else { return #expect(Bool(false)) }
        #expect(plain.sum == 1.5)
        #expect(sink.metric("slow")?.unit == "s")
        guard case .histogram(let slow)? = sink.points("slow").first?.value else { return #expect(Bool(false)) }
        #expect(slow.sum == 0.03)
        // The default bounds, in seconds: above 25 ms, at most 50 ms.
        #expect(slow.bounds[4] == 0.05)
        #expect(slow.bucketCounts[4] == 1)
    }

    @Test func ofTooManySetsOfDimensionsStandTogether() async throws {
        let sink = await metrics(configuration { $0.seriesLimit = 3 }) { factory in
            for user in 0..<10 {
                Counter(label: "c", dimensions: [("user", "\(user)")], factory: factory).increment(by: user)
            }
            Counter(label: "c", dimensions: [("user", "1")], factory: factory).increment(by: 100)
        }
        // The last: 3 + 4 + 5 + 6 + 7 + 8 + 9.
        let expected: [MetricValue] = [.int(0), .int(101), .int(2), .int(42)]
        #expect(sink.points("c").map(\.value) == expected)
        #expect(sink.points("c").last?.attributes == [Attribute("otel.metric.overflow", true)])
    }

    @Test func ofADestroyedMetricAreWrittenALastTime() async {
        let sink = MemorySink()
        let exporter = TraceExporter(sink: sink, service: "shop", configuration: configuration())
        let factory = exporter.metricsFactory
        let (one, two) = (Counter(label: "c", factory: factory), Counter(label: "c", factory: factory))
        one.increment(by: 2)
        one.destroy()
        await exporter.flush()
        #expect(sink.points("c").map(\.value) == [.int(2)])
        two.increment()
        two.destroy()
        await exporter.flush()
        #expect(sink.points("c").map(\.value) == [.int(3)])
        Counter(label: "other", factory: factory).increment()
        await exporter.flush()
        #expect(sink.points("c") == [])
        Counter(label: "c", factory: factory).increment()
        await exporter.shutdown()
        #expect(sink.points("c").map(\.value) == [.int(1)])
    }

    @Test func areRightWhenManyTasksCount() async {
        let sink = await metrics { factory in
            let counter = Counter(label: "c", factory: factory)
            let recorder = Recorder(label: "r", factory: factory)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for value in 0..<1000 {
                            counter.increment()
                            recorder.record(value)
                        }
                    }
                }
            }
        }
        #expect(sink.points("c").map(\.value) == [.int(8000)])
        guard case .histogram(let value)? = sink.points("r").first?.value else { return #expect(Bool(false)) }
        #expect(value.count == 8000)
        #expect(value.sum == 3_996_000)
    }
}
