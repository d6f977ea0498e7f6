import GRDB
import JSONText
import TraceModel
import TraceSchema

/// Takes long values out of spans' rows, and leaves a word that they were there: attributes of more than 512 bytes, status
/// messages too, and attributes of events and links. Names and what operations and contexts hold stay, so that blocks and
/// rollups still say what rows say.
final class LongTextRemoval {
    static let longest = 512

    /// What a row says instead.
    struct Shortened {
        let id: Int64
        let layout: LayoutDefinition
        let inlineValues: String?
        let extras: String?
        /// Of the values that are gone.
        let bytes: Int
    }

    private let layouts: LayoutCache
    private let content: ContentReader
    private let select: BoundStatement

    init(_ db: Database) throws {
        layouts = try LayoutCache(db)
        content = try ContentReader(db)
        select = try BoundStatement(db, TraceSQL.selectTextRows)
    }

    func forget() { layouts.forget() }

    static func marker(_ bytes: Int) -> String { "[removed: \(bytes) bytes]" }

    /// The rows of a trace that have long values.
    func shorten(trace: Int64) throws -> [Shortened] {
        var rows: [Shortened] = []
        var select = select
        select.bind(RowID.range(trace).lowerBound)
        select.bind(RowID.range(trace).upperBound)
        try select.forEach { row in
            do {
                if let row = try shorten(row) { rows.append(row) }
            } catch is JSONSyntaxError {
                throw WrongColumnType(column: 2)
            }
        }
        return rows
    }

    private func shorten(_ row: StatementRow) throws -> Shortened? {
        let layout = try layouts.layout(row.integer(1))
        let (inline, extras) = (row.optionalText(2), row.optionalText(3))
        var (replaced, values, bytes): (Set<Int>, [String], Int) = ([], [], 0)
        if let inline, layout.hasContent || inline.utf8.count > Self.longest {
            let known = try layout.inline(inline)
            var reader = JSONReader(inline)
            try reader.array { reader in
                let (place, json) = (values.count, try reader.value().text)
                var size = 0
                switch known[place] {
                case .content(let long): size = try content.text(long).utf8.count
                case .value(.string(let text)): size = text.utf8.count
                case .value: size = json.utf8.count
                }
                if size <= Self.longest || place == layout.namePlace { size = 0 }
                if size > 0 {
                    replaced.insert(place)
                    bytes += size
                }
                values.append(size > 0 ? "\"\(Self.marker(size))\"" : json)
            }
        }
        let short = try extras.flatMap { try Self.shorten($0) }
        if replaced.isEmpty, short == nil { return nil }
        return Shortened(
            id: try row.integer(0), layout: layout.withPlainValues(at: replaced),
            inlineValues: replaced.isEmpty ? inline : "[\(values.joined(separator: ","))]",
            extras: short?.extras ?? extras, bytes: bytes + (short?.bytes ?? 0))
    }

    /// `nil` when nothing in it is long.
    private static func shorten(_ json: String) throws -> (extras: String, bytes: Int)? {
        if json.utf8.count <= longest { return nil }
        var extra = try ExtrasCodec.decode(json)
        var bytes = 0
        if extra.statusMessage.utf8.count > longest {
            bytes += extra.statusMessage.utf8.count
            extra.statusMessage = marker(extra.statusMessage.utf8.count)
        }
        for place in extra.events.indices { shorten(&extra.events[place].attributes, &bytes) }
        for place in extra.links.indices { shorten(&extra.links[place].attributes, &bytes) }
        if bytes == 0 { return nil }
        var text: [UInt8] = []
        ExtrasCodec.append(extra, to: &text)
        return (String(decoding: text, as: UTF8.self), bytes)
    }

    /// - Returns: Of the values that are gone.
    static func shorten(_ record: inout LogRecord) -> Int {
        var bytes = 0
        shorten(&record.attributes, &bytes)
        guard let body = record.body else { return bytes }
        var whole = [Attribute("body", body)]
        shorten(&whole, &bytes)
        record.body = whole[0].value
        return bytes
    }

    private static func shorten(_ attributes: inout [Attribute], _ bytes: inout Int) {
        for place in attributes.indices {
            let size: Int
            switch attributes[place].value {
            case .string(let text): size = text.utf8.count
            case .bytes(let data): size = data.count
            case .array, .map: size = AttributeCodec.encode(attributes[place].value).json.utf8.count
            case .bool, .int, .double, .empty: continue
            }
            if size <= longest { continue }
            attributes[place].value = .string(marker(size))
            bytes += size
        }
    }
}
