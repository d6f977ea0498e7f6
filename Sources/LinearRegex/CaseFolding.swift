/// Simple case folding, one scalar to one: statuses C and S of Unicode's CaseFolding.txt, got from the mappings that the
/// standard library has.
enum CaseFolding {
    /// The scalars outside ASCII letters that fold together with others, sorted, and with which.
    private static let table = makeTable()

    /// What differs by case only from a scalar in `ranges`; may overlap `ranges`.
    static func others(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var found: [ClosedRange<UInt32>] = []
        for range in ranges {
            if range.overlaps(0x41...0x7A) {
                for value in range.clamped(to: 0x41...0x7A) { appendASCII(value, to: &found) }
            }
            guard range.upperBound > 0x7F else { continue }
            var place = firstPlace(notBelow: range.lowerBound)
            while place < table.count, table[place].scalar <= range.upperBound {
                for other in table[place].others { found.append(other...other) }
                place += 1
            }
        }
        return found
    }

    /// ASCII letters without the table, which takes milliseconds to make: K and S fold with one scalar outside ASCII.
    private static func appendASCII(_ value: UInt32, to found: inout [ClosedRange<UInt32>]) {
        let upper = value & ~0x20
        guard upper >= 0x41, upper <= 0x5A else { return }
        let other = value ^ 0x20
        found.append(other...other)
        if upper == 0x4B { found.append(0x212A...0x212A) }
        if upper == 0x53 { found.append(0x017F...0x017F) }
    }

    private static func firstPlace(notBelow value: UInt32) -> Int {
        var low = 0
        var high = table.count
        while low < high {
            let middle = (low + high) / 2
            if table[middle].scalar < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Pairs that CaseFolding.txt has and no mapping of one scalar to one shows.
    private static let pairsWithoutMapping: [(UInt32, UInt32)] = [
        (0x0390, 0x1FD3), (0x03B0, 0x1FE3), (0xFB05, 0xFB06),
    ]
    /// ı maps to I but folds, outside Turkish, with nothing.
    private static let dotlessI: UInt32 = 0x0131

    private static func makeTable() -> [(scalar: UInt32, others: [UInt32])] {
        var orbits: [UInt32: Set<UInt32>] = [:]
        func join(_ one: UInt32, _ other: UInt32) {
            let union = orbits[one, default: [one]].union(orbits[other, default: [other]])
            for member in union { orbits[member] = union }
        }
        // No cased letter stands above plane 1.
        for value in UInt32(0x41)...0x1FFFF where value != dotlessI {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let properties = scalar.properties
            guard properties.changesWhenCaseMapped else { continue }
            for mapping in [properties.lowercaseMapping, properties.uppercaseMapping, properties.titlecaseMapping] {
                let mapped = mapping.unicodeScalars
                guard let first = mapped.first, first != scalar, mapped.count == 1 else { continue }
                join(value, first.value)
            }
        }
        for (one, other) in pairsWithoutMapping { join(one, other) }
        return orbits.filter { $0.key > 0x7F }.sorted { $0.key < $1.key }.map { value, orbit in
            (value, orbit.filter { $0 != value }.sorted())
        }
    }
}
