import GRDB
import TraceModel
import TraceSchema

/// All operations of a store, a column at a time: there may be tens of thousands, and a question needs few columns.
package final class OperationTable {
    /// A text column of `operation`.
    package typealias Column = OperationFieldValues.Column

    /// The distinct texts of a column, and for each operation the number of its own.
    package struct Texts {
        package static let absent: Int32 = -1

        /// By an operation's place in the table.
        package fileprivate(set) var codes: [Int32] = []
        package fileprivate(set) var texts: [String] = []

        package func text(_ place: Int) -> String? { codes[place] < 0 ? nil : texts[Int(codes[place])] }
    }

    private var select: BoundStatement
    private var loaded: [Column: Texts] = [:]
    private lazy var numbers = Result { try loadNumbers() }

    private struct Numbers {
        /// By id. Ids mostly follow each other from 1 on; the others stand in `otherPlaces`.
        var places: [Int] = [0]
        var otherPlaces: [Int64: Int] = [:]
        var ids: [Int64] = []
        /// By place.
        var kindsAndStatusCodes: [(kind: Int32, statusCode: Int32)] = []
        var isError: [Bool] = []
    }

    init(_ db: Database) throws { select = try BoundStatement(db, TraceSQL.selectOperations) }

    /// Where the operations of some ids stand in the table.
    ///
    /// - Throws: `WrongColumnType` for an id without an operation.
    func places(_ ids: [Int64]) throws -> [Int] {
        let known = try numbers.get()
        return try ids.map { id in
            if id > 0, id < known.places.count { return known.places[Int(id)] }
            guard let place = known.otherPlaces[id] else { throw WrongColumnType(column: 0) }
            return place
        }
    }

    /// By an operation's place.
    func ids() throws -> [Int64] { try numbers.get().ids }

    package var count: Int { get throws { try numbers.get().kindsAndStatusCodes.count } }

    package func texts(_ column: Column) throws -> Texts {
        if let texts = loaded[column] { return texts }
        var texts = Texts()
        var dictionary = ByteDictionary()
        try select.forEach { row in
            guard let bytes = row.textBytes(column.place) else {
                texts.codes.append(Texts.absent)
                return
            }
            let (index, isNew) = dictionary.index(of: bytes)
            if isNew { texts.texts.append(try row.text(column.place)) }
            texts.codes.append(Int32(index))
        }
        loaded[column] = texts
        return texts
    }

    /// By an operation's place: see ``Operation/isError``.
    package func isError() throws -> [Bool] { try numbers.get().isError }

    package func kindsAndStatusCodes() throws -> [(kind: Int32, statusCode: Int32)] {
        try numbers.get().kindsAndStatusCodes
    }

    private func loadNumbers() throws -> Numbers {
        var numbers = Numbers()
        try select.forEach { row in
            let (id, place) = (try row.integer(0), numbers.ids.count)
            numbers.ids.append(id)
            if id == numbers.places.count { numbers.places.append(place) } else { numbers.otherPlaces[id] = place }
            let (kind, statusCode) = (try row.int32(3), try row.int32(4))
            numbers.kindsAndStatusCodes.append((kind, statusCode))
            let execution = Column.field(.executionStatus).place
            numbers.isError.append(
                Operation.isError(
                    statusCode: statusCode,
                    executionSucceeded: row.textBytes(execution).map { $0.elementsEqual("success".utf8) }))
        }
        return numbers
    }
}

extension OperationFieldValues.Column {
    /// Among the columns of the queries of operations.
    fileprivate var place: Int {
        switch self {
        case .service: 1
        case .name: 2
        case .field(let field): 5 + field.rawValue
        }
    }
}
