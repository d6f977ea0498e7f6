import TraceModel

/// Decides when a span starts whether it is recorded. One that is not has ids all the same, and passes on that it is not.
public indirect enum Sampler: Sendable, Hashable {
    /// All spans.
    case alwaysOn
    /// None.
    case alwaysOff
    /// This share of all traces, from 0 through 1, by their ids: OpenTelemetry's `TraceIdRatioBased`. Programs that use it
    /// take the same traces, and one with a higher share those of a lower one too.
    case ratio(Double)
    /// What the parent says, whether of this program or another; `root` decides where there is none.
    case parentBased(root: Sampler)

    /// - Parameter parent: `nil` for a root.
    func samples(_ trace: TraceID, parent: TraceContext?) -> Bool {
        switch self {
        case .alwaysOn: true
        case .alwaysOff: false
        case .ratio(let share): Self.takes(trace, share)
        case .parentBased(let root): parent?.isSampled ?? root.samples(trace, parent: nil)
        }
    }

    /// By the upper 63 bits of the id's second half, as OpenTelemetry's SDK for Go does.
    private static func takes(_ trace: TraceID, _ share: Double) -> Bool {
        if share >= 1 { return true }
        guard share > 0 else { return false }
        return trace.low >> 1 < UInt64(share * 0x1p63)
    }
}
