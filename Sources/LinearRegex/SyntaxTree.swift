/// What a pattern says. Whether a repetition is lazy and whether a group captures is gone: neither can change whether a
/// text matches.
indirect enum SyntaxTree: Hashable, Sendable {
    /// Matches between any two scalars.
    case empty
    case scalar(UInt32)
    case set(ScalarSet)
    case assertion(Assertion)
    /// Two or more, none of them empty.
    case sequence([SyntaxTree])
    /// Two or more.
    case choice([SyntaxTree])
    /// Not of `empty`; `most` is `nil` for any number.
    case repetition(SyntaxTree, least: Int, most: Int?)
}

/// What holds of a place between two scalars.
enum Assertion: Hashable, Sendable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary
}

extension SyntaxTree {
    static func sequence(of parts: [SyntaxTree]) -> SyntaxTree {
        let parts = parts.filter { $0 != .empty }
        return switch parts.count {
        case 0: .empty
        case 1: parts[0]
        default: .sequence(parts)
        }
    }

    static func choice(of branches: [SyntaxTree]) -> SyntaxTree {
        branches.count == 1 ? branches[0] : .choice(branches)
    }

    static func repetition(of part: SyntaxTree, least: Int, most: Int?) -> SyntaxTree {
        if part == .empty || most == 0 { return .empty }
        return least == 1 && most == 1 ? part : .repetition(part, least: least, most: most)
    }
}
