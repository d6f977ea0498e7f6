import Foundation
import GRDB
import TraceModel

/// Inputs that no exporter sends.
package enum HostileBytes {
    /// A request whose only attribute is so many lists inside each other. Written from its end, because each length
    /// stands before what it counts.
    package static func nestedLists(_ depth: Int) -> [UInt8] {
        var reversed: [UInt8] = []
        func wrap(_ tag: UInt8) {
            var rest = reversed.count
            var length: [UInt8] = []
            repeat {
                length.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
                rest >>= 7
            } while rest > 0
            reversed += length.reversed()
            reversed.append(tag)
        }
        for _ in 0..<depth {
            // AnyValue.array_value and ArrayValue.values.
            wrap(0x0A)
            wrap(0x2A)
        }
        // KeyValue.value, Span.attributes.
        wrap(0x12)
        wrap(0x4A)
        var basics = WireWriter()
        basics.spanBasics()
        reversed += basics.bytes.reversed()
        // ScopeSpans.spans, ResourceSpans.scope_spans, TracesData.resource_spans.
        wrap(0x12)
        wrap(0x12)
        wrap(0x0A)
        return reversed.reversed()
    }

    /// Begins as protobuf does; always the same bytes of the same seed.
    package static func random(_ count: Int, seed: UInt64) -> [UInt8] {
        var numbers = SplitMix64(seed: seed)
        return [0x0A] + (1..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
    }

    /// A span with an attribute of so many bytes.
    package static func longAttribute(_ bytes: Int) -> [UInt8] {
        WireWriter.request { span in
            span.spanBasics()
            span.message(9) { attribute in
                attribute.text(1, "long")
                attribute.message(2) { $0.data(1, [UInt8](repeating: 0x61, count: bytes)) }
            }
        }
    }
}

/// Changes a store as another program could.
package func alter(_ path: String, _ statements: [String]) throws {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    try DatabaseQueue(path: path, configuration: configuration).writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA writable_schema = ON")
        for statement in statements { try db.execute(sql: statement) }
    }
}
