import TraceModel

/// Attribute values of every kind, nested, with the awkward ones among them.
package struct ValueGenerator {
    private var random: SplitMix64

    package init(seed: UInt64) { random = SplitMix64(seed: seed) }

    package mutating func attributes(_ count: Int, depth: Int = 0) -> [Attribute] {
        (0..<count).map { _ in Attribute(text(), value(depth: depth)) }
    }

    package mutating func value(depth: Int = 0) -> AttributeValue {
        switch random.next(upperBound: depth > 3 ? 8 as UInt64 : 10) {
        case 0, 1: return .string(text())
        case 2: return .bool(random.next() & 1 == 0)
        case 3: return .int(Int64(bitPattern: random.next()))
        case 4: return .int([0, -1, .max, .min, 1 << 53 + 1].randomElement(using: &random) ?? 0)
        case 5:
            let awkward = [0.0, -0.0, 1, 1e300, Double.leastNonzeroMagnitude, .nan, .infinity, -.infinity, 0.1]
            return .double(awkward.randomElement(using: &random) ?? 0)
        case 6: return .bytes(bytes())
        case 7: return .empty
        case 8: return .array((0..<random.next(upperBound: 4 as UInt64)).map { _ in value(depth: depth + 1) })
        default: return .map(attributes(Int(random.next(upperBound: 4 as UInt64)), depth: depth + 1))
        }
    }

    package mutating func bytes() -> [UInt8] {
        (0..<random.next(upperBound: 12 as UInt64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private mutating func text() -> String {
        let texts = [
            "", "key", "a\"b\\c", "line\nbreak\ttab", "naïve ☃ 漢字 🚀", "\u{0}\u{1F}\u{7F}", "{\"json\":1}", "NaN",
        ]
        if random.next() & 7 == 0 { return ByteText.text(bytes()[...]) }
        return texts.randomElement(using: &random) ?? ""
    }
}
