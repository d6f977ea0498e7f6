import TraceModel
import TraceStore

/// The attribute values of some runs of both sides, good ones and bad ones.
struct RunSamples {
    enum Cell: Int, CaseIterable {
        case aGood, aBad, bGood, bBad
    }

    struct Value {
        let key: String
        let value: AttributeValue
        let kind: AttributeKind
        /// Runs that have it, by cell.
        var counts = [0, 0, 0, 0]
        /// Bad runs of b whose span where things went wrong has it.
        var atOrigin = 0
        /// Sum of the places of the first spans with it in their runs, 0 to 1.
        var places = 0.0
        var runs: Set<Int32> = []
        var example: TraceID?
    }

    private struct Name: Hashable {
        let key: String
        let value: AttributeValue
    }

    /// Of each cell.
    private let mostRuns: Int
    private(set) var values: [Value] = []
    private var numbers: [Name: Int] = [:]
    /// Of the keys of spans.
    private var kinds: [String: AttributeKind?] = [:]
    /// Runs looked at, and runs there are, by cell.
    private(set) var counts = [0, 0, 0, 0]
    private(set) var totals = [0, 0, 0, 0]
    private var runs: Int32 = 0
    /// By a run's number less one.
    private(set) var cells: [Cell] = []
    /// By a run's number less one: that of its trace.
    private(set) var looked: [Int64] = []

    init(mostRuns: Int = AttributeRanking.mostRuns) { self.mostRuns = mostRuns }

    func total(_ cells: Cell...) -> Double { Double(cells.reduce(0) { $0 + totals[$1.rawValue] }) }

    func sampled(_ cells: Cell...) -> Int { cells.reduce(0) { $0 + counts[$1.rawValue] } }

    var isSampled: Bool { counts != totals }

    /// Whether more of b's runs are bad than of a's, beyond chance.
    var isWorse: Bool {
        let a = Difference.Share(part: totals[1], whole: totals[0] + totals[1])
        let b = Difference.Share(part: totals[3], whole: totals[2] + totals[3])
        guard let difference = Difference.ofShares(a, b) else { return false }
        return difference.effect > 0 && difference.p < Comparison.level
    }

    /// - Parameter traces: Of which as many are looked at as there may be, evenly spread.
    mutating func add(_ traces: [Int64], _ cell: Cell, in snapshot: StoreSnapshot) throws {
        totals[cell.rawValue] += traces.count
        let chosen = traces.count <= mostRuns ? traces : (0..<mostRuns).map { traces[$0 * traces.count / mostRuns] }
        counts[cell.rawValue] += chosen.count
        for trace in chosen {
            let id = try snapshot.traceID(trace)
            cells.append(cell)
            looked.append(trace)
            add(try snapshot.trace(id), id, cell)
        }
    }

    private mutating func add(_ spans: [StoredSpan], _ id: TraceID, _ cell: Cell) {
        runs += 1
        let isBad = cell == .aBad || cell == .bBad
        let origin = isBad ? Origin(spans) : nil
        let start = spans.reduce(UInt64.max) { min($0, $1.row.startNanos) }
        let length = Double(max(1, spans.reduce(start) { max($0, $1.row.endNanos) } - start))
        var first: [Int: UInt64] = [:]
        var atOrigin: Set<Int> = []
        for (place, stored) in spans.enumerated() {
            if let failed = origin?.failedNanos, stored.row.startNanos > failed { continue }
            forEachValue(stored) { number in
                first[number] = min(first[number] ?? .max, stored.row.startNanos)
                if place == origin?.place { atOrigin.insert(number) }
            }
        }
        for (number, nanos) in first {
            values[number].counts[cell.rawValue] += 1
            values[number].runs.insert(runs)
            values[number].places += Double(nanos - start) / length
            guard cell == .bBad else { continue }
            values[number].example = id
            if atOrigin.contains(number) { values[number].atOrigin += 1 }
        }
    }

    private mutating func forEachValue(_ stored: StoredSpan, _ body: (Int) -> Void) {
        for attribute in stored.span.attributes {
            if let kind = kind(of: attribute.key) { number(attribute.key, attribute.value, kind).map(body) }
        }
        for attribute in stored.resource.attributes where !attribute.key.hasPrefix("telemetry.") {
            number("resource." + attribute.key, attribute.value, .setting).map(body)
        }
        number("name", .string(stored.span.name), .name).map(body)
    }

    private mutating func kind(of key: String) -> AttributeKind? {
        if let known = kinds[key] { return known }
        let kind = AttributeKind.of(key)
        kinds[key] = .some(kind)
        return kind
    }

    private mutating func number(_ key: String, _ value: AttributeValue, _ kind: AttributeKind) -> Int? {
        switch value {
        case .string(let text) where text.utf8.count <= AttributeRanking.longestText: break
        case .bool, .int: break
        default: return nil
        }
        let name = Name(key: key, value: value)
        if let known = numbers[name] { return known }
        numbers[name] = values.count
        values.append(Value(key: key, value: value, kind: kind))
        return values.count - 1
    }
}

/// Where a bad run went wrong.
private struct Origin {
    /// The first span that failed with no child that did, of those that failed as the run did, else as most did; where none failed,
    /// the one that the run waited for longest.
    let place: Int
    /// When that one failed; what starts later is its consequence. `nil` where none failed.
    let failedNanos: UInt64?

    init?(_ spans: [StoredSpan]) {
        let rows = spans.map(\.row)
        let failedParents = Set(rows.filter(\.operation.isError).compactMap(\.parent))
        let failed = rows.indices.filter { rows[$0].operation.isError && !failedParents.contains(rows[$0].spanID) }
        if !failed.isEmpty {
            let byType = Dictionary(grouping: failed) { rows[$0].operation[.errorType] }
            let root = rows.first { $0.parent == nil && $0.operation.isError }?.operation[.errorType]
            let most = byType.values.max { left, right in
                (left.count, rows[left[0]].endNanos) < (right.count, rows[right[0]].endNanos)
            }
            let chosen = root.flatMap { byType[$0] } ?? most ?? failed
            place = chosen.min { rows[$0].endNanos < rows[$1].endNanos } ?? failed[0]
            failedNanos = rows[place].endNanos
            return
        }
        failedNanos = nil
        let shape = RunShape(rows)
        guard let longest = RunPath(shape.runs[0], shape).steps.max(by: { $0.own < $1.own }) else { return nil }
        place = longest.place
    }
}
