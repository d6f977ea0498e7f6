import Tracing

/// Steps one after the other: the output of each is the input of the next. Made with `>>>`.
///
/// Spans: `primitive.sequential.execute`, and `primitive.sequential.step_{i}` around each step, from 0.
public struct Sequential<Input: Sendable, Output: Sendable>: InstrumentedPrimitive {
    /// What it is called.
    public let identity: PrimitiveIdentity
    let steps: [Step]

    init(_ steps: [Step], name: String) {
        self.steps = steps
        identity = PrimitiveIdentity(name: name, type: "sequential")
    }

    /// The same steps under another name.
    public func named(_ name: String) -> Sequential { Sequential(steps, name: name) }

    /// Runs the steps; the first that fails ends it.
    public nonisolated(nonsending) func run(_ input: Input, in context: WorkflowContext) async throws -> Output {
        var value: any Sendable = input
        for (index, step) in steps.enumerated() {
            if index > 0 {
                PrimitiveMetrics.current?.recordConnection(.sequential, from: steps[index - 1].label, to: step.label)
            }
            var stepContext = context
            stepContext.position = context.position.atStep((index, steps.count))
            value = try await stepContext.inPart(
                "step", of: "sequential", action: "step_\(index)",
                [
                    ("index", .int64(Int64(index))), ("name", .string(step.name)),
                    ("primitive_type", .string(step.type)), ("total_steps", .int64(Int64(steps.count))),
                ]
            ) { [value] in try await step.run(value, in: $0) }
        }
        guard let output = value as? Output else { preconditionFailure("steps fit by construction") }
        return output
    }
}

/// What `>>>` joins to one flat sequence.
protocol StepSequence {
    var steps: [Step] { get }
    var hasOwnName: Bool { get }
}

extension Sequential: StepSequence {
    /// One with a name stays a step of its own.
    var hasOwnName: Bool { identity.name != Self.defaultName }

    static var defaultName: String { "Sequential" }
}

extension WorkflowPrimitive {
    /// This one, then `next` with its output. The same as `>>>`.
    public func then<Next: WorkflowPrimitive>(_ next: Next) -> Sequential<Input, Next.Output>
    where Next.Input == Output {
        Sequential(flatSteps + next.flatSteps, name: "Sequential")
    }

    private var flatSteps: [Step] {
        if let sequence = self as? any StepSequence, !sequence.hasOwnName { return sequence.steps }
        return [Step(self)]
    }
}
