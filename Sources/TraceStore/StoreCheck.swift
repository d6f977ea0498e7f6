import GRDB
import TraceModel
import TraceSchema

/// What ``StoreSnapshot/check()`` found.
package struct StoreCheck: Hashable, Sendable {
    package fileprivate(set) var spans = 0
    package fileprivate(set) var blocks = 0
    /// What is wrong, one a line; at most ``mostProblems``.
    package fileprivate(set) var problems: [String] = []

    package static let mostProblems = 20

    fileprivate mutating func note(_ problem: String) {
        if problems.count < Self.mostProblems { problems.append(problem) }
    }
}

extension StoreSnapshot {
    /// Checks the file as SQLite does, and that blocks say what the rows say: every span once, with its times,
    /// operation, context and numbers.
    package func check() throws -> StoreCheck {
        var check = StoreCheck()
        for line in try String.fetchAll(db, sql: "PRAGMA integrity_check") where line != "ok" { check.note(line) }
        if !check.problems.isEmpty { return check }
        var sizes: [Int64: Int] = [:]
        try scan("span", TraceSQL.selectTraceSizes) { sizes[try $0.integer(0)] = Int(try $0.integer(1)) }
        check.spans = sizes.values.reduce(0, +)
        var covered: [Int64: Int] = [:]
        let reader = try FactReader(db)
        let operationIDs = try operations.ids()
        for block in try blocks() {
            check.blocks += 1
            let columns = try naming("block") { try CheckedColumns(block, operationIDs) }
            for trace in try block.traces() where !trace.isRemoved {
                covered[trace.number, default: 0] += trace.spans.count
                let facts = try naming("span") { try reader.read(trace.number) }
                if !columns.agree(trace, facts) { check.note("trace \(trace.number): its block differs from its rows") }
            }
        }
        for (trace, spans) in sizes where covered[trace] != spans {
            check.note("trace \(trace): \(spans) rows, \(covered[trace] ?? 0) spans in blocks")
        }
        for trace in covered.keys where sizes[trace] == nil { check.note("trace \(trace): in a block, without rows") }
        return check
    }
}

/// What a block says, to hold against rows.
private struct CheckedColumns {
    private let operations: [Int64]
    private let codes: [UInt16]
    private let starts: [UInt64]
    private let durations: [UInt64]
    private let irregular: [Int: UInt64]
    private let contexts: [Int64]
    private let prefixes: [UInt16]
    private let numbers: [(field: NumberField, bits: [Int: UInt64])]

    init(_ block: Block, _ operationIDs: [Int64]) throws {
        operations = try block.operations().map { operationIDs[$0] }
        codes = try block.operationCodes()
        starts = try block.startNanos()
        durations = try block.durationNanos()
        irregular = Dictionary(try block.irregular().map { ($0.place, $0.endsEarlyBy) }, uniquingKeysWith: { $1 })
        contexts = try block.contextIDs()
        prefixes = try block.spanIDPrefixes()
        numbers = try BlockColumn.fields.map { field in
            let (places, bits) = try block.numbers(field)
            return (field, Dictionary(zip(places, bits), uniquingKeysWith: { $1 }))
        }
    }

    func agree(_ trace: Block.Trace, _ facts: TraceFacts) -> Bool {
        guard trace.first + trace.spans.count <= facts.spans.count else { return false }
        for place in trace.spans {
            let index = trace.first + place - trace.spans.lowerBound
            let span = facts.spans[index]
            let early = irregular[place]
            let end = early.map { $0 == 0 ? 0 : starts[place] &- $0 } ?? starts[place] &+ durations[place]
            guard starts[place] == span.startNanos, end == span.endNanos,
                operations[Int(codes[place])] == span.operation, contexts[place] == span.context,
                UInt64(prefixes[place]) == span.spanID >> 48
            else { return false }
            for (field, bits) in numbers {
                let row = facts.numbers.first { $0.span == index && $0.number.field == field }?.number.bits
                if bits[place] != row { return false }
            }
        }
        return true
    }
}
