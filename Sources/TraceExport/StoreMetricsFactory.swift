import Metrics

/// Makes metrics for a ``TraceExporter``: their values are kept in memory, and stored every
/// ``ExporterConfiguration/metricInterval``, by each flush and at the end.
///
/// | metric | stored as |
/// |---|---|
/// | `Counter`, `FloatingPointCounter` | a sum since its start, which only grows; `reset()` begins a new one |
/// | `Meter` | a sum that grows and shrinks; a gauge where a core metric of the name is one |
/// | `Gauge`, `Recorder` without aggregation | the last value |
/// | `Recorder` | a histogram |
/// | `Timer` | a histogram, in the unit of the core metric of the name, else in the preferred display unit, else in ms |
///
/// Metrics of the same label and dimensions share their values. A destroyed one is written a last time, once all who made
/// it have destroyed it.
public final class StoreMetricsFactory: MetricsFactory {
    private let registry: MetricsRegistry
    /// What waits is written when nobody can record any more.
    private let core: ExportCore

    init(_ registry: MetricsRegistry, _ core: ExportCore) {
        self.registry = registry
        self.core = core
    }

    /// A sum of whole numbers; negative increments are refused and counted.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        registry.series(registry.family(label, .counter), dimensions) { CounterSeries($0) }
    }

    /// A sum of real numbers; negative, infinite and undefined increments are refused and counted.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        registry.series(registry.family(label, .floatingPointCounter), dimensions) { FloatingPointCounterSeries($0) }
    }

    /// A sum that grows and shrinks.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        registry.series(registry.family(label, .meter), dimensions) { MeterSeries($0) }
    }

    /// A histogram, or a gauge where values are not to be aggregated.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if !aggregate { return registry.series(registry.family(label, .gauge), dimensions) { GaugeSeries($0) } }
        let family = registry.family(label, .histogram)
        return registry.series(family, dimensions) { origin in
            HistogramSeries(origin, bounds: family.bounds ?? HistogramBounds.standard)
        }
    }

    /// A histogram of durations.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let family = registry.family(label, .timer)
        return registry.series(family, dimensions) { TimerSeries($0, unit: family.timerUnit, bounds: family.bounds) }
    }

    /// See ``StoreMetricsFactory``.
    public func destroyCounter(_ handler: any CounterHandler) { registry.destroy(handler) }

    /// See ``StoreMetricsFactory``.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { registry.destroy(handler) }

    /// See ``StoreMetricsFactory``.
    public func destroyMeter(_ handler: any MeterHandler) { registry.destroy(handler) }

    /// See ``StoreMetricsFactory``.
    public func destroyRecorder(_ handler: any RecorderHandler) { registry.destroy(handler) }

    /// See ``StoreMetricsFactory``.
    public func destroyTimer(_ handler: any TimerHandler) { registry.destroy(handler) }
}
