import TraceModel
import TraceStore

/// What several `--by` fields are for one group; `nil` where its spans lack the field.
package typealias GroupKey = [AttributeValue?]

/// Sorts the spans of blocks into groups by the values of some fields.
struct Groups {
    /// What a span's number says when it is in no group.
    static let unselected: Int32 = -2
    static let none: Int32 = -1

    let fields: [FieldName]
    /// By a group's number.
    private(set) var keys: [GroupKey] = []
    /// Whether spans that have none of the fields are a group too.
    private let keepsEmpty: Bool
    private let snapshot: StoreSnapshot
    private var numbers: [GroupKey: Int32] = [:]
    /// The operation's part of the key, numbered, by place in the table of operations.
    private var operationParts: [Int32]?
    private var attributes: AttributeScan?
    private var reader: ValueReader?
    private var operationKeys: [GroupKey] = []
    /// The group of each operation's part, once it is known.
    private var groupOfPart: [Int32?] = []
    private var contextKeys: [GroupKey] = []
    private var textNumbers = ContextNumbers()
    /// The context's part of the key for each number of its texts.
    private var partOfNumber: [Int32] = []
    private var contextNumbers: [GroupKey: Int32] = [:]
    private var groupOfBoth: [Int64: Int32] = [:]

    init(_ fields: [FieldName], keepsEmpty: Bool, in snapshot: StoreSnapshot) {
        self.fields = fields
        self.keepsEmpty = keepsEmpty
        self.snapshot = snapshot
    }

    /// Which span of a block is in which group.
    enum Membership: Sendable {
        /// By operation code.
        case operations([Int32])
        /// By span.
        case spans([Int32])

        /// The group of each span of `block`: a number, ``Groups/none`` or ``Groups/unselected``.
        func numbers(_ block: Block, _ selection: [Bool]?) throws -> [Int32] {
            guard case .operations(let groups) = self else {
                if case .spans(let numbers) = self { return numbers }
                return []
            }
            var numbers = try block.operationCodes().map { groups[Int($0)] }
            if let selection {
                for place in numbers.indices where !selection[place] { numbers[place] = Groups.unselected }
            }
            return numbers
        }
    }

    mutating func membership(_ block: Block, _ selection: [Bool]?) throws -> Membership {
        if fields.allSatisfy(\.isOfOperation) { return .operations(try numbersOfCodes(block)) }
        if fields.allSatisfy({ $0.isOfOperation || $0.contextField != nil }) {
            return .spans(try numbersByContext(block, selection))
        }
        if fields.allSatisfy({ $0.attribute != nil }) { return .spans(try numbersByAttribute(block, selection)) }
        return .spans(try numbersByValue(block, selection))
    }

    private mutating func numbersOfCodes(_ block: Block) throws -> [Int32] {
        let parts = try loadOperationParts()
        return try block.operations().map { place -> Int32 in
            let part = Int(parts[place])
            if let known = groupOfPart[part] { return known }
            let number = number(operationKeys[part])
            groupOfPart[part] = number
            return number
        }
    }

    private mutating func loadOperationParts() throws -> [Int32] {
        if let operationParts { return operationParts }
        let columns = try fields.map { $0.isOfOperation ? try $0.values(snapshot.operations) : [] }
        var known: [GroupKey: Int32] = [:]
        let parts = try (0..<snapshot.operations.count).map { place -> Int32 in
            let key = columns.map { $0.isEmpty ? nil : $0[place] }
            if let part = known[key] { return part }
            let part = Int32(operationKeys.count)
            operationKeys.append(key)
            known[key] = part
            return part
        }
        groupOfPart = [Int32?](repeating: nil, count: operationKeys.count)
        operationParts = parts
        return parts
    }

    private mutating func numbersByContext(_ block: Block, _ selection: [Bool]?) throws -> [Int32] {
        let parts = try loadOperationParts()
        let ofCode = try block.operations().map { parts[$0] }
        let codes = try block.operationCodes()
        let contexts = try block.contextIDs()
        let contextParts = try contextParts(of: contexts)
        var result = [Int32](repeating: Self.unselected, count: contexts.count)
        let needsOperation = fields.contains(where: \.isOfOperation)
        // The spans of a run stand together and share a context.
        var last = (context: Int64.min, part: Int32(0), number: Groups.none)
        for place in contexts.indices where selection?[place] ?? true {
            let isNew = contexts[place] != last.context
            if isNew {
                // What the range did not hold is asked for by itself, which says so when it is missing.
                last.part = try contextParts[contexts[place]] ?? part(of: snapshot.context(contexts[place]))
                last.context = contexts[place]
            }
            if isNew || needsOperation { last.number = number(last.part, ofCode[Int(codes[place])]) }
            result[place] = last.number
        }
        return result
    }

    /// The group of a context's part of the key and an operation's.
    private mutating func number(_ context: Int32, _ operation: Int32) -> Int32 {
        let both = Int64(context) << 32 | Int64(operation)
        if let known = groupOfBoth[both] { return known }
        let (a, b) = (operationKeys[Int(operation)], contextKeys[Int(context)])
        let number = number(fields.indices.map { fields[$0].isOfOperation ? a[$0] : b[$0] })
        groupOfBoth[both] = number
        return number
    }

    /// Of a block's contexts by their ids, when those lie close together, as they do where runs came one by one.
    private mutating func contextParts(of contexts: [Int64]) throws -> [Int64: Int32] {
        guard let first = contexts.min(), let last = contexts.max(),
            case let (distance, overflow) = last.subtractingReportingOverflow(first), !overflow,
            distance < 4 * contexts.count
        else {
            return [:]
        }
        let wanted = fields.compactMap(\.contextField)
        var parts: [Int64: Int32] = [:]
        var numbers = textNumbers
        try snapshot.forEachContext(first...last, wanted, &numbers) { id, number, texts in
            if let texts {
                var next = texts.makeIterator()
                let key = fields.map { field in
                    field.contextField == nil ? nil : (next.next() ?? nil).map { AttributeValue.string($0) }
                }
                partOfNumber.append(part(key))
            }
            parts[id] = partOfNumber[number]
        }
        textNumbers = numbers
        return parts
    }

    private mutating func part(of context: RunContext) -> Int32 {
        part(fields.map { field in field.contextField.flatMap { context[$0] }.map { .string($0) } })
    }

    private mutating func part(_ key: GroupKey) -> Int32 {
        if let known = contextNumbers[key] { return known }
        let part = Int32(contextKeys.count)
        contextKeys.append(key)
        contextNumbers[key] = part
        return part
    }

    /// By attributes as they were sent.
    private mutating func numbersByAttribute(_ block: Block, _ selection: [Bool]?) throws -> [Int32] {
        let scan = try attributes ?? AttributeScan(fields.compactMap(\.attribute), in: snapshot)
        attributes = scan
        var result = [Int32](repeating: Self.unselected, count: block.spanCount)
        try scan.forEach(block, selection) { place, key in result[place] = number(key) }
        return result
    }

    /// By anything else.
    private mutating func numbersByValue(_ block: Block, _ selection: [Bool]?) throws -> [Int32] {
        let reader = try reader ?? ValueReader(fields, in: snapshot)
        self.reader = reader
        var result = [Int32](repeating: Self.unselected, count: block.spanCount)
        try reader.forEach(block, selection) { place, key in result[place] = number(key) }
        return result
    }

    /// The number of the group that has these values, ``none`` for spans that are in no group.
    mutating func number(_ key: GroupKey) -> Int32 {
        if let known = numbers[key] { return known }
        if !keepsEmpty, !key.isEmpty, key.allSatisfy({ $0 == nil }) { return Self.none }
        let number = Int32(keys.count)
        keys.append(key)
        numbers[key] = number
        return number
    }
}

/// An order for group keys: null first, then numbers, then text by code points; field by field.
package func isOrdered(_ left: GroupKey, before right: GroupKey) -> Bool {
    for (a, b) in zip(left, right) where a != b {
        switch (a, b) {
        case (nil, _): return true
        case (_, nil): return false
        case (let a?, let b?):
            if case .string = a {
            } else if case .string = b {
            } else if let x = a.number, let y = b.number, x != y {
                return x < y
            }
            let (textA, textB) = (
                a.scalarText ?? AttributeCodec.encode(a).json, b.scalarText ?? AttributeCodec.encode(b).json
            )
            return textA.unicodeScalars.lexicographicallyPrecedes(textB.unicodeScalars)
        }
    }
    return false
}
