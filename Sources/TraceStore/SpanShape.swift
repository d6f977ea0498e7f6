import TraceModel

/// What one span's attributes are, found in one pass: working memory of a ``SpanPreparer``, filled anew for each span.
struct SpanShape {
    /// Of the span's attributes, in order.
    private(set) var keyIndexes: [Int] = []
    /// By position: an operation field, 32 plus a context field, or `noSlot`.
    private var slots: [UInt8] = []
    private var operationPositions = [Int](repeating: -1, count: OperationField.allCases.count)
    private var operationRanks = [Int](repeating: 0, count: OperationField.allCases.count)
    private var operationTexts = [FlatSpans.Place](repeating: .empty, count: OperationField.allCases.count)
    private var contextPositions = [Int](repeating: -1, count: ContextField.allCases.count)
    private var contextRanks = [Int](repeating: 0, count: ContextField.allCases.count)
    private(set) var contextPlaces = [FlatSpans.Attribute?](repeating: nil, count: ContextField.allCases.count)
    private(set) var numbers = SpanNumbers()
    var marks: UsageRole.Marks = []
    var isNameInline = false
    /// The tuples as bytes that are equal when they are.
    var codes: [UInt32] = []
    private(set) var contextKey: [UInt8] = []
    private(set) var layoutKey: [UInt64] = []

    private static let noSlot = UInt8.max
    private static let firstContextSlot: UInt8 = 32

    mutating func find(
        _ span: FlatSpans.Span, of request: FlatSpans, _ bytes: UnsafeRawBufferPointer, _ keys: inout AttributeKeys
    ) {
        keyIndexes.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
        for place in operationPositions.indices { operationPositions[place] = -1 }
        for place in contextPositions.indices {
            contextPositions[place] = -1
            contextPlaces[place] = nil
        }
        numbers.removeAll()
        marks = []
        for (position, index) in span.attributes.enumerated() {
            let attribute = request.attributes[index]
            let key = keys.index(of: UnsafeRawBufferPointer(rebasing: bytes[attribute.key.range]))
            keyIndexes.append(key)
            slots.append(Self.noSlot)
            guard let entry = keys.entry(key) else {
                switch keys.mark(key) {
                case .requestType: mark(attribute, of: request)
                case .details(let details): numbers.offer(details, request.value(attribute))
                case .promptTokens, nil: break
                }
                continue
            }
            switch entry.meaning {
            case .operation(let field): offer(attribute, position, entry.rank, to: field)
            case .context(let field): offer(attribute, position, entry.rank, to: field)
            case .number(let field):
                if keys.mark(key) == .promptTokens { marks.insert(.promptTokens) }
                numbers.offer(field, entry, request.value(attribute))
            }
        }
    }

    private mutating func mark(_ attribute: FlatSpans.Attribute, of request: FlatSpans) {
        if let type = request.value(attribute).string, UsageRole.Marks.isInferenceRequest(type) {
            marks.insert(.inferenceRequest)
        }
    }

    private mutating func offer(
        _ attribute: FlatSpans.Attribute, _ position: Int, _ rank: Int, to field: OperationField
    ) {
        let place = field.rawValue
        guard attribute.kind == .string else { return }
        let earlier = operationPositions[place]
        if earlier >= 0 {
            if rank >= operationRanks[place] { return }
            slots[earlier] = Self.noSlot
        }
        operationPositions[place] = position
        operationRanks[place] = rank
        operationTexts[place] = attribute.text
        slots[position] = UInt8(place)
    }

    private mutating func offer(
        _ attribute: FlatSpans.Attribute, _ position: Int, _ rank: Int, to field: ContextField
    ) {
        let place = field.rawValue
        if attribute.kind == .other { return }
        let earlier = contextPositions[place]
        if earlier >= 0 {
            if rank >= contextRanks[place] { return }
            slots[earlier] = Self.noSlot
        }
        contextPositions[place] = position
        contextRanks[place] = rank
        contextPlaces[place] = attribute
        // A number's text is its meaning, but not what was sent.
        if attribute.kind == .string { slots[position] = Self.firstContextSlot + UInt8(place) }
    }

    func operationText(_ field: OperationField) -> FlatSpans.Place? {
        operationPositions[field.rawValue] >= 0 ? operationTexts[field.rawValue] : nil
    }

    /// Keeps the field's value with the span, because the operation cannot hold it.
    mutating func giveUp(_ field: OperationField) { slots[operationPositions[field.rawValue]] = Self.noSlot }

    /// The slot that holds the value at `position`, `nil` when none does.
    func slot(_ position: Int) -> (kind: SlotKind, place: Int)? {
        let slot = slots[position]
        if slot == Self.noSlot { return nil }
        if slot < Self.firstContextSlot { return (.operation, Int(slot)) }
        return (.context, Int(slot - Self.firstContextSlot))
    }
}

// MARK: - Context
extension SpanShape {
    mutating func writeContextKey(_ request: FlatSpans, _ bytes: UnsafeRawBufferPointer) {
        contextKey.removeAll(keepingCapacity: true)
        for place in contextPlaces {
            guard let place else {
                contextKey.append(0)
                continue
            }
            contextKey.append(1)
            if place.kind == .string {
                appendCounted(UnsafeRawBufferPointer(rebasing: bytes[place.text.range]))
            } else {
                var text = request.value(place).scalarText ?? ""
                text.withUTF8 { appendCounted(UnsafeRawBufferPointer($0)) }
            }
        }
    }

    private mutating func appendCounted(_ bytes: UnsafeRawBufferPointer) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count)) { contextKey.append(contentsOf: $0) }
        contextKey.append(contentsOf: bytes)
    }
}

// MARK: - Layout
extension SpanShape {
    mutating func startLayout(flags: UInt32) {
        layoutKey.removeAll(keepingCapacity: true)
        layoutKey.append(UInt64(flags) << 1 | (isNameInline ? 1 : 0))
    }

    /// - Parameter place: Of the operation's or context's fields, or of the key's constants; 0 for an inline value.
    mutating func layout(_ key: Int, _ kind: SlotKind, _ place: Int) {
        layoutKey.append(UInt64(key) << 32 | UInt64(kind.code) << 24 | UInt64(place))
    }

    /// Of the layout key.
    func layoutDefinition(_ keys: AttributeKeys, flags: UInt32) -> LayoutDefinition {
        var inline = isNameInline ? 1 : 0
        let slots = layoutKey.dropFirst().map { code in
            let kind = SlotKind(code: UInt8(truncatingIfNeeded: code >> 24))
            let (key, place) = (Int(code >> 32), Int(code & 0xFF_FFFF))
            switch kind {
            case .operation, .context: return LayoutSlot(key: keys.text(key), kind: kind, place: place, constant: nil)
            case .constant:
                return LayoutSlot(key: keys.text(key), kind: kind, place: 0, constant: keys.constant(place, of: key))
            case .value, .nonfinite, .bytes, .tagged, .content:
                defer { inline += 1 }
                return LayoutSlot(key: keys.text(key), kind: kind, place: inline, constant: nil)
            }
        }
        return LayoutDefinition(flags: flags, namePlace: isNameInline ? 0 : nil, slots: slots)
    }
}

extension SlotKind {
    private static let all: [SlotKind] = [
        .operation, .context, .constant, .value, .nonfinite, .bytes, .tagged, .content,
    ]

    fileprivate var code: UInt8 {
        switch self {
        case .operation: 0
        case .context: 1
        case .constant: 2
        case .value: 3
        case .nonfinite: 4
        case .bytes: 5
        case .tagged: 6
        case .content: 7
        }
    }

    fileprivate init(code: UInt8) { self = Self.all[Int(code)] }
}
