import TraceModel
import TraceQL
import TraceStore

/// Which spans count: a condition, made ready for one store.
///
/// What only operations tell is worked out once an operation, what contexts and attributes tell once a distinct value;
/// durations and numbers are read from their columns. Of `&&` and `||` the right side looks only at the spans that the
/// left one leaves open.
package final class SpanFilter {
    private let plan: Plan

    private indirect enum Plan {
        case constant(Bool)
        case not(Plan)
        case and(Plan, Plan)
        case or(Plan, Plan)
        case grouped(GroupedCondition)
        case numeric(NumericCondition)
    }

    /// Those that meet all conditions.
    ///
    /// - Throws: ``UnknownFieldError``.
    package init(_ conditions: [FieldExpression], in snapshot: StoreSnapshot) throws {
        let plans = try conditions.map { try Self.plan($0, snapshot) }
        plan = plans.dropFirst().reduce(plans.first ?? .constant(true)) { .and($0, $1) }
    }

    private static func plan(_ expression: FieldExpression, _ snapshot: StoreSnapshot) throws -> Plan {
        switch expression.node {
        case .not(let inner): return .not(try plan(inner, snapshot))
        case .binary(.and, let left, let right): return .and(try plan(left, snapshot), try plan(right, snapshot))
        case .binary(.or, let left, let right): return .or(try plan(left, snapshot), try plan(right, snapshot))
        default: break
        }
        let condition = try Condition(expression, in: snapshot)
        if condition.fields.isEmpty { return .constant(condition.holds([])) }
        if let numeric = NumericCondition(condition) { return .numeric(numeric) }
        return .grouped(GroupedCondition(condition, in: snapshot))
    }

    /// Those of a block's spans that meet the conditions.
    ///
    /// - Parameter selection: The spans that count otherwise, `nil` for all.
    package func selection(_ block: Block, _ selection: [Bool]?) throws -> [Bool]? {
        if case .constant(true) = plan { return selection }
        return try Self.holds(plan, block, selection)
    }

    /// By span: whether it is selected and the plan holds.
    private static func holds(_ plan: Plan, _ block: Block, _ selection: [Bool]?) throws -> [Bool] {
        func all() -> [Bool] { selection ?? [Bool](repeating: true, count: block.spanCount) }
        switch plan {
        case .constant(let holds): return holds ? all() : [Bool](repeating: false, count: block.spanCount)
        case .not(let inner):
            let holding = try holds(inner, block, selection)
            return zip(all(), holding).map { $0 && !$1 }
        case .and(let left, let right): return try holds(right, block, holds(left, block, selection))
        case .or(let left, let right):
            let holding = try holds(left, block, selection)
            let open = zip(all(), holding).map { $0 && !$1 }
            return zip(holding, try holds(right, block, open)).map { $0 || $1 }
        case .grouped(let condition): return try condition.holds(block, selection)
        case .numeric(let condition): return try condition.holds(block, selection)
        }
    }
}

/// A condition on what stands in groups: each distinct value is looked at once.
private final class GroupedCondition {
    private let condition: Condition
    private var groups: Groups
    /// By a group's number.
    private var known: [Bool] = []

    init(_ condition: Condition, in snapshot: StoreSnapshot) {
        self.condition = condition
        groups = Groups(condition.fields, keepsEmpty: true, in: snapshot)
    }

    func holds(_ block: Block, _ selection: [Bool]?) throws -> [Bool] {
        let membership = try groups.membership(block, selection)
        while known.count < groups.keys.count { known.append(condition.holds(groups.keys[known.count])) }
        return try membership.numbers(block, selection).map { $0 >= 0 && known[Int($0)] }
    }
}

/// A condition on durations and numbers, which have columns.
private struct NumericCondition {
    private let condition: Condition
    /// Of a single field against a single number, which is most of them.
    private let simple: (comparison: Operator, number: Double)?

    init?(_ condition: Condition) {
        guard condition.fields.allSatisfy(\.hasColumn) else { return nil }
        self.condition = condition
        simple = condition.simpleComparison
    }

    func holds(_ block: Block, _ selection: [Bool]?) throws -> [Bool] {
        let columns = try condition.fields.map { try NumberColumn($0, block) }
        var result = [Bool](repeating: false, count: block.spanCount)
        if let simple {
            for place in result.indices where selection?[place] ?? true {
                if let value = columns[0].real(place) { result[place] = simple.comparison.holds(value, simple.number) }
            }
            return result
        }
        for place in result.indices where selection?[place] ?? true {
            result[place] = condition.holds(columns.map { $0.value(place) })
        }
        return result
    }
}

/// One number of each of a block's spans.
private enum NumberColumn {
    case durations([UInt64], isMissing: Set<Int>)
    case integers(BlockValues)
    case reals(BlockValues)
    case flags(BlockValues)

    init(_ field: FieldName, _ block: Block) throws {
        switch field.target {
        case .meaning(.number(.cacheHit)): self = .flags(try block.values(.cacheHit))
        case .meaning(.number(let field)):
            self = field.isReal ? .reals(try block.values(field)) : .integers(try block.values(field))
        default: self = .durations(try block.durationNanos(), isMissing: Set(try block.irregular().map(\.place)))
        }
    }

    func real(_ place: Int) -> Double? {
        switch self {
        case .durations(let nanos, let isMissing):
            isMissing.isEmpty || !isMissing.contains(place) ? Double(nanos[place]) : nil
        case .integers(let values): values.integer(place).map { Double($0) }
        case .reals(let values): values.real(place)
        case .flags: nil
        }
    }

    func value(_ place: Int) -> AttributeValue? {
        switch self {
        case .durations(let nanos, let isMissing):
            isMissing.contains(place) ? nil : .int(Int64(clamping: nanos[place]))
        case .integers(let values): values.integer(place).map { .int($0) }
        case .reals(let values): values.real(place).map { .double($0) }
        case .flags(let values): values.integer(place).map { .bool($0 != 0) }
        }
    }
}

extension FieldName {
    fileprivate var hasColumn: Bool {
        switch target {
        case .duration: true
        case .meaning(.number(let field)): Self.columns.contains(field)
        default: false
        }
    }

    private static let columns = Set(Block.numberFields)
}
