import TraceModel
import TraceSchema

/// Which attribute names carry which meaning: `attribute_aliases.tsv`, read once.
package struct AliasTable: Sendable {
    package enum ValueType: String, Sendable { case text, integer, real, boolean }

    package struct Entry: Sendable {
        package let meaning: Meaning
        package let type: ValueType
        /// Place among the aliases of its meaning: the lowest one present in a span wins.
        package let rank: Int
    }

    package static let standard = AliasTable(tsv: TraceSQL.attributeAliases)

    /// By alias; an attribute name carries one meaning.
    private let entries: [String: Entry]
    /// Every alias, in the order of the file.
    package let names: [String]

    /// - Precondition: The text is well formed: it is part of the program.
    init(tsv: String) {
        var entries: [String: Entry] = [:]
        var names: [String] = []
        for line in tsv.split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: "\t")
            guard fields.count == 4, let meaning = Meaning(name: String(fields[0])),
                let type = ValueType(rawValue: String(fields[2]))
            else { preconditionFailure("attribute_aliases.tsv: \(line)") }
            for (rank, alias) in fields[3].split(separator: " ").enumerated() {
                let earlier = entries.updateValue(
                    Entry(meaning: meaning, type: type, rank: rank), forKey: String(alias))
                precondition(earlier == nil, "attribute_aliases.tsv has \(alias) twice")
                names.append(String(alias))
            }
            // The meaning's own name asks for it too, even where no exporter sends it.
            if entries[String(fields[0])] == nil {
                entries[String(fields[0])] = Entry(meaning: meaning, type: type, rank: .max - 1)
                names.append(String(fields[0]))
            }
        }
        self.entries = entries
        self.names = names
    }

    package subscript(alias: String) -> Entry? { entries[alias] }
}

extension AliasTable.Entry {
    /// No sum of such numbers leaves the range of a double; nothing costs so much.
    private static let mostReal = 1e15

    /// The number that `value` is for a number field: a real one's bits, else the integer's. `nil` for a value of
    /// another type than the meaning's, or of a real one that is beyond ``mostReal``, which does not count.
    func bits(_ value: AttributeValue) -> UInt64? {
        switch type {
        case .integer: value.wholeNumber.map { UInt64(bitPattern: $0) }
        case .real: value.number.flatMap { abs($0) <= Self.mostReal ? $0.bitPattern : nil }
        case .boolean: value.bool.map { $0 ? 1 : 0 }
        case .text: nil
        }
    }
}

/// The numbers of one span that are summed.
package struct SpanNumbers: Sendable {
    private(set) var list: [PreparedNumber] = []
    private var ranks: [Int] = []

    init() {}

    /// The numbers among `attributes`: of the aliases of one meaning the first in the table's order.
    init(_ attributes: [Attribute]) {
        for attribute in attributes {
            if let entry = AliasTable.standard[attribute.key], case .number(let field) = entry.meaning {
                offer(field, entry, attribute.value)
            } else if let details = UsageDetails(rawValue: attribute.key) {
                offer(details, attribute.value)
            }
        }
    }

    /// A value of another type than the meaning's does not count.
    mutating func offer(_ field: NumberField, _ entry: AliasTable.Entry, _ value: AttributeValue) {
        guard let bits = entry.bits(value) else { return }
        let number = PreparedNumber(field: field, bits: bits)
        if let place = list.firstIndex(where: { $0.field == field }) {
            if entry.rank < ranks[place] { (list[place], ranks[place]) = (number, entry.rank) }
        } else {
            list.append(number)
            ranks.append(entry.rank)
        }
    }

    mutating func removeAll() {
        list.removeAll(keepingCapacity: true)
        ranks.removeAll(keepingCapacity: true)
    }

    func bits(_ field: NumberField) -> UInt64? { list.first { $0.field == field }?.bits }
}
