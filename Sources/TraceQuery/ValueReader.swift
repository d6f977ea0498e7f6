import TraceModel
import TraceStore

/// Reads some fields of a block's spans, each from where it stands: columns, contexts, what is worked out for a trace, or
/// parts of rows. Whole rows are read only for what stands nowhere else.
final class ValueReader {
    /// Where a field is read.
    enum Source: Hashable {
        case operation, column, context, trace, childCount, kin, attribute, extra, row
    }

    private let fields: [FieldName]
    private let sources: [Source]
    private let snapshot: StoreSnapshot
    private let traces: WholeTraces
    private var operationValues: [Int: [AttributeValue?]] = [:]
    private var contextValues: [Int64: RunContext] = [:]
    private let attributes: AttributeScan?

    init(_ fields: [FieldName], in snapshot: StoreSnapshot) throws {
        self.fields = fields
        self.snapshot = snapshot
        sources = fields.map(\.source)
        traces = WholeTraces(in: snapshot)
        let scanned = fields.compactMap(\.attribute)
        attributes = scanned.isEmpty ? nil : try AttributeScan(scanned, in: snapshot)
    }

    /// Hands out the values of the selected spans, by place, in the order of the fields.
    func forEach(_ block: Block, _ selection: [Bool]?, _ body: (Int, [AttributeValue?]) throws -> Void) throws {
        if sources.contains(.row) { return try forEachRow(block, selection, body) }
        let values = try fields.indices.map { try self.values($0, block, selection) }
        guard let attributes else {
            for place in 0..<block.spanCount where selection?[place] ?? true {
                try body(place, values.map { try $0(place) })
            }
            return
        }
        try attributes.forEach(block, selection) { place, scanned in
            var next = scanned.makeIterator()
            try body(
                place, fields.indices.map { sources[$0] == .attribute ? next.next() ?? nil : try values[$0](place) })
        }
    }

    /// The values of one span.
    func values(of stored: StoredSpan) throws -> [AttributeValue?] {
        let isAlone = sources.allSatisfy { $0 != .trace && $0 != .childCount }
        if isAlone { return fields.map { $0.value(stored) } }
        var found: [AttributeValue?] = []
        for (block, trace) in try snapshot.blocks(ofTrace: stored.row.trace) {
            guard let place = trace.spans.first(where: { trace.rowID($0) == stored.row.id }) else { continue }
            var selection = [Bool](repeating: false, count: block.spanCount)
            selection[place] = true
            try forEach(block, selection) { _, values in found = values }
        }
        return found
    }

    private typealias Values = (Int) throws -> AttributeValue?

    /// By place; of an attribute nothing.
    private func values(_ index: Int, _ block: Block, _ selection: [Bool]?) throws -> Values {
        let field = fields[index]
        switch sources[index] {
        case .operation:
            let known = try operationValues[index] ?? field.values(snapshot.operations)
            operationValues[index] = known
            let ofCode = try block.operations().map { known[$0] }
            let codes = try block.operationCodes()
            return { ofCode[Int(codes[$0])] }
        case .column:
            let column = try NumberColumn(field, block)
            return { column.value($0) }
        case .context:
            let ids = try block.contextIDs()
            return { [self] in try context(ids[$0])[field.contextField ?? .sessionID].map { .string($0) } }
        case .trace: return try traceValues(field, block, selection)
        case .childCount:
            let counts = try traces.childCounts(block, selection)
            return { .int(Int64(counts[$0])) }
        case .kin:
            var values = [AttributeValue?](repeating: nil, count: block.spanCount)
            try snapshot.forEachKin(block, selection) { place, kin in
                values[place] =
                    switch field.target {
                    case .spanID: .string(kin.spanID.hex)
                    case .parentID: kin.parent.map { .string($0.hex) }
                    default: try field.value(snapshot.scope(kin))
                    }
            }
            return { values[$0] }
        case .extra:
            // What none of a span's extras say is the same for all.
            let none = field.value(FlatSpans.Extra(), startNanos: 0)
            var values = [AttributeValue?](repeating: none, count: block.spanCount)
            let starts = try block.startNanos()
            try snapshot.forEachExtra(block, selection) { values[$0] = field.value($1, startNanos: starts[$0]) }
            return { values[$0] }
        case .attribute, .row: return { _ in nil }
        }
    }

    private func context(_ id: Int64) throws -> RunContext {
        if let known = contextValues[id] { return known }
        // The runs of a block follow each other: what a run of the next one asks for is seldom here.
        if contextValues.count > 10_000 { contextValues.removeAll() }
        let context = try snapshot.context(id)
        contextValues[id] = context
        return context
    }

    private func traceValues(_ field: FieldName, _ block: Block, _ selection: [Bool]?) throws -> Values {
        var values = [AttributeValue?](repeating: nil, count: block.spanCount)
        let names = try snapshot.operations.texts(.name)
        let services = try snapshot.operations.texts(.service)
        let isDemoted = try !snapshot.demotedFields().isEmpty
        for (trace, summary) in try zip(block.traces(), traces.summaries(block)) {
            guard trace.spans.contains(where: { selection?[$0] ?? true }) else { continue }
            let value: AttributeValue?
            switch field.target {
            case .traceID: value = .string(try snapshot.traceID(trace.number).hex)
            case .traceDuration: value = summary.durationNanos.map { .int(Int64(clamping: $0)) }
            default:
                let isName = field.target == .rootName
                if let root = summary.root, isDemoted {
                    var text: String?
                    try snapshot.forEachSpan([root.rowID]) {
                        text = isName ? $0.span.name : $0.resource.serviceName
                    }
                    value = text.map { .string($0) }
                } else {
                    value = summary.root.flatMap { (isName ? names : services).text($0.operation) }.map { .string($0) }
                }
            }
            for place in trace.spans { values[place] = value }
        }
        return { values[$0] }
    }

    private func forEachRow(_ block: Block, _ selection: [Bool]?, _ body: (Int, [AttributeValue?]) throws -> Void)
        throws
    {
        let worked: Set<Source> = [.trace, .childCount]
        let values = try fields.indices.map {
            worked.contains(sources[$0]) ? try self.values($0, block, selection) : nil
        }
        let rows = try block.rows(selection)
        var next = 0
        try snapshot.forEachSpan(rows.lazy.map(\.id)) { span in
            let place = rows[next].place
            try body(place, fields.indices.map { try values[$0].map { try $0(place) } ?? fields[$0].value(span) })
            next += 1
        }
    }
}

extension Block {
    /// The rows of the selected spans, with their places.
    func rows(_ selection: [Bool]?) throws -> [(place: Int, id: Int64)] {
        try traces().flatMap { trace in
            trace.spans.filter { selection?[$0] ?? true }.map { ($0, trace.rowID($0)) }
        }
    }
}

extension FieldName {
    var source: ValueReader.Source {
        if isOfOperation { return .operation }
        if hasColumn { return .column }
        switch target {
        case .meaning(.context): return .context
        case .traceDuration, .rootName, .rootService, .traceID: return .trace
        case .childCount: return .childCount
        case .spanID, .parentID, .scopeName, .scopeVersion, .scopeAttribute: return .kin
        case .statusMessage, .eventName, .eventAttribute, .eventTime, .linkTraceID, .linkSpanID, .linkAttribute:
            return .extra
        case .spanAttribute, .resourceAttribute, .anyAttribute: return .attribute
        case .name, .service, .kind, .status, .duration, .meaning: return .row
        }
    }
}
