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
                entries[String(fields[0])] = Entry(meaning: meaning, type: type, rank: .max)
                names.append(String(fields[0]))
            }
        }
        self.entries = entries
        self.names = names
    }

    package subscript(alias: String) -> Entry? { entries[alias] }
}

/// Finds the meanings of spans' attributes, and gathers the keys that it met.
struct Normaliser {
    /// Each key met so far, with what the table says of it.
    private var known: [String: AliasTable.Entry?] = [:]

    var keys: some Sequence<String> { known.keys }

    /// The meanings that `attributes` carry. A value of another type than the meaning's does not count.
    mutating func fields(_ attributes: [Attribute]) -> NormalisedFields {
        var fields = NormalisedFields()
        for attribute in attributes {
            if let entry = entry(attribute.key) { fields.offer(attribute.value, as: entry) }
        }
        return fields
    }

    private mutating func entry(_ key: String) -> AliasTable.Entry? {
        if let known = known[key] { return known }
        let entry = AliasTable.standard[key]
        known[key] = .some(entry)
        return entry
    }
}

/// The normalised meanings of one span, by slot.
package struct NormalisedFields: Sendable {
    package enum Number: Hashable, Sendable {
        case integer(Int64)
        case real(Double)
    }

    package private(set) var operation = [String?](repeating: nil, count: OperationField.allCases.count)
    package private(set) var context = [String?](repeating: nil, count: ContextField.allCases.count)
    package private(set) var numbers = [Number?](repeating: nil, count: NumberField.allCases.count)
    private var operationRanks = [Int](repeating: .max, count: OperationField.allCases.count)
    private var contextRanks = [Int](repeating: .max, count: ContextField.allCases.count)
    private var numberRanks = [Int](repeating: .max, count: NumberField.allCases.count)

    mutating func offer(_ value: AttributeValue, as entry: AliasTable.Entry) {
        switch entry.meaning {
        case .operation(let field):
            guard entry.rank < operationRanks[field.index], let text = value.string else { return }
            operation[field.index] = text
            operationRanks[field.index] = entry.rank
        case .context(let field):
            guard entry.rank < contextRanks[field.index], let text = value.scalarText else { return }
            context[field.index] = text
            contextRanks[field.index] = entry.rank
        case .number(let field):
            guard entry.rank < numberRanks[field.index], let number = number(value, entry.type) else { return }
            numbers[field.index] = number
            numberRanks[field.index] = entry.rank
        }
    }

    private func number(_ value: AttributeValue, _ type: AliasTable.ValueType) -> Number? {
        switch type {
        case .integer: value.wholeNumber.map { .integer($0) }
        case .real: value.number.map { .real($0) }
        case .boolean: value.bool.map { .integer($0 ? 1 : 0) }
        case .text: nil
        }
    }
}
