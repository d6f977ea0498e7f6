import InMemoryTracing
import TTAPrimitives
import Testing
import Tracing

@Suite struct ExecutionTests {
    private struct Refused: Error, Equatable, CustomStringConvertible {
        let description = "no such order"
    }

    private let tracer = InMemoryTracer()

    private func finished(_ name: String) throws -> FinishedInMemorySpan {
        try #require(tracer.finishedSpans.first { $0.operationName == name })
    }

    @Test func aSpanHasTheStandardAttributes() async throws {
        let clock = SetClock()
        var context = WorkflowContext(
            workflowID: "wf-1", workflowName: "refund", sessionID: "s-1", playerID: "p-1", agentID: "a-1",
            agentType: "planner", correlationID: "c-1", tags: ["env": "dev"], clock: clock)
        (context.provider, context.modelName, context.modelTier) = ("aurora", "aurora-large", .quality)
        (context.causationID, context.baggage) = ("c-0", ["tenant": "t"])
        clock.set(1_200_000_000)
        let length = Instrumented<String, Int>("length", type: "counter") { text, context in
            clock.set(1_450_000_000)
            context.annotate(["text.kind": "question"])
            return text.count
        }
        let result = try await withTracer(tracer) { [context] in try await length.execute("four", in: context) }
        #expect(result == 4)
        let span = try finished("primitive.counter.execute")
        #expect(
            span.attributes == [
                "agent.id": "a-1", "agent.type": "planner", "workflow.id": "wf-1", "workflow.name": "refund",
                "session.id": "s-1", "player.id": "p-1", "correlation.id": "c-1", "causation.id": "c-0",
                "workflow.elapsed_ms": 450.0, "primitive.name": "length", "primitive.type": "counter",
                "primitive.action": "execute", "primitive.status": "success", "execution.status": "success",
                "execution.start_time": 1_200_000_000, "execution.duration_ms": 250.0, "execution.retry_count": 0,
                "llm.provider": "aurora", "llm.model_name": "aurora-large", "llm.model_tier": "quality",
                "tag.env": "dev", "baggage.tenant": "t", "text.kind": "question",
            ])
        #expect(span.status == SpanStatus(code: .ok))
        #expect(
            (span.startInstant.nanosecondsSinceEpoch, span.endInstant.nanosecondsSinceEpoch)
                == (1_200_000_000, 1_450_000_000))
    }

    @Test func anErrorIsRecordedOnceAndThrownUnchanged() async throws {
        let fails = Instrumented<Int, Int>("fails") { _, _ in throw Refused() }
        await #expect(throws: Refused()) {
            try await withTracer(tracer) { try await fails.execute(1, in: WorkflowContext()) }
        }
        let span = try finished("primitive.function.execute")
        #expect(span.errors.count == 1)
        #expect(span.status == SpanStatus(code: .error, message: "Refused: no such order"))
        #expect(span.attributes.get("error.type") == "Refused")
        #expect(span.attributes.get("error.message") == "no such order")
        #expect(span.attributes.get("execution.status") == "error")
        #expect(span.attributes.get("error.recoverable") == nil)
    }

    @Test(arguments: [("cancelled", CancellationError() as any Error), ("timeout", TimeoutError(limit: .seconds(1)))])
    func whatStoppedItIsSaid(_ status: String, _ error: any Error) async throws {
        let fails = Instrumented<Int, Int>("stopped") { _, _ in throw error }
        await #expect(throws: (any Error).self) {
            try await withTracer(tracer) { try await fails.execute(1, in: WorkflowContext()) }
        }
        #expect(try finished("primitive.function.execute").attributes.get("execution.status") == .string(status))
    }

    @Test func spansHangUnderTheOneInProgressWhereverTheyRun() async throws {
        let leaf = Instrumented<Int, Int>("leaf", type: "leaf") { number, _ in number }
        let root = Instrumented<Int, Int>("root", type: "root") { number, context in
            // By hand into a task that inherits nothing.
            _ = try await Task.detached { [tracer] in
                try await withTracer(tracer) { try await leaf.execute(1, in: context) }
            }.value
            // Around it a span of the program's own, of which the context knows nothing.
            return try await withSpan("own") { _ in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    group.addTask { try await leaf.execute(2, in: context) }
                    return try await group.next() ?? 0
                }
            }
        }
        _ = try await withTracer(tracer) { try await root.execute(0, in: WorkflowContext()) }
        let top = try finished("primitive.root.execute")
        let own = try finished("own")
        #expect(top.parentSpanID == nil)
        #expect(own.parentSpanID == top.spanID)
        let leaves = tracer.finishedSpans.filter { $0.operationName == "primitive.leaf.execute" }
        #expect(Set(leaves.map(\.parentSpanID)) == [top.spanID, own.spanID])
        #expect(Set(tracer.finishedSpans.map(\.traceID)).count == 1)
    }

    private actor Desk {
        private var answered = 0

        func answer(_ primitive: Instrumented<Int, Int>, _ context: WorkflowContext) async throws -> Int {
            answered += 1
            return try await primitive.execute(answered, in: context)
        }
    }

    @Test func theContextGoesThroughActors() async throws {
        let leaf = Instrumented<Int, Int>("leaf", type: "leaf") { number, _ in number }
        let desk = Desk()
        let root = Instrumented<Int, Int>("root", type: "root") { _, context in
            _ = try await desk.answer(leaf, context)
            // Also where the actor knows the workflow only from its task.
            return try await desk.answer(leaf, WorkflowContext.current ?? WorkflowContext())
        }
        #expect(try await withTracer(tracer) { try await root.execute(0, in: WorkflowContext()) } == 2)
        #expect(tracer.tree == ["primitive.root.execute", "  primitive.leaf.execute", "  primitive.leaf.execute"])
    }

    @Test func manyWorkflowsAtOnceGiveATraceEach() async throws {
        let leaf = Instrumented<Int, Int>("leaf", type: "leaf") { number, _ in number }
        let root = Instrumented<Int, Int>("root", type: "root") { number, context in
            try await leaf.execute(number, in: context)
        }
        try await withTracer(tracer) {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<200 { group.addTask { try await root.execute(number, in: WorkflowContext()) } }
                try await group.waitForAll()
            }
        }
        let byTrace = Dictionary(grouping: tracer.finishedSpans, by: \.traceID)
        #expect(byTrace.count == 200)
        #expect(byTrace.values.allSatisfy { $0.count == 2 && $0.filter { $0.parentSpanID == nil }.count == 1 })
    }

    @Test func theWorkflowStandsInTheTasksServiceContext() async throws {
        let reads = Instrumented<Int, String?>("reads") { _, _ in WorkflowContext.current?.workflowID }
        let context = WorkflowContext(workflowID: "wf-7")
        #expect(try await withTracer(tracer) { try await reads.execute(0, in: context) } == "wf-7")
        // Without any tracer too.
        #expect(try await reads.execute(0, in: context) == "wf-7")
        #expect(WorkflowContext.current == nil)
    }

    @Test func anOutsideParentIsHonoured() async throws {
        let leaf = Instrumented<Int, Int>("leaf", type: "leaf") { number, _ in number }
        try await withTracer(tracer) {
            var context = WorkflowContext()
            context.adopt(headers: ["in-memory-trace-id": "trace-9", "in-memory-span-id": "span-9"])
            _ = try await leaf.execute(1, in: context)
        }
        let span = try finished("primitive.leaf.execute")
        #expect((span.traceID, span.parentSpanID) == ("trace-9", "span-9"))
    }
}
