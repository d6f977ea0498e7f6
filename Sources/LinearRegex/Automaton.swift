/// A program made deterministic ahead of time: one table look-up a scalar, and nothing that changes, so that threads
/// share it freely.
///
/// Invariants: a state's number is the place of its first transition, a multiple of `width`; `transitions[state + class]`
/// is the next state; states 0 and `width` lead to themselves, the first never to match, the second always to match.
struct Automaton: Sendable {
    private let transitions: [Int32]
    /// Whether the text may end in the state, by state divided by `width`.
    private let isAccepting: [Bool]
    private let classes: ScalarClasses
    private let start: Int32
    private let width: Int32

    /// A pattern whose automaton has more of them, or takes more steps to make, is simulated instead. The bounds are some
    /// ten milliseconds and 256 KiB.
    static let mostStates = 2_048
    static let mostTransitions = 65_536
    static let mostSteps = 1_500_000

    /// - Returns: `nil` if it would be too large.
    init?(_ program: Program, _ extent: Simulation.Extent) {
        var builder = AutomatonBuilder(program, extent)
        guard let start = builder.build() else { return nil }
        builder.nameSinks()
        transitions = builder.transitions
        isAccepting = builder.isAccepting
        classes = program.classes
        self.start = start
        width = Int32(builder.width)
    }

    func matches(_ text: String) -> Bool {
        var state = start
        for scalar in text.unicodeScalars {
            if state <= width { return state == width }
            state = transitions[Int(state) + classes.number(of: scalar)]
        }
        return isAccepting[Int(state / width)]
    }
}

/// Finds the states that can be reached, each by where the program can be and by what stands on the left.
private struct AutomatonBuilder {
    private struct State: Hashable {
        var targets: [Int32]
        var left: Surrounding
        var isStart: Bool
    }

    let width: Int
    private(set) var transitions: [Int32] = []
    private(set) var isAccepting: [Bool] = []
    private let program: Program
    private let extent: Simulation.Extent
    private var simulation: Simulation
    private var states: [State] = []
    private var numbers: [State: Int32] = [:]
    /// The classes that are the same for assertions.
    private let groups: [(Surrounding, [Int])]

    init(_ program: Program, _ extent: Simulation.Extent) {
        self.program = program
        self.extent = extent
        simulation = Simulation(program, extent)
        width = program.classes.count
        groups = Dictionary(grouping: 0..<width) { program.surroundings[$0] }.map { ($0.key, $0.value) }
    }

    /// - Returns: The first state, or `nil` when the bounds are reached.
    mutating func build() -> Int32? {
        appendSink(isAccepting: false)
        appendSink(isAccepting: true)
        let start = number(of: State(targets: [], left: .edge, isStart: true))
        var place = 0
        while place < states.count {
            guard states.count <= Automaton.mostStates, transitions.count + width <= Automaton.mostTransitions,
                fillTransitions(of: states[place])
            else { return nil }
            place += 1
        }
        return start
    }

    private mutating func appendSink(isAccepting accepts: Bool) {
        transitions += Array(repeating: Int32(transitions.count), count: width)
        isAccepting.append(accepts)
    }

    private mutating func number(of state: State) -> Int32 {
        if let number = numbers[state] { return number }
        // Two sinks stand before the states.
        let number = Int32((states.count + 2) * width)
        states.append(state)
        numbers[state] = number
        return number
    }

    /// - Returns: `false` when that took too many steps.
    private mutating func fillTransitions(of state: State) -> Bool {
        var row = Array(repeating: Int32(0), count: width)
        for (right, members) in groups {
            let isMatch = simulation.follow(
                from: state.targets, isStart: state.isStart, left: state.left, right: right)
            for number in members {
                if isMatch, extent == .anywhere {
                    row[number] = Int32(width)
                    continue
                }
                guard simulation.stepCount <= Automaton.mostSteps else { return false }
                simulation.take(number)
                if simulation.targets.isEmpty, extent == .whole { continue }
                row[number] = self.number(
                    of: State(targets: simulation.targets.sorted(), left: right, isStart: false))
            }
        }
        transitions += row
        isAccepting.append(
            simulation.follow(from: state.targets, isStart: state.isStart, left: state.left, right: .edge))
        return true
    }

    /// Sends what leads to a state that is never left to one of the two sinks, so that matching ends there.
    mutating func nameSinks() {
        var sinks = Array(repeating: Int32?.none, count: isAccepting.count)
        for state in sinks.indices {
            let row = transitions[(state * width)..<((state + 1) * width)]
            if row.allSatisfy({ $0 == Int32(state * width) }) { sinks[state] = isAccepting[state] ? Int32(width) : 0 }
        }
        for place in transitions.indices {
            if let sink = sinks[Int(transitions[place]) / width] { transitions[place] = sink }
        }
    }
}
