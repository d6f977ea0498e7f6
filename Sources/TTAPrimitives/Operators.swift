/// Binds tighter than `|`, so that branches can be sequences.
precedencegroup StepPrecedence {
    associativity: left
    higherThan: AdditionPrecedence
}

infix operator >>> : StepPrecedence

/// The left one, then the right one with its output. A chain makes one ``Sequential``, whatever is bracketed.
public func >>> <First: WorkflowPrimitive, Next: WorkflowPrimitive>(
    first: First, next: Next
) -> Sequential<First.Input, Next.Output> where First.Output == Next.Input {
    first.then(next)
}

/// Both at the same time, with the same input.
public func | <Left: WorkflowPrimitive, Right: WorkflowPrimitive>(
    left: Left, right: Right
) -> Parallel<Left.Input, Left.Output, Right.Output> where Left.Input == Right.Input {
    Parallel([Step(left), Step(right)])
}

/// One branch more.
public func | <Input, each Branch, Right: WorkflowPrimitive>(
    left: Parallel<Input, repeat each Branch>, right: Right
) -> Parallel<Input, repeat each Branch, Right.Output> where Input == Right.Input {
    Parallel(left.branches + [Step(right)])
}

/// One branch more, in front.
public func | <Input, each Branch, Left: WorkflowPrimitive>(
    left: Left, right: Parallel<Input, repeat each Branch>
) -> Parallel<Input, Left.Output, repeat each Branch> where Input == Left.Input {
    Parallel([Step(left)] + right.branches)
}

/// The branches of both.
public func | <Input, each Left, each Right>(
    left: Parallel<Input, repeat each Left>, right: Parallel<Input, repeat each Right>
) -> Parallel<Input, repeat each Left, repeat each Right> {
    Parallel(left.branches + right.branches)
}

extension WorkflowPrimitive {
    /// This one and `other` at the same time, with the same input. The same as `|`.
    public func alongside<Other: WorkflowPrimitive>(_ other: Other) -> Parallel<Input, Output, Other.Output>
    where Other.Input == Input {
        self | other
    }
}
