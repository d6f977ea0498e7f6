/// Unicode scalar values, as ranges that are sorted, disjoint and never adjacent, so that equal sets have equal ranges.
///
/// Surrogates may be in a set; no text has any, so it makes no difference.
struct ScalarSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>]

    static let last: UInt32 = 0x10FFFF
    static let all = ScalarSet([0...last])
    static let newline = ScalarSet([0x0A...0x0A])
    static let allButNewline = newline.complement

    /// - Parameter ranges: In any order; they may overlap.
    init(_ ranges: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let before = merged.last, range.lowerBound <= before.upperBound + 1 {
                merged[merged.count - 1] = before.lowerBound...max(before.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
    }

    var complement: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= Self.last { gaps.append(next...Self.last) }
        return ScalarSet(gaps)
    }

    /// The set with every scalar that differs from one in it by case only.
    var caseClosed: ScalarSet { ScalarSet(ranges + CaseFolding.others(of: ranges)) }
}
