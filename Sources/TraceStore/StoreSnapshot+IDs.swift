import Foundation
import TraceModel
import TraceSchema

/// Ids that people type.
extension StoreSnapshot {
    /// What an id's first digits stand for.
    package enum Match<ID: Sendable>: Sendable {
        case none
        case one(ID)
        /// Two or more ids begin so; here are two of them.
        case several(ID, ID)
    }

    /// - Parameter prefix: 1 to 32 hexadecimal digits.
    package func traceIDs(prefix: String) throws -> Match<TraceID> {
        guard let range = IDRange(prefix, bytes: 16) else { return .none }
        var found: [TraceID] = []
        try scan(
            "trace", TraceSQL.selectTraceIDs,
            {
                $0.bind(range.low)
                $0.bind(range.high)
            }
        ) { found.append(try $0.traceID(0)) }
        return match(found)
    }

    /// - Parameter prefix: 1 to 16 hexadecimal digits.
    package func spanIDs(prefix: String) throws -> Match<(trace: TraceID, span: SpanID)> {
        guard let range = IDRange(prefix, bytes: 8), let low = SpanID(bytes: range.low[...]),
            let high = SpanID(bytes: range.high[...])
        else { return .none }
        let prefixes = UInt16(low.value >> 48)...UInt16(high.value >> 48)
        var found: [(trace: TraceID, span: SpanID)] = []
        try forEachBlock(.all) { block, selection in
            guard found.count < 2 else { return }
            let places = try block.spanIDPrefixes().enumerated().filter { prefixes.contains($1) }.map(\.offset)
            if places.isEmpty { return }
            let traces = try block.traces()
            var index = 0
            let ids = places.compactMap { place -> Int64? in
                while !traces[index].spans.contains(place) { index += 1 }
                return selection?[place] ?? true ? traces[index].rowID(place) : nil
            }
            for id in ids where found.count < 2 {
                try scan("span", TraceSQL.selectSpanRow, { $0.bind(id) }) { row in
                    let span = SpanID(value: try row.nanos(1))
                    if span >= low && span <= high { found.append((try traceID(RowID.trace(id)), span)) }
                }
            }
        }
        return match(found)
    }

    private func match<ID>(_ found: [ID]) -> Match<ID> {
        switch found.count {
        case 0: .none
        case 1: .one(found[0])
        default: .several(found[0], found[1])
        }
    }
}

/// The lowest and the highest id that begin with the same digits.
private struct IDRange {
    let low: [UInt8]
    let high: [UInt8]

    /// - Parameter bytes: Of a whole id. `nil` when the prefix is longer or no hexadecimal.
    init?(_ prefix: String, bytes: Int) {
        guard prefix.count <= bytes * 2,
            let low = Hex.decode(prefix.padding(toLength: bytes * 2, withPad: "0", startingAt: 0)),
            let high = Hex.decode(prefix.padding(toLength: bytes * 2, withPad: "f", startingAt: 0))
        else { return nil }
        self.low = low
        self.high = high
    }
}
