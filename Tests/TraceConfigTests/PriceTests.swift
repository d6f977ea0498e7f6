import TestSupport
import Testing
import TraceConfig
import TraceModel

private func day(_ text: String) throws -> UInt64 { try #require(Timestamp.parse(text)) }

@Suite struct Prices {
    private let table = """
        prices:
          - {model: big, from: 2026-01-01, prompt: 2, completion: 8}
          - {model: big, from: 2026-06-01, prompt: 1, completion: 4}
          - {model: big, provider: [west, east], from: 2026-01-01, prompt: 3, completion: 9}
          - {model: big-2026-01-31, from: 2026-01-31, prompt: 7}
        """

    private func prompt(_ model: String, _ provider: String?, _ time: String) throws -> Double? {
        let parsed = try PriceTable.parse(table, file: "prices.yaml")
        return parsed.history(model: model, provider: provider)?.price(at: try day(time))?.prompt
    }

    @Test(
        arguments: [
            ("big", nil, "2025-12-31T23:59:59.999Z", nil), ("big", nil, "2026-01-01", 2),
            ("big", nil, "2026-05-31T23:59:59Z", 2), ("big", nil, "2026-06-01", 1), ("big", "West", "2026-06-01", 3),
            ("big", "north", "2026-06-01", 1), ("maker/big", nil, "2026-06-01", 1), ("a/b/big", nil, "2026-06-01", 1),
            ("big-2026-02-02", nil, "2026-06-01", 1), ("big-20260202", nil, "2026-06-01", 1),
            ("big@20260202", nil, "2026-06-01", 1), ("big-latest", nil, "2026-06-01", 1),
            // The exact name first.
            ("big-2026-01-31", nil, "2026-06-01", 7), ("big-2026-01-31", nil, "2026-01-30", nil),
            ("bigger", nil, "2026-06-01", nil), ("big-mini", nil, "2026-06-01", nil), ("Big", nil, "2026-06-01", nil),
            ("-20260202", nil, "2026-06-01", nil), ("", nil, "2026-06-01", nil), ("/", nil, "2026-06-01", nil),
        ] as [(String, String?, String, Double?)])
    func areFoundByNameProviderAndDay(
        _ model: String, _ provider: String?, _ time: String, _ expected: Double?
    ) throws {
        #expect(try prompt(model, provider, time) == expected)
    }

    /// (600 × 2.5 + 400 × 1.25 + 100 × 10) / 1,000,000.
    @Test func cachedTokensAreAPartOfThePrompt() throws {
        let shipped = try PriceTable.shipped()
        let history = try #require(shipped.history(model: "gpt-4o-2024-08-06", provider: "openai"))
        let price = try #require(history.price(at: try day("2026-01-01")))
        #expect(price.cost(prompt: 1000, completion: 100, cached: 400, cacheWrite: 0) == 0.003)
        let claude = try #require(shipped.history(model: "claude-sonnet-4-5-20250929", provider: nil))
        let other = try #require(claude.price(at: try day("2026-01-01")))
        // (100 × 3 + 1000 × 0.3 + 200 × 3.75 + 10 × 15) / 1,000,000: the prompt is less, so they come on top.
        let cost = other.cost(prompt: 100, completion: 10, cached: 1000, cacheWrite: 200)
        #expect(abs(cost - 0.0015) < 1e-12)
        #expect(shipped.history(model: "gpt-4o", provider: "anthropic") == nil, "another provider's")
        #expect(other.cost(prompt: .min, completion: -1, cached: -1, cacheWrite: .min) == 0)
    }

    @Test(
        arguments: [
            ("prices: [{model: a, prompt: 1}]", "prices[0]"),
            ("prices: [{model: a, from: soon, prompt: 1}]", "prices[0].from"),
            ("prices: [{model: a, from: 2026-02-30, prompt: 1}]", "prices[0].from"),
            ("prices: [{model: a, from: 2026-01-01, prompt: -1}]", "prices[0].prompt"),
            ("prices: [{model: a, from: 2026-01-01, prompt: .nan}]", "prices[0].prompt"),
            ("prices: [{model: a, from: 2026-01-01, promt: 1}]", "prices[0]"),
            (
                "prices: [{model: a, from: 2026-01-01, prompt: 1}, {model: a, from: 2026-01-01, prompt: 1}]",
                "prices[1].from"
            ),
        ])
    func areRefusedByTheirPath(_ text: String, _ path: String) {
        #expect {
            _ = try PriceTable.parse(text, file: "p.yaml")
        } throws: { error in
            (error as? ConfigError)?.place.path == path
        }
    }
}
