import Synchronization
import TestSupport
import Testing
import TraceModel
import TraceStore
import Tracing

@testable import TraceExport

@Suite struct Tracers {
    private actor Worker {
        func work() async {
            await withSpan("in an actor") { _ in await Task.yield() }
        }
    }

    @Test func hangSpansUnderTheOnesAroundThemAcrossTasksGroupsAndActors() async throws {
        let sink = await exported { _ in
            await withSpan("root") { _ in
                withSpan("plain") { _ in }
                await withTaskGroup(of: Void.self) { group in
                    for branch in 0..<4 {
                        group.addTask { await withSpan("branch \(branch)") { _ in await Worker().work() } }
                    }
                }
                async let bound: Void = withSpan("async let") { _ in }
                await bound
                await Task { withSpan("task") { _ in } }.value
                await Task.detached { withSpan("detached") { _ in } }.value
            }
        }
        let root = try #require(sink.span("root"))
        #expect(root.parentSpanID == nil)
        for name in ["plain", "branch 0", "branch 3", "async let", "task"] {
            #expect(sink.span(name)?.parentSpanID == root.spanID, "\(name)")
            #expect(sink.span(name)?.traceID == root.traceID, "\(name)")
        }
        let branches = Set(sink.spans.filter { $0.name.hasPrefix("branch") }.map(\.spanID))
        let inActors = sink.spans.filter { $0.name == "in an actor" }
        #expect(Set(inActors.compactMap(\.parentSpanID)) == branches)
        // A detached task inherits neither the tracer nor the context.
        #expect(sink.span("detached") == nil)
        #expect(Set(sink.spans.map(\.spanID)).count == sink.spans.count)
    }

    @Test func storeTheSameSpansInTwoRunsOfOneSeed() async throws {
        func run() async -> [TraceSpan] {
            let time = Mutex<UInt64>(base)
            let sink = await exported(
                configuration { configuration in
                    configuration.clock = {
                        time.withLock { time in
                            time += 1_000_000
                            return time
                        }
                    }
                }
            ) { _ in
                for step in 0..<20 {
                    withSpan("run") { span in
                        span.attributes = ["b": .int64(Int64(step)), "a": "x", "c": true]
                        withSpan("step") { $0.addLink(SpanLink(context: span.context, attributes: ["z": 1, "y": 2])) }
                    }
                }
            }
            return sink.spans
        }
        let (first, second) = (await run(), await run())
        #expect(first == second)
        #expect(first.count == 40)
        // The clock was asked for the start of metrics, of the run and of the step, which ends first.
        #expect(first[0].startNanos == base + 3_000_000)
        #expect(first[0].endNanos == base + 4_000_000)
        #expect(first[1].attributes.map(\.key) == ["a", "b", "c"])
    }

    @Test func takeTheTimesThatTheyAreGiven() async throws {
        let sink = await exported { exporter in
            let start = DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: base)
            let end = DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: base + 5)
            let span = exporter.tracer.startSpan("timed", context: .topLevel, ofKind: .client, at: start)
            span.addEvent(SpanEvent(name: "middle", at: end))
            span.end(at: end)
        }
        let span = try #require(sink.span("timed"))
        #expect(span.startNanos == base)
        #expect(span.endNanos == base + 5)
        #expect(span.events.map(\.timeNanos) == [base + 5])
        #expect(span.kind == 3)
    }

    @Test func changeNothingAfterTheEndAndCountASecondOne() async throws {
        let sink = await exported { exporter in
            let span = exporter.tracer.startSpan("first")
            #expect(span.isRecording)
            span.end()
            #expect(!span.isRecording)
            span.operationName = "second"
            span.attributes = ["late": true]
            span.addEvent("late")
            span.setStatus(Tracing.SpanStatus(code: .error))
            span.recordError(CancellationError())
            span.addLink(SpanLink(context: span.context, attributes: [:]))
            span.end()
            span.end()
            _ = exporter.tracer.startSpan("never ended")
        }
        #expect(sink.spans.map(\.name) == ["first"])
        #expect(sink.spans[0].attributes == [])
        #expect(sink.spans[0].events == [])
        #expect(sink.spans[0].links == [])
        #expect(sink.spans[0].status.code == StatusCode.unset)
        #expect(sink.count("ttaq.exporter.span.second_ends") == 2)
        #expect(sink.count("otel.sdk.span.live") == 1)
    }

    struct Refusal: Error, CustomStringConvertible {
        var description: String { "no seats left" }
    }

    @Test func recordAnErrorAsOneEventAndLeaveTheStatus() async throws {
        let sink = await exported { exporter in
            let span = exporter.tracer.startSpan("failing")
            span.recordError(Refusal(), attributes: ["retry": 2])
            span.end()
            try? withSpan("thrown") { _ in throw Refusal() }
        }
        let failing = try #require(sink.span("failing"))
        #expect(failing.status == TraceModel.SpanStatus())
        #expect(failing.events.map(\.name) == ["exception"])
        #expect(failing.events[0].attributes["exception.message"] == "no seats left")
        #expect(failing.events[0].attributes["exception.type"]?.string?.hasSuffix("Tracers.Refusal") == true)
        #expect(failing.events[0].attributes["retry"] == 2)
        #expect(sink.span("thrown")?.status.code == StatusCode.error)
        #expect(sink.span("thrown")?.events.count == 1)
    }

    @Test(
        arguments: [
            (.internal, 1), (.server, 2), (.client, 3), (.producer, 4), (.consumer, 5),
        ] as [(Tracing.SpanKind, Int32)])
    func haveTheNumbersOfOTLPForKinds(_ kind: Tracing.SpanKind, _ number: Int32) async {
        let sink = await exported { withSpanOfKind(kind, $0.tracer) }
        #expect(sink.spans.map(\.kind) == [number])
    }

    private func withSpanOfKind(_ kind: Tracing.SpanKind, _ tracer: StoreTracer) {
        tracer.startSpan("kind", ofKind: kind).end()
    }

    @Test func nameTheProgramOnEverySpan() async throws {
        let sink = await exported(configuration { $0.resource = ["service.version": "4", "service.name": "other"] }) {
            $0.tracer.startSpan("a").end()
        }
        let resource = try #require(sink.state.withLock { $0.resources.first })
        #expect(resource.serviceName == "shop")
        #expect(resource.attributes["service.version"] == "4")
        #expect(resource.attributes["telemetry.sdk.language"] == "swift")
    }

    @Test func takeTheResourceFromTheEnvironmentWhereTheProgramSaysNothing() {
        let environment = ["OTEL_RESOURCE_ATTRIBUTES": "a=1%202,service.name=x,b=3", "OTEL_SERVICE_NAME": "named"]
        let configuration = configuration { $0.resource = ["b": 4] }
        let attributes = configuration.resourceAttributes(service: nil, environment: environment)
        #expect(attributes["service.name"] == "named")
        #expect(attributes["a"] == "1 2")
        #expect(attributes["b"] == 4)
        #expect(configuration.resourceAttributes(service: "own", environment: environment)["service.name"] == "own")
        let unnamed = configuration.resourceAttributes(service: nil, environment: [:])["service.name"]
        #expect(unnamed?.stored().string?.hasPrefix("unknown_service:") == true)
    }
}

@Suite struct Sampling {
    @Test func leavesOutWhatIsNotSampledAndCountsIt() async throws {
        let sink = await exported(configuration { $0.sampler = .parentBased(root: .ratio(0.25)) }) { exporter in
            for _ in 0..<1000 {
                withSpan("root") { root in
                    withSpan("child") { child in
                        #expect(child.isRecording == root.isRecording)
                        #expect(child.context.traceContext?.trace == root.context.traceContext?.trace)
                        #expect(child.context.traceContext?.isSampled == root.isRecording)
                        #expect(child.context.traceContext?.span.isZero == false)
                        child.attributes = ["kept": true]
                    }
                }
            }
        }
        let roots = sink.spans.count { $0.name == "root" }
        #expect(sink.spans.count == 2 * roots)
        // Of 1000 at one in four, 8 standard deviations to each side.
        #expect((140...360).contains(roots))
        let none = ["otel.span.parent.origin": "none"], local = ["otel.span.parent.origin": "local"]
        let kept = ["otel.span.sampling_result": "RECORD_AND_SAMPLE"], left = ["otel.span.sampling_result": "DROP"]
        func started(_ origin: [String: String], _ result: [String: String]) -> Int64? {
            sink.count("otel.sdk.span.started", origin.merging(result) { $1 })
        }
        #expect(started(none, kept) == Int64(roots))
        #expect(started(local, kept) == Int64(roots))
        #expect(started(none, left) == Int64(1000 - roots))
        #expect(started(local, left) == Int64(1000 - roots))
    }

    /// By the upper 63 bits of the second half against share times 2^63.
    @Test(arguments: [
        (0.5, 0x7FFF_FFFF_FFFF_FFFF as UInt64, true), (0.5, 0x8000_0000_0000_0000, false), (0, 0, false),
        (1, .max, true), (0.25, 0x3FFF_FFFF_FFFF_FFFF, true), (0.25, 0x4000_0000_0000_0000, false), (.nan, 0, false),
    ])
    func takesTracesByTheirIDs(_ share: Double, _ low: UInt64, _ isTaken: Bool) {
        #expect(Sampler.ratio(share).samples(TraceID(high: .max, low: low), parent: nil) == isTaken)
    }

    @Test func doesWhatARemoteParentSays() {
        let sampler = Sampler.parentBased(root: .alwaysOff)
        for flags in [0, 1] as [UInt8] {
            let parent = TraceContext(
                trace: TraceID(high: 1, low: 2), span: SpanID(value: 3), flags: flags, isRemote: true)
            #expect(sampler.samples(parent.trace, parent: parent) == (flags == 1))
        }
        #expect(!sampler.samples(TraceID(high: 1, low: 2), parent: nil))
    }
}

@Suite struct Limits {
    @Test func areKeptAndWhatIsOverThemCounted() async throws {
        let limits = SpanLimits(attributes: 3, events: 2, links: 1, valueBytes: 5)
        let sink = await exported(configuration { $0.limits = limits }) { exporter in
            let span = exporter.tracer.startSpan("limited")
            span.attributes = ["e": 1, "d": 2, "c": "naïve and long", "b": .stringArray(["123456", "1"]), "a": true]
            for _ in 0..<5 {
                span.addEvent(SpanEvent(name: "event", attributes: ["1": 1, "2": 2, "3": 3, "4": 4]))
                span.addLink(SpanLink(context: span.context, attributes: ["1": 1, "2": 2, "3": 3, "4": 4]))
            }
            span.end()
        }
        let span = try #require(sink.span("limited"))
        #expect(span.attributes.map(\.key) == ["a", "b", "c"])
        #expect(span.droppedAttributesCount == 2)
        #expect(span.attributes["b"] == .array(["12345", "1"]))
        #expect(span.attributes["c"] == "naïv")
        #expect(span.events.count == 2)
        #expect(span.droppedEventsCount == 3)
        #expect(span.events[0].attributes.map(\.key) == ["1", "2", "3"])
        #expect(span.events[0].droppedAttributesCount == 1)
        #expect(span.links.count == 1)
        #expect(span.droppedLinksCount == 4)
        #expect(span.links[0].spanID == span.spanID.bytes)
        #expect(span.links[0].droppedAttributesCount == 1)
    }

    @Test func countALinkThatNamesNoSpan() async throws {
        let sink = await exported { exporter in
            let span = exporter.tracer.startSpan("a")
            span.addLink(SpanLink(context: .topLevel, attributes: [:]))
            span.end()
        }
        #expect(sink.spans[0].links == [])
        #expect(sink.spans[0].droppedLinksCount == 1)
    }
}

@Suite struct Redaction {
    @Test func comesBeforeTheQueueForSpansEventsLinksAndMetrics() async throws {
        let sink = await exported(
            configuration { configuration in
                configuration.redact = { key, value in
                    switch key {
                    case "secret": nil
                    case "mail": "…"
                    default: value
                    }
                }
            }
        ) { exporter in
            let span = exporter.tracer.startSpan("redacted")
            let attributes: SpanAttributes = ["secret": "x", "mail": "a@b", "kept": 1]
            span.attributes = attributes
            span.addEvent(SpanEvent(name: "event", attributes: attributes))
            span.addLink(SpanLink(context: span.context, attributes: attributes))
            span.end()
            #expect(span.attributes.get("secret") == nil)
            exporter.metricsFactory.makeCounter(label: "c", dimensions: [("secret", "x"), ("mail", "a@b")])
                .increment(by: 1)
        }
        let span = try #require(sink.span("redacted"))
        let expected = [Attribute("kept", 1), Attribute("mail", "…")]
        #expect(span.attributes == expected)
        #expect(span.events[0].attributes == expected)
        #expect(span.links[0].attributes == expected)
        #expect(sink.points("c").map(\.attributes) == [[Attribute("mail", "…")]])
    }
}
