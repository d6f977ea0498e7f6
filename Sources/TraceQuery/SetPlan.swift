import TraceModel
import TraceQL
import TraceStore

/// A pipeline of sets of spans, made ready for one store.
struct PipelinePlan {
    enum Stage {
        case spans(SetPlan)
        case scalar(ScalarPlan)
        case group(Formula)
        case coalesce
    }

    let stages: [(stage: Stage, text: String)]

    /// - Throws: ``UnknownFieldError``.
    init(_ query: SpanQuery, in snapshot: StoreSnapshot) throws {
        stages = try query.stages.compactMap { stage in
            let plan: Stage
            switch stage {
            case .spans(let set): plan = .spans(try SetPlan(set, in: snapshot))
            case .scalar(let condition): plan = .scalar(try ScalarPlan(condition, in: snapshot))
            case .group(let expression): plan = .group(try Formula(expression, in: snapshot))
            case .coalesce: plan = .coalesce
            case .select: return nil
            }
            return (plan, stage.description)
        }
    }
}

/// A set of a trace's spans, made ready for one store.
indirect enum SetPlan {
    case spans(FilterPlan)
    case binary(SetOperator, SetPlan, SetPlan)
    case pipeline(PipelinePlan)

    init(_ set: SpanSet, in snapshot: StoreSnapshot) throws {
        switch set.node {
        case .spans(let condition): self = .spans(try FilterPlan(condition, in: snapshot))
        case .binary(let found, let left, let right):
            self = .binary(found, try SetPlan(left, in: snapshot), try SetPlan(right, in: snapshot))
        case .pipeline(let query): self = .pipeline(try PipelinePlan(query, in: snapshot))
        }
    }
}

/// A comparison over a set of spans, made ready for one store.
struct ScalarPlan {
    indirect enum Node {
        case number(Double)
        case count
        /// Of the values of a formula, by its number.
        case aggregate(Aggregate, Int)
        case negative(Node)
        case binary(Operator, Node, Node)
    }

    let comparison: Operator
    let left: Node
    let right: Node
    let formulas: [Formula]

    init(_ condition: ScalarCondition, in snapshot: StoreSnapshot) throws {
        var formulas: [Formula] = []
        comparison = condition.comparison
        left = try Self.node(condition.left, &formulas, snapshot)
        right = try Self.node(condition.right, &formulas, snapshot)
        self.formulas = formulas
    }

    private static func node(_ scalar: Scalar, _ formulas: inout [Formula], _ snapshot: StoreSnapshot) throws -> Node {
        switch scalar {
        case .number(.integer(let number)): return .number(Double(number))
        case .number(.real(let number)), .number(.duration(let number)): return .number(number)
        case .number: preconditionFailure("the grammar has numbers here")
        case .count: return .count
        case .aggregate(let aggregate, let expression):
            formulas.append(try Formula(expression, in: snapshot))
            return .aggregate(aggregate, formulas.count - 1)
        case .negative(let inner): return .negative(try node(inner, &formulas, snapshot))
        case .binary(let found, let left, let right):
            return .binary(found, try node(left, &formulas, snapshot), try node(right, &formulas, snapshot))
        }
    }

    /// - Parameter values: By formula and place; `nil` where a span has no number.
    func holds(_ places: [Int], _ values: [[Double?]]) -> Bool {
        guard let left = Self.value(left, places, values), let right = Self.value(right, places, values) else {
            return false
        }
        return comparison.holds(left, right)
    }

    /// `nil` for an aggregate over no number.
    private static func value(_ node: Node, _ places: [Int], _ values: [[Double?]]) -> Double? {
        switch node {
        case .number(let number): return number
        case .count: return Double(places.count)
        case .negative(let inner): return value(inner, places, values).map { -$0 }
        case .binary(let found, let left, let right):
            guard let left = value(left, places, values), let right = value(right, places, values) else { return nil }
            return found.calculates(left, right)
        case .aggregate(let aggregate, let formula):
            let numbers = places.compactMap { values[formula][$0] }
            if numbers.isEmpty { return nil }
            switch aggregate {
            case .max: return numbers.max()
            case .min: return numbers.min()
            case .sum: return numbers.reduce(0, +)
            case .avg: return numbers.reduce(0, +) / Double(numbers.count)
            }
        }
    }
}
