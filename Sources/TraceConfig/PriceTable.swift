import TraceModel

/// What model calls cost by list, with the days since which each price holds.
package struct PriceTable: Sendable {
    /// USD per 1,000,000 tokens.
    package struct Price: Hashable, Sendable {
        package let prompt: Double
        package let completion: Double
        /// Of prompt tokens that were read from the provider's cache; `nil` for as much as others.
        package let cachedRead: Double?
        /// Of prompt tokens that were written to it; `nil` for as much as others.
        package let cacheWrite: Double?
    }

    /// The prices of one model at one provider.
    package struct History: Sendable {
        /// In lowercase; empty for any.
        fileprivate let providers: [String]
        /// The earliest first; each holds until the next.
        fileprivate var prices: [(from: UInt64, price: Price)]

        /// - Parameter nanos: Since 1970.
        /// - Returns: `nil` before the first day that is known.
        package func price(at nanos: UInt64) -> Price? { prices.last { $0.from <= nanos }?.price }
    }

    private var histories: [String: [History]] = [:]

    /// The table that comes with the program.
    ///
    /// - Throws: ``ConfigError``, which a test rules out.
    package static func shipped() throws -> PriceTable {
        try parse(String(decoding: PackageResources.prices_yaml, as: UTF8.self), file: "prices.yaml")
    }

    /// The table that comes with the program, but for the models that a file has: their prices are the file's alone.
    ///
    /// - Throws: ``ConfigError``.
    package static func read(_ path: String) throws -> PriceTable {
        let own = try table(YAMLFile.documents(path), path)
        var all = try shipped()
        all.histories.merge(own.histories) { $1 }
        return all
    }

    package static func parse(_ text: String, file: String) throws -> PriceTable {
        try table(YAMLFile.documents(text, file: file), file)
    }

    /// The prices of a model: of exactly that name, else without what stands before its last `/`, else without a day
    /// (`-2024-08-06`, `-20240806`, `@20240806`) or `-latest` at its end.
    ///
    /// - Parameter provider: As the call names it; a price that names providers is for calls of one of them, and for
    ///   calls that name none.
    package func history(model: String, provider: String?) -> History? {
        for name in Self.names(model) {
            guard let found = histories[name] else { continue }
            guard let provider = provider?.lowercased(), !provider.isEmpty else { return found.first }
            return found.first { $0.providers.contains(provider) } ?? found.first { $0.providers.isEmpty }
        }
        return nil
    }

    /// By which a model's price is looked for, in order.
    static func names(_ model: String) -> [String] {
        let bare = model.split(separator: "/").last.map(String.init) ?? model
        return [model, bare, withoutDay(bare)].reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static func withoutDay(_ model: String) -> String {
        if model.hasSuffix("-latest") { return String(model.dropLast(7)) }
        for shape in ["-0000-00-00", "-00000000", "@00000000"] where model.count > shape.count {
            let fits = zip(model.suffix(shape.count), shape).allSatisfy { letter, pattern in
                pattern == "0" ? letter.isASCII && letter.isNumber : letter == pattern
            }
            if fits { return String(model.dropLast(shape.count)) }
        }
        return model
    }
}

// MARK: - Reading
extension PriceTable {
    private static func table(_ documents: [ConfigValue], _ file: String) throws -> PriceTable {
        var table = PriceTable()
        for document in documents {
            for value in try document.mapping(["prices"]).required("prices").list() { try table.add(value) }
        }
        return table
    }

    private mutating func add(_ value: ConfigValue) throws {
        let keys = try value.mapping([
            "model", "provider", "from", "prompt", "completion", "cached_read", "cache_write",
        ])
        let model = try keys.required("model").name()
        let providers = try keys["provider"]?.listOrOne().map { try $0.name().lowercased() } ?? []
        let start = try keys.required("from")
        let day = "a day such as 2026-01-31, or a time in RFC 3339"
        guard let from = Timestamp.parse(try start.text(day)) else { throw start.error(expected: day) }
        let price = Price(
            prompt: try keys.required("prompt").usd(), completion: try keys["completion"]?.usd() ?? 0,
            cachedRead: try keys["cached_read"]?.usd(), cacheWrite: try keys["cache_write"]?.usd())
        var list = histories[model] ?? []
        if let place = list.firstIndex(where: { $0.providers == providers }) {
            guard let last = list[place].prices.last, last.from < from else {
                throw start.error(expected: "a later day than the one before of \(model)")
            }
            list[place].prices.append((from, price))
        } else {
            list.append(History(providers: providers, prices: [(from, price)]))
        }
        histories[model] = list
    }
}

extension ConfigValue {
    /// USD per 1,000,000 tokens.
    fileprivate func usd() throws -> Double {
        let expected = "USD per 1,000,000 tokens"
        let number = try number(expected)
        if !(0...1e9).contains(number) { throw error(expected: expected) }
        return number
    }
}

extension PriceTable.Price {
    /// What a call costs in USD.
    ///
    /// - Parameters:
    ///   - prompt: All prompt tokens. Where fewer than those that were read from the cache and written to it, the
    ///     sender did not count these among them, and they come on top.
    ///   - cached: Read from the provider's cache.
    ///   - cacheWrite: Written to it.
    package func cost(prompt: Int64, completion: Int64, cached: Int64, cacheWrite: Int64) -> Double {
        let (all, read, written) = (Double(max(0, prompt)), Double(max(0, cached)), Double(max(0, cacheWrite)))
        let rest = all >= read + written ? all - read - written : all
        return
            (rest * self.prompt + read * (cachedRead ?? self.prompt) + written * (self.cacheWrite ?? self.prompt)
            + Double(max(0, completion)) * self.completion) / 1e6
    }
}
