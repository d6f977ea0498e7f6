import Foundation
import GRDB
import TestSupport
import Testing
import TraceModel
import TraceStore

/// What becomes of metric points when a store is looked after.
@Suite struct MetricPointsOverTime {
    /// Two runs, ten milliseconds and a second after base, and points before, between and after their ends.
    private func filled(_ path: String) throws -> StoreWriter {
        let writer = try StoreWriter(path: path)
        try writer.add(batch([span(1, trace: 1, to: 10), span(1, trace: 2, from: 500, to: 1000)]))
        var timeless = point(.int(9), [Attribute("time", "none")])
        timeless.timeNanos = 0
        try writer.add(
            batch([
                metric("old", [point(.int(1), at: 1), timeless]),
                metric(
                    "both",
                    [point(.int(2), at: 399), point(.int(3), at: 400), point(.int(4), at: 399, [Attribute("k", 1)])]),
                metric("new", [point(.int(5), at: 5000)]),
            ]))
        return writer
    }

    private func values(_ path: String) throws -> [MetricValue] {
        var values: [MetricValue] = []
        try Store(path: path).read { try $0.forEachMetricPoint { values.append($0.point.value) } }
        return values
    }

    @Test func goWithTheirTime() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let writer = try filled(path)
        let told = try Store(path: path).read {
            try $0.retention(before: milliseconds(400), textsBefore: nil, keeping: []).removed
        }
        let removed = try writer.retain(endingSince: milliseconds(400))
        #expect(removed.metricPoints == 4 && removed.traces == 1)
        #expect(told == removed)
        #expect(try values(path) == [.int(3), .int(5)])
        let list = try Store(path: path).read { try $0.metrics() }
        #expect(list.map(\.metric.name) == ["both", "new"] && list.map(\.series) == [1, 1])
        // The writer has forgotten the series that are gone.
        try writer.add(batch([metric("both", [point(.int(6), at: 401, [Attribute("k", 1)])])]))
        try writer.finish()
        #expect(try values(path) == [.int(3), .int(6), .int(5)])
        #expect(try Store(path: path).read { try $0.check().problems } == [])
    }

    /// A time after the last span is as good as just after it, for points too.
    @Test func goNoFurtherThanTheSpans() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let writer = try filled(path)
        let told = try Store(path: path).read {
            try $0.retention(before: milliseconds(9000), textsBefore: nil, keeping: []).removed
        }
        let removed = try writer.retain(endingSince: milliseconds(9000))
        #expect(removed.metricPoints == 5)
        #expect(told == removed)
        #expect(try values(path) == [.int(5)])
    }

    /// What another writer removed is made again by one that remembers its number.
    @Test func ofASeriesThatAnotherWriterRemovedGetItAgain() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let one = try filled(path)
        let two = try StoreWriter(path: path)
        _ = try two.retain(endingSince: milliseconds(400))
        try one.add(batch([metric("old", [point(.int(7), at: 600)])]))
        try one.finish()
        #expect(try values(path) == [.int(3), .int(5), .int(7)])
        #expect(try Store(path: path).read { try $0.check().problems } == [])
    }

    @Test func areInPlainCopiesOnly() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        try filled(path).finish()
        let store = try Store(path: path)
        _ = try store.backUp(to: folder.path("plain.db"))
        #expect(try values(folder.path("plain.db")) == values(path))
        _ = try store.copyRuns(to: folder.path("rebuilt.db"), where: { _ in nil }, rewriting: [])
        #expect(try values(folder.path("rebuilt.db")) == [])
    }

    @Test(arguments: [
        ("UPDATE metric_point SET detail = '{\"sum\"}' WHERE int_value < 3", "metric_point: 2 rows can't be read"),
        ("UPDATE metric SET kind = 'odd' WHERE name = 'new'", "series 5: can't be read"),
        ("DELETE FROM series WHERE series_id = 3", "metric_point: 2 rows refer to no row of series"),
        ("DELETE FROM metric WHERE name = 'both'", "series: 2 rows refer to no row of metric"),
    ])
    func damagedAreFoundByTheCheck(_ sql: String, _ problem: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        try filled(path).finish()
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: path, configuration: configuration).write { try $0.execute(sql: sql) }
        #expect(try Store(path: path).read { try $0.check().problems } == [problem])
    }

    /// Of a program that was started twice, of another one, and of points that say something else.
    @Test func sayWhatExportersDidNotStore() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s.db")
        let full = [Attribute("error.type", "queue_full"), Attribute("otel.sdk.component.type", "p")]
        let shut = [Attribute("error.type", "already_shutdown")]
        func processed(_ points: [MetricPoint]) -> Metric {
            metric("otel.sdk.processor.span.processed", kind: .sum(.cumulative, isMonotonic: true), points)
        }
        var nothing = point(.none, at: 9, full, from: 4)
        nothing.flags = 1
        let writer = try StoreWriter(path: path)
        try writer.add(
            batch([
                processed([
                    point(.int(3), at: 1, full, from: 0), point(.int(5), at: 2, full, from: 0),
                    point(.int(7), at: 5, full, from: 4), nothing, point(.int(100), at: 5, shut, from: 4),
                    point(.int(1000), at: 5, from: 4),
                ]),
                metric(
                    "otel.sdk.span.started", kind: .sum(.cumulative, isMonotonic: true),
                    [
                        point(.int(20), at: 5, [Attribute("otel.span.sampling_result", "DROP")]),
                        point(.int(90), at: 5, [Attribute("otel.span.sampling_result", "RECORD_AND_SAMPLE")]),
                    ]),
            ]))
        try writer.add(batch(service: "other", [processed([point(.double(11), at: 3, full)])]))
        try writer.finish()
        let summary = try Store(path: path).read { try $0.summary() }
        #expect(summary.metricPoints == 9)
        #expect(summary.droppedSpans == 5 + 7 + 11)
        #expect(summary.unsampledSpans == 20)
    }
}
