import GRDB
import TraceModel
import TraceSchema

/// Writes metric points. The same point is stored once.
struct MetricTable {
    private let db: Database
    private let tables: DefinitionTables
    private var insertMetric, selectMetric, insertSeries, selectSeries, insertPoint, selectSame: BoundStatement
    private var deletePoints, deleteSeries, deleteMetrics: BoundStatement
    private var known: [SeriesKey: Int64] = [:]

    private static let mostKnown = 65_536

    /// Attributes in the order sent, which mostly is the same from point to point.
    private struct SeriesKey: Hashable {
        let metric: Int64
        let source: Int64
        let attributes: [Attribute]
    }

    init(_ db: Database, _ tables: DefinitionTables) throws {
        self.db = db
        self.tables = tables
        insertMetric = try BoundStatement(db, TraceSQL.insertMetric)
        selectMetric = try BoundStatement(db, TraceSQL.selectMetricID)
        insertSeries = try BoundStatement(db, TraceSQL.insertSeries)
        selectSeries = try BoundStatement(db, TraceSQL.selectSeriesByHash)
        insertPoint = try BoundStatement(db, TraceSQL.insertMetricPoint)
        selectSame = try BoundStatement(db, TraceSQL.selectSameMetricPoint)
        deletePoints = try BoundStatement(db, TraceSQL.deleteOldMetricPoints)
        deleteSeries = try BoundStatement(db, TraceSQL.deleteUnusedSeries)
        deleteMetrics = try BoundStatement(db, TraceSQL.deleteUnusedMetrics)
    }

    /// Ids of series may be others after a transaction that was undone, or another process's.
    mutating func forget() { known.removeAll() }

    mutating func write(_ batch: MetricBatch) throws -> WriteCounts {
        var counts = WriteCounts()
        for group in batch.groups {
            let source = try tables.sourceID(SourceDefinition(resource: group.resource, scope: group.scope))
            for metric in group.metrics where !metric.points.isEmpty {
                let id = try metricID(metric)
                for point in metric.points {
                    let series = try seriesID(SeriesKey(metric: id, source: source, attributes: point.attributes))
                    if try write(point, series) { counts.metricPoints += 1 } else { counts.duplicateMetricPoints += 1 }
                }
            }
        }
        return counts
    }

    /// Removes points from before `horizon`, and series and metrics that have none left.
    ///
    /// - Returns: How many points.
    mutating func remove(before horizon: UInt64) throws -> Int {
        deletePoints.bind(Int64(bitPattern: horizon))
        try deletePoints.run()
        let count = db.changesCount
        if count > 0 {
            try deleteSeries.run()
            try deleteMetrics.run()
            forget()
        }
        return count
    }

    private mutating func metricID(_ metric: Metric) throws -> Int64 {
        func bind(_ statement: inout BoundStatement) {
            statement.bind(metric.name)
            statement.bind(metric.description)
            statement.bind(metric.unit)
            statement.bind(metric.kind.stored.kind)
            statement.bind(metric.kind.stored.temporality)
            statement.bind(metric.kind.stored.isMonotonic)
        }
        bind(&selectMetric)
        if let id = try selectMetric.run() { return id }
        bind(&insertMetric)
        try insertMetric.run()
        return db.lastInsertedRowID
    }

    private mutating func seriesID(_ key: SeriesKey) throws -> Int64 {
        if let id = known[key] { return id }
        let id = try findSeries(key) ?? addSeries(key)
        if known.count >= Self.mostKnown { known.removeAll(keepingCapacity: true) }
        known[key] = id
        return id
    }

    private mutating func findSeries(_ key: SeriesKey) throws -> Int64? {
        let wanted = SeriesIdentity(key.attributes)
        var found: Int64?
        selectSeries.bind(Self.hash(key, wanted))
        selectSeries.bind(key.metric)
        selectSeries.bind(key.source)
        try selectSeries.forEach { row in
            if found == nil, SeriesIdentity(try row.attributes(1)) == wanted { found = try row.integer(0) }
        }
        return found
    }

    private mutating func addSeries(_ key: SeriesKey) throws -> Int64 {
        let (json, tags) = AttributeCodec.encode(key.attributes)
        insertSeries.bind(Self.hash(key, SeriesIdentity(key.attributes)))
        insertSeries.bind(key.metric)
        insertSeries.bind(key.source)
        insertSeries.bind(json)
        insertSeries.bind(tags)
        try insertSeries.run()
        return db.lastInsertedRowID
    }

    private static func hash(_ key: SeriesKey, _ identity: SeriesIdentity) -> Int64 {
        ByteHash.stable(identityText([String(key.metric), String(key.source), identity.json, identity.tags]))
    }

    /// - Returns: Whether it is new.
    private mutating func write(_ point: MetricPoint, _ series: Int64) throws -> Bool {
        let row = PointRow(point, series)
        var ordinal: Int64 = 0
        while true {
            row.bind(to: &insertPoint, ordinal)
            try insertPoint.run()
            if db.changesCount == 1 { return true }
            row.bind(to: &selectSame, ordinal)
            if try selectSame.run() != nil { return false }
            ordinal = ordinal == 0 ? row.hash : ordinal &+ 1
        }
    }
}

/// What tells sets of attributes apart: the order of keys does not.
private struct SeriesIdentity: Equatable {
    let json: String
    let tags: String

    init(_ attributes: [Attribute]) {
        // Sorting keeps the order of equal elements.
        let sorted = attributes.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        (json, tags) = AttributeCodec.encode(sorted)
    }

    static func == (left: SeriesIdentity, right: SeriesIdentity) -> Bool {
        left.json.isExactly(right.json) && left.tags.isExactly(right.tags)
    }
}

/// The columns of a point's row.
private struct PointRow {
    private let point: MetricPoint
    private let series: Int64
    private let detail: String?
    private let int: Int64?
    private let double: Double?

    init(_ point: MetricPoint, _ series: Int64) {
        self.point = point
        self.series = series
        detail = MetricDetail.encode(point)
        int = if case .int(let value) = point.value { value } else { nil }
        double = if case .double(let value) = point.value, MetricDetail.isPlain(value) { value } else { nil }
    }

    /// Of what tells points of one time apart.
    var hash: Int64 {
        ByteHash.stable(
            identityText([
                String(point.startNanos), String(point.flags), int.map { String($0) }, double.map { String($0) },
                detail,
            ]))
    }

    func bind(to statement: inout BoundStatement, _ ordinal: Int64) {
        statement.bind(series)
        statement.bind(Int64(bitPattern: point.timeNanos))
        statement.bind(ordinal)
        statement.bind(Int64(bitPattern: point.startNanos))
        statement.bind(Int64(point.flags))
        statement.bind(int)
        statement.bind(double)
        statement.bind(detail)
    }
}

extension MetricKind {
    /// The columns of `metric` that say it.
    fileprivate var stored: (kind: String, temporality: Int64, isMonotonic: Int64) {
        let temporality = Int64(temporality?.rawValue ?? 0)
        return switch self {
        case .gauge: ("gauge", temporality, 0)
        case .sum(_, let isMonotonic): ("sum", temporality, isMonotonic ? 1 : 0)
        case .histogram: ("histogram", temporality, 0)
        case .exponentialHistogram: ("exponential_histogram", temporality, 0)
        case .summary: ("summary", temporality, 0)
        }
    }

    /// `nil` for what no version of this program has written.
    init?(storedKind kind: String, temporality: Int32, isMonotonic: Int32) {
        guard let temporality = Temporality(rawValue: temporality) else { return nil }
        switch kind {
        case "gauge": self = .gauge
        case "sum": self = .sum(temporality, isMonotonic: isMonotonic != 0)
        case "histogram": self = .histogram(temporality)
        case "exponential_histogram": self = .exponentialHistogram(temporality)
        case "summary": self = .summary
        default: return nil
        }
    }
}
