import JSONText
import TraceModel

/// Turns decoded spans into rows, on another thread than the writer's: finds the meanings of attributes, tells the
/// distinct operations, contexts, layouts and sources apart, and writes what is left as JSON.
///
/// It makes no string of what it has met before. Its memory is bounded: a dictionary with too many entries starts over.
package struct SpanPreparer {
    private static let mostTuples = 32_768
    /// With more layouts than this no new constants are put into them.
    private static let mostLayoutsWithConstants = 4096
    /// Longer texts are cut into pieces that are stored once.
    private static let inlineTextBytes = 512

    private let id = UInt64.random(in: .min ... .max)
    private var keys = AttributeKeys()
    private var fields: OperationFieldValues
    private var operations = ByteDictionary()
    private var contexts = ByteDictionary()
    private var layouts = ByteDictionary()
    private var sources: [SourceDefinition: Int32] = [:]
    private var traces = ByteDictionary()
    private var shape = SpanShape()
    private var batch: PreparedBatch

    /// - Parameter values: What the store's operations hold already, so that fields are demoted in time.
    package init(values: OperationFieldValues = OperationFieldValues()) {
        fields = values
        batch = PreparedBatch(preparer: id)
    }

    package var waitingSpans: Int { batch.spanCount }
    package var waitingBytes: Int { batch.byteCount }

    /// Everything added since the last call.
    package mutating func take() -> PreparedBatch {
        let taken = batch
        batch = PreparedBatch(preparer: id)
        traces.removeAll()
        if contexts.count > Self.mostTuples {
            contexts.removeAll()
            batch.restarts.contexts = true
        }
        if operations.count > Self.mostTuples {
            operations.removeAll()
            batch.restarts.operations = true
        }
        if sources.count > Self.mostTuples {
            sources.removeAll()
            batch.restarts.sources = true
        }
        if layouts.count > Self.mostTuples || keys.count > Self.mostTuples {
            // Together: layouts name keys by number.
            layouts.removeAll()
            keys.removeAll()
            batch.restarts.layouts = true
        }
        return taken
    }

    package mutating func add(_ request: FlatSpans) {
        request.bytes.withUnsafeBytes { bytes in
            for group in request.groups {
                let origin = origin(group)
                for index in group.spans { add(request.spans[index], of: request, bytes, origin) }
            }
        }
        batch.demotedFields += fields.takeDemoted()
    }

    /// What the spans of a group share.
    private struct Origin {
        let source: Int32
        let serviceCode: UInt32
    }

    private mutating func origin(_ group: FlatSpans.Group) -> Origin {
        let service = group.resource.serviceName.map { fields.code($0, of: .service) } ?? OperationFieldValues.absent
        let source = SourceDefinition(resource: group.resource, scope: group.scope)
        if let known = sources[source] { return Origin(source: known, serviceCode: service) }
        let index = Int32(sources.count)
        sources[source] = index
        batch.sources.append(source)
        return Origin(source: index, serviceCode: service)
    }

    private mutating func add(
        _ span: FlatSpans.Span, of request: FlatSpans, _ bytes: UnsafeRawBufferPointer, _ origin: Origin
    ) {
        var row = PreparedSpan()
        row.source = origin.source
        row.trace = traceIndex(span.traceID)
        row.spanID = span.spanID.value
        row.parentSpanID = span.parentSpanID?.value
        row.startNanos = span.startNanos
        row.endNanos = span.endNanos
        shape.find(span, of: request, bytes, &keys)
        let firstNumber = batch.numbers.count
        batch.numbers.append(contentsOf: shape.numbers.list)
        row.numbers = firstNumber..<batch.numbers.count
        row.operation = operationIndex(span, bytes, origin.serviceCode)
        row.context = contextIndex(request, bytes)
        appendValues(span, of: request, bytes, &row)
        if span.extra >= 0 {
            let start = batch.text.count
            ExtrasCodec.append(request.extras[Int(span.extra)], to: &batch.text)
            row.extras = start..<batch.text.count
        }
        batch.spans.append(row)
    }

    private mutating func traceIndex(_ id: TraceID) -> Int32 {
        let (index, isNew) = withUnsafeBytes(of: (id.high, id.low)) { traces.index(of: $0) }
        if isNew { batch.traces.append(id) }
        return Int32(index)
    }
}

// MARK: - Tuples
extension SpanPreparer {
    private mutating func operationIndex(
        _ span: FlatSpans.Span, _ bytes: UnsafeRawBufferPointer, _ serviceCode: UInt32
    ) -> Int32 {
        let name = UnsafeRawBufferPointer(rebasing: bytes[span.name.range])
        if UsageRole.isGenerateName(name) { shape.marks.insert(.generateName) }
        let nameCode = fields.code(name, of: .name)
        shape.isNameInline = nameCode == OperationFieldValues.other
        shape.codes.removeAll(keepingCapacity: true)
        shape.codes.append(serviceCode)
        shape.codes.append(nameCode)
        shape.codes.append(UInt32(bitPattern: span.kind))
        shape.codes.append(UInt32(bitPattern: span.statusCode))
        shape.codes.append(shape.marks.rawValue)
        for field in OperationField.allCases {
            guard let text = shape.operationText(field) else {
                shape.codes.append(OperationFieldValues.absent)
                continue
            }
            let code = fields.code(UnsafeRawBufferPointer(rebasing: bytes[text.range]), of: .field(field))
            if code == OperationFieldValues.other { shape.giveUp(field) }
            shape.codes.append(code)
        }
        let (index, isNew) = shape.codes.withUnsafeBytes { operations.index(of: $0) }
        if isNew { batch.operations.append(operationDefinition(span)) }
        return Int32(index)
    }

    /// From the codes that `operationIndex` made.
    private func operationDefinition(_ span: FlatSpans.Span) -> OperationDefinition {
        let codes = shape.codes
        let texts = OperationField.allCases.map { fields.text(codes[5 + $0.rawValue], of: .field($0)) }
        return OperationDefinition(
            service: fields.text(codes[0], of: .service), name: fields.text(codes[1], of: .name) ?? "",
            kind: span.kind, statusCode: span.statusCode, fields: texts,
            usageRole: UsageRole(
                operation: texts[OperationField.genAIOperation.rawValue],
                kind: texts[OperationField.openInferenceKind.rawValue], shape.marks))
    }

    private mutating func contextIndex(_ request: FlatSpans, _ bytes: UnsafeRawBufferPointer) -> Int32 {
        shape.writeContextKey(request, bytes)
        let (index, isNew) = shape.contextKey.withUnsafeBytes { contexts.index(of: $0) }
        if isNew {
            let texts = ContextField.allCases.map { field in
                shape.contextPlaces[field.rawValue].flatMap { request.value($0).scalarText }
            }
            batch.contexts.append(ContextDefinition(fields: texts))
        }
        return Int32(index)
    }
}

// MARK: - Values
extension SpanPreparer {
    /// Writes the values that stand with the span, and finds the layout.
    private mutating func appendValues(
        _ span: FlatSpans.Span, of request: FlatSpans, _ bytes: UnsafeRawBufferPointer, _ row: inout PreparedSpan
    ) {
        let start = batch.text.count
        let firstContent = batch.contents.count
        shape.startLayout(flags: span.flags)
        if shape.isNameInline {
            separate(from: start)
            JSONBytes.append(UnsafeRawBufferPointer(rebasing: bytes[span.name.range]), to: &batch.text)
        }
        let usesConstants = layouts.count < Self.mostLayoutsWithConstants
        for (position, index) in span.attributes.enumerated() {
            let key = shape.keyIndexes[position]
            if let slot = shape.slot(position) {
                shape.layout(key, slot.kind, slot.place)
                continue
            }
            let attribute = request.attributes[index]
            guard attribute.kind == .string else {
                appendValue(attribute, key, of: request, from: start)
                continue
            }
            let text = UnsafeRawBufferPointer(rebasing: bytes[attribute.text.range])
            if usesConstants, let constant = keys.constant(text, of: key) {
                shape.layout(key, .constant, constant)
            } else if text.count > Self.inlineTextBytes {
                separate(from: start)
                shape.layout(key, .content, 0)
                appendContent(text)
            } else {
                separate(from: start)
                shape.layout(key, .value, 0)
                JSONBytes.append(text, to: &batch.text)
            }
        }
        if batch.text.count > start { batch.text.append(UInt8(ascii: "]")) }
        row.inlineValues = start..<batch.text.count
        row.contents = firstContent..<batch.contents.count
        let (layout, isNew) = shape.layoutKey.withUnsafeBytes { layouts.index(of: $0) }
        if isNew { batch.layouts.append(shape.layoutDefinition(keys, flags: span.flags)) }
        row.layout = Int32(layout)
    }

    /// Begins the array, or the next value of it.
    private mutating func separate(from start: Int) {
        batch.text.append(batch.text.count == start ? UInt8(ascii: "[") : UInt8(ascii: ","))
    }

    private mutating func appendValue(
        _ attribute: FlatSpans.Attribute, _ key: Int, of request: FlatSpans, from start: Int
    ) {
        separate(from: start)
        switch attribute.kind {
        case .int: JSONBytes.append(Int64(bitPattern: attribute.bits), to: &batch.text)
        case .bool: JSONBytes.append(attribute.bits != 0, to: &batch.text)
        case .double:
            let number = Double(bitPattern: attribute.bits)
            guard number.isFinite else { fallthrough }
            JSONBytes.append(number, to: &batch.text)
        case .other, .string:
            let value = request.value(attribute)
            let (json, tags) = AttributeCodec.encode(value)
            let kind = value.slotKind(isTagged: !tags.isEmpty)
            shape.layout(key, kind, 0)
            batch.text += kind == .tagged ? "[\(json),\"\(tags)\"]".utf8 : json.utf8
            return
        }
        shape.layout(key, .value, 0)
    }

    private mutating func appendContent(_ text: UnsafeRawBufferPointer) {
        let cut = ContentCutter.cut(text)
        let first = batch.pieces.count
        for range in cut.pieces {
            let piece = UnsafeRawBufferPointer(rebasing: text[range])
            let start = batch.pieceBytes.count
            batch.pieceBytes.append(contentsOf: piece)
            batch.pieces.append(PreparedPiece(hash: ByteHash.stable(piece), bytes: start..<batch.pieceBytes.count))
        }
        batch.text.append(UInt8(ascii: "["))
        for range in [cut.prefix, cut.separator, cut.suffix] {
            JSONBytes.append(UnsafeRawBufferPointer(rebasing: text[range]), to: &batch.text)
            batch.text.append(UInt8(ascii: ","))
        }
        batch.contents.append(PreparedContent(place: batch.text.count, pieces: first..<batch.pieces.count))
        batch.text.append(UInt8(ascii: "]"))
    }
}

extension AttributeValue {
    /// How a value stands that is neither text nor a number nor a flag.
    fileprivate func slotKind(isTagged: Bool) -> SlotKind {
        switch self {
        case .bytes: .bytes
        case .double: .nonfinite
        default: isTagged ? .tagged : .value
        }
    }
}
