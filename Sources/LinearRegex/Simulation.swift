/// Which instructions a program can be at, scalar by scalar: all of them at once, so that a scalar takes at most as many
/// steps as there are instructions.
struct Simulation {
    /// Whether a match may begin anywhere and end anywhere, or must be the whole text.
    enum Extent: Sendable {
        case whole, anywhere
    }

    let program: Program
    let extent: Extent
    /// Where the last scalar led, without repeats, before forks and checks are followed.
    private(set) var targets: [Int32] = []
    /// The `take` instructions that `follow` reached.
    private var takes: [Int32] = []
    private var pending: [Int32] = []
    /// An instruction was seen in this round if its entry is `round`.
    private var seen: [Int]
    private var round = 0

    init(_ program: Program, _ extent: Extent) {
        self.program = program
        self.extent = extent
        seen = Array(repeating: 0, count: program.instructions.count)
    }

    /// Instructions looked at so far.
    private(set) var stepCount = 0

    /// Follows forks and checks from `targets`, and from the program's start where a match may begin.
    ///
    /// - Returns: Whether a match ends here; what it reached on the way is then not complete if `extent` is `anywhere`.
    mutating func follow(
        from targets: [Int32], isStart: Bool, left: Surrounding, right: Surrounding
    ) -> Bool {
        round += 1
        takes.removeAll(keepingCapacity: true)
        pending.append(contentsOf: targets)
        if isStart || extent == .anywhere { pending.append(program.start) }
        var isMatch = false
        while let number = pending.popLast() {
            guard seen[Int(number)] != round else { continue }
            seen[Int(number)] = round
            stepCount += 1
            switch program.instructions[Int(number)] {
            case .take: takes.append(number)
            case .fork(let one, let other):
                pending.append(other)
                pending.append(one)
            case .check(let assertion, let next):
                if assertion.holds(between: left, and: right) { pending.append(next) }
            case .match: isMatch = true
            }
        }
        return isMatch
    }

    /// Takes a scalar of a class from where `follow` came, into `targets`.
    mutating func take(_ number: Int) {
        round += 1
        targets.removeAll(keepingCapacity: true)
        stepCount += takes.count
        for instruction in takes {
            guard case .take(let set, let next) = program.instructions[Int(instruction)],
                seen[Int(next)] != round, program.classes.contains(number, inSet: Int(set))
            else { continue }
            seen[Int(next)] = round
            targets.append(next)
        }
    }

    /// Whether the program matches `text`; in time linear in its length times the program's.
    mutating func matches(_ text: String) -> Bool {
        targets = []
        var isStart = true
        var left = Surrounding.edge
        for scalar in text.unicodeScalars {
            let number = program.classes.number(of: scalar)
            let right = program.surroundings[number]
            let isMatch = follow(from: targets, isStart: isStart, left: left, right: right)
            if isMatch, extent == .anywhere { return true }
            take(number)
            if targets.isEmpty, extent == .whole { return false }
            isStart = false
            left = right
        }
        return follow(from: targets, isStart: isStart, left: left, right: .edge)
    }
}
