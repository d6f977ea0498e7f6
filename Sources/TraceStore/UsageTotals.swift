/// What the cost of model calls is known from.
package enum CostSource: String, Sendable {
    /// Every call that used tokens said what it cost.
    case reported
    /// Some of them did; the sum is of those.
    case partial
    /// No call did.
    case unknown
}

/// Sums over model calls.
package struct UsageTotals: Hashable, Sendable {
    package internal(set) var calls = 0
    package internal(set) var promptTokens: Int64 = 0
    package internal(set) var completionTokens: Int64 = 0
    /// Parts of the prompt tokens: read from the provider's cache, and written to it.
    package internal(set) var cachedTokens: Int64 = 0
    package internal(set) var cacheWriteTokens: Int64 = 0
    /// A part of the completion tokens.
    package internal(set) var reasoningTokens: Int64 = 0
    var costSum = 0.0
    var callsWithCost = 0
    /// Calls that say their tokens and not their cost.
    package internal(set) var callsWithUsageOnly = 0

    package init() {}

    package var tokens: Int64 { promptTokens &+ completionTokens }

    /// What the calls reported; `nil` when none did.
    package var costUSD: Double? { callsWithCost == 0 ? nil : costSum }

    package var costSource: CostSource {
        callsWithCost == 0 ? .unknown : callsWithUsageOnly == 0 ? .reported : .partial
    }

    package mutating func add(_ row: SpanRow) {
        add(cost: row[.cost]) { row.integer($0) }
    }

    package mutating func add(_ usage: BlockUsage, _ place: Int) {
        add(cost: usage.cost.real(place)) { usage.integer($0, place) }
    }

    private mutating func add(cost: Double?, _ integer: (NumberField) -> Int64?) {
        let (prompt, completion) = (integer(.promptTokens), integer(.completionTokens))
        calls += 1
        promptTokens &+= prompt ?? 0
        completionTokens &+= completion ?? 0
        cachedTokens &+= integer(.cachedTokens) ?? 0
        cacheWriteTokens &+= integer(.cacheWriteTokens) ?? 0
        reasoningTokens &+= integer(.reasoningTokens) ?? 0
        if let cost {
            costSum += cost
            callsWithCost += 1
        } else if prompt != nil || completion != nil {
            callsWithUsageOnly += 1
        }
    }

    package static func += (left: inout UsageTotals, right: UsageTotals) { left.add(right, 1) }

    package static func + (left: UsageTotals, right: UsageTotals) -> UsageTotals {
        var sum = left
        sum += right
        return sum
    }

    /// Takes calls away that were added before.
    static func -= (left: inout UsageTotals, right: UsageTotals) { left.add(right, -1) }

    private mutating func add(_ other: UsageTotals, _ sign: Int) {
        calls += sign * other.calls
        promptTokens &+= Int64(sign) &* other.promptTokens
        completionTokens &+= Int64(sign) &* other.completionTokens
        cachedTokens &+= Int64(sign) &* other.cachedTokens
        cacheWriteTokens &+= Int64(sign) &* other.cacheWriteTokens
        reasoningTokens &+= Int64(sign) &* other.reasoningTokens
        costSum += Double(sign) * other.costSum
        callsWithCost += sign * other.callsWithCost
        callsWithUsageOnly += sign * other.callsWithUsageOnly
    }
}

/// What the model calls of a block used.
package struct BlockUsage {
    private let prompt, completion, cached, cacheWrite, reasoning: BlockValues
    fileprivate let cost: BlockValues

    package init(_ block: Block) throws {
        prompt = try block.values(.promptTokens)
        completion = try block.values(.completionTokens)
        cached = try block.values(.cachedTokens)
        cacheWrite = try block.values(.cacheWriteTokens)
        reasoning = try block.values(.reasoningTokens)
        cost = try block.values(.cost)
    }

    /// What one call said.
    package struct Call: Sendable {
        package let promptTokens, completionTokens, cachedTokens, cacheWriteTokens: Int64?
        package let costUSD: Double?

        /// Whether it says its tokens and not its cost.
        package var hasUsageOnly: Bool { costUSD == nil && (promptTokens != nil || completionTokens != nil) }
    }

    package func call(_ place: Int) -> Call {
        Call(
            promptTokens: prompt.integer(place), completionTokens: completion.integer(place),
            cachedTokens: cached.integer(place), cacheWriteTokens: cacheWrite.integer(place), costUSD: cost.real(place))
    }

    fileprivate func integer(_ field: NumberField, _ place: Int) -> Int64? {
        switch field {
        case .promptTokens: prompt.integer(place)
        case .completionTokens: completion.integer(place)
        case .cachedTokens: cached.integer(place)
        case .cacheWriteTokens: cacheWrite.integer(place)
        case .reasoningTokens: reasoning.integer(place)
        default: nil
        }
    }
}
