import TraceModel

/// What reports say to type.
enum CommandText {
    /// `--from` and `--to` of a window, with a space before each.
    ///
    /// - Parameter prefix: Before their names: `a-` for `--a-from`.
    static func options(_ window: TimeWindow, _ prefix: String = "") -> String {
        (window.from.map { " --\(prefix)from \(time($0))" } ?? "")
            + (window.to.map { " --\(prefix)to \(time($0))" } ?? "")
    }

    /// In UTC, with as many digits of a second as it takes.
    private static func time(_ nanos: UInt64) -> String {
        if nanos.isMultiple(of: 1_000_000_000) { return Timestamp.utcText(nanos).prefix(19) + "Z" }
        let digits = Timestamp.utcText(nanos).dropLast().reversed().drop { $0 == "0" }
        return String(digits.reversed()) + "Z"
    }
}
