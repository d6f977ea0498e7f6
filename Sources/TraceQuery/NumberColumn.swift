import TraceModel
import TraceStore

/// One number of each of a block's spans.
enum NumberColumn {
    case durations([UInt64], isMissing: Set<Int>)
    case integers(BlockValues)
    case reals(BlockValues)
    case flags(BlockValues)

    init(_ field: FieldName, _ block: Block) throws {
        switch field.target {
        case .meaning(.number(.cacheHit)): self = .flags(try block.values(.cacheHit))
        case .meaning(.number(let field)):
            self = field.isReal ? .reals(try block.values(field)) : .integers(try block.values(field))
        default: self = .durations(try block.durationNanos(), isMissing: Set(try block.irregular().map(\.place)))
        }
    }

    func real(_ place: Int) -> Double? {
        switch self {
        case .durations(let nanos, let isMissing):
            isMissing.isEmpty || !isMissing.contains(place) ? Double(nanos[place]) : nil
        case .integers(let values): values.integer(place).map { Double($0) }
        case .reals(let values): values.real(place)
        case .flags: nil
        }
    }

    func value(_ place: Int) -> AttributeValue? {
        switch self {
        case .durations(let nanos, let isMissing):
            isMissing.contains(place) ? nil : .int(Int64(clamping: nanos[place]))
        case .integers(let values): values.integer(place).map { .int($0) }
        case .reals(let values): values.real(place).map { .double($0) }
        case .flags(let values): values.integer(place).map { .bool($0 != 0) }
        }
    }
}

extension FieldName {
    var hasColumn: Bool {
        switch target {
        case .duration: true
        case .meaning(.number(let field)): Self.columns.contains(field)
        default: false
        }
    }

    private static let columns = Set(Block.numberFields)
}
