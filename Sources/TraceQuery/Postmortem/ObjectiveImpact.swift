import TraceConfig
import TraceModel
import TraceStore

/// What an incident did to an objective.
package struct ObjectiveImpact: Sendable {
    package struct Row: Sendable {
        package let group: GroupKey
        package let during: BurnCount
        /// Of the objective's window up to the end of the incident.
        package let all: BurnCount
        fileprivate let target: Double

        /// The share of the whole budget that the incident took; `nil` for a target of 1.
        package var budgetShare: Double? {
            let budget = (1 - target) * Double(all.total)
            return budget > 0 ? Double(during.bad) / budget : nil
        }
    }

    package let level: ServiceLevel
    /// Most budget taken first; those of which spans were measured during the incident.
    package let rows: [Row]
    /// Alerts that fired or were firing during the incident.
    package let firings: [AlertReplay.Firing]
    /// `nil` where all names of the objective's occur in the file.
    package let unknownName: UnknownFieldError?

    init(_ level: ServiceLevel, during incident: TimeWindow, in snapshot: StoreSnapshot) throws {
        self.level = level
        let measure: ObjectiveMeasure
        do {
            measure = try ObjectiveMeasure(level, in: snapshot)
        } catch let error as UnknownFieldError {
            (rows, firings, unknownName) = ([], [], error)
            return
        }
        unknownName = nil
        func counts(_ window: TimeWindow) throws -> [GroupKey: BurnCount] {
            let compliance = try Compliance(
                measure.objective, good: measure.good, by: measure.by, rootsOnly: level.rootsOnly, window: window,
                where: measure.filter, in: snapshot)
            return Dictionary(
                uniqueKeysWithValues: compliance.rows.map { ($0.group, BurnCount(total: $0.total, good: $0.good)) })
        }
        let end = try incident.to ?? snapshot.startRange()?.upperBound
        let from = level.windowNanos.flatMap { length in end.map { $0 > length ? $0 - length : 0 } }
        let all = try counts(TimeWindow(from: from, to: incident.to))
        rows = try counts(incident).filter { $1.total > 0 }.map { key, during in
            Row(group: key, during: during, all: all[key, default: during], target: level.target)
        }.sorted {
            $0.during.bad == $1.during.bad ? isOrdered($0.group, before: $1.group) : $0.during.bad > $1.during.bad
        }
        firings = try AlertReplay(level, window: .all, in: snapshot).firings.filter { firing in
            (incident.to.map { firing.firedNanos < $0 } ?? true)
                && (firing.resolvedNanos.map { $0 > incident.from ?? 0 } ?? true)
        }
    }
}
