import InMemoryTracing
import Synchronization
import TTAPrimitives
import Testing
import Tracing

@Suite struct CompositionTests {
    private struct Refused: Error {}

    private let tracer = InMemoryTracer()
    private let upper = Instrumented<String, String>("upper", type: "text") { text, _ in text.uppercased() }
    private let length = Instrumented<String, Int>("length", type: "text") { text, _ in text.count }
    private let half = Lambda<String, Double> { text, _ in Double(text.count) / 2 }
    private let join = Instrumented<(String, Int, Double), String>("join", type: "text") { values, _ in
        "\(values.0) \(values.1) \(values.2)"
    }

    /// `name [step or branch name]`, indented by depth, in order of start.
    private var tree: [String] {
        let spans = tracer.finishedSpans
        func below(_ parent: String?, _ depth: Int) -> [String] {
            spans.filter { $0.parentSpanID == parent }
                .sorted { sortKey($0) < sortKey($1) }
                .flatMap { span in
                    [String(repeating: "  ", count: depth) + span.operationName + label(span)]
                        + below(span.spanID, depth + 1)
                }
        }
        return below(nil, 0)
    }

    private func sortKey(_ span: FinishedInMemorySpan) -> String { span.operationName }

    private func label(_ span: FinishedInMemorySpan) -> String {
        for key in ["step.name", "branch.name", "primitive.name"] {
            if case .string(let name)? = span.attributes.get(key) { return " [\(name)]" }
        }
        return ""
    }

    @Test func aMixedChainRunsAndShowsAsATree() async throws {
        let workflow = upper >>> (upper | length | half) >>> join >>> length
        let result: Int = try await withTracer(tracer) { try await workflow.execute("abc", in: WorkflowContext()) }
        // "ABC 3 1.5"
        #expect(result == 9)
        #expect(
            tree == [
                "primitive.sequential.execute [Sequential]", "  primitive.sequential.step_0 [upper]",
                "    primitive.text.execute [upper]", "  primitive.sequential.step_1 [Parallel]",
                "    primitive.parallel.execute [Parallel]", "      primitive.parallel.branch_0 [upper]",
                "        primitive.text.execute [upper]", "      primitive.parallel.branch_1 [length]",
                "        primitive.text.execute [length]", "      primitive.parallel.branch_2 [Lambda]",
                "  primitive.sequential.step_2 [join]", "    primitive.text.execute [join]",
                "  primitive.sequential.step_3 [length]", "    primitive.text.execute [length]",
            ])
        #expect(Set(tracer.finishedSpans.map(\.traceID)).count == 1)
    }

    @Test func likeKindsFlattenOnBothSides() async throws {
        let bracketed: Sequential<String, String> = (upper >>> upper) >>> (upper >>> upper)
        _ = try await withTracer(tracer) { try await bracketed.execute("a", in: WorkflowContext()) }
        let steps = tracer.finishedSpans.compactMap { $0.attributes.get("step.total_steps") }
        #expect(steps == [4, 4, 4, 4])
        let branches = (upper | length) | (half | length)
        let all = try await branches.execute("abcd", in: WorkflowContext())
        #expect(all == ("ABCD", 4, 2.0, 4))
        let front: (String, Int, Double) = try await (upper | (length | half)).execute("ab", in: WorkflowContext())
        #expect(front == ("AB", 2, 1.0))
    }

    @Test func aNamedSequenceStaysAStepOfItsOwn() async throws {
        let workflow = (upper >>> upper).named("shout") >>> length
        _ = try await withTracer(tracer) { try await workflow.execute("a", in: WorkflowContext()) }
        #expect(tree.prefix(3).last == "    primitive.sequential.execute [shout]")
    }

    @Test func stepsKnowTheirPlace() async throws {
        let workflow = upper.then(length)
        _ = try await withTracer(tracer) { try await workflow.execute("a", in: WorkflowContext()) }
        let last = try #require(tracer.finishedSpans.last { $0.operationName == "primitive.text.execute" })
        #expect(last.attributes.get("primitive.step_index") == 1)
        #expect(last.attributes.get("primitive.total_steps") == 2)
        let step = try #require(tracer.finishedSpans.first { $0.operationName == "primitive.sequential.step_1" })
        #expect(step.attributes.get("step.primitive_type") == "text")
        #expect(step.attributes.get("step.status") == "success")
        #expect(step.attributes.get("primitive.name") == nil)
    }

    @Test func aFailedStepEndsTheSequence() async throws {
        let fails = Instrumented<String, String>("fails") { _, _ in throw Refused() }
        let workflow = upper >>> fails >>> length
        await #expect(throws: Refused.self) {
            try await withTracer(tracer) { try await workflow.execute("a", in: WorkflowContext()) }
        }
        #expect(!tracer.finishedSpans.contains { $0.operationName == "primitive.sequential.step_2" })
        #expect(tracer.finishedSpans.allSatisfy { $0.errors.count == ($0.status?.code == .error ? 1 : 0) })
    }

    @Test func aFailedBranchCancelsTheOthersAndAllEndBeforeTheParent() async throws {
        let fails = Instrumented<String, Int>("fails") { _, _ in throw Refused() }
        let waits = Instrumented<String, Int>("waits", type: "waits") { _, _ in
            try await Task.sleep(for: .seconds(60))
            return 1
        }
        await #expect(throws: Refused.self) {
            try await withTracer(tracer) { _ = try await (waits | fails).execute("a", in: WorkflowContext()) }
        }
        let waiting = try #require(tracer.finishedSpans.first { $0.operationName == "primitive.waits.execute" })
        #expect(waiting.attributes.get("execution.status") == "cancelled")
        #expect(tracer.finishedSpans.last?.operationName == "primitive.parallel.execute")
    }

    @Test func branchesHaveStatesOfTheirOwn() async throws {
        let writes = Lambda<Int, Int> { number, context in
            context.withState { $0["n"] = number }
            return context.state.count
        }
        let context = WorkflowContext()
        #expect(try await (writes | writes).execute(1, in: context) == (1, 1))
        #expect(context.state.isEmpty)
    }
}
