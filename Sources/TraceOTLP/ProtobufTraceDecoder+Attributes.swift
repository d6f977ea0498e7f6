import TraceModel

// MARK: - Attributes of spans
extension ProtobufTraceDecoder {
    mutating func flatAttribute(_ message: WireReader, after count: Int) throws(WireError) {
        guard keeper.takeAttribute(after: count) else { return }
        var reader = message
        var key = FlatSpans.Place.empty
        var value = (kind: FlatSpans.Attribute.Kind.other, bits: UInt64.max)
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited): key = try place(&reader)
            case (2, .lengthDelimited): value = try flatValue(reader.message())
            default: try reader.skip(type)
            }
        }
        if value.bits == .max && value.kind == .other { value.bits = keep(.empty) }
        flat.attributes.append(FlatSpans.Attribute(key: key, kind: value.kind, bits: value.bits))
    }

    private mutating func flatValue(
        _ message: WireReader
    ) throws(WireError) -> (kind: FlatSpans.Attribute.Kind, bits: UInt64) {
        var reader = message
        var value = (kind: FlatSpans.Attribute.Kind.other, bits: UInt64.max)
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited):
                let text = try place(&reader)
                if keeper.takeBytes(Int(text.count)) {
                    value = (.string, UInt64(text.count) << 32 | UInt64(text.offset))
                }
            case (2, .varint): value = (.bool, try reader.varint() != 0 ? 1 : 0)
            case (3, .varint): value = (.int, try reader.varint())
            case (4, .fixed64): value = (.double, try reader.fixed64())
            case (5...7, .lengthDelimited): return (.other, keep(try self.value(message, depth: 0)))
            default: try reader.skip(type)
            }
        }
        return value
    }

    private mutating func keep(_ value: AttributeValue) -> UInt64 {
        flat.values.append(value)
        return UInt64(flat.values.count - 1)
    }

    /// Where a text stands that comes next.
    mutating func place(_ reader: inout WireReader) throws(WireError) -> FlatSpans.Place {
        let range = try reader.lengthDelimited()
        let content = UnsafeRawBufferPointer(rebasing: reader.bytes[range])
        if ByteText.isPlain(content) { return FlatSpans.Place(offset: range.lowerBound, count: range.count) }
        let start = requestBytes + repaired.count
        repaired += ByteText.text(content).utf8
        return FlatSpans.Place(offset: start, count: requestBytes + repaired.count - start)
    }
}

// MARK: - Attributes of everything else, and nested values
extension ProtobufTraceDecoder {
    /// Reads the attribute that comes next, and keeps it where the limits allow.
    mutating func append(to attributes: inout [Attribute], _ reader: inout WireReader) throws(WireError) {
        let content = try reader.message()
        if keeper.takeAttribute(after: attributes.count) { attributes.append(try attribute(content)) }
    }

    /// A value that belongs to no attribute.
    mutating func wholeValue(_ message: WireReader) throws(WireError) -> AttributeValue {
        // As for an attribute: what the value may take begins anew.
        _ = keeper.takeAttribute(after: 0)
        return try value(message, depth: 0)
    }

    private mutating func attribute(_ message: WireReader, depth: Int = 0) throws(WireError) -> Attribute {
        var reader = message
        var attribute = Attribute("", .empty)
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited): attribute.key = keys.text(try reader.content())
            case (2, .lengthDelimited): attribute.value = try value(reader.message(), depth: depth)
            default: try reader.skip(type)
            }
        }
        return attribute
    }

    private mutating func value(_ message: WireReader, depth: Int) throws(WireError) -> AttributeValue {
        guard depth <= limits.nesting else {
            throw WireError(
                offset: message.position, expected: "at most \(limits.nesting) nested values", found: "one more")
        }
        var reader = message
        var value = AttributeValue.empty
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited):
                let content = try reader.content()
                if keeper.takeBytes(content.count) { value = .string(text(content)) }
            case (2, .varint): value = .bool(try reader.varint() != 0)
            case (3, .varint): value = .int(Int64(bitPattern: try reader.varint()))
            case (4, .fixed64): value = .double(Double(bitPattern: try reader.fixed64()))
            case (5, .lengthDelimited): value = .array(try elements(reader.message(), depth: depth + 1))
            case (6, .lengthDelimited): value = .map(try members(reader.message(), depth: depth + 1))
            case (7, .lengthDelimited):
                let content = try reader.content()
                if keeper.takeBytes(content.count) { value = .bytes(Array(content)) }
            default: try reader.skip(type)
            }
        }
        return value
    }

    private mutating func elements(_ message: WireReader, depth: Int) throws(WireError) -> [AttributeValue] {
        var reader = message
        var values: [AttributeValue] = []
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited):
                let content = try reader.message()
                if keeper.takeElement() { values.append(try value(content, depth: depth)) }
            default: try reader.skip(type)
            }
        }
        return values
    }

    private mutating func members(_ message: WireReader, depth: Int) throws(WireError) -> [Attribute] {
        var reader = message
        var attributes: [Attribute] = []
        while let (field, type) = try reader.nextField() {
            switch (field, type) {
            case (1, .lengthDelimited):
                let content = try reader.message()
                if keeper.takeElement() { attributes.append(try attribute(content, depth: depth)) }
            default: try reader.skip(type)
            }
        }
        return attributes
    }
}
