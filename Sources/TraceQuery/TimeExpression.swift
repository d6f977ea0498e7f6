import TraceModel

/// A time as people type it in `--from` and `--to`.
package enum TimeExpression: Hashable, Sendable {
    /// Nanoseconds since 1970.
    case absolute(UInt64)
    /// So many nanoseconds before now.
    case beforeNow(UInt64)
    /// So many nanoseconds before the newest start in the file.
    case beforeEnd(UInt64)

    package static let forms = "RFC 3339 (2026-11-21T08:00:00Z), unix seconds, now-1h or end-1h"

    /// - Returns: `nil` when the text has none of ``forms``.
    package init?(_ text: String) {
        if text == "now" {
            self = .beforeNow(0)
        } else if text == "end" {
            self = .beforeEnd(0)
        } else if text.hasPrefix("now-"), let nanos = DurationText.parse(text.dropFirst(4)) {
            self = .beforeNow(nanos)
        } else if text.hasPrefix("end-"), let nanos = DurationText.parse(text.dropFirst(4)) {
            self = .beforeEnd(nanos)
        } else if let nanos = Timestamp.parse(text) ?? Self.unixSeconds(text) {
            self = .absolute(nanos)
        } else {
            return nil
        }
    }

    /// - Parameters:
    ///   - now: Nanoseconds since 1970.
    ///   - lastStart: The newest start in the file; without one `end` is `now`.
    package func nanos(now: UInt64, lastStart: UInt64?) -> UInt64 {
        switch self {
        case .absolute(let nanos): nanos
        case .beforeNow(let nanos): now >= nanos ? now - nanos : 0
        case .beforeEnd(let nanos): (lastStart ?? now) >= nanos ? (lastStart ?? now) - nanos : 0
        }
    }

    /// Digits with an optional fraction, exact to the nanosecond.
    private static func unixSeconds(_ text: String) -> UInt64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first, parts.count <= 2, !whole.isEmpty,
            text.utf8.allSatisfy({ $0 == 0x2E || isDigit($0) }),
            let seconds = UInt64(whole), seconds < 18_000_000_000
        else { return nil }
        let digits = parts.count == 2 ? parts[1].prefix(9) : ""
        if parts.count == 2 && digits.isEmpty { return nil }
        let padded = digits + String(repeating: "0", count: 9 - digits.count)
        return UInt64(padded).map { seconds * 1_000_000_000 + $0 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
