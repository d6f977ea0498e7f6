extension PatternParser {
    /// Behind a `(`: a group, or flags for the rest of the group that is open.
    mutating func openGroup(at start: Int) throws(LinearRegexError) {
        guard skip("?") else { return try beginGroup(at: start, flags: group.flags) }
        switch (next, scalar(after: 1)) {
        case ("P", "<"):
            place += 2
            try parseName(from: start)
        case ("<", let after) where after != "=" && after != "!":
            place += 1
            try parseName(from: start)
        default: try parseFlags(from: start)
        }
    }

    private mutating func parseName(from start: Int) throws(LinearRegexError) {
        let first = place
        while let scalar = next, isOfName(scalar) { place += 1 }
        guard place > first, next == ">" else {
            throw failure(
                at: place, expected: "a name of letters, digits and _, and >", found: nextInWords)
        }
        place += 1
        try beginGroup(at: start, flags: group.flags)
    }

    private func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .decimalNumber, .letterNumber, .connectorPunctuation:
            true
        default: false
        }
    }

    /// `i-s)` or `i-s:`. U, which makes repetitions lazy, is read and changes nothing.
    private mutating func parseFlags(from start: Int) throws(LinearRegexError) {
        var flags = group.flags
        var sets = true
        var isComplete = true
        while let scalar = next {
            place += 1
            switch scalar {
            case "i": flags.foldsCase = sets
            case "s": flags.dotMatchesNewline = sets
            case "m": flags.isMultiline = sets
            case "U": break
            case "-" where sets:
                sets = false
                isComplete = false
                continue
            case ":" where isComplete: return try beginGroup(at: start, flags: flags)
            case ")" where isComplete:
                group.flags = flags
                repeatable = .nothing
                return
            default:
                place -= 1
                throw badGroup(from: start)
            }
            isComplete = true
        }
        throw badGroup(from: start)
    }

    /// Names what other dialects mean by the group, if they do.
    private func badGroup(from start: Int) -> LinearRegexError {
        let opening = String(String.UnicodeScalarView(scalars[start..<min(start + 4, scalars.count)]))
        let meanings = [
            ("(?=", "look-ahead"), ("(?!", "look-ahead"), ("(?<=", "look-behind"), ("(?<!", "look-behind"),
            ("(?>", "an atomic group"), ("(?P=", "a back-reference"), ("(?P>", "recursion"), ("(?R", "recursion"),
            ("(?&", "recursion"), ("(?#", "a comment"), ("(?|", "a branch reset"), ("(?(", "a condition"),
        ]
        if let (mark, meaning) = meanings.first(where: { opening.hasPrefix($0.0) }) {
            return failure(
                at: start, expected: "a group that RE2 syntax has", found: "\(mark), \(meaning), which it does not have"
            )
        }
        return failure(
            at: place, expected: "one of the flags i s m U - or : or ) after (?", found: nextInWords)
    }

    /// What comes next, for a message.
    var nextInWords: String { next.map { "'\($0)'" } ?? "the end of the pattern" }
}
