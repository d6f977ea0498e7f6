import GRDB
import JSONText
import TraceModel
import TraceSchema

/// Reads the facts of traces back from their rows.
final class FactReader {
    private var selectTrace: BoundStatement
    private let layouts: LayoutCache

    init(_ db: Database) throws {
        selectTrace = try BoundStatement(db, TraceSQL.selectTraceRows)
        layouts = try LayoutCache(db)
    }

    /// After a rollback: ids may come again with another meaning.
    func forget() { layouts.forget() }

    func read(_ trace: Int64) throws -> TraceFacts {
        var facts = TraceFacts(number: trace)
        selectTrace.bind(RowID.range(trace).lowerBound)
        selectTrace.bind(RowID.range(trace).upperBound)
        try selectTrace.forEach { row in
            let narrow = try NarrowRow(row)
            let layout = try layouts.layout(narrow.layout)
            let numbers = try layout.numbers(row.optionalText(NarrowRow.inlineValues))
            facts.append(narrow.facts, numbers)
        }
        return facts
    }
}
