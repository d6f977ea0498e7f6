import JSONText
import TraceModel
import TraceSchema

/// Finds the spans that say a text: in attributes that are no fields of operations and contexts, in status messages, and in
/// events' attributes. ASCII letters match in either case, everything else byte by byte.
///
/// Pieces of long texts are looked through once each, and where two of them meet once each pair. Rows are looked through as
/// they stand, and only those that may say the text are decoded.
package final class TextSearch {
    private let snapshot: StoreSnapshot
    /// In texts as they are, and as JSON writes them.
    private let plain, escaped: ByteSearch
    private let pieces: PieceSearch
    private var rows: BlockRows
    /// By layout: whether a constant of it says the text, and where pieces are listed.
    private var layouts: [Int64: (saysIt: Bool, contentPlaces: [Int])] = [:]

    /// - Precondition: The text is not empty.
    package init(_ text: String, in snapshot: StoreSnapshot) throws {
        self.snapshot = snapshot
        plain = ByteSearch(text)
        escaped = ByteSearch(Self.escaped(text))
        pieces = try PieceSearch(plain, in: snapshot)
        rows = try BlockRows(TraceSQL.selectTextRows, in: snapshot)
    }

    private static func escaped(_ text: String) -> String {
        var writer = JSONWriter()
        writer.write(text)
        return String(writer.text.dropFirst().dropLast())
    }

    /// Hands out the places of the selected spans that say it.
    package func forEach(_ block: Block, _ selection: [Bool]?, _ body: (Int) throws -> Void) throws {
        try rows.forEach(block, selection) { place, row in
            do {
                if try saysIt(row) { try body(place) }
            } catch is JSONSyntaxError {
                throw WrongColumnType(column: 2)
            }
        }
    }

    private func saysIt(_ row: StatementRow) throws -> Bool {
        let layout = try row.integer(1)
        let known = try layouts[layout] ?? look(into: layout)
        layouts[layout] = known
        if known.saysIt { return true }
        if let inline = row.textBytes(2) {
            for place in known.contentPlaces {
                guard let list = InlineElement.find(place, in: inline) else { throw WrongColumnType(column: 2) }
                if try pieces.saysIt(StoredLayout.content(list), in: snapshot.content) { return true }
            }
            if escaped.isIn(inline), try inlineSaysIt(layout, row) { return true }
        }
        if let extras = row.textBytes(3), escaped.isIn(extras) {
            return plain.isSaid(by: try ExtrasCodec.decode(try row.text(3)))
        }
        return false
    }

    private func look(into layout: Int64) throws -> (saysIt: Bool, contentPlaces: [Int]) {
        let stored = try snapshot.layouts.layout(layout)
        return (stored.constants.contains { plain.firstOffset(in: $0) != nil }, stored.contentPlaces)
    }

    private func inlineSaysIt(_ layout: Int64, _ row: StatementRow) throws -> Bool {
        let stored = try snapshot.layouts.layout(layout)
        return try stored.inline(row.optionalText(2)).enumerated().contains { place, value in
            guard place != stored.namePlace, case .value(let value) = value else { return false }
            return plain.isSaid(by: value)
        }
    }
}

extension ByteSearch {
    /// Whether any text in it has it.
    package func isSaid(by value: AttributeValue) -> Bool {
        switch value {
        case .string(let text): firstOffset(in: text) != nil
        case .array(let values): values.contains { isSaid(by: $0) }
        case .map(let members): isSaid(by: members)
        case .bool, .int, .double, .bytes, .empty: false
        }
    }

    package func isSaid(by attributes: [Attribute]) -> Bool { attributes.contains { isSaid(by: $0.value) } }

    fileprivate func isSaid(by extra: FlatSpans.Extra) -> Bool {
        firstOffset(in: extra.statusMessage) != nil || extra.events.contains { isSaid(by: $0.attributes) }
    }
}

/// Looks through the pieces of long texts.
private final class PieceSearch {
    private struct Pair: Hashable {
        let before: Int64
        let after: Int64
        let separator: String
    }

    private let search: ByteSearch
    /// Pieces that have it whole.
    private var saying: Set<Int64> = []
    /// The first and last bytes of each piece, one less than the text has; those of shorter pieces whole.
    private var ends: [Int64: (head: [UInt8], tail: [UInt8])] = [:]
    private var pairs: [Pair: Bool] = [:]

    private static let mostPairs = 1 << 20

    init(_ search: ByteSearch, in snapshot: StoreSnapshot) throws {
        self.search = search
        let edge = search.count - 1
        var (saying, ends): (Set<Int64>, [Int64: (head: [UInt8], tail: [UInt8])]) = ([], [:])
        try snapshot.scan("content", TraceSQL.selectAllContent) { row in
            let id = try row.integer(0)
            guard let data = row.textBytes(1) else { throw WrongColumnType(column: 1) }
            if search.isIn(data) { saying.insert(id) }
            ends[id] = (Array(data.prefix(edge)), Array(data.suffix(edge)))
        }
        self.saying = saying
        self.ends = ends
    }

    func saysIt(_ content: StoredLayout.Content, in reader: ContentReader) throws -> Bool {
        var last: Int64?
        for run in content.runs {
            for id in run.first..<run.first + run.count {
                if saying.contains(id) { return true }
                if let last {
                    guard let isAcross = try isAcross(last, id, content.frame[1]) else {
                        return search.firstOffset(in: try reader.text(content)) != nil
                    }
                    if isAcross { return true }
                }
                last = id
            }
        }
        guard let first = content.runs.first?.first, let last else { return false }
        return search.isIn(Array(content.frame[0].utf8) + (ends[first]?.head ?? []))
            || search.isIn((ends[last]?.tail ?? []) + content.frame[2].utf8)
    }

    /// Whether it begins in one piece and ends in the next; `nil` when the whole text has to be looked through, because one
    /// of the two is shorter than what is looked for.
    private func isAcross(_ before: Int64, _ after: Int64, _ separator: String) throws -> Bool? {
        guard let tail = ends[before]?.tail, let head = ends[after]?.head else { throw WrongColumnType(column: 2) }
        if min(tail.count, head.count) < search.count - 1 { return nil }
        let pair = Pair(before: before, after: after, separator: separator)
        if let known = pairs[pair] { return known }
        if pairs.count >= Self.mostPairs { pairs.removeAll(keepingCapacity: true) }
        let found = search.isIn(tail + separator.utf8 + head)
        pairs[pair] = found
        return found
    }
}
