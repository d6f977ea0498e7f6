import InMemoryTracing
import Testing
import Tracing

@testable import TTAPrimitives

@Suite struct ChoiceTests {
    private struct Refused: Error {}

    private let tracer = InMemoryTracer()
    private let double = Instrumented<Int, Int>("double") { number, _ in number * 2 }
    private let negate = Instrumented<Int, Int>("negate") { number, _ in -number }

    private func run<Input, Output>(
        _ primitive: some WorkflowPrimitive<Input, Output>, _ input: Input
    ) async throws -> Output {
        try await withTracer(tracer) { try await primitive.execute(input, in: WorkflowContext()) }
    }

    @Test func aConditionChoosesABranch() async throws {
        let choice = Conditional<Int, Int>(if: { number, _ in number > 0 }, then: double, else: negate)
        #expect(try await run(choice, 4) == 8)
        #expect(try await run(choice, -4) == 4)
        #expect(
            tracer.tree == [
                "primitive.conditional.execute", "  primitive.conditional.branch_then",
                "    primitive.function.execute", "primitive.conditional.execute",
                "  primitive.conditional.branch_else", "    primitive.function.execute",
            ])
        let (then, other) = ("primitive.conditional.branch_then", "primitive.conditional.branch_else")
        #expect(try tracer.attribute("branch.name", of: then) == "double")
        #expect(try tracer.attribute("branch.condition_result", of: then) == true)
        #expect(try tracer.attribute("branch.name", of: other) == "negate")
        #expect(try tracer.attribute("branch.condition_result", of: other) == false)
    }

    @Test func withoutAnElseTheInputPassesThrough() async throws {
        let choice = Conditional<Int, Int>(if: { number, _ in number > 0 }, then: double)
        #expect(try await run(choice, -4) == -4)
        #expect(try tracer.attribute("branch.name", of: "primitive.conditional.branch_else") == "passthrough")
    }

    @Test func aConditionThatFailsIsRecorded() async throws {
        let choice = Conditional<Int, Int>(if: { _, _ in throw Refused() }, then: double)
        await #expect(throws: Refused.self) { try await run(choice, 1) }
        #expect(tracer.tree == ["primitive.conditional.execute", "  primitive.conditional.condition"])
        #expect(try tracer.attribute("error.type", of: "primitive.conditional.condition") == "Refused")
    }

    @Test func aKeyChoosesACase() async throws {
        let choice = Switch<String, Int, Int>(
            on: { number, _ in number > 9 ? "large" : "small" }, cases: ["small": double], default: negate)
        #expect(try await run(choice, 4) == 8)
        #expect(try await run(choice, 10) == -10)
        #expect(try tracer.attribute("case.key", of: "primitive.switch.case") == "small")
        #expect(try tracer.attribute("case.name", of: "primitive.switch.case") == "double")
        #expect(try tracer.attribute("case.key", of: "primitive.switch.default") == "large")
        #expect(try tracer.attribute("case.name", of: "primitive.switch.default") == "negate")
    }

    @Test func aKeyWithoutACaseIsAnErrorThatNamesTheCases() async throws {
        let choice = Switch<String, Int, Int>(on: { _, _ in "c" }, cases: ["b": double, "a": negate])
        await #expect(throws: UnknownKeyError(key: "c", known: ["a", "b"])) { try await run(choice, 1) }
        let message = try tracer.attribute("error.message", of: "primitive.switch.default")
        #expect(message == "unknown key c, known are a, b")
    }

    @Test func aRouteFollowsItsDecision() async throws {
        let router = Router<Int, Int>(routes: ["up": double, "down": negate]) { number, context in
            let direction = try await Instrumented<Int, String>("ask", type: "asking") { number, _ in
                number > 0 ? "up" : "down"
            }.execute(number, in: context)
            return RouteDecision(direction, reason: "by sign")
        }
        #expect(try await run(Lambda<Int, Int> { try await router.execute($0, in: $1) }, 3) == 6)
        #expect(
            tracer.tree == [
                "primitive.router.execute", "  primitive.function.execute", "  primitive.router.route_decision",
                "    primitive.asking.execute",
            ])
        let decision = try tracer.span("primitive.router.route_decision").attributes
        #expect(decision.get("route.key") == "up")
        #expect(decision.get("route.reason") == "by sign")
        #expect(decision.get("route.used_default") == false)
        #expect(decision.get("route.available_routes") == .stringArray(["down", "up"]))
    }

    @Test func anUnknownRouteIsTheDefaultOrAnError() async throws {
        let router = Router<Int, Int>(routes: ["up": double], default: negate) { _, _ in "left" }
        #expect(try await run(router, 3) == -3)
        #expect(try tracer.attribute("route.used_default", of: "primitive.router.route_decision") == true)
        let strict = Router<Int, Int>(routes: ["up": double]) { _, _ in "left" }
        await #expect(throws: UnknownKeyError(key: "left", known: ["up"])) { try await run(strict, 3) }
    }

    @Test func likeBranchesGiveAnArray() async throws {
        let map = ParallelMap(branches: (1...3).map { factor in Lambda<Int, Int> { number, _ in number * factor } })
        #expect(try await run(map, 5) == [5, 10, 15])
        #expect(
            tracer.tree == ["primitive.parallel.execute"] + (0..<3).map { "  primitive.parallel.branch_\($0)" })
        #expect(try await run(ParallelMap<Lambda<Int, Int>>(branches: []), 5).isEmpty)
    }
}
