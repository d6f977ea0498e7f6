import TraceQL

/// TraceQL: a query that is read prints itself as one that means the same; one that is not says where.
enum QueryTarget {
    static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let query: SpanQuery
        do throws(TraceQLError) {
            query = try SpanQuery(parsing: text)
        } catch {
            expect(error.range.upperBound <= text.unicodeScalars.count, "the place of an error is in the query")
            expect(!error.text.isEmpty, "an error has words")
            return
        }
        let printed = query.description
        do throws(TraceQLError) {
            let again = try SpanQuery(parsing: printed)
            expect(again == query, "\(printed) means the same as \(text)")
            expect(again.description == printed, "\(printed) prints as itself, not \(again)")
        } catch {
            fatalError("what was printed is refused: \(error.text)")
        }
    }
}
