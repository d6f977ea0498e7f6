import Foundation
import TraceModel
import TraceStore

/// A folder that goes with its value.
package final class TemporaryFolder {
    private let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("ttaq-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            FileHandle.standardError.write(Data("test folder left behind: \(url.path)\n".utf8))
        }
    }

    package func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    package func write(_ bytes: [UInt8], to name: String) throws -> String {
        try Data(bytes).write(to: url.appendingPathComponent(name))
        return path(name)
    }
}

/// A span that is short to write: ids are small numbers, times are milliseconds after ``base``.
package func span(
    _ id: UInt64, trace: UInt64 = 1, parent: UInt64? = nil, _ name: String, from start: UInt64 = 0,
    to end: UInt64? = 10, status: Int32 = 0, _ attributes: [String: AttributeValue] = [:]
) -> TraceSpan {
    var span = TraceSpan(traceID: TraceID(high: 0, low: trace), spanID: SpanID(value: id))
    span.parentSpanID = parent.map(SpanID.init)
    span.name = name
    span.startNanos = milliseconds(start)
    span.endNanos = end.map(milliseconds) ?? 0
    span.status = SpanStatus(code: status)
    span.attributes = attributes.sorted { $0.key < $1.key }.map { Attribute($0.key, $0.value) }
    return span
}

/// The same by the name of `work`.
package func span(
    _ id: UInt64, trace: UInt64 = 1, parent: UInt64? = nil, from start: UInt64 = 0, to end: UInt64? = 10,
    status: Int32 = 0, _ attributes: [String: AttributeValue] = [:]
) -> TraceSpan {
    span(id, trace: trace, parent: parent, "work", from: start, to: end, status: status, attributes)
}

/// 2026-11-20T09:00:00Z.
package let base: UInt64 = 1_795_165_200_000_000_000

package func milliseconds(_ count: UInt64) -> UInt64 { base + count * 1_000_000 }

extension AttributeValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }

    package init(integerLiteral value: Int64) { self = .int(value) }

    package init(booleanLiteral value: Bool) { self = .bool(value) }

    package init(floatLiteral value: Double) { self = .double(value) }
}

/// A request of one service.
package func batch(service: String? = "shop", _ spans: [TraceSpan]) -> SpanBatch {
    var resource = Resource()
    if let service { resource.attributes = [Attribute("service.name", .string(service))] }
    var batch = SpanBatch()
    batch.groups = [SpanGroup(resource: resource, scope: Scope(), spans: spans)]
    return batch
}

/// A store with these requests in it.
@discardableResult
package func makeStore(at path: String, _ batches: SpanBatch...) throws -> WriteCounts {
    let writer = try StoreWriter(path: path)
    for batch in batches { try writer.add(batch) }
    try writer.finish()
    return writer.committed
}

/// Asks one question of a store with these spans.
package func withStore<Answer>(_ spans: [TraceSpan], _ ask: (StoreSnapshot) throws -> Answer) throws -> Answer {
    let folder = try TemporaryFolder()
    let path = folder.path("test.db")
    try makeStore(at: path, batch(spans))
    return try Store(path: path).read(ask)
}
