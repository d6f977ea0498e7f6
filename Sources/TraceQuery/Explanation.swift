import TraceModel
import TraceQL
import TraceStore

extension FilterPlan {
    /// How it is found whether the condition holds, a step a line.
    func explanation(in snapshot: StoreSnapshot) throws -> [String] {
        switch self {
        case .constant(let holds): return [holds ? "every span" : "no span"]
        case .not(let inner): return try ["not"] + inner.explanation(in: snapshot).indented
        case .and(let left, let right):
            return try ["all of, from first to last"]
                + (left.ands + right.ands).flatMap { try $0.explanation(in: snapshot) }.indented
        case .or(let left, let right):
            return try ["any of, from first to last"]
                + (left.ors + right.ors).flatMap { try $0.explanation(in: snapshot) }.indented
        case .grouped(let condition):
            return ["\(condition.text)  by \(try Self.words(condition.fields, condition, in: snapshot))"]
        case .numeric(let condition): return ["\(condition.text)  by columns of blocks"]
        case .roots(_, let text): return ["\(text)  by columns of blocks"]
        case .trace(let number, let text):
            return ["\(text)  by the index of trace ids: \(number == nil ? "there is none" : "1 trace")"]
        }
    }

    private var ands: [FilterPlan] {
        if case .and(let left, let right) = self { left.ands + right.ands } else { [self] }
    }

    private var ors: [FilterPlan] { if case .or(let left, let right) = self { left.ors + right.ors } else { [self] } }

    private static func words(_ fields: [FieldName], _ condition: GroupedCondition, in snapshot: StoreSnapshot) throws
        -> String
    {
        if fields.allSatisfy(\.isOfOperation) {
            let holding = try condition.holdingOperations()
            return "operations: \(holding) of \(try snapshot.operations.count) hold"
        }
        return Self.words(Set(fields.map(\.source)))
    }

    fileprivate static func words(_ sources: Set<ValueReader.Source>) -> String {
        if sources.contains(.row) { return "whole rows of spans" }
        let words: [(ValueReader.Source, String)] = [
            (.operation, "operations"), (.column, "columns of blocks"), (.context, "contexts"),
            (.trace, "what their traces are"), (.childCount, "ids and parents in rows of spans"),
            (.kin, "ids and sources in rows of spans"), (.attribute, "single values in rows of spans"),
            (.extra, "rows of spans that have status messages, events or links"),
        ]
        return words.filter { sources.contains($0.0) }.map(\.1).joined(separator: ", ")
    }
}

extension PipelinePlan {
    func explanation(in snapshot: StoreSnapshot) throws -> [String] {
        try stages.enumerated().flatMap { index, stage in
            let lines = try stage.stage.explanation(in: snapshot)
            return index == 0 ? lines : ["then " + (lines.first ?? "")] + lines.dropFirst()
        }
    }
}

extension PipelinePlan.Stage {
    fileprivate func explanation(in snapshot: StoreSnapshot) throws -> [String] {
        switch self {
        case .spans(let set): try set.explanation(in: snapshot)
        case .scalar(let condition):
            ["sets of which it holds"] + condition.formulas.map { $0.source }.indented
        case .group(let formula): ["parted by a value", "  \(formula.source)"]
        case .coalesce: ["the sets of a trace made one"]
        }
    }
}

extension Formula {
    fileprivate var source: String {
        fields.isEmpty
            ? "of nothing in spans"
            : fields.map(\.text).joined(separator: ", ") + "  by " + FilterPlan.words(Set(fields.map(\.source)))
    }
}

extension SetPlan {
    func explanation(in snapshot: StoreSnapshot) throws -> [String] {
        switch self {
        case .spans(let plan): return try plan.explanation(in: snapshot)
        case .pipeline(let plan): return try ["set"] + plan.explanation(in: snapshot).indented
        case .binary(let found, let left, let right):
            return try [found.words] + left.explanation(in: snapshot).indented + ["and"]
                + right.explanation(in: snapshot).indented
        }
    }
}

extension SetOperator {
    /// What is taken of the two sets that follow.
    fileprivate var words: String {
        let kind: String
        switch relation {
        case .and: return "both, where neither is empty"
        case .or: return "both"
        case .child: kind = "children"
        case .descendant: kind = "descendants"
        case .parent: kind = "parents"
        case .ancestor: kind = "ancestors"
        case .sibling: kind = "siblings"
        }
        let relation = "\(kind) of the first, by ids and parents in rows of spans"
        switch mode {
        case .plain: return "of the second the \(relation)"
        case .negated: return "of the second all but the \(relation)"
        case .union: return "of the second the \(relation), and what they are that of"
        }
    }
}

extension [String] {
    var indented: [String] { map { "  " + $0 } }
}
