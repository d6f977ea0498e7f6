import Testing
import TraceExport

@Suite struct SpanLimitsTests {
    @Test func defaultsAreThoseOfOpenTelemetry() {
        #expect(SpanLimits() == SpanLimits(attributes: 128, events: 128, links: 128, valueBytes: nil))
    }
}
