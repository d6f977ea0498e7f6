import Metrics
import Synchronization
import TraceModel

/// The values of one metric for one set of dimensions, kept in memory.
protocol MetricSeries: AnyObject, Sendable {
    var origin: SeriesOrigin { get }
    /// `nil` when there is nothing to say yet. Attributes and the time of the point are the caller's.
    func point() -> MetricPoint?
}

/// A sum that only grows.
final class CounterSeries: MetricSeries, CounterHandler {
    let origin: SeriesOrigin
    private let state: Mutex<(value: Int64, startNanos: UInt64)>

    init(_ origin: SeriesOrigin) {
        self.origin = origin
        state = Mutex((0, origin.now()))
    }

    func increment(by amount: Int64) {
        guard amount >= 0 else { return origin.refuse() }
        state.withLock { state in
            let (sum, overflow) = state.value.addingReportingOverflow(amount)
            state.value = overflow ? .max : sum
        }
    }

    func reset() {
        let now = origin.now()
        state.withLock { $0 = (0, now) }
    }

    func point() -> MetricPoint? {
        let (value, start) = state.withLock { $0 }
        return MetricPoint(.int(value), startNanos: start)
    }
}

/// The same of real numbers.
final class FloatingPointCounterSeries: MetricSeries, FloatingPointCounterHandler {
    let origin: SeriesOrigin
    private let state: Mutex<(value: Double, startNanos: UInt64)>

    init(_ origin: SeriesOrigin) {
        self.origin = origin
        state = Mutex((0, origin.now()))
    }

    func increment(by amount: Double) {
        guard amount >= 0, amount.isFinite else { return origin.refuse() }
        state.withLock { $0.value += amount }
    }

    func reset() {
        let now = origin.now()
        state.withLock { $0 = (0, now) }
    }

    func point() -> MetricPoint? {
        let (value, start) = state.withLock { $0 }
        return MetricPoint(.double(value), startNanos: start)
    }
}

/// A sum that grows and shrinks, or what it was set to.
final class MeterSeries: MetricSeries, MeterHandler {
    let origin: SeriesOrigin
    private let startNanos: UInt64
    private let value = Mutex<Double?>(nil)

    init(_ origin: SeriesOrigin) {
        self.origin = origin
        startNanos = origin.now()
    }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) {
        guard value.isFinite else { return origin.refuse() }
        self.value.withLock { $0 = value }
    }

    func increment(by amount: Double) {
        guard amount.isFinite else { return origin.refuse() }
        value.withLock { $0 = ($0 ?? 0) + amount }
    }

    func decrement(by amount: Double) { increment(by: -amount) }

    func point() -> MetricPoint? {
        value.withLock { $0 }.map { MetricPoint(.double($0), startNanos: startNanos) }
    }
}

/// The last value.
final class GaugeSeries: MetricSeries, RecorderHandler {
    let origin: SeriesOrigin
    private let value = Mutex(MetricValue.none)

    init(_ origin: SeriesOrigin) { self.origin = origin }

    func record(_ value: Int64) { self.value.withLock { $0 = .int(value) } }

    func record(_ value: Double) { self.value.withLock { $0 = .double(value) } }

    func point() -> MetricPoint? {
        let value = value.withLock { $0 }
        return value == .none ? nil : MetricPoint(value, startNanos: 0)
    }
}

/// Values counted in buckets.
final class HistogramSeries: MetricSeries, RecorderHandler {
    let origin: SeriesOrigin
    private let state: Mutex<HistogramValue>
    private let startNanos: UInt64

    init(_ origin: SeriesOrigin, bounds: [Double]) {
        self.origin = origin
        startNanos = origin.now()
        var value = HistogramValue()
        value.bounds = bounds
        value.bucketCounts = Array(repeating: 0, count: bounds.count + 1)
        state = Mutex(value)
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return origin.refuse() }
        state.withLock { $0.add(value) }
    }

    func point() -> MetricPoint? {
        let value = state.withLock { $0 }
        return value.count == 0 ? nil : MetricPoint(.histogram(value), startNanos: startNanos)
    }
}

/// Durations in buckets. The unit is the metric's: see ``TimerUnit``.
final class TimerSeries: MetricSeries, TimerHandler {
    let origin: SeriesOrigin
    private let unit: TimerUnit
    private let bounds: [Double]?
    private let startNanos: UInt64
    private let state = Mutex<State?>(nil)

    /// Once the unit is settled.
    private struct State {
        /// Nanoseconds of a unit.
        let scale: Double
        var value: HistogramValue
    }

    /// - Parameter bounds: In the metric's unit; `nil` for the default ones, which are milliseconds.
    init(_ origin: SeriesOrigin, unit: TimerUnit, bounds: [Double]?) {
        self.origin = origin
        self.unit = unit
        self.bounds = bounds
        startNanos = origin.now()
    }

    func recordNanoseconds(_ duration: Int64) {
        state.withLock { state in
            if state == nil { state = empty(unit.settle()) }
            guard let scale = state?.scale else { return }
            state?.value.add(Double(duration) / scale)
        }
    }

    private func empty(_ scale: Double) -> State {
        var value = HistogramValue()
        value.bounds = bounds ?? HistogramBounds.standard.map { $0 * (1_000_000 / scale) }
        value.bucketCounts = Array(repeating: 0, count: value.bounds.count + 1)
        return State(scale: scale, value: value)
    }

    func preferDisplayUnit(_ unit: TimeUnit) { self.unit.prefer(unit) }

    func point() -> MetricPoint? {
        state.withLock { $0 }.map { MetricPoint(.histogram($0.value), startNanos: startNanos) }
    }
}

/// The unit of a timer: that of the core metric of its name, else the first display unit that was asked for before a duration
/// was recorded, else milliseconds.
final class TimerUnit: Sendable {
    private struct State {
        var scale: UInt64
        var isSettled: Bool
    }

    private let state: Mutex<State>

    /// - Parameter name: By UCUM; `nil` when any may be asked for.
    init(_ name: String?) {
        let scale = Self.names.first { $0.name == name }?.scale
        state = Mutex(State(scale: scale ?? 1_000_000, isSettled: scale != nil))
    }

    private static let names: [(scale: UInt64, name: String)] = [
        TimeUnit.nanoseconds, .microseconds, .milliseconds, .seconds, .minutes, .hours, .days,
    ].map(\.scaleFromNanoseconds).enumerated().map { ($1, ["ns", "us", "ms", "s", "min", "h", "d"][$0]) }

    func prefer(_ unit: TimeUnit) {
        state.withLock { if !$0.isSettled { $0 = State(scale: unit.scaleFromNanoseconds, isSettled: true) } }
    }

    /// Nanoseconds, from now on the same.
    func settle() -> Double {
        state.withLock { state in
            state.isSettled = true
            return Double(state.scale)
        }
    }

    /// By UCUM.
    var name: String {
        let scale = state.withLock { $0.scale }
        return Self.names.first { $0.scale == scale }?.name ?? "ns"
    }
}

enum HistogramBounds {
    /// OpenTelemetry's default ones.
    static let standard: [Double] = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000]

    /// Ascending, each once.
    static func ordered(_ bounds: [Double]) -> [Double] { Set(bounds.filter(\.isFinite)).sorted() }
}

/// What a series belongs to.
struct SeriesOrigin: Sendable {
    /// Lives as long as the exporter.
    unowned let family: MetricFamily
    let counts: ExportCounts
    let clock: @Sendable () -> UInt64

    /// Nanoseconds since 1970.
    func now() -> UInt64 { clock() }

    /// Counts a measurement that can't be added.
    func refuse() { counts.countRefusedMeasurement() }
}

extension MetricSeries {
    var family: MetricFamily { origin.family }
}

extension HistogramValue {
    /// Bucket `i` has what is above bound `i - 1` and at most bound `i`.
    fileprivate mutating func add(_ value: Double) {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        bucketCounts[low] += 1
        count += 1
        sum = (sum ?? 0) + value
        min = Swift.min(min ?? value, value)
        max = Swift.max(max ?? value, value)
    }
}

extension MetricPoint {
    fileprivate init(_ value: MetricValue, startNanos: UInt64) {
        self.init(value: value)
        self.startNanos = startNanos
    }
}
