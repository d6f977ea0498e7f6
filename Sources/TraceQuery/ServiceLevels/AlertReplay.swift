import TraceConfig
import TraceModel
import TraceStore

/// The alerts that an objective's burn rates would have raised, as if they had been looked at each full minute.
///
/// At a minute the windows reach back from its beginning, so that they hold whole minutes; what was not measured yet is not there:
/// a window that reaches back before the first span has the rate of what it has.
package struct AlertReplay: Sendable {
    package struct Firing: Sendable {
        package let group: GroupKey
        package let rule: BurnWindows.Rule
        /// The minute at which both windows burned too fast.
        package let firedNanos: UInt64
        /// The first minute at which one of them did not any more; `nil` where it was still firing when the data ends.
        package let resolvedNanos: UInt64?
        /// The greatest of the long window while it fired.
        package let peakBurnRate: Double
        /// From the beginning of the long window at which it fired until it resolved.
        package let count: BurnCount
        /// Those that began to burn in that time, the first ones first.
        package let runs: [ComplianceHistory.BurningRun]

        /// That with the most spans that are not good, of these the first.
        package var worst: ComplianceHistory.BurningRun? {
            runs.max { ($0.bad, $1.firstNanos, $1.trace) < ($1.bad, $0.firstNanos, $0.trace) }
        }
    }

    package let history: ComplianceHistory
    /// By when they fired.
    package let firings: [Firing]

    /// - Parameter window: Alerts count that were firing in any of it. Where it ends, the data ends; what came before it is looked at too.
    package init(_ level: ServiceLevel, window: TimeWindow, in snapshot: StoreSnapshot) throws {
        let newest = try snapshot.startRange()?.upperBound ?? 0
        let end = min(window.to.map { $0 == 0 ? 0 : $0 - 1 } ?? newest, newest) / ComplianceHistory.minuteNanos + 1
        // An alert may have begun to fire at any time before.
        let history = try ComplianceHistory(level, window: TimeWindow(from: nil, to: window.to), in: snapshot)
        self.init(history, endingAt: Int(end), from: window.from ?? 0)
    }

    /// - Parameters:
    ///   - end: The last minute that is looked at.
    ///   - from: Alerts that had resolved by then don't count.
    private init(_ history: ComplianceHistory, endingAt end: Int, from: UInt64) {
        self.history = history
        let rules = BurnWindows.rules(period: history.level.windowNanos)
        firings = history.groups.flatMap { group in
            let sums = MinuteSums(group.minutes)
            return rules.flatMap { Self.firings($0, group, sums, history.level.target, endingAt: end) }
        }.filter { $0.resolvedNanos.map { $0 > from } ?? true }.sorted {
            ($0.firedNanos, $0.rule.long) == ($1.firedNanos, $1.rule.long)
                ? isOrdered($0.group, before: $1.group) : ($0.firedNanos, $0.rule.long) < ($1.firedNanos, $1.rule.long)
        }
    }

    private static func firings(
        _ rule: BurnWindows.Rule, _ group: ComplianceHistory.Group, _ sums: MinuteSums, _ target: Double,
        endingAt end: Int
    ) -> [Firing] {
        let minute = ComplianceHistory.minuteNanos
        let (long, short) = (Int(rule.longNanos / minute), Int(rule.shortNanos / minute))
        // Rates change only where a minute with spans comes into a window or leaves one.
        let moments = Set(sums.numbers.flatMap { [$0 + 1, $0 + 1 + short, $0 + 1 + long] }).filter { $0 <= end }
        var firings: [Firing] = []
        var firing: (since: Int, peak: Double)?
        /// Of the last minute that can be told, the end of time.
        func nanos(_ number: Int) -> UInt64 {
            let (nanos, isOver) = UInt64(number).multipliedReportingOverflow(by: minute)
            return isOver ? .max : nanos
        }
        func close(_ until: Int?) {
            guard let (since, peak) = firing else { return }
            firing = nil
            let range = (since - long)..<(until ?? end)
            firings.append(
                Firing(
                    group: group.key, rule: rule, firedNanos: nanos(since), resolvedNanos: until.map(nanos),
                    peakBurnRate: peak, count: sums.count(range),
                    runs: group.burning(range)))
        }
        for now in moments.sorted() {
            let rates = [long, short].map { sums.count((now - $0)..<now).burnRate(target) ?? 0 }
            if rates[0] > rule.factor, rates[1] > rule.factor {
                firing = (firing?.since ?? now, max(firing?.peak ?? 0, rates[0]))
            } else {
                close(now)
            }
        }
        close(nil)
        return firings
    }
}
