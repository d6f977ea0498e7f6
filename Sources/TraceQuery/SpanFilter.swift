import TraceModel
import TraceQL
import TraceStore

/// Which spans count: queries, made ready for one store.
///
/// A condition on single spans looks at those that count otherwise. Sets, relations and pipelines look at whole traces,
/// whatever part of them counts otherwise.
package final class SpanFilter {
    private enum Part {
        case spans(FilterPlan)
        case sets(SetFilter)
    }

    private let parts: [Part]
    private let texts: [String]
    /// What `select()` asks to show.
    package let selected: [FieldName]

    /// The spans that all queries take.
    ///
    /// - Throws: ``UnknownFieldError``.
    package init(_ queries: [SpanQuery], in snapshot: StoreSnapshot) throws {
        texts = queries.map(\.description)
        parts = try queries.map { query in
            if let condition = query.condition { return .spans(try FilterPlan(condition, in: snapshot)) }
            return .sets(try SetFilter(query, in: snapshot))
        }
        selected = try queries.flatMap(\.selected).compactMap { field in
            guard case .field(let field) = field.node else { return nil }
            return try FieldName(field, in: snapshot)
        }
    }

    /// Those of a block's spans that count.
    ///
    /// - Parameter selection: The spans that count otherwise, `nil` for all.
    package func selection(_ block: Block, _ selection: [Bool]?) throws -> [Bool]? {
        var selection = selection
        for part in parts {
            if let known = selection, !known.contains(true) { return known }
            switch part {
            case .spans(.constant(true)): break
            case .spans(let plan): selection = try plan.holds(block, selection)
            case .sets(let filter):
                let holding = try filter.holds(block)
                selection = selection.map { selection in zip(selection, holding).map { $0 && $1 } } ?? holding
            }
        }
        return selection
    }

    /// How the spans are found, a step a line, what stands inside indented.
    package func explanation(in snapshot: StoreSnapshot) throws -> [String] {
        try zip(texts, parts).flatMap { text, part in
            let lines =
                switch part {
                case .spans(let plan): try plan.explanation(in: snapshot)
                case .sets(let filter):
                    try ["whole traces, span by span:"] + filter.plan.explanation(in: snapshot).indented
                }
            return [text] + lines.indented
        }
    }
}
