/// Suggestions for mistyped names.
package enum Spelling {
    /// The candidate with the fewest single-character edits from `text`, if they are at most a third of its length
    /// (and two at least), the earliest of equals; else the shortest that begins with `text`.
    package static func nearest(to text: String, among candidates: [String]) -> String? {
        let limit = max(2, text.count / 3)
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let distance = editDistance(Array(text.lowercased()), Array(candidate.lowercased()))
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
            ?? candidates.filter { text.count > 2 && $0.hasPrefix(text) }.min { $0.count < $1.count }
    }

    /// Levenshtein's distance.
    static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substituted = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
