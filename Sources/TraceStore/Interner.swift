import GRDB
import JSONText
import TraceModel

/// Gives each distinct value the id of its row, and makes the row when there is none.
///
/// It remembers at most ``capacity`` values and then starts over, so that memory stays bounded.
struct Interner<Value: Hashable> {
    private let capacity = 65_536
    private let db: Database
    private var ids: [Value: Int64] = [:]
    private var insert: BoundStatement
    private var select: BoundStatement

    /// - Parameters:
    ///   - insert: The row.
    ///   - select: The row's id by its identity.
    init(_ db: Database, insert: String, select: String) throws {
        self.db = db
        self.insert = try BoundStatement(db, insert)
        self.select = try BoundStatement(db, select)
    }

    subscript(value: Value) -> Int64? { ids[value] }

    mutating func intern(
        _ value: Value, identity: (inout BoundStatement) -> Void, row: (inout BoundStatement) -> Void
    ) throws -> Int64 {
        identity(&select)
        let id: Int64
        if let known = try select.run() {
            id = known
        } else {
            row(&insert)
            try insert.run()
            id = db.lastInsertedRowID
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

    static func == (left: OperationKey, right: OperationKey) -> Bool {
        left.kind == right.kind && left.status == right.status && left.name.isExactly(right.name)
            && isExactly([left.service], [right.service]) && left.usageRole == right.usageRole
            && isExactly(left.fields, right.fields)
    }

    /// The fields that differ most; equality looks at all.
    func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(status)
        for field in [.primitiveName, .workflowName, .agentType, .model, .stepName] as [OperationField] {
            hasher.combine(fields[field.index])
        }
    }

    var identity: String {
        identityText([service, name, String(kind), String(status)] + fields + [usageRole?.rawValue])
    }
}

/// The tuple that makes a context distinct.
struct ContextKey: Hashable {
    /// By ``ContextField/index``.
    let fields: [String?]

    static func == (left: ContextKey, right: ContextKey) -> Bool { isExactly(left.fields, right.fields) }
}

/// Whether two lists of texts are the same byte for byte.
private func isExactly(_ left: [String?], _ right: [String?]) -> Bool {
    zip(left, right).allSatisfy { a, b in
        guard let a, let b else { return a == nil && b == nil }
        return a.isExactly(b)
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
