import ArgumentParser
import TraceQuery
import TraceStore

/// `--by` as typed: names with commas between.
struct FieldList: ExpressibleByArgument, CustomStringConvertible {
    let names: [String]

    var description: String { names.joined(separator: ",") }

    init(_ names: String...) { self.names = names }

    init?(argument: String) {
        names = argument.split(separator: ",", omittingEmptySubsequences: false).map {
            String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        // A field twice would be two columns of one name.
        if names.contains("") || Set(names).count < names.count { return nil }
    }

    /// - Parameter option: That they were given to.
    func fields(in snapshot: StoreSnapshot, of option: String = "--by") throws -> [FieldName] {
        do {
            return try names.map { try FieldName($0, in: snapshot) }
        } catch let error as UnknownFieldError {
            throw Failure(error, of: option)
        }
    }
}
