import ArgumentParser
import Foundation
import TraceConfig
import TraceQuery
import TraceReport

/// What model calls cost that did not report it.
struct PriceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "List prices: a file as prices.yaml, for the models that it names.",
            discussion: "Default: $TTAQ_PRICES, else what ttaq knows.", valueName: "file"), completion: .file())
    var prices: String?

    /// - Throws: ``ConfigError``.
    func table() throws -> PriceTable {
        let set = ProcessInfo.processInfo.environment["TTAQ_PRICES"].flatMap { $0.isEmpty ? nil : $0 }
        return try (prices ?? set).map { try PriceTable.read($0) } ?? PriceTable.shipped()
    }

    /// What is to be said of calls without a price.
    func notes(_ cost: ComputedCost, models: Int) -> [String] {
        if cost.unpricedCalls == 0 { return [] }
        return [
            "without a cost: \(HumanText.plural(cost.unpricedCalls, "call")) that did not report it, "
                + "of \(HumanText.plural(models, "model")) without a price then (--prices FILE)"
        ]
    }
}
