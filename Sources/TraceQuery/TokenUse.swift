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
        var groups = Groups(by, keepsEmpty: true, in: snapshot)
        var totals: [UsageTotals] = []
        try snapshot.forEachBlock(window) { block, selection in
            let calls = try block.countedCalls()
            if calls.isEmpty { return }
            let numbers = try groups.membership(block, selection).numbers(block, selection)
            totals += repeatElement(UsageTotals(), count: groups.keys.count - totals.count)
            let usage = try BlockUsage(block)
            for call in calls where numbers[call] >= 0 { totals[Int(numbers[call])].add(usage, call) }
        }
        self.by = by
        rows = zip(groups.keys, totals).filter { $1.calls > 0 }.map { Row(group: $0, totals: $1) }.sorted {
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
        add(prompt: row.integer(.promptTokens), completion: row.integer(.completionTokens), cost: row[.cost])
    }

    mutating func add(_ usage: BlockUsage, _ place: Int) {
        add(
            prompt: usage.prompt.integer(place), completion: usage.completion.integer(place),
            cost: usage.cost.real(place))
    }

    private mutating func add(prompt: Int64?, completion: Int64?, cost: Double?) {
        calls += 1
        promptTokens &+= prompt ?? 0
        completionTokens &+= completion ?? 0
        if let cost {
            costSum += cost
            callsWithCost += 1
        } else if prompt != nil || completion != nil {
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

/// What the model calls of a block used.
struct BlockUsage {
    let prompt: BlockValues
    let completion: BlockValues
    let cost: BlockValues

    init(_ block: Block) throws {
        prompt = try block.values(.promptTokens)
        completion = try block.values(.completionTokens)
        cost = try block.values(.cost)
    }
}
