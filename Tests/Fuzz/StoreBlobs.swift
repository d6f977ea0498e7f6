import Foundation
import JSONText
import TraceModel

@testable import TraceStore

/// Used by one thread. A small store that is read and never changed: two traces, five operations, pieces of content.
nonisolated(unsafe) private let store: Store = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ttaq-fuzz-\(UUID().uuidString)")
    do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("fuzz.db").path
        let writer = try StoreWriter(path: path)
        try writer.add(requests)
        try writer.finish()
        let store = try Store(path: path)
        try store.read { _ = try $0.operations.count }
        // What is open stays readable; nothing is left behind.
        try FileManager.default.removeItem(at: folder)
        return store
    } catch {
        fatalError("no store: \(error)")
    }
}()

private var requests: SpanBatch {
    let long = String(repeating: "what the model said, over and over; ", count: 200)
    let spans: [(trace: UInt64, parent: UInt64?, name: String, attributes: [Attribute])] = [
        (1, nil, "plan", [Attribute("workflow.name", .string("w")), Attribute("session.id", .string("s"))]),
        (1, 1, "call", [Attribute("output.value", .string(long)), Attribute("cost.usd", .double(0.25))]),
        (1, 1, "tool", [Attribute("tool.name", .string("search"))]), (2, nil, "lone", []), (2, 4, "child", []),
    ]
    var batch = SpanBatch()
    let made = spans.enumerated().map { index, given in
        var span = TraceSpan(traceID: TraceID(high: 0, low: given.trace), spanID: SpanID(value: UInt64(index) + 1))
        span.parentSpanID = given.parent.map(SpanID.init)
        span.name = given.name
        (span.startNanos, span.endNanos) = (UInt64(index) + 1, 100)
        span.attributes = given.attributes
        return span
    }
    batch.groups = [SpanGroup(resource: Resource(), scope: Scope(), spans: made)]
    return batch
}

/// Bytes taken from the front; zeros behind the end.
private struct Taker {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func word(_ bytes: Int) -> UInt64 { (0..<bytes).reduce(0) { $0 | UInt64(byte()) << UInt64(8 * $1) } }

    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func all() -> [UInt8] { bytes(rest.count) }
}

/// A block: spans and traces (two bytes each), first start and their distance (eight each), how many bytes of
/// `removed`, these, then columns: number, two bytes of length, bytes.
enum BlockBlobs {
    static func run(_ bytes: [UInt8]) throws {
        var input = Taker(bytes)
        let (spans, traces) = (Int(input.word(2)), Int(input.word(2)))
        let first = input.word(8)
        let starts = first...max(first, first &+ input.word(8))
        // What `Block.init` of a row refuses.
        guard (1...BlockBuilder.mostSpans).contains(spans), (1...spans).contains(traces) else { return }
        let removed = input.bytes(2 * Int(input.byte() & 0x7F))
        guard removed.count.isMultiple(of: 2) else { return }
        var columns: [Int64: [UInt8]] = [:]
        while !input.isEmpty { columns[Int64(input.byte())] = input.bytes(Int(input.word(2))) }
        try store.read { snapshot in
            let operations = try OperationTable(snapshot.db)
            let block = Block(
                spanCount: spans, traceCount: traces, starts: starts, removed: removed, bytes: { columns[$0] },
                operations: operations)
            try check(block)
            let cache = try OperationCache(snapshot.db)
            let rollups = BlockRollups(try RollupGroups(snapshot.db, writing: false), operationOf: cache.operation)
            _ = try rollups.sums(block, try block.selection(.all))
        }
    }

    /// Asks for each column by itself, so that one that is damaged does not hide the others.
    private static func check(_ block: Block) throws {
        let spans = 0..<block.spanCount
        attempt { expect(try block.operationCodes().count == spans.count, "a code for each span") }
        attempt { expect(try block.startNanos().count == spans.count, "a start for each span") }
        attempt { expect(try block.durationNanos().count == spans.count, "a duration for each span") }
        attempt { expect(try block.contextIDs().count == spans.count, "a context for each span") }
        attempt { expect(try block.parentCodes().count == spans.count, "a parent for each span") }
        attempt { expect(try block.spanIDPrefixes().count == spans.count, "a prefix for each span") }
        attempt { expect(try block.irregular().allSatisfy { spans.contains($0.place) }, "places are of spans") }
        attempt { expect(try block.countedCalls().allSatisfy(spans.contains), "calls are spans") }
        attempt { expect(try block.edges().allSatisfy { spans.contains($0.target) }, "targets are spans") }
        attempt {
            let traces = try block.traces()
            expect(traces.allSatisfy { $0.spans.clamped(to: spans) == $0.spans }, "traces are of spans")
            for trace in traces where !trace.spans.isEmpty { _ = trace.rowID(trace.spans.upperBound - 1) }
        }
        for field in Block.numberFields {
            attempt {
                let values = try block.values(field)
                for place in spans { _ = field.isReal ? values.real(place) ?? 0 : Double(values.integer(place) ?? 0) }
            }
        }
        let middle = block.starts.lowerBound / 2 + block.starts.upperBound / 2
        attempt { expect(try block.selection(TimeWindow(from: middle))?.count ?? spans.count == spans.count, "all") }
        attempt { expect(try block.selection(.all)?.count ?? spans.count == spans.count, "a choice for each span") }
    }

    private static func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch is WrongColumnType {
        } catch {
            fatalError("\(error) is thrown where damage is")
        }
    }
}

/// A layout and the values of a span: flags, whether the name stands here, how many slots, for each of these kind, place,
/// length of key and key; then the JSON of the values.
enum LayoutBlobs {
    private static let kinds: [SlotKind] = [
        .operation, .context, .constant, .value, .nonfinite, .bytes, .tagged, .content,
    ]

    static func run(_ bytes: [UInt8]) throws {
        var input = Taker(bytes)
        let flags = UInt32(input.byte())
        let namePlace = input.byte() & 3
        let slots = (0..<Int(input.byte() & 15)).map { _ in
            let kind = kinds[Int(input.byte()) % kinds.count]
            let place = Int(input.byte())
            let key = String(decoding: input.bytes(Int(input.byte() & 31)), as: UTF8.self)
            return LayoutSlot(key: key, kind: kind, place: place, constant: kind == .constant ? key : nil)
        }
        let layout = try StoredLayout(flags: flags, namePlace: namePlace == 0 ? nil : Int(namePlace) - 1, slots: slots)
        let json = String(decoding: input.all(), as: UTF8.self)
        _ = try layout.numbers(json)
        let inline = try layout.inline(json)
        try store.read { snapshot in
            let operation = try OperationCache(snapshot.db).operation(1)
            let context = try ContextCache(snapshot.db).context(1)
            let attributes = try layout.attributes(inline, operation, context, ContentReader(snapshot.db))
            expect(attributes.count == slots.count, "an attribute for each slot")
        }
    }
}
