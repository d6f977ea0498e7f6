@testable import LinearRegex

/// Regular expressions: the fast ways to match agree with the simulation, and replacing with finding. The input is a
/// pattern, a line feed and a text; a byte before tells whether the dot takes newlines.
enum RegexTarget {
    private static let mostPattern = 256

    static func run(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let parts = bytes.dropFirst().split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        let pattern = String(decoding: parts[0].prefix(mostPattern), as: UTF8.self)
        let text = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : ""
        let dotMatchesNewline = first & 1 == 1
        guard let regex = try? LinearRegex(pattern, dotMatchesNewline: dotMatchesNewline) else { return }
        check(regex, text)
        if !dotMatchesNewline { checkReplacement(regex, text) }
    }

    private static func check(_ regex: LinearRegex, _ text: String) {
        var parser = PatternParser(regex.pattern, dotMatchesNewline: regex.dotMatchesNewline)
        guard let tree = try? parser.parse(), let program = Program(tree) else { return }
        var whole = Simulation(program, .whole)
        expect(
            regex.matchesWhole(text) == whole.matches(text), "whole matches of \(regex.pattern) are the simulation's")
        var anywhere = Simulation(program, .anywhere)
        expect(regex.isFound(in: text) == anywhere.matches(text), "\(regex.pattern) is found where the simulation does")
        if regex.matchesWhole(text) { expect(regex.isFound(in: text), "\(regex.pattern) is found where it is all") }
    }

    private static func checkReplacement(_ regex: LinearRegex, _ text: String) {
        guard let replacement = try? RegexReplacement(regex.pattern) else { return }
        let (replaced, count) = replacement.replace(in: text, by: "")
        let scalars = text.unicodeScalars.count
        expect(replaced.unicodeScalars.count <= scalars - count, "\(count) matches of at least a scalar are gone")
        if !regex.isFound(in: text) { expect(count == 0, "nothing is replaced where nothing is found") }
        if regex.matchesWhole(text), (1...RegexReplacement.mostScalars).contains(scalars) {
            expect(replaced.isEmpty, "all of a text that matches whole is replaced")
        }
    }
}
