import TraceConfig
import TraceModel
import TraceQL
import TraceStore

/// How well the objectives of a file were kept.
package struct ServiceLevelReport: Sendable {
    package struct Answer: Sendable {
        package let level: ServiceLevel
        /// `nil` where a name of the objective's occurs in no span, so that there is no data.
        package let compliance: Compliance?
        package let unknownName: UnknownFieldError?

        /// What is due by the burn rates of a row.
        package func alert(_ row: Compliance.Row) -> BurnWindows.Alert? {
            BurnWindows.alert(row.burnRates, period: level.windowNanos)
        }
    }

    /// In the order of the file.
    package let answers: [Answer]
    /// Where all windows end, excluded.
    package let end: UInt64

    /// Whether any objective is; one that could not be measured, because no span has a name that it asks for, was not kept either.
    package var isBreached: Bool {
        answers.contains { $0.compliance?.rows.contains { $0.status == .breached } ?? true }
    }

    /// - Parameter end: Where all windows end, excluded; `nil` for just behind the newest start in the file.
    package init(_ levels: [ServiceLevel], endingAt end: UInt64?, in snapshot: StoreSnapshot) throws {
        let newest = try snapshot.startRange()?.upperBound
        let end = end ?? newest.map { $0 == .max ? $0 : $0 + 1 } ?? 0
        self.end = end
        answers = try levels.map { level in
            do {
                return Answer(level: level, compliance: try Self.measure(level, end, snapshot), unknownName: nil)
            } catch let error as UnknownFieldError {
                return Answer(level: level, compliance: nil, unknownName: error)
            }
        }
    }

    private static func measure(_ level: ServiceLevel, _ end: UInt64, _ snapshot: StoreSnapshot) throws -> Compliance {
        let measure = try ObjectiveMeasure(level, in: snapshot)
        let from = level.windowNanos.map { end > $0 ? end - $0 : 0 }
        return try Compliance(
            measure.objective, good: measure.good, by: measure.by, rootsOnly: level.rootsOnly,
            window: TimeWindow(from: from, to: end), where: measure.filter, burnWindows: BurnWindows(end: end),
            in: snapshot)
    }
}

/// What an objective of a file counts, in one store.
struct ObjectiveMeasure {
    let objective: Compliance.Objective
    let good: Compliance.Good
    let by: [FieldName]
    let filter: SpanFilter?

    /// - Throws: ``UnknownFieldError``.
    init(_ level: ServiceLevel, in snapshot: StoreSnapshot) throws {
        var threshold: UInt64?
        switch level.good {
        case .succeeding(let nanos):
            threshold = nanos
            good = .succeeding
        case .meeting(let conditions): good = .meeting(try SpanFilter(conditions, in: snapshot))
        case .failing(let conditions): good = .failing(try SpanFilter(conditions, in: snapshot))
        }
        objective = Compliance.Objective(target: level.target, thresholdNanos: threshold)
        by = try level.by.map { try FieldName($0, in: snapshot) }
        filter = try level.conditions.isEmpty ? nil : SpanFilter(level.conditions, in: snapshot)
    }
}
