import Foundation
import GRDB
import TestSupport
import Testing
import TraceModel
import TraceStore

@Suite struct MetricPoints {
    private func store(_ batches: MetricBatch..., in folder: TemporaryFolder) throws -> String {
        let writer = try StoreWriter(path: folder.path("s.db"))
        for batch in batches { try writer.add(batch) }
        try writer.finish()
        return folder.path("s.db")
    }

    private func stored(
        _ path: String, _ window: TimeWindow = .all, of name: String? = nil
    ) throws -> [StoredMetricPoint] {
        var found: [StoredMetricPoint] = []
        try Store(path: path).read { try $0.forEachMetricPoint(window, of: name) { found.append($0) } }
        return found
    }

    private static let odd: [Double] = [
        .nan, -.nan, .signalingNaN, Double(bitPattern: 0x7ff0_0000_0000_0002), .infinity, -.infinity, -0.0, 0,
        .leastNonzeroMagnitude,
        .greatestFiniteMagnitude, 0.1, -1, 1e22,
    ]

    private static let histogram: HistogramValue = {
        var value = HistogramValue()
        (value.count, value.sum, value.min, value.max) = (.max, .nan, -0.0, .infinity)
        value.bounds = [-.infinity, -0.0, 0.1, 1e300]
        value.bucketCounts = [.max, 0, 1, 2, 3]
        return value
    }()

    private static let exponential: ExponentialHistogramValue = {
        var value = ExponentialHistogramValue()
        (value.count, value.sum, value.min, value.max) = (.max, -0.0, -.infinity, .nan)
        (value.scale, value.zeroCount, value.zeroThreshold) = (.min, .max, 1e-9)
        (value.positive.offset, value.positive.counts) = (.max, [0, .max])
        (value.negative.offset, value.negative.counts) = (.min, [7])
        return value
    }()

    private static let summary: SummaryValue = {
        var value = SummaryValue()
        (value.count, value.sum) = (.max, -.infinity)
        value.quantiles = [.init(quantile: 0, value: .nan), .init(quantile: 0.99, value: -0.0)]
        return value
    }()

    private static let exemplars: [Exemplar] = {
        var (whole, real) = (Exemplar(), Exemplar())
        whole.value = .int(.min)
        whole.timeNanos = .max
        whole.traceID = [1, 2, 3]
        whole.spanID = [255]
        whole.filteredAttributes = [Attribute("a", .empty), Attribute("a", .bytes([0])), Attribute("é", .double(.nan))]
        real.value = .double(Double(bitPattern: 0x7ff0_0000_0000_0002))
        return [whole, real, Exemplar()]
    }()

    /// Every value that a field may have, each at a time of its own.
    private static let extremes: [Metric] = {
        let numbers: [MetricValue] = [.none, .int(.min), .int(.max), .int(0)] + odd.map { .double($0) }
        func points(_ values: [MetricValue]) -> [MetricPoint] {
            values.enumerated().map { point($1, at: UInt64($0)) }
        }
        var last = point(
            .none, [Attribute("k", .empty), Attribute("", ""), Attribute("k", .array([.bytes([9]), 1.5]))])
        (last.timeNanos, last.startNanos, last.flags) = (.max, .max - 1, .max)
        last.exemplars = exemplars
        var described = point(.histogram(histogram))
        described.exemplars = exemplars
        return [
            metric("gauge", unit: "°C", description: "quoted \" and\nbroken", points(numbers) + [last]),
            metric("counter", kind: .sum(.cumulative, isMonotonic: true), points(numbers)),
            metric("meter", kind: .sum(.delta, isMonotonic: false), points(numbers)),
            metric("unspecified", kind: .sum(.unspecified, isMonotonic: true), points(numbers)),
            metric("histogram", kind: .histogram(.delta), [described, point(.histogram(HistogramValue()), at: 1)]),
            metric(
                "exponential", kind: .exponentialHistogram(.cumulative),
                points([.exponentialHistogram(exponential), .exponentialHistogram(ExponentialHistogramValue())])),
            metric("summary", kind: .summary, points([.summary(summary), .summary(SummaryValue())])),
            metric("", [point(.int(1))]),
        ]
    }()

    @Test func readBackToTheLastBit() throws {
        let folder = try TemporaryFolder()
        var sent = batch(Self.extremes)
        sent.groups[0].scope.name = "a scope"
        let path = try store(sent, in: folder)
        let found = try stored(path)
        #expect(Set(found.map(\.resource)) == [sent.groups[0].resource])
        #expect(Set(found.map(\.scope)) == [sent.groups[0].scope])
        var metrics: [String: Metric] = [:]
        for stored in found {
            metrics[stored.metric.name, default: stored.metric].points.append(stored.point)
        }
        for metric in Self.extremes {
            let points = metrics[metric.name]?.points.sorted { $0.timeNanos < $1.timeNanos }
            var read = try #require(metrics[metric.name])
            read.points = try #require(points)
            #expect(exactText(read) == exactText(metric))
        }
        #expect(metrics.count == Self.extremes.count)
        #expect(defects(ofStoreAt: path) == [])
    }

    @Test func areStoredOnce() throws {
        let folder = try TemporaryFolder()
        let writer = try StoreWriter(path: folder.path("s.db"))
        try writer.add(batch(Self.extremes))
        let count = writer.committed.metricPoints
        #expect(count == Self.extremes.reduce(0) { $0 + $1.points.count })
        #expect(writer.committed.duplicateMetricPoints == 0)
        try writer.add(batch(Self.extremes))
        #expect(writer.committed.metricPoints == count && writer.committed.duplicateMetricPoints == count)
    }

    /// All at one time: what differs in one field only is another point.
    @Test func thatDifferAreAllKept() throws {
        let folder = try TemporaryFolder()
        var points =
            ([.none, .int(0), .double(0)] + Self.odd.filter { $0 != 0 || $0.sign == .minus }.map { .double($0) })
            .map { point($0) }
        points += (1...20).map { point(.int($0)) }
        var (flagged, started, exemplary) = (point(.int(0)), point(.int(0)), point(.int(0)))
        flagged.flags = 1
        started.startNanos = 1
        exemplary.exemplars = [Exemplar()]
        points += [flagged, started, exemplary, point(.histogram(HistogramValue()))]
        let writer = try StoreWriter(path: folder.path("s.db"))
        for _ in 0..<3 { try writer.add(batch([metric("m", points)])) }
        try writer.finish()
        #expect(writer.committed.metricPoints == points.count)
        #expect(writer.committed.duplicateMetricPoints == 2 * points.count)
        let found = try stored(folder.path("s.db")).map { exactText($0.point) }
        #expect(found.sorted() == points.map { exactText($0) }.sorted())
    }

    @Test func ofASeriesMayNameTheirAttributesInAnyOrder() throws {
        let folder = try TemporaryFolder()
        let (a, b) = (Attribute("a", 1), Attribute("b", "x"))
        let path = try store(
            batch([
                metric(
                    "m",
                    [point(.int(1), at: 1, [b, a]), point(.int(2), at: 2, [a, b]), point(.int(2), at: 2, [b, a])])
            ]), batch([metric("m", [point(.int(3), at: 3, [a]), point(.int(4), at: 4, [a, a])])]),
            batch([
                metric(
                    "m", [point(.int(5), at: 5, [Attribute("a", 2), a]), point(.int(6), at: 6, [Attribute("a", 1.0)])])
            ]),
            in: folder)
        let found = try stored(path)
        #expect(found.map(\.point.attributes).prefix(2) == [[b, a], [b, a]])
        #expect(found.map(\.point.value) == [.int(1), .int(2), .int(3), .int(4), .int(5), .int(6)])
        #expect(try Store(path: path).read { try $0.metrics().map(\.series) } == [5])
    }

    @Test func areListedByMetric() throws {
        let folder = try TemporaryFolder()
        var timeless = point(.int(1))
        timeless.timeNanos = 0
        let path = try store(
            batch([
                metric(
                    "b", unit: "s", description: "of b",
                    [point(.int(1), at: 5), point(.int(1), at: 3, [Attribute("k", 1)])]),
                metric("a", [timeless]), metric("b", unit: "ms", [point(.int(1), at: 9)]), metric("empty", []),
            ]), batch(service: "other", [metric("b", unit: "s", description: "of b", [point(.int(1), at: 7)])]),
            in: folder)
        let list = try Store(path: path).read { try $0.metrics() }
        #expect(list.map(\.metric.name) == ["a", "b", "b"])
        #expect(list.map(\.metric.unit) == ["", "s", "ms"])
        #expect(list.map(\.metric.description) == ["", "of b", ""])
        #expect(list.map(\.series) == [1, 3, 1])
        #expect(list.map(\.points) == [1, 3, 1])
        #expect(list.map(\.times) == [nil, milliseconds(3)...milliseconds(7), milliseconds(9)...milliseconds(9)])
        #expect(try Store(path: path).read { try $0.metricPointCount() } == 5)
    }

    @Test func areChosenByTimeAndName() throws {
        let folder = try TemporaryFolder()
        var late = point(.int(99))
        late.timeNanos = 1 << 63 + 5
        let path = try store(
            batch([
                metric("a", (0..<5).map { point(.int($0), at: UInt64($0)) } + [late]), metric("b", [point(.int(7))]),
            ]),
            in: folder)
        func values(_ window: TimeWindow, of name: String? = nil) throws -> [MetricValue] {
            try stored(path, window, of: name).map(\.point.value)
        }
        #expect(try values(TimeWindow(from: milliseconds(1), to: milliseconds(3))) == [.int(1), .int(2)])
        #expect(try values(TimeWindow(from: milliseconds(4))) == [.int(99), .int(4)])
        #expect(try values(TimeWindow(from: 1 << 63)) == [.int(99)])
        #expect(try values(TimeWindow(to: milliseconds(1))) == [.int(0), .int(7)])
        #expect(try values(TimeWindow(from: milliseconds(3), to: milliseconds(3))) == [])
        #expect(try values(TimeWindow(to: 0)) == [])
        #expect(try values(.all, of: "b") == [.int(7)])
        #expect(try values(.all, of: "c") == [])
    }

    @Test func ofTwoWritersStandInOneSeries() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let (one, two) = (try StoreWriter(path: path), try StoreWriter(path: path))
        for time in 0..<6 as Range<UInt64> {
            let writer = time.isMultiple(of: 2) ? one : two
            try writer.add(
                batch([metric("m", [point(.int(Int64(time)), at: time, [Attribute("k", .int(Int64(time / 4)))])])]))
            try writer.add(batch([metric("m", [point(.int(0), at: 0, [Attribute("k", 0)])])]))
        }
        try one.finish()
        try two.finish()
        #expect(one.committed.metricPoints + two.committed.metricPoints == 6)
        #expect(one.committed.duplicateMetricPoints + two.committed.duplicateMetricPoints == 6)
        let list = try Store(path: path).read { try $0.metrics() }
        #expect(list.map(\.series) == [2] && list.map(\.points) == [6])
        #expect(defects(ofStoreAt: path) == [])
    }

    /// A store as version 4 made it: without tables for metrics.
    @Test func getTheirTablesInAFileOfVersion4() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        try makeStore(at: path, TestSupport.batch([span(1)]))
        try DatabaseQueue(path: path).write {
            try $0.execute(
                sql: """
                    DROP VIEW metrics; DROP TABLE metric_point; DROP TABLE series; DROP TABLE metric;
                    PRAGMA user_version = 4
                    """)
        }
        let old = try Store(path: path).read { snapshot in
            try snapshot.forEachMetricPoint { _ in Issue.record("there is none") }
            #expect(try snapshot.metrics().isEmpty && snapshot.metricPointCount() == 0)
            return try snapshot.summary()
        }
        #expect(old.spans == 1 && old.schemaVersion == 4)
        let writer = try StoreWriter(path: path)
        try writer.add(batch([metric("m", [point(.int(1))])]))
        try writer.finish()
        #expect(try stored(path).map(\.point) == [point(.int(1))])
        let new = try Store(path: path).read { try $0.summary() }
        #expect(new.spans == 1 && new.schemaVersion == 5)
        #expect(defects(ofStoreAt: path) == [])
    }

    @Test(arguments: [
        "UPDATE metric_point SET detail = '{'", "UPDATE metric_point SET detail = '[]'",
        "UPDATE metric_point SET detail = '{\"bounds\":[]}'", "UPDATE metric_point SET detail = '{\"odd\":1}'",
        "UPDATE metric_point SET detail = '{\"double\":\"NaN 0\"}', int_value = NULL",
        "UPDATE metric_point SET double_value = 1.5", "UPDATE metric_point SET flags = -1",
        "UPDATE metric_point SET double_value = 9e999, int_value = NULL", "UPDATE metric SET kind = 'odd'",
        "UPDATE metric SET temporality = 7", "UPDATE series SET attributes = '{'", "DELETE FROM source",
    ])
    func thatNoVersionWroteAreNamed(_ sql: String) throws {
        let folder = try TemporaryFolder()
        let path = try store(batch([metric("m", [point(.int(1))])]), in: folder)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: path, configuration: configuration).write { try $0.execute(sql: sql) }
        #expect { try stored(path) } throws: {
            if case StoreError.damagedRow = $0 { true } else { false }
        }
    }
}
