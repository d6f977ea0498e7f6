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
    private var byOperation: [Int64: Int32] = [:]
    private var byContext: [Int64: GroupKey] = [:]
    private var byBoth: [OperationAndContext: Int32] = [:]

    private struct OperationAndContext: Hashable {
        let operation: Int64
        let context: Int64
    }

    init(_ fields: [FieldName], keepsEmpty: Bool, in snapshot: StoreSnapshot) {
        self.fields = fields
        self.keepsEmpty = keepsEmpty
        self.snapshot = snapshot
    }

    /// The group of each span of `block`: a number, ``none`` or ``unselected``.
    mutating func numbers(_ block: Block, _ selection: [Bool]?) throws -> [Int32] {
        var result: [Int32]
        if fields.allSatisfy(\.isOfOperation) {
            result = try numbersByOperation(block)
        } else if fields.allSatisfy({ $0.isOfOperation || $0.isOfContext }) {
            result = try numbersByContext(block, selection)
        } else {
            return try numbersBySpan(block, selection)
        }
        if let selection {
            for place in result.indices where !selection[place] { result[place] = Self.unselected }
        }
        return result
    }

    private mutating func numbersByOperation(_ block: Block) throws -> [Int32] {
        let operations = try block.operations.get()
        var ofCode: [Int32] = []
        ofCode.reserveCapacity(operations.count)
        for operation in operations {
            if let known = byOperation[operation.id] {
                ofCode.append(known)
            } else {
                let number = number(fields.map { $0.value(operation) })
                byOperation[operation.id] = number
                ofCode.append(number)
            }
        }
        return try block.operationCodes().map { ofCode[Int($0)] }
    }

    private mutating func numbersByContext(_ block: Block, _ selection: [Bool]?) throws -> [Int32] {
        let operations = try block.operations.get()
        let needsOperation = fields.contains(where: \.isOfOperation)
        let codes = try block.operationCodes()
        let contexts = try block.contextIDs()
        var result = [Int32](repeating: Self.unselected, count: contexts.count)
        for place in contexts.indices where selection?[place] ?? true {
            let operation = operations[Int(codes[place])]
            let pair = OperationAndContext(operation: needsOperation ? operation.id : 0, context: contexts[place])
            if let known = byBoth[pair] {
                result[place] = known
            } else {
                let context = try snapshot.context(contexts[place])
                let number = number(fields.map { $0.isOfOperation ? $0.value(operation) : $0.value(context) })
                byBoth[pair] = number
                result[place] = number
            }
        }
        return result
    }

    /// By what stands in the spans' own rows.
    private mutating func numbersBySpan(_ block: Block, _ selection: [Bool]?) throws -> [Int32] {
        var result = [Int32](repeating: Self.unselected, count: block.spanCount)
        for trace in try block.traces() {
            let places = trace.spans.filter { selection?[$0] ?? true }
            var next = places.startIndex
            try snapshot.forEachSpan(places.map { trace.rowID($0) }) { span in
                result[places[next]] = number(fields.map { $0.value(span) })
                next += 1
            }
        }
        return result
    }

    private mutating func number(_ key: GroupKey) -> Int32 {
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
            return (a.scalarText ?? "").unicodeScalars.lexicographicallyPrecedes((b.scalarText ?? "").unicodeScalars)
        }
    }
    return false
}
