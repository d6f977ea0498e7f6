/// A syntax tree as a nondeterministic automaton over classes of scalars.
///
/// Invariant: each number of a next instruction is one of `instructions`; loops go through a `fork`.
struct Program: Sendable {
    /// More instructions make an error, so that a text takes at most that many steps a scalar.
    static let mostInstructions = 10_000

    enum Instruction: Sendable {
        /// Takes a scalar that is in the set.
        case take(set: Int32, next: Int32)
        case fork(Int32, Int32)
        case check(Assertion, next: Int32)
        case match
    }

    let instructions: [Instruction]
    let start: Int32
    let classes: ScalarClasses
    /// What each class is for assertions.
    let surroundings: [Surrounding]

    /// - Returns: `nil` if the program would be too long.
    init?(_ tree: SyntaxTree) {
        var writer = ProgramWriter()
        guard let start = writer.write(tree, next: writer.append(.match)) else { return nil }
        let asks = writer.assertions
        let asksLines = asks.contains(.lineStart) || asks.contains(.lineEnd)
        let asksWords = asks.contains(.wordBoundary) || asks.contains(.noWordBoundary)
        let newline = asksLines ? writer.number(of: .newline) : nil
        let word = asksWords ? writer.number(of: NamedSets.word) : nil
        guard let classes = ScalarClasses(parting: writer.sets) else { return nil }
        instructions = writer.instructions
        self.start = start
        self.classes = classes
        surroundings = (0..<classes.count).map { number in
            if let newline, classes.contains(number, inSet: Int(newline)) { return .newline }
            if let word, classes.contains(number, inSet: Int(word)) { return .word }
            return .other
        }
    }
}

/// What stands at one side of a place in a text. Without assertions that ask, all is `other`.
enum Surrounding: Hashable, Sendable {
    /// No scalar: the start on the left side, the end on the right.
    case edge
    case newline, word, other
}

extension Assertion {
    func holds(between left: Surrounding, and right: Surrounding) -> Bool {
        switch self {
        case .textStart: left == .edge
        case .textEnd: right == .edge
        case .lineStart: left == .edge || left == .newline
        case .lineEnd: right == .edge || right == .newline
        case .wordBoundary: (left == .word) != (right == .word)
        case .noWordBoundary: (left == .word) == (right == .word)
        }
    }
}

/// Writes instructions from the end to the start, so that each knows what comes next.
private struct ProgramWriter {
    var instructions: [Program.Instruction] = []
    var sets: [ScalarSet] = []
    var assertions: Set<Assertion> = []
    private var numbers: [ScalarSet: Int32] = [:]

    init() {}

    mutating func number(of set: ScalarSet) -> Int32 {
        if let number = numbers[set] { return number }
        let number = Int32(sets.count)
        sets.append(set)
        numbers[set] = number
        return number
    }

    mutating func append(_ instruction: Program.Instruction) -> Int32 {
        instructions.append(instruction)
        return Int32(instructions.count - 1)
    }

    /// - Returns: The first instruction of `tree`, after which `next` follows; `nil` if there is no room.
    mutating func write(_ tree: SyntaxTree, next: Int32) -> Int32? {
        guard instructions.count < Program.mostInstructions else { return nil }
        switch tree {
        case .empty: return next
        case .scalar(let value): return append(.take(set: number(of: ScalarSet([value...value])), next: next))
        case .set(let set): return append(.take(set: number(of: set), next: next))
        case .assertion(let assertion):
            assertions.insert(assertion)
            return append(.check(assertion, next: next))
        case .sequence(let parts): return write(parts, next: next)
        case .choice(let branches): return write(choice: branches, next: next)
        case .repetition(let part, let least, let most): return write(part, least: least, most: most, next: next)
        }
    }

    private mutating func write(_ parts: [SyntaxTree], next: Int32) -> Int32? {
        var next = next
        for part in parts.reversed() {
            guard let start = write(part, next: next) else { return nil }
            next = start
        }
        return next
    }

    private mutating func write(choice branches: [SyntaxTree], next: Int32) -> Int32? {
        var choice: Int32?
        for branch in branches.reversed() {
            guard let start = write(branch, next: next) else { return nil }
            choice = choice.map { append(.fork(start, $0)) } ?? start
        }
        return choice
    }

    private mutating func write(_ part: SyntaxTree, least: Int, most: Int?, next: Int32) -> Int32? {
        var entry = next
        var copies = least
        if let most {
            for _ in least..<most {
                guard let body = write(part, next: entry) else { return nil }
                entry = append(.fork(body, next))
            }
        } else {
            let loop = append(.fork(next, next))
            guard let body = write(part, next: loop) else { return nil }
            instructions[Int(loop)] = .fork(body, next)
            entry = least == 0 ? loop : body
            copies = max(least - 1, 0)
        }
        for _ in 0..<copies {
            guard let body = write(part, next: entry) else { return nil }
            entry = body
        }
        return entry
    }
}
