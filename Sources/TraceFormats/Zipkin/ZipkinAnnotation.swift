import JSONText
import TraceModel
import TraceOTLP

/// A time with a text. OpenTelemetry's exporters write events so, their attributes as JSON behind the name:
/// `{"name": {…}}`, `"name": {…}` and `name: {…}` are seen.
enum ZipkinAnnotation {
    static func event(_ reader: inout JSONReader, _ keeper: inout LimitKeeper) throws -> SpanEvent {
        var event = SpanEvent()
        var text = ""
        try reader.object { reader, key in
            switch key {
            case "timestamp": event.timeNanos = try reader.microseconds() ?? 0
            case "value": text = try reader.text()
            default: try reader.append("zipkin.\(key)", to: &event.attributes, &keeper)
            }
        }
        if let (name, attributes) = nameAndAttributes(text, &keeper) {
            event.name = name
            event.attributes = attributes + event.attributes
        } else {
            event.name = text
        }
        return event
    }

    /// - Returns: `nil` for any other text.
    private static func nameAndAttributes(
        _ text: String, _ keeper: inout LimitKeeper
    ) -> (name: String, attributes: [Attribute])? {
        guard text.utf8.last == UInt8(ascii: "}"), let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            return nil
        }
        var reader = JSONReader(text)
        switch text.utf8.first {
        case UInt8(ascii: "{"):
            guard let members = members(&reader, &keeper), members.count == 1, case .map(let map) = members[0].value
            else { return nil }
            return (members[0].key, map)
        case UInt8(ascii: "\""):
            // An object but for its outer brackets.
            reader = JSONReader("{\(text)}")
            guard let members = members(&reader, &keeper), members.count == 1, case .map(let map) = members[0].value
            else { return nil }
            return (members[0].key, map)
        default:
            reader = JSONReader(String(text[text.index(after: colon)...]))
            return members(&reader, &keeper).map { (String(text[..<colon]), $0) }
        }
    }

    /// The members of an object that is all there is, `nil` for anything else. Within the limits of `keeper`: the text
    /// was.
    private static func members(_ reader: inout JSONReader, _ keeper: inout LimitKeeper) -> [Attribute]? {
        do {
            _ = keeper.takeAttribute(after: 0)
            guard case .map(let members) = try reader.attributeValue(&keeper) else { return nil }
            try reader.finish()
            return members
        } catch {
            return nil
        }
    }
}
