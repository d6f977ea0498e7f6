/// Protobuf by hand: the fields of one message, for payloads that no exporter would send.
package struct WireWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func varint(_ field: UInt64, _ value: UInt64) {
        raw(field << 3)
        raw(value)
    }

    package mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        raw(field << 3 | 1)
        for shift in stride(from: 0 as UInt64, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    package mutating func data(_ field: UInt64, _ content: [UInt8]) {
        raw(field << 3 | 2)
        raw(UInt64(content.count))
        bytes += content
    }

    package mutating func text(_ field: UInt64, _ text: String) { data(field, Array(text.utf8)) }

    package mutating func message(_ field: UInt64, _ body: (inout WireWriter) -> Void) {
        var inner = WireWriter()
        body(&inner)
        data(field, inner.bytes)
    }

    /// Fields that are written already.
    package mutating func raw(_ fields: [UInt8]) { bytes += fields }

    private mutating func raw(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A trace request with one resource, one scope, and spans made by `bodies`.
    package static func request(_ bodies: ((inout WireWriter) -> Void)...) -> [UInt8] {
        var request = WireWriter()
        request.message(1) { resource in
            resource.message(2) { scope in bodies.forEach { scope.message(2, $0) } }
        }
        return request.bytes
    }

    /// A good span's ids and times.
    package mutating func spanBasics(id: UInt8 = 2, trace: [UInt8] = [UInt8](repeating: 1, count: 16)) {
        data(1, trace)
        data(2, [UInt8](repeating: id, count: 8))
        text(5, "work")
        fixed64(7, 1000)
        fixed64(8, 2000)
    }
}
