import Foundation
import LinearRegex
import TraceModel
import TraceQL
import TraceStore

/// A condition or a calculation on one span, and the fields that it asks for.
struct Formula {
    /// Distinct, in order of appearance.
    let fields: [FieldName]
    private let expression: Part

    private indirect enum Part {
        case value(Value)
        /// By its number among the fields.
        case field(Int)
        case not(Part)
        case negative(Part)
        case binary(Operator, Part, Part)
        /// Whether a text matches as a whole, or, when negated, does not.
        case matches(Part, LinearRegex, isNegated: Bool)
    }

    /// - Throws: ``UnknownFieldError``.
    init(_ expression: FieldExpression, in snapshot: StoreSnapshot) throws {
        var fields: [FieldName] = []
        self.expression = try Self.part(expression, &fields, snapshot)
        self.fields = fields
    }

    private static func part(
        _ expression: FieldExpression, _ fields: inout [FieldName], _ snapshot: StoreSnapshot
    ) throws -> Part {
        switch expression.node {
        case .literal(let literal): return .value(Value(literal))
        case .field(let field):
            let name = try FieldName(field, in: snapshot)
            if let known = fields.firstIndex(of: name) { return .field(known) }
            fields.append(name)
            return .field(fields.count - 1)
        case .not(let inner): return .not(try part(inner, &fields, snapshot))
        case .negative(let inner): return .negative(try part(inner, &fields, snapshot))
        case .binary(let found, let left, let right):
            if found.isRegex, case .literal(.string(let pattern)) = right.node {
                let regex = try LinearRegex(pattern)
                return .matches(try part(left, &fields, snapshot), regex, isNegated: found == .matchesNot)
            }
            return .binary(found, try part(left, &fields, snapshot), try part(right, &fields, snapshot))
        }
    }

    /// - Parameter values: Of ``fields``; `nil` where a span has none.
    func holds(_ values: [AttributeValue?]) -> Bool {
        if case .flag(true) = value(expression, values) { true } else { false }
    }

    /// `nil` where it is no number.
    func number(_ values: [AttributeValue?]) -> Double? { value(expression, values).real }

    /// `nil` where the span has none.
    func value(_ values: [AttributeValue?]) -> AttributeValue? {
        if case .field(let number) = expression { return values[number] }
        return switch value(expression, values) {
        case .text(let text): .string(text)
        case .integer(let number): .int(number)
        case .number(let number): .double(number)
        case .flag(let flag): .bool(flag)
        case .list, .absent, .missing, .other: nil
        }
    }

    /// For `duration > 5s` and its like.
    var simpleComparison: (comparison: Operator, number: Double)? {
        guard case .binary(let found, .field(0), .value(let value)) = expression, found.isComparison,
            let number = value.real
        else { return nil }
        return (found, number)
    }

    private func value(_ part: Part, _ values: [AttributeValue?]) -> Value {
        switch part {
        case .value(let value): return value
        case .field(let number): return Value(values[number])
        case .not(let inner):
            if case .flag(true) = value(inner, values) { return .flag(false) }
            return .flag(true)
        case .negative(let inner):
            return switch value(inner, values) {
            case .number(let number): .number(-number)
            case .integer(let number): number == .min ? .number(-Double(number)) : .integer(-number)
            default: .other
            }
        case .binary(let found, let left, let right):
            let (a, b) = (value(left, values), value(right, values))
            if found.isLogical {
                return .flag(found == .and ? a.isTrue && b.isTrue : a.isTrue || b.isTrue)
            }
            return found.isComparison ? .flag(found.compares(a, b)) : found.calculates(a, b)
        case .matches(let inner, let regex, let isNegated):
            return .flag(Self.matches(value(inner, values), regex, isNegated))
        }
    }

    /// Of a list any element has to match; when negated, none may.
    private static func matches(_ value: Value, _ regex: LinearRegex, _ isNegated: Bool) -> Bool {
        switch value {
        case .text(let text): regex.matchesWhole(text) != isNegated
        case .list(let values):
            isNegated
                ? values.allSatisfy { matches($0, regex, true) } : values.contains { matches($0, regex, false) }
        default: false
        }
    }
}

/// A value as conditions compare it.
private enum Value {
    case text(String)
    case integer(Int64)
    case number(Double)
    case flag(Bool)
    case list([Value])
    /// `nil` as it is written.
    case absent
    /// What a span does not have.
    case missing
    /// What compares with nothing.
    case other

    init(_ literal: Literal) {
        switch literal {
        case .string(let text): self = .text(text)
        case .integer(let number): self = .integer(number)
        case .real(let number), .duration(let number): self = .number(number)
        case .bool(let flag): self = .flag(flag)
        case .absent: self = .absent
        }
    }

    init(_ value: AttributeValue?) {
        switch value {
        case nil, .empty: self = .missing
        case .string(let text): self = .text(text)
        case .int(let number): self = .integer(number)
        case .double(let number): self = .number(number)
        case .bool(let flag): self = .flag(flag)
        case .array(let values): self = .list(values.map { Value($0) })
        case .bytes, .map: self = .other
        }
    }

    var isTrue: Bool { if case .flag(true) = self { true } else { false } }

    var isMissing: Bool { if case .missing = self { true } else { false } }

    var real: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }
}

extension Operator {
    /// False for values of different types, and when either is missing, but for `nil`, which tells that.
    ///
    /// Of a list any element has to, with `!=` all.
    fileprivate func compares(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.absent, .absent), (.missing, .absent), (.absent, .missing): return self == .equal
        case (.missing, _), (_, .missing): return false
        case (.absent, _), (_, .absent): return self == .notEqual
        case (.list(let values), _):
            return self == .notEqual
                ? values.allSatisfy { compares($0, right) } : values.contains { compares($0, right) }
        case (_, .list(let values)):
            return self == .notEqual
                ? values.allSatisfy { compares(left, $0) } : values.contains { compares(left, $0) }
        case (.text(let a), .text(let b)):
            switch self {
            case .equal: return a.isExactly(b)
            case .notEqual: return !a.isExactly(b)
            default: return holds(a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars), a.isExactly(b))
            }
        case (.integer(let a), .integer(let b)): return holds(a < b, a == b)
        case (.flag(let a), .flag(let b)): return self == .equal ? a == b : self == .notEqual && a != b
        default:
            guard let a = left.real, let b = right.real else { return false }
            // A double that is whole compares with an integer to the last digit.
            if case .integer(let a) = left, let b = Int64(exactly: b) { return holds(a < b, a == b) }
            if case .integer(let b) = right, let a = Int64(exactly: a) { return holds(a < b, a == b) }
            return holds(a, b)
        }
    }

    func holds(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        default: false
        }
    }

    private func holds(_ isLess: Bool, _ isEqual: Bool) -> Bool {
        switch self {
        case .equal: isEqual
        case .notEqual: !isEqual
        case .less: isLess
        case .lessOrEqual: isLess || isEqual
        case .greater: !isLess && !isEqual
        case .greaterOrEqual: !isLess
        default: false
        }
    }

    fileprivate func calculates(_ left: Value, _ right: Value) -> Value {
        guard let a = left.real, let b = right.real else {
            return left.isMissing || right.isMissing ? .missing : .other
        }
        return calculates(a, b).map { .number($0) } ?? .other
    }

    /// `nil` for what is no arithmetic.
    func calculates(_ left: Double, _ right: Double) -> Double? {
        switch self {
        case .plus: left + right
        case .minus: left - right
        case .times: left * right
        case .dividedBy: left / right
        case .modulo: left.truncatingRemainder(dividingBy: right)
        case .power: pow(left, right)
        default: nil
        }
    }
}
