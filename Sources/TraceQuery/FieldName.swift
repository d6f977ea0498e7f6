import JSONText
import TraceModel
import TraceStore

/// A name that no span in the file knows.
package struct UnknownFieldError: Error, Equatable {
    package let name: String
    /// The known name that is spelled most like it.
    package let nearest: String?

    package init(name: String, nearest: String?) {
        self.name = name
        self.nearest = nearest
    }
}

/// What a name stands for in `--by`: an intrinsic, a normalised meaning, or an attribute as it was sent.
package struct FieldName: Hashable, Sendable {
    enum Target: Hashable, Sendable {
        case name, service, kind, status, duration
        case meaning(Meaning)
        case spanAttribute(String)
        case resourceAttribute(String)
        /// The span's attribute, else the resource's.
        case anyAttribute(String)
    }

    /// As typed, and as column headers show it.
    package let text: String
    let target: Target

    package static let intrinsics = ["name", "service", "kind", "status", "duration"]

    /// - Throws: ``UnknownFieldError`` when it is no intrinsic, no alias, and no attribute that occurs in the file.
    package init(_ text: String, in snapshot: StoreSnapshot) throws {
        self.text = text
        switch text {
        case "name": target = .name
        case "service": target = .service
        case "kind": target = .kind
        case "status": target = .status
        case "duration": target = .duration
        default:
            if let entry = AliasTable.standard[text] {
                target = .meaning(entry.meaning)
                return
            }
            let keys = try snapshot.attributeKeys()
            if let key = text.afterPrefix("span."), keys.span.contains(key) {
                target = .spanAttribute(key)
            } else if let key = text.afterPrefix("resource."), keys.resource.contains(key) {
                target = .resourceAttribute(key)
            } else if keys.span.contains(text) || keys.resource.contains(text) {
                target = .anyAttribute(text)
            } else {
                let known = Self.intrinsics + AliasTable.standard.names + keys.span + keys.resource
                throw UnknownFieldError(name: text, nearest: Spelling.nearest(to: text, among: known))
            }
        }
    }

    /// A meaning under its own name.
    package init(_ meaning: OperationField) {
        text = meaning.rawValue
        target = .meaning(.operation(meaning))
    }

    /// The span's own name.
    package static let spanName = FieldName(text: "name", target: .name)

    private init(text: String, target: Target) {
        self.text = text
        self.target = target
    }

    /// Whether reading it takes more than the narrow row.
    var needsDetail: Bool {
        switch target {
        case .spanAttribute, .resourceAttribute, .anyAttribute: true
        default: false
        }
    }

    /// Whether all spans of one operation have the same value.
    var isOfOperation: Bool {
        switch target {
        case .name, .service, .kind, .status, .meaning(.operation): true
        default: false
        }
    }

    func value(_ row: SpanRow, _ detail: StoredSpan?) -> AttributeValue? {
        switch target {
        case .name: return .string(row.operation.name)
        case .service: return row.operation.service.map { .string($0) }
        case .kind: return .string(SpanKind.name(row.operation.kind))
        case .status: return .string(StatusCode.name(row.operation.statusCode))
        case .duration: return row.durationNanos.map { .int(Int64(clamping: $0)) }
        case .meaning(.operation(let field)): return row.operation[field].map { .string($0) }
        case .meaning(.context(let field)): return row.context[field].map { .string($0) }
        case .meaning(.number(let field)):
            if field == .cacheHit { return row.integer(field).map { .bool($0 != 0) } }
            return row.integer(field).map { .int($0) } ?? row[field].map { .double($0) }
        case .spanAttribute(let key): return detail?.span.attributes[key]
        case .resourceAttribute(let key): return detail?.resource.attributes[key]
        case .anyAttribute(let key): return detail?.span.attributes[key] ?? detail?.resource.attributes[key]
        }
    }
}

/// What several `--by` fields are for one group; `nil` where its spans lack the field.
package typealias GroupKey = [AttributeValue?]

/// Sorts spans into groups by the values of some fields.
struct Grouper {
    let fields: [FieldName]
    private let byOperation: Bool
    private var operationGroups: [Int64: GroupKey?] = [:]

    init(_ fields: [FieldName]) {
        self.fields = fields
        byOperation = fields.allSatisfy(\.isOfOperation)
    }

    /// The group, or `nil` for a span that has none of the fields.
    mutating func group(_ row: SpanRow, _ detail: StoredSpan?) -> GroupKey? {
        if byOperation, let known = operationGroups[row.operation.id] { return known }
        let key = fields.map { $0.value(row, detail) }
        let group: GroupKey? = key.isEmpty || key.contains { $0 != nil } ? key : nil
        if byOperation { operationGroups[row.operation.id] = group }
        return group
    }
}

extension StoreSnapshot {
    /// Hands out the spans of a window, with what `fields` need of them.
    func scan(
        _ window: TimeWindow, reading fields: [FieldName], _ body: (SpanRow, StoredSpan?) throws -> Void
    ) throws {
        if fields.contains(where: \.needsDetail) {
            try scanWithDetail(window) { try body($0.row, $0) }
        } else {
            try scan(window) { try body($0, nil) }
        }
    }
}

/// An order for group keys: null first, then numbers, then text by code points; field by field.
package func isOrdered(_ left: GroupKey, before right: GroupKey) -> Bool {
    for (a, b) in zip(left, right) where a != b {
        switch (a, b) {
        case (nil, _): return true
        case (_, nil): return false
        case (let a?, let b?):
            if case .string = a {
            } else if case .string = b {
            } else if let x = a.number, let y = b.number, x != y {
                return x < y
            }
            return (a.scalarText ?? "").unicodeScalars.lexicographicallyPrecedes((b.scalarText ?? "").unicodeScalars)
        }
    }
    return false
}

extension String {
    fileprivate func afterPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
