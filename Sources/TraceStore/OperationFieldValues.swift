import GRDB
import TraceModel
import TraceSchema

/// The distinct values of the operation's text columns, numbered, so that an operation is a tuple of numbers; and the
/// defence against columns with too many of them.
package struct OperationFieldValues: Sendable {
    /// A column of `operation`.
    package enum Column: Hashable, Sendable {
        case service, name
        case field(OperationField)

        package var name: String {
            switch self {
            case .service: "service"
            case .name: "name"
            case .field(let field): field.name
            }
        }

        fileprivate var index: Int {
            switch self {
            case .service: 0
            case .name: 1
            case .field(let field): 2 + field.rawValue
            }
        }

        static let all: [Column] = [.service, .name] + OperationField.allCases.map { .field($0) }
    }

    /// The code of no value, and of any value of a demoted column that came after its demotion.
    static let absent = UInt32.max
    static let other = UInt32.max - 1
    static let otherText = "(other)"
    /// A column with more distinct values is demoted.
    static let mostValues = 1000

    private struct Values: Sendable {
        var dictionary = ByteDictionary()
        var isDemoted = false
    }

    private var columns = [Values](repeating: Values(), count: Column.all.count)
    private var newlyDemoted: [String] = []

    package init() {}

    /// A value that a store holds.
    mutating func note(_ text: String, in column: Column) {
        if columns[column.index].dictionary.count < Self.mostValues {
            _ = columns[column.index].dictionary.index(of: text)
        }
    }

    /// A column that a store has demoted.
    mutating func noteDemoted(_ name: String) {
        for column in Column.all where column.name == name { columns[column.index].isDemoted = true }
    }

    mutating func code(_ bytes: UnsafeRawBufferPointer, of column: Column) -> UInt32 {
        let place = column.index
        if columns[place].isDemoted {
            return columns[place].dictionary.known(bytes).map { UInt32($0) } ?? Self.other
        }
        let (index, isNew) = columns[place].dictionary.index(of: bytes)
        if isNew && index >= Self.mostValues {
            columns[place].isDemoted = true
            newlyDemoted.append(column.name)
            return Self.other
        }
        return UInt32(index)
    }

    mutating func code(_ text: String, of column: Column) -> UInt32 {
        var text = text
        return text.withUTF8 { code(UnsafeRawBufferPointer($0), of: column) }
    }

    func text(_ code: UInt32, of column: Column) -> String? {
        switch code {
        case Self.absent: nil
        case Self.other: Self.otherText
        default: columns[column.index].dictionary.text(Int(code))
        }
    }

    /// The columns demoted since the last call.
    mutating func takeDemoted() -> [String] {
        defer { newlyDemoted = [] }
        return newlyDemoted
    }
}

extension OperationFieldValues {
    /// Those of a store.
    init(_ db: Database) throws {
        self.init()
        var demoted = try BoundStatement(db, TraceSQL.selectDemotedFields)
        try demoted.forEach { noteDemoted(try $0.text(0)) }
        var operations = try BoundStatement(db, TraceSQL.selectOperations)
        try operations.forEach { row in
            let operation = try row.operation()
            if let service = operation.service { note(service, in: .service) }
            note(operation.name, in: .name)
            for field in OperationField.allCases {
                if let text = operation.fields[field.rawValue] { note(text, in: .field(field)) }
            }
        }
    }
}
