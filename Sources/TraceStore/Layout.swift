import JSONText

/// Where the value of an attribute stands: see `layout_slot` in the schema.
enum SlotKind: String, Sendable {
    case operation, context, constant, value, nonfinite, bytes, tagged, content
}

struct LayoutSlot: Sendable {
    let key: String
    let kind: SlotKind
    /// Of the operation's or context's fields, or of the inline values; 0 for a constant.
    let place: Int
    let constant: String?
}

/// The shape of a span's attributes.
struct LayoutDefinition: Sendable {
    let flags: UInt32
    /// Of the inline values; `nil` where the name stands in the operation.
    let namePlace: Int?
    let slots: [LayoutSlot]

    /// A JSON array: the same text for the same layout, and for no other.
    var identity: String {
        var fields: [String?] = [String(flags), namePlace.map { String($0) }]
        for slot in slots { fields += [slot.key, slot.kind.rawValue, String(slot.place), slot.constant] }
        return identityText(fields)
    }
}

/// A JSON array of texts.
func identityText(_ fields: [String?]) -> String {
    var writer = JSONWriter()
    writer.array { writer in
        for field in fields {
            if let field { writer.write(field) } else { writer.null() }
        }
    }
    return writer.text
}
