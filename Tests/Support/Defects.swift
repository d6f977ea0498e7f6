import GRDB
import TraceModel
import TraceStore

/// What is wrong with a store, a line each: damage that SQLite finds, a span that stands twice, a row that no block or
/// several have, a reference to nothing, an answer that differs from a recount of the rows. At most five.
package func defects(ofStoreAt path: String) -> [String] {
    do {
        return Array(try allDefects(ofStoreAt: path).prefix(5))
    } catch {
        return ["\(error)"]
    }
}

/// - Throws: What makes the file unreadable.
private func allDefects(ofStoreAt path: String) throws -> [String] {
    var defects: [String] = []
    var covered: [Int64: Int] = [:]
    // Reading comes first, as it does for a user: it must cope with what a killed writer leaves.
    try Store(path: path).read { snapshot in
        defects += try snapshot.check().problems
        for block in try snapshot.blocks() {
            for trace in try block.traces() where !trace.isRemoved {
                for place in trace.spans { covered[trace.rowID(place), default: 0] += 1 }
            }
        }
        defects += try differences(in: snapshot)
    }
    let queue = try DatabaseQueue(path: path)
    try queue.read { db in
        defects += try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        defects += try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map { "refers to nothing: \($0)" }
        let rows = Set(try Int64.fetchAll(db, sql: "SELECT id FROM span"))
        for row in rows where covered[row] != 1 { defects.append("row \(row) counts \(covered[row] ?? 0) times") }
        for row in covered.keys where !rows.contains(row) { defects.append("row \(row) counts but is not there") }
        for (what, sql) in orphans {
            let count = try Int.fetchOne(db, sql: sql) ?? 0
            if count > 0 { defects.append("\(count) \(what)") }
        }
    }
    return defects
}

private let orphans = [
    ("spans twice", "SELECT count(*) FROM (SELECT 1 FROM span GROUP BY id >> 24, span_id HAVING count(*) > 1)"),
    ("spans without trace", "SELECT count(*) FROM span WHERE id >> 24 NOT IN (SELECT trace_number FROM trace)"),
    ("traces without span", "SELECT count(*) FROM trace WHERE trace_number NOT IN (SELECT id >> 24 FROM span)"),
    (
        "columns without block",
        "SELECT count(*) FROM block_column WHERE block_column_id >> 8 NOT IN (SELECT block_id FROM block)"
    ),
]

private func differences(in snapshot: StoreSnapshot) throws -> [String] {
    var rows: [ArrivingSpan] = []
    try snapshot.scanWithDetail(.all) { rows.append(ArrivingSpan($0.resource.serviceName, $0.span)) }
    let recounted = AnswerSums.answers(of: rows)
    let answered = try AnswerSums.answers(in: snapshot)
    snapshot.mostCountedOneByOne = 0
    let byTheHour = try AnswerSums.answers(in: snapshot)
    return Set(recounted.keys).union(answered.keys).union(byTheHour.keys).sorted().compactMap { name in
        let counts = [answered, byTheHour, recounted].map { $0[name] ?? 0 }
        return Set(counts).count == 1
            ? nil : "\(name): answered \(counts[0]), by the hour \(counts[1]), rows \(counts[2])"
    }
}

/// Every span of a store with its service, in no order.
package func spans(ofStoreAt path: String) throws -> [ArrivingSpan] {
    var spans: [ArrivingSpan] = []
    try Store(path: path).read { snapshot in
        try snapshot.scanWithDetail(.all) { spans.append(ArrivingSpan($0.resource.serviceName, $0.span)) }
    }
    return spans
}
