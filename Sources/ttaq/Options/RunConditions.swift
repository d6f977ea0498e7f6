import ArgumentParser
import TraceQL
import TraceQuery
import TraceStore

/// Conditions that choose whole runs: those in which any span meets them all.
struct RunConditions {
    private let option: String
    private let expressions: [FieldExpression]

    /// - Throws: `ValidationError` for a condition that can't be read.
    init(_ texts: [String], option: String) throws {
        self.option = option
        expressions = try texts.map { text in
            do {
                return try FieldExpression(parsing: text)
            } catch let error as TraceQLError {
                throw ValidationError("\(option): \(error.text)")
            }
        }
    }

    /// `nil` without a condition.
    func filter(in snapshot: StoreSnapshot) throws -> BlockFilter? {
        if expressions.isEmpty { return nil }
        do {
            return try SpanFilter(expressions, in: snapshot).selection
        } catch let error as UnknownFieldError {
            throw Failure(error, of: option)
        }
    }
}
