import GRDB
import JSONText

/// Gives each distinct value the id of its row, and makes the row when there is none.
///
/// It remembers at most ``capacity`` values and then starts over, so that memory stays bounded.
struct Interner<Value: Hashable> {
    private let capacity = 65_536
    private var ids: [Value: Int64] = [:]
    private var insert: BoundStatement
    private var select: BoundStatement

    /// - Parameters:
    ///   - insert: `INSERT OR IGNORE` of the row.
    ///   - select: The row's id by its identity.
    init(_ db: Database, insert: String, select: String) throws {
        self.insert = try BoundStatement(db, insert)
        self.select = try BoundStatement(db, select)
    }

    subscript(value: Value) -> Int64? { ids[value] }

    mutating func intern(
        _ value: Value, identity: (inout BoundStatement) -> Void, row: (inout BoundStatement) -> Void
    ) throws -> Int64 {
        row(&insert)
        try insert.run()
        identity(&select)
        guard let id = try select.run() else {
            preconditionFailure("a row that was just inserted is not there")
        }
        if ids.count >= capacity { ids.removeAll(keepingCapacity: true) }
        ids[value] = id
        return id
    }
}

/// The tuple that makes an operation distinct.
struct OperationKey: Hashable {
    let service: String?
    let name: String
    let kind: Int32
    let status: Int32
    /// By ``OperationField/index``.
    let fields: [String?]
    let usageRole: UsageRole?

    var identity: String {
        identityText([service, name, String(kind), String(status)] + fields + [usageRole?.rawValue])
    }
}

/// A JSON array: the same text for the same fields, and for no others.
func identityText(_ fields: [String?]) -> String {
    var writer = JSONWriter()
    writer.array { writer in
        for field in fields {
            if let field { writer.write(field) } else { writer.null() }
        }
    }
    return writer.text
}
