import TraceModel
import TraceStore

/// Tokens and cost of the model calls.
package struct TokenUse: Sendable {
    package enum CostSource: String, Sendable {
        /// Every call that used tokens said what it cost.
        case reported
        /// Some of them did; the sum is of those.
        case partial
        /// No call did.
        case unknown
    }

    package struct Row: Sendable {
        package let group: GroupKey
        package let totals: UsageTotals
    }

    package let by: [FieldName]
    /// Most tokens first.
    package let rows: [Row]

    /// - Parameter by: A call without these fields counts in the group whose values are missing.
    package init(by: [FieldName], window: TimeWindow, in snapshot: StoreSnapshot) throws {
        var calls: Set<Int64> = []
        try snapshot.scanTraces { trace in
            for call in UsageRule.countedCalls(in: trace) where window.contains(call.startNanos) {
                calls.insert(call.id)
            }
        }
        var groups: [GroupKey: UsageTotals] = [:]
        try snapshot.scan(window, reading: by) { row, detail in
            guard calls.contains(row.id) else { return }
            groups[by.map { $0.value(row, detail) }, default: UsageTotals()].add(row)
        }
        self.by = by
        rows = groups.map { Row(group: $0, totals: $1) }.sorted {
            $0.totals.tokens == $1.totals.tokens
                ? isOrdered($0.group, before: $1.group) : $0.totals.tokens > $1.totals.tokens
        }
    }
}

/// Sums over model calls.
package struct UsageTotals: Sendable {
    package private(set) var calls = 0
    package private(set) var promptTokens: Int64 = 0
    package private(set) var completionTokens: Int64 = 0
    private var costSum = 0.0
    private var callsWithCost = 0
    private var callsWithUsageOnly = 0

    package init() {}

    package var tokens: Int64 { promptTokens &+ completionTokens }

    /// What the calls reported; `nil` when none did.
    package var costUSD: Double? { callsWithCost == 0 ? nil : costSum }

    package var costSource: TokenUse.CostSource {
        callsWithCost == 0 ? .unknown : callsWithUsageOnly == 0 ? .reported : .partial
    }

    mutating func add(_ row: SpanRow) {
        calls += 1
        promptTokens &+= row.integer(.promptTokens) ?? 0
        completionTokens &+= row.integer(.completionTokens) ?? 0
        if let cost = row[.cost] {
            costSum += cost
            callsWithCost += 1
        } else if row.hasUsage {
            callsWithUsageOnly += 1
        }
    }

    package static func += (left: inout UsageTotals, right: UsageTotals) {
        left.calls += right.calls
        left.promptTokens &+= right.promptTokens
        left.completionTokens &+= right.completionTokens
        left.costSum += right.costSum
        left.callsWithCost += right.callsWithCost
        left.callsWithUsageOnly += right.callsWithUsageOnly
    }
}

/// Which spans of a trace are the calls to count: those whose kind says inference or embedding and that no such span
/// below repeats. Where no span of the trace tells a kind, the deepest ones that carry usage.
enum UsageRule {
    static func countedCalls(in trace: [SpanRow]) -> [SpanRow] {
        let hasKinds = trace.contains { $0.operation.usageRole != nil }
        let marked = trace.filter { hasKinds ? $0.operation.usageRole == .inference : $0.hasUsage }
        if marked.isEmpty { return [] }
        let byID = Dictionary(trace.map { ($0.spanID, $0) }, uniquingKeysWith: { first, _ in first })
        var repeated: Set<SpanID> = []
        for span in marked where span.hasUsage {
            var next = span.parent
            // Stops at the root, at a missing parent, where another walk went on from, and in a cycle.
            while let id = next, id != span.spanID, let ancestor = byID[id], repeated.insert(id).inserted {
                next = ancestor.parent
            }
        }
        return marked.filter { !repeated.contains($0.spanID) }
    }
}

extension SpanRow {
    package var hasUsage: Bool { integer(.promptTokens) != nil || integer(.completionTokens) != nil }
}
