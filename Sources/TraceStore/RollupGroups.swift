import GRDB
import JSONText
import TraceModel
import TraceSchema

/// The numbers of the groups that rollups are kept for, by family: from 0 in order of arrival.
final class RollupGroups {
    /// A family's later groups are counted together, as ``otherText`` in every dimension.
    static let mostPerFamily = 2000

    private var select: BoundStatement
    /// `nil` for those that must not change the file: new groups get numbers, and no rows.
    private var insert: BoundStatement?
    private var isLoaded = false
    private var numbers: [RollupFamily: [RollupKey: Int]] = [:]
    /// By operation: the numbers of its groups in ``RollupFamily/ofOperations``.
    private var numbersOfOperation: [Int64: [Int32]] = [:]

    init(_ db: Database, writing: Bool) throws {
        select = try BoundStatement(db, TraceSQL.selectRollupGroups)
        if writing { insert = try BoundStatement(db, TraceSQL.insertRollupGroup) }
    }

    func forget() {
        isLoaded = false
        numbers = [:]
        numbersOfOperation = [:]
    }

    func number(_ family: RollupFamily, _ key: RollupKey) throws -> Int {
        if !isLoaded { try load() }
        if let known = numbers[family]?[key] { return known }
        let next = numbers[family]?.count ?? 0
        let isFull = next >= Self.mostPerFamily
        let key = isFull ? Self.other(family) : key
        if isFull, let known = numbers[family]?[key] { return known }
        insert?.bind(RollupID(family, hour: 0, group: next).value)
        insert?.bind(family.name)
        insert?.bind(Self.json(family, key))
        try insert?.run()
        numbers[family, default: [:]][key] = next
        return next
    }

    func numbers(_ operation: Operation) throws -> [Int32] {
        if let known = numbersOfOperation[operation.id] { return known }
        let numbers = try RollupFamily.ofOperations.map { Int32(try number($0, operation.key($0))) }
        numbersOfOperation[operation.id] = numbers
        return numbers
    }

    private func load() throws {
        try select.forEach { row in
            let group = try row.rollupGroup()
            numbers[group.id.family, default: [:]][group.key] = group.id.group
        }
        isLoaded = true
    }

    static func other(_ family: RollupFamily) -> RollupKey {
        family.dimensions.map { _ in OperationFieldValues.otherText }
    }

    private static func json(_ family: RollupFamily, _ key: RollupKey) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            for (dimension, value) in zip(family.dimensions, key) {
                writer.key(dimension.name)
                if let value { writer.write(value) } else { writer.null() }
            }
        }
        return writer.text
    }
}

/// Where a row of `rollup` stands: family, hour, and the group's number in its family.
struct RollupID: Hashable, Comparable {
    let value: Int64

    init(_ value: Int64) { self.value = value }

    /// - Parameters:
    ///   - hour: Below 2^24: nanoseconds since 1970 in 64 bits end there.
    ///   - group: Below 2^24.
    init(_ family: RollupFamily, hour: UInt64, group: Int) {
        value = family.rawValue << 48 | Int64(hour) << 24 | Int64(group)
    }

    var hour: UInt64 { UInt64(value >> 24) & 0xFF_FFFF }

    var group: Int { Int(value & 0xFF_FFFF) }

    /// Of all groups of a family in some hours, both ends included.
    static func range(_ family: RollupFamily, _ hours: Range<UInt64>) -> ClosedRange<Int64> {
        RollupID(family, hour: hours.lowerBound, group: 0).value...RollupID(family, hour: hours.upperBound, group: 0)
            .value - 1
    }

    static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

extension StatementRow {
    /// A row of `rollup_group`.
    func rollupGroup() throws -> (id: (family: RollupFamily, group: Int), key: RollupKey) {
        let id = RollupID(try integer(0))
        guard let family = RollupFamily(rawValue: id.value >> 48), case .object(let members) = try json(1),
            members.map(\.key) == family.dimensions.map(\.name)
        else { throw WrongColumnType(column: 1) }
        let key = try members.map { member -> String? in
            switch member.value {
            case .string(let text): text
            case .null: nil
            default: throw WrongColumnType(column: 1)
            }
        }
        return ((family, id.group), key)
    }

    private func json(_ column: Int) throws -> JSONValue {
        do {
            return try JSONValue(parsing: text(column))
        } catch is JSONSyntaxError {
            throw WrongColumnType(column: column)
        }
    }
}
