import TraceModel

/// The windows over which burn rates are told, each counted back from one end: those of multi-window alerts (Google's
/// SRE workbook, chapter 5).
package struct BurnWindows: Sendable {
    package enum Alert: String, Sendable { case page, ticket }

    /// Shortest first.
    package static let lengths: [(name: String, nanos: UInt64)] = [
        ("5m", 300_000_000_000), ("30m", 1_800_000_000_000), ("1h", 3_600_000_000_000), ("2h", 7_200_000_000_000),
        ("6h", 21_600_000_000_000), ("1d", 86_400_000_000_000), ("3d", 259_200_000_000_000),
    ]

    /// One alert: due while both windows burn faster than `factor`.
    package struct Rule: Sendable {
        package let alert: Alert
        /// Places in ``BurnWindows/lengths``.
        package let long: Int
        package let short: Int
        /// The share of the budget times the period over the long window.
        package let factor: Double

        package var longNanos: UInt64 { BurnWindows.lengths[long].nanos }
        package var shortNanos: UInt64 { BurnWindows.lengths[short].nanos }
    }

    private static let shares: [(alert: Alert, ofBudget: Double, long: Int, short: Int)] = [
        (.page, 0.02, 2, 0), (.page, 0.05, 4, 1), (.ticket, 0.10, 5, 3), (.ticket, 0.10, 6, 4),
    ]

    /// The most urgent first, of those whose long window is no longer than the period.
    ///
    /// - Parameter period: Of the objective, in nanoseconds; `nil` for ``usualPeriodNanos``.
    package static func rules(period: UInt64?) -> [Rule] {
        let period = period ?? usualPeriodNanos
        return shares.filter { lengths[$0.long].nanos <= period }.map { share in
            Rule(
                alert: share.alert, long: share.long, short: share.short,
                factor: share.ofBudget * Double(period) / Double(lengths[share.long].nanos))
        }
    }

    /// The period where an objective names none: 30 days.
    package static let usualPeriodNanos: UInt64 = 2_592_000_000_000_000

    /// Excluded.
    let end: UInt64

    /// Where each window begins, the latest first.
    var starts: [UInt64] { Self.lengths.map { end > $0.nanos ? end - $0.nanos : 0 } }

    package init(end: UInt64) { self.end = end }

    /// The most urgent alert that is due.
    ///
    /// - Parameters:
    ///   - rates: By ``lengths``; `nil` where nothing was measured.
    ///   - period: Of the objective, in nanoseconds; `nil` for ``usualPeriodNanos``.
    package static func alert(_ rates: [Double?], period: UInt64?) -> Alert? {
        rules(period: period).first { rule in
            guard let long = rates[rule.long], let short = rates[rule.short] else { return false }
            return long > rule.factor && short > rule.factor
        }?.alert
    }
}
