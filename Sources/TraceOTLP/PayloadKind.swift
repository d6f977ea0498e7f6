/// Which of OTLP's three requests some bytes are.
package enum OTLPSignal: String, Sendable, CaseIterable {
    case traces, metrics, logs
}

/// Tells OTLP protobuf requests apart. They share their outer fields (a list of resources, each with a list of scopes,
/// each with a list of items), so the first item decides: only spans have their times in fields 7 and 8, only log
/// records have one in field 1 or 11, and metrics have no time of their own.
package enum ProtobufRequest {
    /// - Returns: `nil` when the bytes are no well-formed message with length-delimited field 1. An empty request, or
    ///   one without any item, is `.traces`.
    package static func signal(of bytes: [UInt8]) -> OTLPSignal? {
        bytes.withUnsafeBytes { bytes in
            do throws(WireError) {
                guard let item = try firstItem(of: WireReader(bytes)) else { return .traces }
                return try signal(ofItem: item)
            } catch {
                return nil
            }
        }
    }

    /// Walks the outer message to its end, so that other formats are not taken for protobuf by their first bytes.
    private static func firstItem(of message: WireReader) throws(WireError) -> WireReader? {
        var request = message
        var item: WireReader?
        while let (field, type) = try request.nextField() {
            guard field == 1, type == .lengthDelimited else {
                throw request.wrongType(field, type, expected: .lengthDelimited)
            }
            let resource = try request.message()
            if item == nil, let scope = try firstChild(2, of: resource) { item = try firstChild(2, of: scope) }
        }
        return item
    }

    private static func firstChild(_ number: UInt32, of message: WireReader) throws(WireError) -> WireReader? {
        var reader = message
        while let (field, type) = try reader.nextField() {
            if field == number, type == .lengthDelimited { return try reader.message() }
            try reader.skip(type)
        }
        return nil
    }

    private static func signal(ofItem item: WireReader) throws(WireError) -> OTLPSignal {
        var reader = item
        var signal = OTLPSignal.traces
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            // A span's times, kind and status.
            case (7...8, .fixed64), (6, .varint), (15, .lengthDelimited): return .traces
            // A log record's times and severity.
            case (1, .fixed64), (11, .fixed64), (2, .varint): return .logs
            case (1, .lengthDelimited) where try isID(reader): return .traces
            // A metric's gauge, sum, histogram, exponential histogram or summary; a span's name, attributes and
            // events have some of these numbers too, but then one of the fields above comes as well.
            case (5, .lengthDelimited), (7, .lengthDelimited), (9...11, .lengthDelimited): signal = .metrics
            default: break
            }
            try reader.skip(type)
        }
        return signal
    }

    /// Whether the field that comes next has the 16 bytes of a trace id, not all of them printable as a name's are.
    private static func isID(_ reader: WireReader) throws(WireError) -> Bool {
        var copy = reader
        let content = try copy.content()
        return content.count == 16 && content.contains { $0 < 0x20 || $0 > 0x7E }
    }
}
