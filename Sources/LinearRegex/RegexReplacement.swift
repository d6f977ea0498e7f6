/// Replaces what a pattern matches: of the matches that begin first the longest, one after the other, none of them empty.
///
/// A match is at most ``mostScalars`` long, so that a text takes at most that many steps a scalar and instruction; what
/// would match further is cut there.
package struct RegexReplacement: Sendable {
    package static let mostScalars = 1024

    private let regex: LinearRegex
    private let program: Program

    /// - Throws: ``LinearRegexError``.
    package init(_ pattern: String) throws(LinearRegexError) {
        regex = try LinearRegex(pattern)
        var parser = PatternParser(pattern, dotMatchesNewline: false)
        guard let program = Program(try parser.parse()) else {
            throw LinearRegexError(
                offset: 0, expected: "a pattern of at most \(Program.mostInstructions) steps, repetitions written out",
                found: "more")
        }
        self.program = program
    }

    /// - Returns: The text with every match replaced, and how many there were.
    package func replace(in text: String, by replacement: String) -> (text: String, count: Int) {
        if !regex.isFound(in: text) { return (text, 0) }
        let scalars = Array(text.unicodeScalars)
        var search = Search(program, scalars)
        var (result, end, count) = (String.UnicodeScalarView(), 0, 0)
        while let match = search.next(from: end) {
            result += scalars[end..<match.lowerBound]
            result += replacement.unicodeScalars
            end = match.upperBound
            count += 1
        }
        result += scalars[end...]
        return (String(result), count)
    }

    /// Simulates the program from every place at once; of two ways to be at an instruction the one that began first
    /// counts.
    private struct Search {
        private struct Way {
            let instruction: Int32
            let start: Int
        }

        let program: Program
        let classes: [Int]
        private var seen: [Int]
        private var round = 0

        init(_ program: Program, _ scalars: [Unicode.Scalar]) {
            self.program = program
            classes = scalars.map { program.classes.number(of: $0) }
            seen = [Int](repeating: 0, count: program.instructions.count)
        }

        mutating func next(from first: Int) -> Range<Int>? {
            var ways: [Way] = []
            var best: Range<Int>?
            for place in first...classes.count {
                if best == nil { ways.append(Way(instruction: program.start, start: place)) }
                let takes = follow(ways, at: place, &best)
                ways = []
                if place == classes.count { break }
                round += 1
                for way in takes where place - way.start < RegexReplacement.mostScalars {
                    guard best == nil || way.start == best?.lowerBound,
                        case .take(let set, let next) = program.instructions[Int(way.instruction)],
                        seen[Int(next)] != round, program.classes.contains(classes[place], inSet: Int(set))
                    else { continue }
                    seen[Int(next)] = round
                    ways.append(Way(instruction: next, start: way.start))
                }
                if ways.isEmpty, best != nil { break }
            }
            return best
        }

        /// Follows forks and checks, the ways that began first before others.
        private mutating func follow(_ ways: [Way], at place: Int, _ best: inout Range<Int>?) -> [Way] {
            let left = place == 0 ? Surrounding.edge : program.surroundings[classes[place - 1]]
            let right = place == classes.count ? Surrounding.edge : program.surroundings[classes[place]]
            round += 1
            var takes: [Way] = []
            for way in ways {
                var pending = [way.instruction]
                while let number = pending.popLast() {
                    guard seen[Int(number)] != round else { continue }
                    seen[Int(number)] = round
                    switch program.instructions[Int(number)] {
                    case .take: takes.append(Way(instruction: number, start: way.start))
                    case .fork(let one, let other): pending += [other, one]
                    case .check(let assertion, let next):
                        if assertion.holds(between: left, and: right) { pending.append(next) }
                    case .match where place > way.start:
                        if best.map({ way.start <= $0.lowerBound }) ?? true { best = way.start..<place }
                    case .match: break
                    }
                }
            }
            return takes
        }
    }
}
