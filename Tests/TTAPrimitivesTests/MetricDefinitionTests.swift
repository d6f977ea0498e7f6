import TTAPrimitives
import Testing

@Suite struct MetricDefinitionTests {
    @Test func namesAreThoseOfTheSevenCoreMetrics() {
        #expect(
            MetricDefinition.all.map(\.name) == [
                "primitive.execution.count", "primitive.execution.duration", "primitive.connection.count",
                "llm.tokens.total", "cache.hits", "cache.total", "agent.workflows.active", "slo.compliance",
            ])
    }

    @Test func onlyTheHistogramHasBounds() {
        #expect(MetricDefinition.executionDuration.bounds == [10, 50, 100, 250, 500, 1000, 2500, 5000, 10000])
        #expect(MetricDefinition.all.filter { !$0.bounds.isEmpty } == [.executionDuration])
    }
}
