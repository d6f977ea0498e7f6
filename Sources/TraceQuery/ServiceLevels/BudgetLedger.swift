import TraceConfig
import TraceModel
import TraceStore

/// What an objective's error budget was, and what was left of it: month by month, or over a rolling window day by day.
package struct BudgetLedger: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        /// Half-open.
        package let window: Range<UInt64>
        package let count: BurnCount
        let target: Double

        /// Spans that might have been bad: (1 - target) × total.
        package var budget: Double { (1 - target) * Double(count.total) }
        package var compliance: Double { Double(count.good) / Double(count.total) }
        /// 1 - bad / budget, below 0 when overspent; `nil` for a target of 1.
        package var budgetRemaining: Double? { count.burnRate(target).map { 1 - $0 } }
        package var status: Compliance.Status { compliance >= target ? .ok : .breached }
    }

    package let history: ComplianceHistory
    /// By group, then time. Only those in which spans were measured.
    package let rows: [Row]

    private static let dayNanos: UInt64 = 86_400_000_000_000

    /// - Parameter isRolling: Whether each row is the objective's window (30 days where it names none) up to the end of a day in
    ///   which spans were measured, instead of a month. Days and months are UTC's.
    package init(_ history: ComplianceHistory, isRolling: Bool) {
        self.history = history
        let length = history.level.windowNanos ?? BurnWindows.usualPeriodNanos
        rows = history.groups.flatMap { group in
            let sums = MinuteSums(group.minutes)
            var windows: [Range<UInt64>] = []
            for number in sums.numbers {
                let nanos = UInt64(number) * ComplianceHistory.minuteNanos
                if let last = windows.last, nanos < last.upperBound { continue }
                windows.append(isRolling ? Self.rolling(length, over: nanos) : Timestamp.month(of: nanos))
            }
            return windows.map { window in
                Row(
                    group: group.key, window: window,
                    count: sums.count(
                        Int(
                            window.lowerBound / ComplianceHistory.minuteNanos)..<Int(
                                window.upperBound / ComplianceHistory.minuteNanos)),
                    target: history.level.target)
            }
        }
    }

    /// Up to the end of a time's day; whole minutes.
    private static func rolling(_ length: UInt64, over nanos: UInt64) -> Range<UInt64> {
        let day = nanos / dayNanos * dayNanos
        let end = day.saturating(dayNanos)
        let from = end > length ? end - length : 0
        return from / ComplianceHistory.minuteNanos * ComplianceHistory.minuteNanos..<end
    }
}
