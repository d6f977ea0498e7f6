import TraceModel
import TraceStore

/// Where a text was said: in prompts, outputs, error messages, any attribute that is no field to group by, and log records.
package struct TextMatches: Sendable {
    package struct Match: Sendable {
        package let traceID: TraceID?
        package let spanID: SpanID?
        /// When the span began, or what was logged happened.
        package let nanos: UInt64
        package let service: String?
        /// Of the span, or of the logged event.
        package let name: String
        /// The attribute that says it, `statusMessage`, `event.` and an attribute of an event, or `log`.
        package let field: String
        /// What it says, whole.
        package let text: String
        /// Where in ``text`` what was looked for begins, in bytes of UTF-8.
        package let offset: Int
    }

    /// Newest first; at most as many as asked for.
    package let matches: [Match]
    /// Spans and log records that say it, listed or not.
    package let spans: Int
    package let logRecords: Int

    /// - Parameters:
    ///   - text: Not empty; ASCII letters match in either case.
    ///   - window: Of spans' starts, and of log records' times.
    ///   - filter: Takes spans, and the log records of those that it takes.
    package init(
        _ text: String, limit: Int, window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot
    ) throws {
        let search = ByteSearch(text)
        var (found, spans): ([(nanos: UInt64, rowID: Int64)], Int) = ([], 0)
        let texts = try TextSearch(text, in: snapshot)
        try snapshot.forEachBlock(window, where: filter?.selection) { block, selection in
            let starts = try block.startNanos()
            var rowIDs: [Int64] = []
            for trace in try block.traces() { for place in trace.spans { rowIDs.append(trace.rowID(place)) } }
            try texts.forEach(block, selection) { place in
                spans += 1
                found.append((starts[place], rowIDs[place]))
                if found.count >= 2 * limit + 1024 { found = Self.newest(found, limit) }
            }
        }
        found = Self.newest(found, limit)
        var (logs, logRecords): ([Match], Int) = ([], 0)
        try snapshot.forEachLog(window, where: filter?.selection) { log in
            guard let match = Match(log, search) else { return }
            logRecords += 1
            logs.append(match)
            if logs.count > 2 * limit + 1024 { logs.removeFirst(logs.count - limit) }
        }
        var matches: [Match] = []
        try snapshot.forEachSpan(found.map(\.rowID)) { if let match = Match($0, search) { matches.append(match) } }
        self.matches = Array((matches + logs.suffix(limit)).sorted { $0.nanos > $1.nanos }.prefix(limit))
        self.spans = spans
        self.logRecords = logRecords
    }

    private static func newest(_ found: [(nanos: UInt64, rowID: Int64)], _ limit: Int) -> [(
        nanos: UInt64, rowID: Int64
    )] {
        Array(found.sorted { ($1.nanos, $0.rowID) < ($0.nanos, $1.rowID) }.prefix(limit))
    }
}

extension TextMatches.Match {
    fileprivate init?(_ stored: StoredSpan, _ search: ByteSearch) {
        var (fields, others): ([(String, String)], [(String, String)]) = ([], [])
        func add(_ field: String, _ value: AttributeValue) {
            let text = value.string ?? AttributeCodec.encode(value).json
            if search.isSaid(by: value) { fields.append((field, text)) }
        }
        for attribute in stored.span.attributes {
            switch AliasTable.standard[attribute.key]?.meaning {
            // A second name of the same meaning is no field: it is looked through, and told where nothing else says it.
            case .operation, .context:
                if let text = attribute.value.string, search.firstOffset(in: text) != nil {
                    others.append((attribute.key, text))
                }
            case .number, nil: add(attribute.key, attribute.value)
            }
        }
        add("statusMessage", .string(stored.span.status.message))
        for event in stored.span.events {
            for attribute in event.attributes { add("event." + attribute.key, attribute.value) }
        }
        guard let (field, text) = (fields + others).first else { return nil }
        self.init(
            traceID: stored.row.traceID, spanID: stored.row.spanID, nanos: stored.row.startNanos,
            service: stored.resource.serviceName, name: stored.span.name, field: field, text: text,
            offset: search.firstOffset(in: text) ?? 0)
    }

    fileprivate init?(_ log: StoredLog, _ search: ByteSearch) {
        let record = log.record
        let values = (record.body.map { [$0] } ?? []) + record.attributes.map(\.value)
        guard let value = values.first(where: { search.isSaid(by: $0) }) else { return nil }
        let text = value.string ?? AttributeCodec.encode(value).json
        self.init(
            traceID: record.traceID, spanID: record.spanID, nanos: record.momentNanos ?? 0,
            service: log.resource.serviceName, name: record.eventName, field: "log", text: text,
            offset: search.firstOffset(in: text) ?? 0)
    }
}
