import TraceConfig
import TraceModel
import TraceStore

/// What model calls cost by a price table, of those that say their tokens and not their cost.
package struct ComputedCost: Hashable, Sendable {
    /// `nil` when no call has a price.
    package private(set) var usd: Double?
    package private(set) var pricedCalls = 0
    /// Of unknown models, or before the first day of their prices.
    package private(set) var unpricedCalls = 0

    package init() {}

    /// - Parameter cost: `nil` for a call without a price.
    package mutating func add(_ cost: Double?) {
        guard let cost else {
            unpricedCalls += 1
            return
        }
        usd = (usd ?? 0) + cost
        pricedCalls += 1
    }

    package static func += (left: inout ComputedCost, right: ComputedCost) {
        if let cost = right.usd { left.usd = (left.usd ?? 0) + cost }
        left.pricedCalls += right.pricedCalls
        left.unpricedCalls += right.unpricedCalls
    }
}

/// Finds the price of each model call of a store: for questions that add up what is counted one by one.
package final class CallPricing {
    /// By an operation's place in the table of operations.
    private let models: OperationTable.Texts
    private let providers: OperationTable.Texts
    private let table: PriceTable
    private var known: [Pair: PriceTable.History?] = [:]
    /// Numbers of the models of calls without a price; that of calls without a model too.
    private var unpriced: Set<Int32> = []

    private struct Pair: Hashable {
        let model: Int32
        let provider: Int32
    }

    package init(_ table: PriceTable, in snapshot: StoreSnapshot) throws {
        self.table = table
        models = try snapshot.operations.texts(.field(.model))
        providers = try snapshot.operations.texts(.field(.provider))
    }

    /// Names of models, of calls that had no price so far; no name at all counts as one.
    package var unpricedModels: Int { unpriced.count }

    /// The prices of a block's operations.
    package func prices(of block: Block) throws -> BlockPrices {
        let places = try block.operations()
        return BlockPrices(
            histories: places.map { place in
                let pair = Pair(model: models.codes[place], provider: providers.codes[place])
                if let history = known[pair] { return history }
                let history = models.text(place).flatMap { table.history(model: $0, provider: providers.text(place)) }
                known.updateValue(history, forKey: pair)
                return history
            },
            models: places.map { models.codes[$0] })
    }

    /// Remembers the models of calls without a price.
    package func note(_ models: Set<Int32>) { unpriced.formUnion(models) }
}

/// The prices of one block's model calls, for any thread.
package struct BlockPrices: Sendable {
    /// By operation code.
    fileprivate let histories: [PriceTable.History?]
    fileprivate let models: [Int32]

    /// What a call costs; `nil` without a price.
    package func cost(_ usage: BlockUsage.Call, code: UInt16, startNanos: UInt64) -> Double? {
        histories[Int(code)]?.price(at: startNanos)?.cost(
            prompt: usage.promptTokens ?? 0, completion: usage.completionTokens ?? 0, cached: usage.cachedTokens ?? 0,
            cacheWrite: usage.cacheWriteTokens ?? 0)
    }

    /// The number of a call's model, for ``CallPricing/note(_:)``.
    package func model(code: UInt16) -> Int32 { models[Int(code)] }
}
