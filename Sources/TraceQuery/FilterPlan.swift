import TraceModel
import TraceQL
import TraceStore

/// A condition on single spans, made ready for one store.
///
/// What only operations tell is worked out once an operation, what contexts and attributes tell once a distinct value;
/// durations and numbers are read from their columns. Of `&&` and `||` the right side looks only at the spans that the
/// left one leaves open.
indirect enum FilterPlan {
    case constant(Bool)
    case not(FilterPlan)
    case and(FilterPlan, FilterPlan)
    case or(FilterPlan, FilterPlan)
    case grouped(GroupedCondition)
    case numeric(NumericCondition)
    /// The spans of one trace, found by the index of ids; `nil` for none.
    case trace(Int64?, text: String)
    /// The spans without a parent, or those with one.
    case roots(Bool, text: String)

    /// - Throws: ``UnknownFieldError``.
    init(_ expression: FieldExpression, in snapshot: StoreSnapshot) throws {
        switch expression.node {
        case .not(let inner):
            self = .not(try FilterPlan(inner, in: snapshot))
            return
        case .binary(.and, let left, let right):
            self = .and(try FilterPlan(left, in: snapshot), try FilterPlan(right, in: snapshot))
            return
        case .binary(.or, let left, let right):
            self = .or(try FilterPlan(left, in: snapshot), try FilterPlan(right, in: snapshot))
            return
        case .binary(let found, let field, let value)
        where field.node == .field(.intrinsic(.parentID)) && value.node == .literal(.absent)
            && (found == .equal || found == .notEqual):
            self = .roots(found == .equal, text: expression.description)
            return
        case .binary(.equal, let field, let value):
            guard field.node == .field(.intrinsic(.traceID)), case .literal(.string(let hex)) = value.node else {
                break
            }
            self = .trace(try snapshot.traceNumber(hex: hex), text: expression.description)
            return
        default: break
        }
        let condition = try Formula(expression, in: snapshot)
        if condition.fields.isEmpty {
            self = .constant(condition.holds([]))
        } else if let numeric = NumericCondition(condition, expression.description) {
            self = .numeric(numeric)
        } else {
            self = .grouped(GroupedCondition(condition, expression.description, in: snapshot))
        }
    }

    /// By span of a block: whether it is selected and the condition holds.
    ///
    /// - Parameter selection: The spans that count otherwise, `nil` for all.
    func holds(_ block: Block, _ selection: [Bool]?) throws -> [Bool] {
        func all() -> [Bool] { selection ?? [Bool](repeating: true, count: block.spanCount) }
        switch self {
        case .constant(let holds): return holds ? all() : [Bool](repeating: false, count: block.spanCount)
        case .not(let inner):
            let holding = try inner.holds(block, selection)
            return zip(all(), holding).map { $0 && !$1 }
        case .and(let left, let right):
            let holding = try left.holds(block, selection)
            return holding.contains(true) ? try right.holds(block, holding) : holding
        case .or(let left, let right):
            let holding = try left.holds(block, selection)
            let open = zip(all(), holding).map { $0 && !$1 }
            guard open.contains(true) else { return holding }
            return zip(holding, try right.holds(block, open)).map { $0 || $1 }
        case .grouped(let condition): return try condition.holds(block, selection)
        case .numeric(let condition): return try condition.holds(block, selection)
        case .roots(let isRoot, _):
            let parents = try block.parentCodes()
            return parents.indices.map { (selection?[$0] ?? true) && (parents[$0] == 0) == isRoot }
        case .trace(let number, _):
            var result = [Bool](repeating: false, count: block.spanCount)
            for trace in try block.traces() where trace.number == number {
                for place in trace.spans { result[place] = selection?[place] ?? true }
            }
            return result
        }
    }
}

extension StoreSnapshot {
    /// - Parameter hex: Of a whole id as it is written; anything else finds none.
    fileprivate func traceNumber(hex: String) throws -> Int64? {
        guard let id = Hex.decode(hex).flatMap({ TraceID(bytes: $0[...]) }), id.hex == hex else { return nil }
        return try traceNumber(id)
    }
}

/// A condition on what stands in groups: each distinct value is looked at once.
final class GroupedCondition {
    private let condition: Formula
    let text: String
    private let snapshot: StoreSnapshot
    private var groups: Groups
    /// By a group's number.
    private var known: [Bool] = []

    init(_ condition: Formula, _ text: String, in snapshot: StoreSnapshot) {
        self.condition = condition
        self.text = text
        self.snapshot = snapshot
        groups = Groups(condition.fields, keepsEmpty: true, in: snapshot)
    }

    var fields: [FieldName] { condition.fields }

    /// How many operations it holds for.
    ///
    /// - Precondition: Operations tell all of its fields.
    func holdingOperations() throws -> Int {
        let values = try fields.map { try $0.values(snapshot.operations) }
        return try (0..<snapshot.operations.count).count { place in condition.holds(values.map { $0[place] }) }
    }

    func holds(_ block: Block, _ selection: [Bool]?) throws -> [Bool] {
        let membership = try groups.membership(block, selection)
        while known.count < groups.keys.count { known.append(condition.holds(groups.keys[known.count])) }
        return try membership.numbers(block, selection).map { $0 >= 0 && known[Int($0)] }
    }
}

/// A condition on durations and numbers, which have columns.
struct NumericCondition {
    private let condition: Formula
    let text: String
    /// Of a single field against a single number, which is most of them.
    private let simple: (comparison: Operator, number: Double)?

    init?(_ condition: Formula, _ text: String) {
        guard condition.fields.allSatisfy(\.hasColumn) else { return nil }
        self.condition = condition
        self.text = text
        simple = condition.simpleComparison
    }

    var fields: [FieldName] { condition.fields }

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
