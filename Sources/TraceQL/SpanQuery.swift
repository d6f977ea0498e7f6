/// Which spans to take, as TraceQL says it: by what each of them is, by its place among the others of its trace, and by
/// what they are together.
package struct SpanQuery: Hashable, Sendable {
    package enum Stage: Hashable, Sendable {
        /// Of each set the spans that belong to this one; sets that have none are dropped.
        case spans(SpanSet)
        /// Drops the sets of which it does not hold.
        case scalar(ScalarCondition)
        /// Parts each set by a value; spans without it are a set of their own.
        case group(FieldExpression)
        /// Makes one set of a trace's sets.
        case coalesce
        /// Shows fields; it drops nothing.
        case select([FieldExpression])
    }

    /// What goes through them begins as one set a trace: all of its spans.
    package let stages: [Stage]

    package init(_ stages: [Stage]) { self.stages = stages }

    /// The spans that meet a condition.
    package init(_ condition: FieldExpression) {
        stages = [.spans(SpanSet(.spans(condition), condition.range))]
    }

    /// The condition on single spans that it is, `nil` when it is more.
    package var condition: FieldExpression? {
        if stages.count == 1, case .spans(let set) = stages[0], case .spans(let condition) = set.node {
            return condition
        }
        return nil
    }

    /// What it selects for show, in order.
    package var selected: [FieldExpression] {
        stages.flatMap { stage -> [FieldExpression] in
            if case .select(let fields) = stage { fields } else { [] }
        }
    }
}

/// Some of a trace's spans.
package struct SpanSet: Hashable, Sendable {
    package indirect enum Node: Hashable, Sendable {
        case spans(FieldExpression)
        case binary(SetOperator, SpanSet, SpanSet)
        /// What is left of a pipeline, as one set.
        case pipeline(SpanQuery)
    }

    package let node: Node
    /// Where it stands in the query, in Unicode scalars.
    package let range: Range<Int>

    package init(_ node: Node, _ range: Range<Int>) {
        self.node = node
        self.range = range
    }

    /// Two are the same that mean the same, wherever they stand.
    package static func == (left: Self, right: Self) -> Bool { left.node == right.node }

    package func hash(into hasher: inout Hasher) { hasher.combine(node) }
}

/// How two sets of a trace's spans make one.
package struct SetOperator: Hashable, Sendable {
    package enum Relation: String, Hashable, Sendable, CaseIterable {
        /// Both sets, if neither is empty.
        case and = "&&"
        case or = "||"
        // Spans of the right set to which some span of the left one is …
        /// … the parent.
        case child = ">"
        /// … an ancestor.
        case descendant = ">>"
        /// … a child.
        case parent = "<"
        /// … a descendant.
        case ancestor = "<<"
        /// … another child of the same parent.
        case sibling = "~"

        package var isStructural: Bool { self != .and && self != .or }
    }

    package enum Mode: String, Hashable, Sendable, CaseIterable {
        case plain = ""
        /// The spans of the right set to which no span of the left one is that.
        case negated = "!"
        /// Those of the left set too that are that to one of the right.
        case union = "&"
    }

    package let relation: Relation
    package let mode: Mode

    package init(_ relation: Relation, _ mode: Mode = .plain) {
        self.relation = relation
        self.mode = mode
    }

    init?(_ text: String) {
        for mode in [Mode.negated, .union, .plain] where text.hasPrefix(mode.rawValue) {
            guard let relation = Relation(rawValue: String(text.dropFirst(mode.rawValue.count))),
                mode == .plain || relation.isStructural
            else { continue }
            self.init(relation, mode)
            return
        }
        return nil
    }

    package var text: String { mode.rawValue + relation.rawValue }

    /// Higher binds tighter. As in conditions, `&&` beside `||` takes brackets.
    var rank: Int { relation.isStructural ? 2 : 1 }
}

/// A comparison of what is counted or added up over a set of spans.
package struct ScalarCondition: Hashable, Sendable {
    package let comparison: Operator
    package let left: Scalar
    package let right: Scalar
}

package indirect enum Scalar: Hashable, Sendable {
    case number(Literal)
    case count
    /// Over the spans for which the expression has a number.
    case aggregate(Aggregate, FieldExpression)
    case negative(Scalar)
    case binary(Operator, Scalar, Scalar)
}

package enum Aggregate: String, Hashable, Sendable, CaseIterable { case avg, max, min, sum }
