import ArgumentParser
import TraceQL
import TraceQuery
import TraceStore

/// Conditions that choose whole runs: those in which any span meets them all.
struct RunConditions {
    private let option: String
    private let queries: [SpanQuery]

    /// - Throws: `ValidationError` for a condition that can't be read.
    init(_ texts: [String], option: String) throws {
        self.option = option
        queries = try texts.map { text in
            do {
                return try SpanQuery(parsing: text)
            } catch let error as TraceQLError {
                throw ValidationError("\(option): \(error.text)")
            }
        }
    }

    /// `nil` without a condition.
    func filter(in snapshot: StoreSnapshot) throws -> BlockFilter? {
        if queries.isEmpty { return nil }
        do {
            return try SpanFilter(queries, in: snapshot).selection
        } catch let error as UnknownFieldError {
            throw Failure(error, of: option)
        }
    }
}
