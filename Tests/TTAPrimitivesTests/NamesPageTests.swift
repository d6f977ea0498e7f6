import Foundation
import TTAPrimitives
import TestSupport
import Testing

/// The page on names and attributes says what there is.
@Suite struct NamesPageTests {
    private func page() throws -> String {
        try Checkout.text("Sources/TTAPrimitives/TTAPrimitives.docc/NamesAndAttributes.md")
    }

    @Test func hasTheTableOfMetrics() throws {
        let rows = MetricDefinition.all.map { metric in
            let kind =
                switch metric.kind {
                case .counter: "counter"
                case .upDownCounter: "up-down counter"
                case .gauge: "gauge"
                case .histogram: "histogram"
                }
            let keys = metric.attributeKeys.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(metric.name)` | \(kind), \(metric.unit) | \(keys) |"
        }
        let lines = try page().split(separator: "\n").map(String.init)
        for row in rows { #expect(lines.contains(row), "\(row)") }
    }

    /// All that the whole tree of a workflow of all kinds shows is on the page.
    @Test func namesEachAttribute() throws {
        let page = try page()
        let tree = try Checkout.text("Tests/TTAPrimitivesTests/Golden/all-kinds.txt")
        let keys = tree.split(separator: "\n").compactMap { line -> String? in
            guard let mark = line.range(of: "· ") else { return nil }
            return line[mark.upperBound...].components(separatedBy: " = ").first
        }
        #expect(Set(keys).count > 60)
        for key in Set(keys) { #expect(page.contains("`\(key)`"), "\(key)") }
    }
}
