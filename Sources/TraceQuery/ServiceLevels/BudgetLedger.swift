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
        package var budget: Double { Double(count.total) - target * Double(count.total) }
        package var compliance: Double { Double(count.good) / Double(count.total) }
        /// 1 - bad / budget, below 0 when overspent; `nil` for a target of 1.
        package var budgetRemaining: Double? { count.burnRate(target).map { 1 - $0 } }
        package var status: Compliance.Status { compliance >= target ? .ok : .breached }
    }

    package let history: ComplianceHistory
    /// By group, then time. Only those in which spans were measured.
    package let rows: [Row]

    private static let dayNanos: UInt64 = 86_400_000_000_000

    /// - Parameters:
    ///   - isRolling: Whether each row is the objective's window (30 days where it names none) up to the end of a day in which spans were
    ///     measured, instead of a month; where the window is shorter than a day, up to the end of each such length. Days and
    ///     months are UTC's.
    ///   - window: Months are cut to it; rolling windows that end in it reach back before it.
    package init(
        _ level: ServiceLevel, isRolling: Bool, window: TimeWindow, in snapshot: StoreSnapshot
    ) throws {
        let minute = ComplianceHistory.minuteNanos
        let length = max((level.windowNanos ?? BurnWindows.usualPeriodNanos) / minute * minute, minute)
        let step = min(length, Self.dayNanos)
        let from = window.from ?? 0
        let earlier = isRolling ? (from > length ? from - length : 0) : from
        let history = try ComplianceHistory(
            level, window: TimeWindow(from: window.from.map { _ in earlier }, to: window.to), in: snapshot)
        self.history = history
        rows = history.groups.flatMap { group in
            let sums = MinuteSums(group.minutes)
            var windows: [Range<UInt64>] = []
            for number in sums.numbers {
                let nanos = UInt64(number) * minute
                if nanos.saturating(minute - 1) < from { continue }
                if let last = windows.last, nanos < last.upperBound { continue }
                if isRolling {
                    let end = (nanos / step * step).saturating(step)
                    windows.append((end > length ? end - length : 0)..<end)
                } else {
                    let month = Timestamp.month(of: nanos)
                    windows.append(max(month.lowerBound, from)..<min(month.upperBound, window.to ?? .max))
                }
            }
            return windows.map { window in
                let last = window.upperBound / minute + (window.upperBound.isMultiple(of: minute) ? 0 : 1)
                let count = sums.count(Int(window.lowerBound / minute)..<Int(last))
                return Row(group: group.key, window: window, count: count, target: level.target)
            }.filter { $0.count.total > 0 }
        }
    }
}
