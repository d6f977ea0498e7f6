/// The sets that patterns name: `\d`, `[:alpha:]`, `\p{Lu}`, `\p{Greek}`.
enum NamedSets {
    static let digits = ScalarSet([0x30...0x39])
    static let spaces = ScalarSet([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

    /// The set of a Perl escape's lower-case letter.
    static func perl(_ letter: Unicode.Scalar) -> ScalarSet? {
        switch letter {
        case "d": digits
        case "s": spaces
        case "w": word
        default: nil
        }
    }

    /// The set between `[:` and `:]`; all of them ASCII.
    static func posix(_ name: String) -> ScalarSet? {
        switch name {
        case "alnum": ScalarSet([0x30...0x39, 0x41...0x5A, 0x61...0x7A])
        case "alpha": ScalarSet([0x41...0x5A, 0x61...0x7A])
        case "ascii": ScalarSet([0x00...0x7F])
        case "blank": ScalarSet([0x09...0x09, 0x20...0x20])
        case "cntrl": ScalarSet([0x00...0x1F, 0x7F...0x7F])
        case "digit": digits
        case "graph": ScalarSet([0x21...0x7E])
        case "lower": ScalarSet([0x61...0x7A])
        case "print": ScalarSet([0x20...0x7E])
        case "punct": ScalarSet([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
        case "space": ScalarSet([0x09...0x0D, 0x20...0x20])
        case "upper": ScalarSet([0x41...0x5A])
        case "word": word
        case "xdigit": ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
        default: nil
        }
    }

    /// The set of a general category (`L`, `Lu`), of a script, or of `Any`.
    static func unicode(_ name: String) -> ScalarSet? {
        if name == "Any" { return .all }
        if let ranges = UnicodeScripts.ranges[name] { return ScalarSet(ranges) }
        let found = categories.filter { $0.key == name || (name.utf8.count == 1 && $0.key.hasPrefix(name)) }
        return found.isEmpty ? nil : ScalarSet(found.values.flatMap { $0 })
    }

    /// The ranges of each general category; as in RE2 there is no name for what is not assigned.
    private static let categories = makeCategories()

    /// Where scalars are assigned one by one; planes 15 and 16 are for private use but for their last two.
    private static let assigned: [ClosedRange<UInt32>] = [0x00000...0x3FFFF, 0xE0000...0xE0FFF]

    private static func makeCategories() -> [String: [ClosedRange<UInt32>]] {
        var categories = ["Cs": [UInt32(0xD800)...0xDFFF], "Co": [UInt32(0xF0000)...0xFFFFD, 0x100000...0x10FFFD]]
        for range in assigned {
            var start = range.lowerBound
            var current = Unicode.GeneralCategory.unassigned
            for value in range.lowerBound...(range.upperBound + 1) {
                let category =
                    value > range.upperBound
                    ? .unassigned : Unicode.Scalar(value)?.properties.generalCategory ?? .surrogate
                guard category != current else { continue }
                if let name = categoryName(current) { categories[name, default: []].append(start...(value - 1)) }
                (start, current) = (value, category)
            }
        }
        return categories
    }

    private static func categoryName(_ category: Unicode.GeneralCategory) -> String? {
        switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .privateUse: "Co"
        case .surrogate, .unassigned: nil
        @unknown default: nil
        }
    }
}
