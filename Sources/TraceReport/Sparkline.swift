/// Numbers over time as one line of eighths of blocks: the greatest is a full block, the least above 0 an eighth, and 0
/// a dot.
package enum Sparkline {
    private static let marks = Array("▁▂▃▄▅▆▇█")

    /// - Parameters:
    ///   - values: 0 or more each.
    ///   - width: Columns, above 0. Where there are more values, each mark is the greatest of as many as the next, or one
    ///     more or fewer.
    package static func text(_ values: [Double], width: Int) -> String {
        let most = values.max() ?? 0
        let columns = min(width, values.count)
        return String(
            (0..<columns).map { column -> Character in
                let value = values[column * values.count / columns..<(column + 1) * values.count / columns].max() ?? 0
                if value <= 0 { return "·" }
                return marks[min(Int(value / most * Double(marks.count)), marks.count - 1)]
            })
    }
}
