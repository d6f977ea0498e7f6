import JSONText
import TraceModel
import TraceSchema

/// Rows to values.
extension StoreSnapshot {
    func spanRow(_ row: StatementRow) throws -> SpanRow {
        guard let operation = operations[try row.integer(6)], let context = try contexts.get()[try row.integer(7)]
        else {
            throw WrongColumnType(column: 6)
        }
        let parent = try row.optionalSpanID(3)
        return SpanRow(
            id: try row.integer(0), traceID: try row.traceID(1), spanID: try row.spanID(2),
            parent: parent.flatMap { $0.isZero ? nil : $0 }, startNanos: try row.nanos(4), endNanos: try row.nanos(5),
            operation: operation, context: context, resourceID: try row.integer(8), scopeID: try row.integer(9),
            numbers: NumberField.allCases.map { row.number(10 + $0.index) })
    }

    func storedSpan(_ row: StatementRow) throws -> StoredSpan {
        let narrow = try spanRow(row)
        guard let resource = try resources.get()[narrow.resourceID], let scope = try scopes.get()[narrow.scopeID] else {
            throw WrongColumnType(column: 8)
        }
        var span = TraceSpan(traceID: narrow.traceID, spanID: narrow.spanID)
        span.parentSpanID = try row.optionalSpanID(3)
        span.name = narrow.operation.name
        span.kind = narrow.operation.kind
        span.startNanos = narrow.startNanos
        span.endNanos = narrow.endNanos
        let detail = 10 + NumberField.allCases.count
        span.attributes = try attributes(row, detail)
        span.traceState = try row.text(detail + 2)
        span.flags = try row.uint32(detail + 3)
        span.status = SpanStatus(code: narrow.operation.statusCode, message: try row.text(detail + 4))
        span.droppedAttributesCount = try row.uint32(detail + 5)
        span.events = try decoded(row, detail + 6, EventCodec.decodeEvents)
        span.droppedEventsCount = try row.uint32(detail + 7)
        span.links = try decoded(row, detail + 8, EventCodec.decodeLinks)
        span.droppedLinksCount = try row.uint32(detail + 9)
        return StoredSpan(row: narrow, span: span, resource: resource, scope: scope)
    }

    /// JSON in one column and its tags in the next.
    private func attributes(_ row: StatementRow, _ column: Int) throws -> [Attribute] {
        let tags = try row.text(column + 1)
        return try decoded(row, column) { try AttributeCodec.decode(json: $0, tags: tags) }
    }

    private func decoded<Value>(
        _ row: StatementRow, _ column: Int, _ decode: (String) throws -> Value
    ) throws -> Value {
        let text = try row.text(column)
        do {
            return try decode(text)
        } catch is JSONSyntaxError {
            throw WrongColumnType(column: column)
        }
    }

    func loadContexts() throws -> [Int64: RunContext] {
        var contexts: [Int64: RunContext] = [:]
        try scan("context", TraceSQL.selectContexts) { row in
            let id = try row.integer(0)
            contexts[id] = RunContext(id: id, fields: ContextField.allCases.map { row.optionalText(1 + $0.index) })
        }
        return contexts
    }

    func loadResources() throws -> [Int64: Resource] {
        var resources: [Int64: Resource] = [:]
        try scan("resource", TraceSQL.selectResources) { row in
            var resource = Resource()
            resource.attributes = try attributes(row, 2)
            resource.droppedAttributesCount = try row.uint32(4)
            resource.schemaURL = try row.text(5)
            resources[try row.integer(0)] = resource
        }
        return resources
    }

    func loadScopes() throws -> [Int64: Scope] {
        var scopes: [Int64: Scope] = [:]
        try scan("scope", TraceSQL.selectScopes) { row in
            var scope = Scope()
            scope.name = try row.text(1)
            scope.version = try row.text(2)
            scope.attributes = try attributes(row, 3)
            scope.droppedAttributesCount = try row.uint32(5)
            scope.schemaURL = try row.text(6)
            scopes[try row.integer(0)] = scope
        }
        return scopes
    }
}
