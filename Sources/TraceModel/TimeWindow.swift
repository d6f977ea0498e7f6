/// A half-open range of nanoseconds since 1970. A span counts if it *starts* inside.
package struct TimeWindow: Hashable, Sendable {
    /// Included; `nil` for no lower bound.
    package var from: UInt64?
    /// Excluded; `nil` for no upper bound.
    package var to: UInt64?

    package static let all = TimeWindow()

    package init(from: UInt64? = nil, to: UInt64? = nil) {
        self.from = from
        self.to = to
    }

    package func contains(_ nanos: UInt64) -> Bool {
        (from.map { nanos >= $0 } ?? true) && (to.map { nanos < $0 } ?? true)
    }
}

extension ClosedRange {
    /// From the least to the greatest of both.
    package func union(_ other: ClosedRange) -> ClosedRange {
        Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
    }

    /// The same where there may be none.
    package static func union(_ left: ClosedRange?, _ right: ClosedRange?) -> ClosedRange? {
        guard let left, let right else { return left ?? right }
        return left.union(right)
    }
}

/// A length of time as people type it: `500ms`, `1.5h`, `90s`.
package enum DurationText {
    package static let units: [(name: String, nanos: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9), ("d", 86_400e9),
        ("w", 604_800e9),
    ]

    /// - Returns: Nanoseconds, or `nil` when the text is no number that is followed by one of ``units``.
    package static func parse(_ text: some StringProtocol) -> UInt64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = String(text.dropFirst(number.count))
        guard let value = Double(number), let scale = units.first(where: { $0.name == unit })?.nanos,
            value * scale < 9.2e18
        else { return nil }
        return UInt64((value * scale).rounded())
    }

    /// Three significant digits in the unit that fits: `412 ms`, `1.53 s`, `2 m 05 s`, `3 h 20 m`.
    package static func human(nanos: Double) -> String {
        let size = abs(nanos)
        if size < 1e3 { return "\(significant(nanos)) ns" }
        if size < 999.5e3 { return "\(significant(nanos / 1e3)) µs" }
        if size < 999.5e6 { return "\(significant(nanos / 1e6)) ms" }
        if size < 59.95e9 { return "\(significant(nanos / 1e9)) s" }
        let sign = nanos < 0 ? "-" : ""
        let seconds = Int((size / 1e9).rounded())
        if seconds < 3600 { return "\(sign)\(seconds / 60) m \(twoDigits(seconds % 60)) s" }
        let minutes = Int((size / 60e9).rounded())
        if minutes < 1440 { return "\(sign)\(minutes / 60) h \(twoDigits(minutes % 60)) m" }
        let hours = Int((size / 3600e9).rounded())
        return "\(sign)\(hours / 24) d \(twoDigits(hours % 24)) h"
    }

    /// Three significant digits without trailing zeros; whole numbers above 999 in full.
    package static func significant(_ value: Double) -> String {
        let size = abs(value)
        let digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2
        let scale = [1.0, 10, 100][digits]
        let rounded = (size * scale).rounded() / scale
        var text = rounded.description
        if text.hasSuffix(".0") { text.removeLast(2) }
        return (value < 0 && rounded != 0 ? "-" : "") + text
    }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
}
