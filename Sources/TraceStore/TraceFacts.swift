import TraceModel

/// What questions count and add up of one span: what a block holds.
struct SpanFacts: Sendable {
    let spanID: UInt64
    /// 0 for a root.
    let parentSpanID: UInt64
    let startNanos: UInt64
    /// 0 while unfinished.
    let endNanos: UInt64
    let operation: Int64
    let context: Int64
}

/// The facts of one whole trace, its spans in order of arrival.
struct TraceFacts: Sendable {
    let number: Int64
    var spans: [SpanFacts] = []
    var numbers: [SpanNumber] = []

    init(number: Int64) { self.number = number }

    mutating func append(_ span: SpanFacts, _ numbers: some Sequence<PreparedNumber>) {
        for number in numbers { self.numbers.append(SpanNumber(span: spans.count, number: number)) }
        spans.append(span)
    }

    /// Puts a finished copy in the place of an unfinished one.
    mutating func replace(_ index: Int, by span: SpanFacts, _ numbers: some Sequence<PreparedNumber>) {
        spans[index] = span
        self.numbers.removeAll { $0.span == index }
        self.numbers += numbers.map { SpanNumber(span: index, number: $0) }
    }
}

extension TraceFacts {
    /// Places of the spans' parents in the trace, -1 where there is none.
    var parentPlaces: [Int] {
        if spans.count <= 32 {
            return spans.map { span in
                span.parentSpanID == 0 ? -1 : spans.firstIndex { $0.spanID == span.parentSpanID } ?? -1
            }
        }
        let places = Dictionary(
            spans.enumerated().map { ($1.spanID, $0) }, uniquingKeysWith: { first, _ in first })
        return spans.map { $0.parentSpanID == 0 ? -1 : places[$0.parentSpanID] ?? -1 }
    }
}

/// A number of one of a trace's spans.
struct SpanNumber: Sendable {
    /// Its place in the trace.
    let span: Int
    let number: PreparedNumber
}

/// A span's row id: its trace's number and its own in the trace.
enum RowID {
    static let spansPerTrace = 1 << 24

    static func make(trace: Int64, span: Int) -> Int64 { trace << 24 | Int64(span) }

    static func trace(_ id: Int64) -> Int64 { id >> 24 }

    static func span(_ id: Int64) -> Int { Int(id & 0xFF_FFFF) }

    /// Of all spans of a trace, both ends included.
    static func range(_ trace: Int64) -> ClosedRange<Int64> {
        make(trace: trace, span: 0)...make(trace: trace, span: spansPerTrace - 1)
    }
}
