extension PatternParser {
    /// Behind a `\` outside brackets.
    mutating func parseEscape(from start: Int) throws(LinearRegexError) {
        if let set = try parseNamedSet(from: start) { return try append(set, at: start) }
        switch next {
        case "Q":
            place += 1
            appendQuoted()
        case "A": appendAssertion(.textStart)
        case "z": appendAssertion(.textEnd)
        case "b": appendAssertion(.wordBoundary)
        case "B": appendAssertion(.noWordBoundary)
        default: append(literal(try parseEscapedScalar(from: start)))
        }
    }

    private mutating func appendAssertion(_ assertion: Assertion) {
        place += 1
        append(.assertion(assertion))
    }

    /// Up to `\E` or the end of the pattern. An empty quote can't be repeated.
    private mutating func appendQuoted() {
        repeatable = .nothing
        while let scalar = next {
            if scalar == "\\", self.scalar(after: 1) == "E" {
                place += 2
                return
            }
            place += 1
            append(literal(scalar.value))
        }
    }

    /// `d`, `D`, `pL`, `P{Greek}` and so on behind a `\`, or `nil` with nothing read.
    mutating func parseNamedSet(from start: Int) throws(LinearRegexError) -> ScalarSet? {
        guard let letter = next else { return nil }
        switch letter {
        case "d", "s", "w", "D", "S", "W":
            place += 1
            guard let set = NamedSets.perl(Unicode.Scalar(letter.value | 0x20) ?? letter) else { return nil }
            return folded(set, isNegated: letter.value & 0x20 == 0)
        case "p", "P":
            place += 1
            return try parseProperty(from: start, isNegated: letter == "P")
        default: return nil
        }
    }

    private mutating func parseProperty(from start: Int, isNegated: Bool) throws(LinearRegexError) -> ScalarSet {
        var isNegated = isNegated
        var name = ""
        if skip("{") {
            if skip("^") { isNegated.toggle() }
            while let scalar = next, scalar != "}" {
                name.unicodeScalars.append(scalar)
                place += 1
            }
            guard skip("}") else {
                throw failure(at: place, expected: "a } for the { of a class", found: "the end of the pattern")
            }
        } else if let scalar = next {
            name.unicodeScalars.append(scalar)
            place += 1
        }
        let key = "\(isNegated) \(group.flags.foldsCase) \(name)"
        if let set = namedSets[key] { return set }
        guard let set = NamedSets.unicode(name) else {
            let scripts = UnicodeScripts.ranges.keys.sorted().joined(separator: " ")
            throw failure(
                at: start, expected: "a general category such as L or Lu, Any, or one of the scripts \(scripts)",
                found: text(from: start))
        }
        let made = folded(set, isNegated: isNegated)
        namedSets[key] = made
        return made
    }

    /// Case is folded first: what a negated class leaves out, it leaves out in either case.
    func folded(_ set: ScalarSet, isNegated: Bool) -> ScalarSet {
        let set = group.flags.foldsCase ? set.caseClosed : set
        return isNegated ? set.complement : set
    }

    /// One scalar behind a `\`, in or outside brackets.
    mutating func parseEscapedScalar(from start: Int) throws(LinearRegexError) -> UInt32 {
        guard let letter = next else {
            throw failure(at: place, expected: "a character after \\", found: "the end of the pattern")
        }
        place += 1
        switch letter {
        case "a": return 0x07
        case "f": return 0x0C
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "v": return 0x0B
        case "x": return try parseHexadecimal(from: start)
        case "0": return parseOctal()
        case "1"..."7":
            if let digit = next, ("0"..."7").contains(digit) { return parseOctal() }
            throw badEscape(at: start, "\\\(letter), a back-reference, which RE2 syntax does not have")
        case "k", "g":
            throw badEscape(at: start, "\\\(letter), a back-reference, which RE2 syntax does not have")
        case "Z": throw badEscape(at: start, "\\Z, which RE2 syntax does not have; \\z is the end of the text")
        case "C": throw badEscape(at: start, "\\C, a single byte, which is not supported")
        case "8", "9", "a"..."z", "A"..."Z": throw badEscape(at: start, "\\\(letter)")
        default:
            guard letter.isASCII else { throw badEscape(at: start, "\\\(letter)") }
            return letter.value
        }
    }

    private func badEscape(at start: Int, _ found: String) -> LinearRegexError {
        failure(at: start, expected: "an escape that RE2 syntax has", found: found)
    }

    /// The digit that was read and up to two more.
    private mutating func parseOctal() -> UInt32 {
        var value = scalars[place - 1].value - 0x30
        for _ in 0..<2 {
            guard let digit = next, ("0"..."7").contains(digit) else { break }
            value = value * 8 + digit.value - 0x30
            place += 1
        }
        return value
    }

    /// Two digits, or one or more in braces.
    private mutating func parseHexadecimal(from start: Int) throws(LinearRegexError) -> UInt32 {
        let isBraced = skip("{")
        let first = place
        var value: UInt32 = 0
        while let digit = next.flatMap({ Character($0).hexDigitValue }), isBraced || place - first < 2 {
            value = min(value * 16 + UInt32(digit), ScalarSet.last + 1)
            place += 1
        }
        let isWellFormed = isBraced ? place > first && skip("}") : place - first == 2
        guard isWellFormed, Unicode.Scalar(value) != nil else {
            if isWellFormed {
                throw failure(at: start, expected: "a Unicode scalar, at most 10FFFF", found: text(from: start))
            }
            throw failure(
                at: place, expected: "two hexadecimal digits, or some in braces, after \\x", found: nextInWords)
        }
        return value
    }
}
