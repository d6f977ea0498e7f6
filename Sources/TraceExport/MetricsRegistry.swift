import Metrics
import Synchronization
import TTAPrimitives
import TraceModel
import Tracing

/// All metrics of an exporter, as cumulative series in memory.
final class MetricsRegistry: Sendable {
    private struct Key: Hashable {
        let label: String
        let instrument: MetricFamily.Instrument
    }

    private let configuration: ExporterConfiguration
    private let counts: ExportCounts
    private let clock: @Sendable () -> UInt64
    private let exportOrigin: ExportOrigin
    private let startNanos: UInt64
    private let families = Mutex<[Key: MetricFamily]>([:])
    private static let definitions = Dictionary(
        MetricDefinition.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    init(_ configuration: ExporterConfiguration, _ exportOrigin: ExportOrigin, _ counts: ExportCounts) {
        self.configuration = configuration
        self.exportOrigin = exportOrigin
        self.counts = counts
        clock = configuration.clock ?? { DefaultTracerClock.now.nanosecondsSinceEpoch }
        startNanos = clock()
    }

    func family(_ label: String, _ instrument: MetricFamily.Instrument) -> MetricFamily {
        families.withLock { families in
            let key = Key(label: label, instrument: instrument)
            if let family = families[key] { return family }
            let family = MetricFamily(
                label, instrument, Self.definitions[label], bounds: configuration.histogramBounds[label],
                limit: configuration.seriesLimit)
            families[key] = family
            return family
        }
    }

    /// The series of a metric, made when it is new.
    ///
    /// - Parameter make: Makes one.
    func series<Series: MetricSeries>(
        _ family: MetricFamily, _ dimensions: [(String, String)], _ make: (SeriesOrigin) -> Series
    ) -> Series {
        let origin = SeriesOrigin(family: family, counts: counts, clock: clock)
        return family.series(attributes(dimensions)) { make(origin) } ?? make(origin)
    }

    private func attributes(_ dimensions: [(String, String)]) -> [Attribute] {
        var attributes: [Attribute] = []
        for (key, value) in dimensions {
            // The last one of a key counts.
            attributes.removeAll { $0.key == key }
            guard let redact = configuration.redact else {
                attributes.append(Attribute(key, .string(value)))
                continue
            }
            if let kept = redact(key, .string(value)) { attributes.append(Attribute(key, kept.stored())) }
        }
        return attributes
    }

    /// The values of all series as they are now, and the exporter's own.
    func snapshot(_ queue: SpanQueue.Counts, capacity: Int) -> MetricBatch {
        let now = clock()
        let families = families.withLock { Array($0.values) }
        var metrics = families.compactMap { $0.snapshot(timeNanos: now) }.sorted { $0.name < $1.name }
        metrics += counts.metrics(queue, capacity: capacity, startNanos: startNanos, timeNanos: now)
        var batch = MetricBatch()
        if !metrics.isEmpty {
            batch.groups = [
                MetricGroup(resource: exportOrigin.resource, scope: exportOrigin.scope, metrics: metrics)
            ]
        }
        return batch
    }

    /// - Parameter handler: One of ours.
    func destroy(_ handler: AnyObject) {
        guard let series = handler as? any MetricSeries else { return }
        series.family.destroy(series)
    }

    /// Destroyed series go once their last values are written.
    func forgetDestroyed() {
        for family in families.withLock({ Array($0.values) }) { family.forgetDestroyed() }
    }
}

/// One metric with its series.
final class MetricFamily: Sendable {
    enum Instrument: Hashable {
        case counter
        case floatingPointCounter
        case meter
        case gauge
        case histogram
        case timer
    }

    private struct Entry {
        let series: any MetricSeries
        let attributes: [Attribute]
        /// How many have asked for it and not destroyed it.
        var users = 0
        /// Whether its last value was in a snapshot after all had destroyed it.
        var isLastValueTaken = false
    }

    private struct State {
        /// In order of their making.
        var order: [[Attribute]] = []
        /// By attributes in order of their keys.
        var entries: [[Attribute]: Entry] = [:]
        var keys: [ObjectIdentifier: [Attribute]] = [:]
    }

    let bounds: [Double]?
    let timerUnit: TimerUnit
    private let name: String
    private let instrument: Instrument
    private let definition: MetricDefinition?
    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter bounds: Those that the program asks for.
    init(_ name: String, _ instrument: Instrument, _ definition: MetricDefinition?, bounds: [Double]?, limit: Int) {
        self.name = name
        self.instrument = instrument
        self.definition = definition
        self.limit = limit
        let defined = definition.flatMap { $0.bounds.isEmpty ? nil : $0.bounds }
        self.bounds = bounds.map(HistogramBounds.ordered) ?? defined
        timerUnit = TimerUnit(instrument == .timer ? definition?.unit : nil)
    }

    private static let overflow = [Attribute("otel.metric.overflow", .bool(true))]

    /// - Parameter attributes: Each key once.
    /// - Returns: `nil` when there is one of another type, which the same instrument never makes.
    func series<Series: MetricSeries>(_ attributes: [Attribute], _ make: () -> Series) -> Series? {
        let key = attributes.sorted { $0.key < $1.key }
        return state.withLock { state in
            let own = state.entries.count - (state.entries[Self.overflow] == nil ? 0 : 1)
            let isFull = own >= limit && state.entries[key] == nil
            return Self.entry(&state, isFull ? Self.overflow : key, isFull ? Self.overflow : attributes, make)
        }
    }

    private static func entry<Series: MetricSeries>(
        _ state: inout State, _ key: [Attribute], _ attributes: [Attribute], _ make: () -> Series
    ) -> Series? {
        if let known = state.entries[key] {
            state.entries[key]?.users += 1
            state.entries[key]?.isLastValueTaken = false
            return known.series as? Series
        }
        let series = make()
        state.entries[key] = Entry(series: series, attributes: attributes, users: 1)
        state.order.append(key)
        state.keys[ObjectIdentifier(series)] = key
        return series
    }

    /// Nobody who has called it uses the series any more.
    func destroy(_ series: any MetricSeries) {
        state.withLock { state in
            guard let key = state.keys[ObjectIdentifier(series)] else { return }
            state.entries[key]?.users -= 1
        }
    }

    /// Removes series that were destroyed before the last snapshot.
    func forgetDestroyed() {
        state.withLock { state in
            let gone = state.entries.filter { $0.value.users <= 0 && $0.value.isLastValueTaken }
            if gone.isEmpty { return }
            for (key, entry) in gone {
                state.entries[key] = nil
                state.keys[ObjectIdentifier(entry.series)] = nil
            }
            state.order.removeAll { gone[$0] != nil }
        }
    }

    /// `nil` when no series has a value.
    func snapshot(timeNanos: UInt64) -> Metric? {
        var metric = Metric(name: name, kind: kind)
        metric.unit = instrument == .timer ? timerUnit.name : definition?.unit ?? ""
        metric.description = definition?.description ?? ""
        metric.points = state.withLock { state in
            state.order.compactMap { key in
                guard let entry = state.entries[key] else { return nil }
                if entry.users <= 0 { state.entries[key]?.isLastValueTaken = true }
                guard var point = entry.series.point() else { return nil }
                point.attributes = entry.attributes
                point.timeNanos = timeNanos
                if kind == .gauge { point.startNanos = 0 }
                return point
            }
        }
        return metric.points.isEmpty ? nil : metric
    }

    private var kind: MetricKind {
        switch instrument {
        case .counter, .floatingPointCounter: .sum(.cumulative, isMonotonic: true)
        case .meter: definition?.kind == .gauge ? .gauge : .sum(.cumulative, isMonotonic: false)
        case .gauge: .gauge
        case .histogram, .timer: .histogram(.cumulative)
        }
    }
}
