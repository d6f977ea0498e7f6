/// Reads RE2 syntax (https://github.com/google/re2/wiki/Syntax) into a syntax tree.
///
/// Open groups stand on a list of its own, not on the call stack. Offsets are in scalars here.
struct PatternParser {
    static let deepestNesting = 250
    static let mostRepetitions = 1000

    struct Flags {
        var foldsCase = false
        var dotMatchesNewline: Bool
        var isMultiline = false
    }

    /// A part of a sequence; `repetitions` is the largest product of nested counts in it.
    struct Part {
        var tree: SyntaxTree
        var repetitions = 1
    }

    /// A group that is open; the bottom one is the whole pattern.
    struct OpenGroup {
        var start: Int
        var flags: Flags
        var branches: [Part] = []
        var parts: [Part] = []
    }

    /// What `*`, `+`, `?` and `{n}` would repeat if they came next.
    enum Repeatable {
        case nothing, part, repetition
    }

    let scalars: [Unicode.Scalar]
    var place = 0
    private var open: [OpenGroup] = []
    var group: OpenGroup
    var repeatable = Repeatable.nothing
    /// Named sets as they were folded and negated, by what names them.
    var namedSets: [String: ScalarSet] = [:]
    private var setCount = 0
    /// Whether a `:]` may stand ahead.
    var mayHaveClassNames = true

    init(_ pattern: String, dotMatchesNewline: Bool) {
        scalars = Array(pattern.unicodeScalars)
        group = OpenGroup(start: 0, flags: Flags(dotMatchesNewline: dotMatchesNewline))
    }

    var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    func scalar(after distance: Int) -> Unicode.Scalar? {
        place + distance < scalars.count ? scalars[place + distance] : nil
    }

    mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        place += 1
        return true
    }

    func failure(at offset: Int, expected: String, found: String) -> LinearRegexError {
        LinearRegexError(offset: offset, expected: expected, found: found)
    }

    /// What stands from `start` up to where the parser is, for a message.
    func text(from start: Int) -> String {
        String(String.UnicodeScalarView(scalars[start..<min(place, scalars.count)]))
    }

    mutating func parse() throws(LinearRegexError) -> SyntaxTree {
        while let scalar = next {
            let start = place
            place += 1
            switch scalar {
            case "(": try openGroup(at: start)
            case ")": try closeGroup(at: start)
            case "|":
                endBranch()
                repeatable = .nothing
            case "[": try append(parseClass(from: start), at: start)
            case ".": append(.set(group.flags.dotMatchesNewline ? .all : .allButNewline))
            case "^": append(.assertion(group.flags.isMultiline ? .lineStart : .textStart))
            case "$": append(.assertion(group.flags.isMultiline ? .lineEnd : .textEnd))
            case "*": try appendRepetition(at: start, least: 0, most: nil)
            case "+": try appendRepetition(at: start, least: 1, most: nil)
            case "?": try appendRepetition(at: start, least: 0, most: 1)
            case "{": try parseCount(from: start)
            case "\\": try parseEscape(from: start)
            default: append(literal(scalar.value))
            }
        }
        guard open.isEmpty else { throw failure(at: group.start, expected: "a ) for this (", found: "none") }
        return finishedGroup().tree
    }

    /// Sets are counted early, as each may take long to make.
    mutating func append(_ set: ScalarSet, at start: Int) throws(LinearRegexError) {
        setCount += 1
        guard setCount <= Program.mostInstructions else {
            throw failure(at: start, expected: "at most \(Program.mostInstructions) classes", found: "one more")
        }
        append(.set(set))
    }

    mutating func append(_ tree: SyntaxTree) {
        group.parts.append(Part(tree: tree))
        repeatable = .part
    }

    func literal(_ value: UInt32) -> SyntaxTree {
        guard group.flags.foldsCase else { return .scalar(value) }
        let set = ScalarSet([value...value]).caseClosed
        return set.ranges == [value...value] ? .scalar(value) : .set(set)
    }

    // MARK: Groups

    mutating func beginGroup(at start: Int, flags: Flags) throws(LinearRegexError) {
        guard open.count < Self.deepestNesting else {
            throw failure(at: start, expected: "at most \(Self.deepestNesting) nested groups", found: "one more")
        }
        open.append(group)
        group = OpenGroup(start: start, flags: flags)
        repeatable = .nothing
    }

    private mutating func closeGroup(at start: Int) throws(LinearRegexError) {
        guard !open.isEmpty else { throw failure(at: start, expected: "a ( before this )", found: "none") }
        let finished = finishedGroup()
        // Moved, so that its parts are not copied when one more is appended.
        group = open.removeLast()
        group.parts.append(finished)
        repeatable = .part
    }

    private mutating func endBranch() {
        let tree = SyntaxTree.sequence(of: group.parts.map(\.tree))
        group.branches.append(Part(tree: tree, repetitions: group.parts.map(\.repetitions).max() ?? 1))
        group.parts = []
    }

    private mutating func finishedGroup() -> Part {
        endBranch()
        let tree = SyntaxTree.choice(of: group.branches.map(\.tree))
        return Part(tree: tree, repetitions: group.branches.map(\.repetitions).max() ?? 1)
    }

    // MARK: Repetitions

    /// A `{` that no count follows is a literal, as in RE2.
    private mutating func parseCount(from start: Int) throws(LinearRegexError) {
        guard let (least, most, end) = count() else { return append(literal(0x7B)) }
        place = end
        if let most, least > most {
            throw failure(at: start, expected: "counts in order, as in {2,5}", found: text(from: start))
        }
        guard max(least, most ?? 0) <= Self.mostRepetitions else {
            throw failure(at: start, expected: "at most \(Self.mostRepetitions) repetitions", found: text(from: start))
        }
        try appendRepetition(at: start, least: least, most: most)
    }

    /// `n}`, `n,}` or `n,m}` here, and the place after it. No count has a leading zero or more than eight digits.
    private func count() -> (least: Int, most: Int?, end: Int)? {
        var end = place
        guard let least = number(at: &end) else { return nil }
        var most: Int? = least
        if end < scalars.count, scalars[end] == "," {
            end += 1
            most = nil
            if end < scalars.count, scalars[end] != "}" {
                guard let number = number(at: &end) else { return nil }
                most = number
            }
        }
        return end < scalars.count && scalars[end] == "}" ? (least, most, end + 1) : nil
    }

    private func number(at place: inout Int) -> Int? {
        let start = place
        var value = 0
        while place < scalars.count, case let digit = scalars[place].value, digit >= 0x30, digit <= 0x39 {
            value = value * 10 + Int(digit - 0x30)
            place += 1
            if place - start > 8 { return nil }
        }
        return place == start || (place - start > 1 && scalars[start] == "0") ? nil : value
    }

    private mutating func appendRepetition(at start: Int, least: Int, most: Int?) throws(LinearRegexError) {
        guard repeatable == .part, let part = group.parts.popLast() else {
            let found =
                repeatable == .repetition
                ? "\(text(from: start)) after another repetition, which RE2 syntax does not have"
                : "\(text(from: start)) with nothing before it"
            throw failure(at: start, expected: "something to repeat", found: found)
        }
        // The product counts {n} only: what * and + add does not make the program longer.
        let times = scalars[start] == "{" ? max(least, most ?? 0, 1) : 1
        let repetitions = part.repetitions * times
        guard repetitions <= Self.mostRepetitions else {
            throw failure(
                at: start, expected: "nested counts with a product of at most \(Self.mostRepetitions)",
                found: "\(repetitions)")
        }
        let tree = SyntaxTree.repetition(of: part.tree, least: least, most: most)
        group.parts.append(Part(tree: tree, repetitions: repetitions))
        _ = skip("?")
        repeatable = .repetition
    }
}
