import GRDB
import JSONText
import TraceModel
import TraceSchema

/// The rows of `source` with their resource and scope, read when they are first asked for.
final class SourceCache {
    private var select: BoundStatement
    private var known: [Int64: SourceDefinition] = [:]

    init(_ db: Database) throws { select = try BoundStatement(db, TraceSQL.selectSource) }

    /// - Throws: `WrongColumnType` when there is no such row.
    func source(_ id: Int64) throws -> SourceDefinition {
        if let source = known[id] { return source }
        select.bind(id)
        try select.forEach { known[id] = try $0.source() }
        guard let source = known[id] else { throw WrongColumnType(column: 8) }
        return source
    }
}

extension StatementRow {
    /// The resource's columns, then the scope's.
    fileprivate func source() throws -> SourceDefinition {
        var resource = Resource()
        resource.attributes = try attributes(0)
        resource.droppedAttributesCount = try uint32(2)
        resource.schemaURL = try text(3)
        var scope = Scope()
        scope.name = try text(4)
        scope.version = try text(5)
        scope.attributes = try attributes(6)
        scope.droppedAttributesCount = try uint32(8)
        scope.schemaURL = try text(9)
        return SourceDefinition(resource: resource, scope: scope)
    }

    /// JSON in one column and its tags in the next.
    func attributes(_ column: Int) throws -> [Attribute] {
        do {
            return try AttributeCodec.decode(json: try text(column), tags: try text(column + 1))
        } catch is JSONSyntaxError {
            throw WrongColumnType(column: column)
        }
    }
}
