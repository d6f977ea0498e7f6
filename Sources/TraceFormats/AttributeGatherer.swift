import JSONText
import TraceModel
import TraceOTLP

/// A span's attributes while it is put together, within the limits.
struct AttributeGatherer {
    private(set) var list: [Attribute] = []
    private var keeper: LimitKeeper

    init(_ limits: DecodingLimits) { keeper = LimitKeeper(limits) }

    /// The first limit that was broken.
    var violation: SpanRejection.Reason? { keeper.violation }

    /// Adds a value, unless there is none or the text is empty.
    mutating func add(_ key: String, _ value: AttributeValue?) {
        guard let value, value != .string(""), keeper.takeAttribute(after: list.count) else { return }
        if let text = value.string, !keeper.takeBytes(text.utf8.count) { return }
        list.append(Attribute(key, value))
    }

    /// Adds any JSON but null as an attribute's value.
    mutating func read(_ key: String, _ reader: JSONReader?) throws {
        guard var reader, try reader.peek() != .null else { return }
        try reader.append(key, to: &list, &keeper)
    }

    /// Adds a string as it is and other JSON but null as its text on one line.
    mutating func readText(_ key: String, _ reader: JSONReader?) throws {
        guard var reader, try reader.peek() != .null, keeper.takeAttribute(after: list.count) else { return }
        let text = try reader.compactText()
        if keeper.takeBytes(text.utf8.count) { list.append(Attribute(key, .string(text))) }
    }

    /// Adds the members of an object as `prefix.KEY`; anything else as `prefix` itself.
    mutating func readMembers(_ prefix: String, _ reader: JSONReader?) throws {
        guard var reader else { return }
        guard reader.isObject else { return try read(prefix, reader) }
        for (key, value) in try JSONMembers(&reader).all { try read("\(prefix).\(key)", value) }
    }

    /// Adds those that no attribute of the same key stands for.
    mutating func add(_ others: [Attribute]) {
        let known = Set(list.map(\.key))
        for other in others where !known.contains(other.key) { add(other.key, other.value) }
    }
}

extension JSONReader {
    /// A string as it is, anything else as JSON on one line.
    mutating func compactText() throws -> String {
        if try peek() == .string { return try string() }
        var writer = JSONWriter()
        try copy(to: &writer)
        return writer.text
    }

    private mutating func copy(to writer: inout JSONWriter) throws {
        switch try peek() {
        case .object:
            try writer.object { writer in
                try object { reader, key in
                    writer.key(key)
                    try reader.copy(to: &writer)
                }
            }
        case .array: try writer.array { writer in try array { try $0.copy(to: &writer) } }
        default: writer.write(try value())
        }
    }

    /// A time in RFC 3339, or the same without an offset, which is then UTC; `nil` for null and an empty text.
    ///
    /// - Throws: ``RejectedSpan`` for other texts, and times before 1970 or after 2554.
    mutating func timeText() throws -> UInt64? {
        let text = try text()
        if text.isEmpty { return nil }
        guard let nanos = Timestamp.parse(text) ?? Timestamp.parse(text + "Z") else {
            throw RejectedSpan(
                .unreadable(expected: "a time such as 2026-11-23T08:15:30.123Z", found: "another text"))
        }
        return nanos
    }
}
