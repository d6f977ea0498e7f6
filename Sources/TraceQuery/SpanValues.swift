import TraceModel
import TraceStore

/// Reads one number of many spans: from columns where there are any, else from rows.
final class SpanValues {
    /// One block's: NaN where a span has none. `others` are values that are no number.
    struct Part: Sendable {
        var numbers: [Double]
        var others = 0
    }

    private let field: FieldName
    private let snapshot: StoreSnapshot
    private let scan: AttributeScan?

    init(_ field: FieldName, in snapshot: StoreSnapshot) throws {
        self.field = field
        self.snapshot = snapshot
        scan = try field.attribute.map { try AttributeScan([$0], in: snapshot) }
    }

    /// - Parameter selection: The spans that count, `nil` for all; the others have no number.
    func read(_ block: Block, _ selection: [Bool]?) throws -> Part {
        var part = Part(numbers: [Double](repeating: .nan, count: block.spanCount))
        func put(_ place: Int, _ value: AttributeValue?) {
            guard let value else { return }
            if let number = value.number { part.numbers[place] = number } else { part.others += 1 }
        }
        if let scan {
            try scan.forEach(block, selection) { put($0, $1[0]) }
        } else if let number = field.number, Block.numberFields.contains(number) {
            let values = try block.values(number)
            for place in part.numbers.indices where selection?[place] ?? true {
                let value = number.isReal ? values.real(place) : values.integer(place).map { Double($0) }
                if let value { part.numbers[place] = value }
            }
        } else {
            let rows = try block.rows(selection)
            var next = 0
            try snapshot.forEachSpan(rows.lazy.map(\.id)) { span in
                put(rows[next].place, field.value(span))
                next += 1
            }
        }
        return part
    }
}

extension FieldName {
    /// The number that it means, `nil` for anything else. Whether a cache was hit is none.
    var number: NumberField? {
        if case .meaning(.number(let field)) = target, field != .cacheHit { field } else { nil }
    }

    package var isDuration: Bool { target == .duration }

    /// Whether its values are US dollars.
    package var isMoney: Bool { number == .cost || number == .cacheSavings }
}
