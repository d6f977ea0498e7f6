import TraceModel
import TraceStore

extension RollupFamily {
    /// One that has all of the fields, with as few groups as may be; `nil` when none has.
    init?(covering fields: [FieldName]) {
        let wanted = fields.map(\.rollupDimension)
        let candidates: [RollupFamily] = [.cache, .tool, .workflow, .error, .agent, .model, .primitive, .service]
        guard
            let family = candidates.first(where: { family in
                wanted.allSatisfy { dimension in dimension.map { family.dimensions.contains($0) } ?? false }
            })
        else { return nil }
        self = family
    }

    /// A group's values of some of the dimensions.
    fileprivate func values(of fields: [FieldName], _ key: RollupKey) -> GroupKey {
        fields.map { field in
            field.rollupDimension.flatMap { dimensions.firstIndex(of: $0) }.flatMap { key[$0] }.map { .string($0) }
        }
    }
}

extension FieldName {
    fileprivate var rollupDimension: RollupDimension? {
        guard isOfOperation else { return nil }
        return switch target {
        case .name: .column(.name)
        case .service: .column(.service)
        case .status: .status
        case .meaning(.operation(let field)): .column(.field(field))
        default: nil
        }
    }
}

extension StoreSnapshot {
    /// Hands out what rollups know of the hours that they answer for, by some fields.
    func forEachRollup(
        by fields: [FieldName], _ coverage: SpanCoverage, _ body: (GroupKey, RollupSums) throws -> Void
    ) throws {
        guard let family = RollupFamily(covering: fields) else { return }
        try forEachRollup(family, coverage.hours) { try body(family.values(of: fields, $0), $1) }
    }

    func coverage(_ window: TimeWindow, by fields: [FieldName], isExact: Bool) throws -> SpanCoverage {
        try coverage(window, RollupFamily(covering: fields), isExact: isExact)
    }
}
