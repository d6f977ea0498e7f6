import JSONText
import TraceModel

/// What few spans have, as a JSON object: only the members that say something.
enum ExtrasCodec {
    static func append(_ extra: FlatSpans.Extra, to bytes: inout [UInt8]) {
        var writer = JSONWriter()
        writer.object { writer in
            func text(_ key: String, _ value: String) {
                guard !value.isEmpty else { return }
                writer.key(key)
                writer.write(value)
            }
            func count(_ key: String, _ value: UInt32) {
                guard value != 0 else { return }
                writer.key(key)
                writer.write(value)
            }
            text("status_message", extra.statusMessage)
            text("trace_state", extra.traceState)
            count("dropped_attributes_count", extra.droppedAttributesCount)
            if !extra.events.isEmpty {
                writer.key("events")
                writer.raw(EventCodec.encode(extra.events))
            }
            count("dropped_events_count", extra.droppedEventsCount)
            if !extra.links.isEmpty {
                writer.key("links")
                writer.raw(EventCodec.encode(extra.links))
            }
            count("dropped_links_count", extra.droppedLinksCount)
        }
        bytes += writer.bytes
    }

    /// - Throws: `JSONSyntaxError`.
    static func decode(_ json: String) throws -> FlatSpans.Extra {
        var extra = FlatSpans.Extra()
        var reader = JSONReader(json)
        try reader.object { reader, key in
            switch key {
            case "status_message": extra.statusMessage = try reader.string()
            case "trace_state": extra.traceState = try reader.string()
            case "dropped_attributes_count": extra.droppedAttributesCount = try reader.count()
            case "events": extra.events = try EventCodec.decodeEvents(&reader)
            case "dropped_events_count": extra.droppedEventsCount = try reader.count()
            case "links": extra.links = try EventCodec.decodeLinks(&reader)
            case "dropped_links_count": extra.droppedLinksCount = try reader.count()
            default: try reader.skip()
            }
        }
        try reader.finish()
        return extra
    }
}

extension JSONReader {
    fileprivate mutating func count() throws -> UInt32 {
        let before = self
        guard let value = UInt32(try numberText()) else { throw before.error("a count of 32 bits") }
        return value
    }
}
