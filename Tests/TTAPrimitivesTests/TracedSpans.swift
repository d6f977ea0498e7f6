import InMemoryTracing
import Testing
import Tracing

extension InMemoryTracer {
    /// Names, indented by depth; those of one parent in order of their names.
    var tree: [String] {
        let spans = finishedSpans
        func below(_ parent: String?, _ depth: Int) -> [String] {
            spans.filter { $0.parentSpanID == parent }.sorted { $0.operationName < $1.operationName }
                .flatMap { [String(repeating: "  ", count: depth) + $0.operationName] + below($0.spanID, depth + 1) }
        }
        return below(nil, 0)
    }

    /// The first of the name that ended.
    func span(_ name: String) throws -> FinishedInMemorySpan {
        try #require(finishedSpans.first { $0.operationName == name }, "no span \(name) in \(tree)")
    }

    /// An attribute of the first span of the name that ended.
    func attribute(_ key: String, of name: String) throws -> SpanAttribute? {
        try span(name).attributes.get(key)
    }
}
