extension PatternParser {
    /// Behind a `[`.
    mutating func parseClass(from start: Int) throws(LinearRegexError) -> ScalarSet {
        let isNegated = skip("^")
        let first = place
        var ranges: [ClosedRange<UInt32>] = []
        while next != "]" || place == first {
            guard next != nil else { throw failure(at: start, expected: "a ] for this [", found: "none") }
            if let set = try parseClassName() {
                ranges += set.ranges
            } else {
                let range = try parseRange(from: start)
                ranges.append(range)
                if group.flags.foldsCase { ranges += CaseFolding.others(of: [range]) }
            }
        }
        place += 1
        let set = ScalarSet(ranges)
        return isNegated ? set.complement : set
    }

    /// `[:alpha:]`, `\d` or `\pL`, or `nil` with nothing read.
    private mutating func parseClassName() throws(LinearRegexError) -> ScalarSet? {
        let start = place
        if skip("\\") {
            if let set = try parseNamedSet(from: start) { return set }
            place = start
            return nil
        }
        guard next == "[", scalar(after: 1) == ":", let end = endOfClassName() else { return nil }
        place += 2
        let isNegated = skip("^")
        let first = place
        place = end
        let set = NamedSets.posix(text(from: first))
        place += 2
        guard let set else {
            throw failure(
                at: start,
                expected: "[: with one of alnum alpha ascii blank cntrl digit graph lower print punct space upper "
                    + "word xdigit and :]",
                found: text(from: start))
        }
        return folded(set, isNegated: isNegated)
    }

    /// Where the `:]` stands that closes the `[:` here. A pattern is searched only once in vain.
    private mutating func endOfClassName() -> Int? {
        guard mayHaveClassNames else { return nil }
        var end = place + 2
        while end + 1 < scalars.count {
            if scalars[end] == ":", scalars[end + 1] == "]" { return end }
            end += 1
        }
        mayHaveClassNames = false
        return nil
    }

    /// One scalar, or two with a `-` between.
    private mutating func parseRange(from classStart: Int) throws(LinearRegexError) -> ClosedRange<UInt32> {
        let start = place
        let low = try parseClassScalar(from: classStart)
        guard next == "-", let after = scalar(after: 1), after != "]" else { return low...low }
        place += 1
        let high = try parseClassScalar(from: classStart)
        guard low <= high else {
            throw failure(at: start, expected: "a range from low to high", found: text(from: start))
        }
        return low...high
    }

    private mutating func parseClassScalar(from classStart: Int) throws(LinearRegexError) -> UInt32 {
        let start = place
        guard let scalar = next else { throw failure(at: classStart, expected: "a ] for this [", found: "none") }
        place += 1
        return scalar == "\\" ? try parseEscapedScalar(from: start) : scalar.value
    }
}
