import GRDB
import JSONText
import TraceModel
import TraceSchema

/// A layout as the file has it, ready to put a span's attributes together again.
struct StoredLayout {
    enum Inline {
        case value(AttributeValue)
        case content(Content)
    }

    /// A long text: the rows of `content` with the separator between each two, between prefix and suffix.
    struct Content {
        var frame: [String] = []
        var runs: [(first: Int64, count: Int64)] = []
    }

    /// A list of more rows can't be one of ours.
    private static let mostPieces: Int64 = 1 << 24

    let flags: UInt32
    let namePlace: Int?
    private let slots: [LayoutSlot]
    /// By place.
    private let inlineKinds: [SlotKind]
    private let numberSlots: [(slot: LayoutSlot, field: NumberField, entry: AliasTable.Entry)]
    private let detailSlots: [(slot: LayoutSlot, details: UsageDetails)]

    init(flags: UInt32, namePlace: Int?, slots: [LayoutSlot]) throws {
        self.flags = flags
        self.namePlace = namePlace
        self.slots = slots
        if let namePlace, namePlace != 0 { throw WrongColumnType(column: 1) }
        var kinds: [SlotKind] = namePlace == nil ? [] : [.value]
        for slot in slots {
            switch slot.kind {
            case .operation where slot.place < OperationField.allCases.count: continue
            case .context where slot.place < ContextField.allCases.count: continue
            case .constant: continue
            case .operation, .context: throw WrongColumnType(column: 0)
            case .value, .nonfinite, .bytes, .tagged, .content:
                if slot.place != kinds.count { throw WrongColumnType(column: 0) }
                kinds.append(slot.kind)
            }
        }
        inlineKinds = kinds
        numberSlots = slots.compactMap { slot in
            guard slot.kind != .operation, slot.kind != .context, let entry = AliasTable.standard[slot.key],
                case .number(let field) = entry.meaning
            else { return nil }
            return (slot, field, entry)
        }
        detailSlots = slots.compactMap { slot in
            slot.kind == .operation || slot.kind == .context
                ? nil : UsageDetails(rawValue: slot.key).map { (slot, $0) }
        }
    }

    var hasContent: Bool { inlineKinds.contains(.content) }

    /// Where among the values lists of pieces stand.
    var contentPlaces: [Int] { inlineKinds.indices.filter { inlineKinds[$0] == .content } }

    /// The texts that all of its spans have.
    var constants: [String] { slots.compactMap { $0.kind == .constant ? $0.constant : nil } }

    /// The same layout with JSON in some places of a span's values.
    func withPlainValues(at places: Set<Int>) -> LayoutDefinition {
        LayoutDefinition(
            flags: flags, namePlace: namePlace,
            slots: slots.map { slot in
                switch slot.kind {
                case .operation, .context, .constant: slot
                case .value, .nonfinite, .bytes, .tagged, .content:
                    places.contains(slot.place)
                        ? LayoutSlot(key: slot.key, kind: .value, place: slot.place, constant: nil) : slot
                }
            })
    }

    /// - Throws: `JSONSyntaxError`.
    func inline(_ json: String?) throws -> [Inline] {
        guard let json else { return [] }
        var reader = JSONReader(json)
        var values: [Inline] = []
        try reader.array { reader in
            guard values.count < inlineKinds.count else { throw reader.error("at most \(inlineKinds.count) values") }
            values.append(try Self.inline(&reader, inlineKinds[values.count]))
        }
        try reader.finish()
        guard values.count == inlineKinds.count else { throw reader.error("\(inlineKinds.count) values") }
        return values
    }

    private static func inline(_ reader: inout JSONReader, _ kind: SlotKind) throws -> Inline {
        switch kind {
        case .value, .operation, .context, .constant: return .value(try AttributeCodec.decode(&reader))
        case .nonfinite: return .value(try AttributeCodec.decode(&reader, tags: "0=d"))
        case .bytes: return .value(try AttributeCodec.decode(&reader, tags: "0=y"))
        case .tagged:
            var pair: [String] = []
            try reader.array { pair.append(pair.isEmpty ? try $0.value().text : try $0.string()) }
            guard pair.count == 2 else { throw reader.error("a value and its tags") }
            var inner = JSONReader(pair[0])
            return .value(try AttributeCodec.decode(&inner, tags: pair[1]))
        case .content: return .content(try content(&reader))
        }
    }

    /// - Parameter list: One value, as JSON.
    /// - Throws: `JSONSyntaxError`.
    static func content(_ list: UnsafeRawBufferPointer) throws -> Content {
        var reader = JSONReader(Array(list))
        return try content(&reader)
    }

    private static func content(_ reader: inout JSONReader) throws -> Content {
        var content = Content()
        try reader.array { reader in
            if content.frame.count < 3 {
                content.frame.append(try reader.string())
            } else {
                try reader.array { content.runs.append(try Self.run(&$0)) }
            }
        }
        guard content.frame.count == 3 else { throw reader.error("prefix, separator and suffix") }
        return content
    }

    private static func run(_ reader: inout JSONReader) throws -> (first: Int64, count: Int64) {
        var numbers: [Int64] = []
        try reader.array { reader in
            let before = reader
            guard let number = Int64(try reader.numberText()) else { throw before.error("a whole number") }
            numbers.append(number)
        }
        guard numbers.count == 2, (1...Int64.max >> 1).contains(numbers[0]), (1...mostPieces).contains(numbers[1])
        else {
            throw reader.error("the id of a piece, and how many ids follow each other")
        }
        return (numbers[0], numbers[1])
    }

    /// - Throws: `JSONSyntaxError`, `WrongColumnType`.
    func attributes(
        _ inline: [Inline], _ operation: Operation, _ context: RunContext, _ content: ContentReader
    ) throws -> [Attribute] {
        try slots.map { slot in
            Attribute(slot.key, try value(slot, inline, operation, context, content))
        }
    }

    private func value(
        _ slot: LayoutSlot, _ inline: [Inline], _ operation: Operation, _ context: RunContext, _ content: ContentReader
    ) throws -> AttributeValue {
        switch slot.kind {
        case .operation:
            guard slot.place < operation.fields.count, let text = operation.fields[slot.place] else {
                throw WrongColumnType(column: 5)
            }
            return .string(text)
        case .context:
            guard slot.place < context.fields.count, let text = context.fields[slot.place] else {
                throw WrongColumnType(column: 6)
            }
            return .string(text)
        case .constant: return .string(slot.constant ?? "")
        case .value, .nonfinite, .bytes, .tagged, .content: return try value(slot, inline, content)
        }
    }

    /// Of a slot whose value stands with the span.
    func value(_ slot: LayoutSlot, _ inline: [Inline], _ content: ContentReader) throws -> AttributeValue {
        switch inline[slot.place] {
        case .value(let value): value
        case .content(let long): .string(try content.text(long))
        }
    }

    func firstSlot(of key: String) -> LayoutSlot? { slots.first { $0.key.isExactly(key) } }

    /// The numbers among the values, without reading more than it takes.
    func numbers(_ json: @autoclosure () -> String?) throws -> [PreparedNumber] {
        if numberSlots.isEmpty, detailSlots.isEmpty { return [] }
        let inline = try inline(json())
        var numbers = SpanNumbers()
        for (slot, field, entry) in numberSlots {
            if let value = Self.short(slot, inline) { numbers.offer(field, entry, value) }
        }
        for (slot, details) in detailSlots {
            if let value = Self.short(slot, inline) { numbers.offer(details, value) }
        }
        return numbers.list
    }

    /// `nil` for a long text: no number is one.
    private static func short(_ slot: LayoutSlot, _ inline: [Inline]) -> AttributeValue? {
        if slot.kind == .constant { return .string(slot.constant ?? "") }
        if case .value(let value) = inline[slot.place] { return value }
        return nil
    }
}

/// The rows of `layout`, read when they are first asked for.
final class LayoutCache {
    private var select, selectSlots: BoundStatement
    private var known: [Int64: StoredLayout] = [:]

    init(_ db: Database) throws {
        select = try BoundStatement(db, TraceSQL.selectLayout)
        selectSlots = try BoundStatement(db, TraceSQL.selectLayoutSlots)
    }

    func forget() { known.removeAll() }

    /// - Throws: `WrongColumnType` when there is no such row, or one that ttaq can't have written.
    func layout(_ id: Int64) throws -> StoredLayout {
        if let layout = known[id] { return layout }
        var row: (flags: UInt32, namePlace: Int?)?
        select.bind(id)
        try select.forEach { row = (try $0.uint32(0), $0.optionalInteger(1).map { Int($0) }) }
        guard let row else { throw WrongColumnType(column: 7) }
        var slots: [LayoutSlot] = []
        selectSlots.bind(id)
        try selectSlots.forEach { slots.append(try $0.layoutSlot(1)) }
        let layout = try StoredLayout(flags: row.flags, namePlace: row.namePlace, slots: slots)
        known[id] = layout
        return layout
    }
}

/// The rows of `content`.
final class ContentReader {
    private var select: BoundStatement
    /// The longest value that can have come in, and more: few runs of pieces may stand for more than the memory.
    private static let mostBytes = 1 << 28

    init(_ db: Database) throws { select = try BoundStatement(db, TraceSQL.selectContent) }

    /// - Throws: `WrongColumnType` when a piece is missing, or they are more than any value has.
    func text(_ content: StoredLayout.Content) throws -> String {
        var bytes = Array(content.frame[0].utf8)
        var isFirst = true
        for run in content.runs {
            var found: Int64 = 0
            select.bind(run.first)
            select.bind(run.first &+ run.count - 1)
            try select.forEach { row in
                guard let data = row.textBytes(0) else { throw WrongColumnType(column: 0) }
                if !isFirst { bytes += content.frame[1].utf8 }
                bytes.append(contentsOf: data)
                if bytes.count > Self.mostBytes { throw WrongColumnType(column: NarrowRow.inlineValues) }
                isFirst = false
                found += 1
            }
            if found != run.count { throw WrongColumnType(column: NarrowRow.inlineValues) }
        }
        bytes += content.frame[2].utf8
        return ByteText.text(withEscapes: bytes[...])
    }
}

/// The rows of `context`, read when they are first asked for.
final class ContextCache {
    private static let mostKnown = 65_536
    private var select, selectRange: BoundStatement
    private var known: [Int64: RunContext] = [:]

    init(_ db: Database) throws {
        select = try BoundStatement(db, TraceSQL.selectContext)
        selectRange = try BoundStatement(db, TraceSQL.selectContexts)
    }

    /// - Throws: `WrongColumnType` when there is no such row.
    func context(_ id: Int64) throws -> RunContext {
        if let context = known[id] { return context }
        if known.count >= Self.mostKnown { known.removeAll(keepingCapacity: true) }
        select.bind(id)
        try select.forEach { known[id] = try $0.context() }
        guard let context = known[id] else { throw WrongColumnType(column: 6) }
        return context
    }

    /// Hands out the contexts whose ids lie in a range, both ends included, in order of their ids: for each the number of
    /// its texts in some fields, and the texts themselves for a number that is new.
    func forEach(
        _ ids: ClosedRange<Int64>, _ fields: [ContextField], _ numbers: inout ContextNumbers,
        _ body: (Int64, Int, [String?]?) throws -> Void
    ) throws {
        selectRange.bind(ids.lowerBound)
        selectRange.bind(ids.upperBound)
        try selectRange.forEach { row in
            let (number, isNew) = numbers.number(fields.map { row.textBytes(1 + $0.rawValue) })
            try body(try row.integer(0), number, isNew ? fields.map { row.optionalText(1 + $0.rawValue) } : nil)
        }
    }
}

/// Numbers tuples of texts that stand in contexts.
package struct ContextNumbers {
    private var dictionary = ByteDictionary()
    private var key: [UInt8] = []

    package init() {}

    fileprivate mutating func number(_ texts: [UnsafeRawBufferPointer?]) -> (index: Int, isNew: Bool) {
        key.removeAll(keepingCapacity: true)
        for text in texts {
            key.append(text == nil ? 0 : 1)
            guard let text else { continue }
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: text.count)) { key.append(contentsOf: $0) }
            key.append(contentsOf: text)
        }
        return key.withUnsafeBytes { dictionary.index(of: $0) }
    }
}

extension StatementRow {
    fileprivate func context() throws -> RunContext {
        RunContext(id: try integer(0), fields: ContextField.allCases.map { optionalText(1 + $0.rawValue) })
    }
}
