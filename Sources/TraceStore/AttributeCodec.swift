import Foundation
import JSONText
import TraceModel

/// Attributes as JSON that people can read, and tags that make it exact: see `span_detail` in the schema.
package enum AttributeCodec {
    package static func encode(_ attributes: [Attribute]) -> (json: String, tags: String) {
        var writer = JSONWriter(capacity: 1024)
        var tags: [String] = []
        write(attributes, to: &writer, tags: &tags)
        return (writer.text, tags.joined(separator: ";"))
    }

    package static func decode(json: String, tags: String) throws -> [Attribute] {
        var reader = JSONReader(json)
        let attributes = try readMembers(&reader, path: "", tags: parse(tags))
        try reader.finish()
        return attributes
    }

    static func write(_ attributes: [Attribute], to writer: inout JSONWriter, tags: inout [String], path: String = "") {
        writer.object { writer in
            for (index, attribute) in attributes.enumerated() {
                writer.key(attribute.key)
                write(attribute.value, to: &writer, tags: &tags, path: path, index: index)
            }
        }
    }

    private static func write(
        _ value: AttributeValue, to writer: inout JSONWriter, tags: inout [String], path: String, index: Int
    ) {
        switch value {
        case .string(let text): writer.write(text)
        case .bool(let flag): writer.write(flag)
        case .int(let number): writer.write(number)
        case .double(let number) where number.isFinite: writer.write(number)
        case .double(let number):
            writer.write(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
            tags.append("\(path)\(index)=d")
        case .bytes(let bytes):
            writer.write(Data(bytes).base64EncodedString())
            tags.append("\(path)\(index)=y")
        case .array(let values):
            writer.array { writer in
                for (inner, value) in values.enumerated() {
                    write(value, to: &writer, tags: &tags, path: "\(path)\(index).", index: inner)
                }
            }
        case .map(let members): write(members, to: &writer, tags: &tags, path: "\(path)\(index).")
        case .empty: writer.null()
        }
    }

    private static func parse(_ tags: String) -> [String: Character] {
        var parsed: [String: Character] = [:]
        for tag in tags.split(separator: ";") {
            let parts = tag.split(separator: "=")
            if parts.count == 2, let kind = parts[1].first { parsed[String(parts[0])] = kind }
        }
        return parsed
    }

    private static func readMembers(
        _ reader: inout JSONReader, path: String, tags: [String: Character]
    ) throws -> [Attribute] {
        var attributes: [Attribute] = []
        try reader.object { reader, key in
            let place = tags.isEmpty ? "" : "\(path)\(attributes.count)"
            attributes.append(Attribute(key, try readValue(&reader, place: place, tags: tags)))
        }
        return attributes
    }

    private static func readValue(
        _ reader: inout JSONReader, place: String, tags: [String: Character]
    ) throws -> AttributeValue {
        switch try reader.peek() {
        case .object: return .map(try readMembers(&reader, path: place + ".", tags: tags))
        case .array:
            var values: [AttributeValue] = []
            try reader.array { reader in
                let inner = tags.isEmpty ? "" : "\(place).\(values.count)"
                values.append(try readValue(&reader, place: inner, tags: tags))
            }
            return .array(values)
        case .bool: return .bool(try reader.bool())
        case .null:
            try reader.null()
            return .empty
        case .number:
            let digits = try reader.numberText()
            if let number = Int64(digits) { return .int(number) }
            guard let number = Double(digits) else { throw reader.error("a number") }
            return .double(number)
        case .string: return try tagged(try reader.string(), tags[place], reader)
        }
    }

    private static func tagged(_ text: String, _ tag: Character?, _ reader: JSONReader) throws -> AttributeValue {
        switch tag {
        case "d":
            guard let number = Double(text == "-Infinity" ? "-inf" : text == "Infinity" ? "inf" : text) else {
                throw reader.error("NaN, Infinity or -Infinity")
            }
            return .double(number)
        case "y":
            guard let data = Data(base64Encoded: text) else { throw reader.error("base64") }
            return .bytes(Array(data))
        default: return .string(text)
        }
    }
}

/// Events and links as JSON arrays of objects.
package enum EventCodec {
    static func encode(_ events: [SpanEvent]) -> String {
        var writer = JSONWriter()
        writer.array { writer in
            for event in events {
                writer.object { writer in
                    writer.key("time_unix_nano")
                    writer.write(event.timeNanos)
                    writer.key("name")
                    writer.write(event.name)
                    writer.attributes(event.attributes, dropped: event.droppedAttributesCount)
                }
            }
        }
        return writer.text
    }

    static func encode(_ links: [SpanLink]) -> String {
        var writer = JSONWriter()
        writer.array { writer in
            for link in links {
                writer.object { writer in
                    writer.key("trace_id")
                    writer.write(Hex.encode(link.traceID))
                    writer.key("span_id")
                    writer.write(Hex.encode(link.spanID))
                    writer.key("trace_state")
                    writer.write(link.traceState)
                    writer.key("flags")
                    writer.write(link.flags)
                    writer.attributes(link.attributes, dropped: link.droppedAttributesCount)
                }
            }
        }
        return writer.text
    }

    static func decodeEvents(_ reader: inout JSONReader) throws -> [SpanEvent] {
        var events: [SpanEvent] = []
        try reader.array { reader in
            var event = SpanEvent()
            var attributes = StoredAttributes()
            try reader.object { reader, key in
                switch key {
                case "time_unix_nano": event.timeNanos = try reader.unsigned()
                case "name": event.name = try reader.string()
                default: try attributes.read(key, &reader)
                }
            }
            (event.attributes, event.droppedAttributesCount) = try attributes.decoded()
            events.append(event)
        }
        return events
    }

    static func decodeLinks(_ reader: inout JSONReader) throws -> [SpanLink] {
        var links: [SpanLink] = []
        try reader.array { reader in
            var link = SpanLink()
            var attributes = StoredAttributes()
            try reader.object { reader, key in
                switch key {
                case "trace_id": link.traceID = try reader.hex()
                case "span_id": link.spanID = try reader.hex()
                case "trace_state": link.traceState = try reader.string()
                case "flags": link.flags = UInt32(truncatingIfNeeded: try reader.unsigned())
                default: try attributes.read(key, &reader)
                }
            }
            (link.attributes, link.droppedAttributesCount) = try attributes.decoded()
            links.append(link)
        }
        return links
    }
}

/// The attribute members of a stored event, link or exemplar, until all of them are known.
struct StoredAttributes {
    private var json = "{}"
    private var tags = ""
    private var dropped: UInt32 = 0

    mutating func read(_ key: String, _ reader: inout JSONReader) throws {
        switch key {
        case "attributes": json = try reader.value().text
        case "attribute_tags": tags = try reader.string()
        case "dropped_attributes_count": dropped = UInt32(truncatingIfNeeded: try reader.unsigned())
        default: try reader.skip()
        }
    }

    func decoded() throws -> ([Attribute], UInt32) {
        (try AttributeCodec.decode(json: json, tags: tags), dropped)
    }
}

extension JSONWriter {
    /// - Parameter dropped: `nil` for what has no such count.
    mutating func attributes(_ attributes: [Attribute], dropped: UInt32?) {
        var tags: [String] = []
        key("attributes")
        AttributeCodec.write(attributes, to: &self, tags: &tags)
        if !tags.isEmpty {
            key("attribute_tags")
            write(tags.joined(separator: ";"))
        }
        if let dropped {
            key("dropped_attributes_count")
            write(dropped)
        }
    }
}

extension JSONReader {
    mutating func unsigned() throws -> UInt64 {
        let before = self
        guard let value = UInt64(try numberText()) else { throw before.error("an unsigned integer") }
        return value
    }

    mutating func hex() throws -> [UInt8] {
        let before = self
        guard let bytes = Hex.decode(try string()) else { throw before.error("hexadecimal digits") }
        return bytes
    }
}

extension AttributeCodec {
    /// One value as JSON on one line: for people by itself, exact with its tags.
    package static func encode(_ value: AttributeValue) -> (json: String, tags: String) {
        var writer = JSONWriter()
        var tags: [String] = []
        write(value, to: &writer, tags: &tags, path: "", index: 0)
        return (writer.text, tags.joined(separator: ";"))
    }

    /// The value that comes next.
    static func decode(_ reader: inout JSONReader, tags: String = "") throws -> AttributeValue {
        try readValue(&reader, place: "0", tags: parse(tags))
    }
}
