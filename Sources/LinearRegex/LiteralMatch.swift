/// A pattern that is one text or a choice of texts, with nothing or `.*` on either side: searched for as bytes, which for
/// valid UTF-8 is the same as scalars.
///
/// Invariants: there is at least one literal; none has a newline if a gap is `line`; if something may come after them,
/// they are sorted and none begins with another.
struct LiteralMatch: Sendable {
    /// What may stand between an end of the text and the literal.
    enum Gap: Hashable, Sendable {
        case nothing
        /// Anything but newlines.
        case line
        case anything
    }

    private let literals: [[UInt8]]
    private let set: Set<[UInt8]>
    private let lengths: ClosedRange<Int>
    /// Whether a literal begins with the byte.
    private let isFirst: [Bool]
    private let before: Gap
    private let after: Gap

    /// - Returns: `nil` for any other pattern.
    init?(_ tree: SyntaxTree, _ extent: Simulation.Extent) {
        var parts = tree.parts[...]
        let isFromStart = parts.first == .assertion(.textStart)
        if isFromStart { parts = parts.dropFirst() }
        let isToEnd = parts.last == .assertion(.textEnd)
        if isToEnd { parts = parts.dropLast() }
        var gaps = [Gap.nothing, Gap.nothing]
        if let gap = parts.first?.gap {
            gaps[0] = gap
            parts = parts.dropFirst()
        }
        if let gap = parts.last?.gap {
            gaps[1] = gap
            parts = parts.dropLast()
        }
        if extent == .anywhere {
            if !isFromStart { gaps[0] = .anything }
            if !isToEnd { gaps[1] = .anything }
        }
        guard let literals = SyntaxTree.literals(of: parts), let shortest = literals.map(\.count).min(),
            let longest = literals.map(\.count).max()
        else { return nil }
        (before, after) = (gaps[0], gaps[1])
        // One gap with newlines and one without would need the last or the first place of the literal.
        if gaps.contains(.line), gaps.contains(.anything) || literals.contains(where: { $0.contains(0x0A) }) {
            return nil
        }
        self.literals = after == .nothing ? literals : Self.withoutLonger(literals)
        set = gaps == [.nothing, .nothing] && literals.count > 1 ? Set(literals) : []
        lengths = shortest...longest
        var isFirst = Array(repeating: shortest == 0, count: 256)
        for literal in literals {
            if let byte = literal.first { isFirst[Int(byte)] = true }
        }
        self.isFirst = isFirst
    }

    /// Whether an automaton, which looks at each scalar once, is faster.
    var isSearchForMany: Bool { literals.count > 1 && before != .nothing && after != .nothing }

    /// Sorted, and without each literal that begins with another: where it is, the other is too.
    private static func withoutLonger(_ literals: [[UInt8]]) -> [[UInt8]] {
        var kept: [[UInt8]] = []
        for literal in literals.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            if let last = kept.last, literal.starts(with: last) { continue }
            kept.append(literal)
        }
        return kept
    }

    func matches(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count >= lengths.lowerBound else { return false }
        let isFound =
            switch (before, after) {
            case (.nothing, .nothing): isLiteral(bytes)
            case (.nothing, _): begins(bytes[...])
            case (_, .nothing): literals.contains { ends(bytes, with: $0) }
            default: contains(bytes)
            }
        return isFound && (before != .line && after != .line || !bytes.contains(0x0A))
    }

    private func isLiteral(_ bytes: String.UTF8View) -> Bool {
        guard bytes.count <= lengths.upperBound else { return false }
        return literals.count == 1 ? bytes.elementsEqual(literals[0]) : set.contains(Array(bytes))
    }

    private func ends(_ bytes: String.UTF8View, with literal: [UInt8]) -> Bool {
        bytes.count >= literal.count && bytes.suffix(literal.count).elementsEqual(literal)
    }

    /// Only the last literal that does not sort after the bytes can be their beginning, as none begins with another.
    private func begins(_ bytes: Substring.UTF8View) -> Bool {
        var low = 0
        var high = literals.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if bytes.lexicographicallyPrecedes(literals[middle]) { high = middle } else { low = middle }
        }
        return bytes.starts(with: literals[low])
    }

    private func contains(_ bytes: String.UTF8View) -> Bool {
        if lengths.lowerBound == 0 { return true }
        var place = bytes.startIndex
        while place < bytes.endIndex {
            if isFirst[Int(bytes[place])], begins(bytes[place...]) { return true }
            place = bytes.index(after: place)
        }
        return false
    }
}

extension SyntaxTree {
    fileprivate var parts: [SyntaxTree] {
        switch self {
        case .sequence(let parts): parts
        case .empty: []
        default: [self]
        }
    }

    /// `.*`, in either meaning of the dot.
    fileprivate var gap: LiteralMatch.Gap? {
        switch self {
        case .repetition(.set(.all), least: 0, most: nil): .anything
        case .repetition(.set(.allButNewline), least: 0, most: nil): .line
        default: nil
        }
    }

    /// The texts that the parts spell, if they spell one or are a single choice of such; as UTF-8.
    fileprivate static func literals(of parts: ArraySlice<SyntaxTree>) -> [[UInt8]]? {
        guard parts.count == 1, case .choice(let branches)? = parts.first else {
            return literal(of: parts).map { [$0] }
        }
        var literals: [[UInt8]] = []
        for branch in branches {
            guard let literal = literal(of: branch.parts[...]) else { return nil }
            literals.append(literal)
        }
        return literals
    }

    private static func literal(of parts: ArraySlice<SyntaxTree>) -> [UInt8]? {
        var bytes: [UInt8] = []
        for part in parts {
            guard case .scalar(let value) = part, let scalar = Unicode.Scalar(value) else { return nil }
            bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        return bytes
    }
}
