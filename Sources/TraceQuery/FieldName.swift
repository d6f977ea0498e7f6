import JSONText
import TraceModel
import TraceQL
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
        case statusMessage, spanID, parentID, traceID, scopeName, scopeVersion
        case scopeAttribute(String)
        /// Of all events or links that have them, as lists.
        case eventName, linkTraceID, linkSpanID
        case eventAttribute(String), linkAttribute(String)
        /// Of all events, as a list: nanoseconds after the start of the span.
        case eventTime
        case childCount
        /// The same for all spans of a trace.
        case traceDuration, rootName, rootService
    }

    /// As typed, and as column headers show it.
    package let text: String
    let target: Target
    /// Whether newer spans keep their values themselves, because there were too many for the operations.
    private let isDemoted: Bool

    package static let intrinsics = [
        "name", "service", "kind", "status", "duration", "traceDuration", "rootName", "rootServiceName", "childCount",
    ]

    /// - Throws: ``UnknownFieldError`` when it is no intrinsic, no alias, and no attribute that occurs in the file.
    package init(_ text: String, in snapshot: StoreSnapshot) throws {
        self.text = text
        isDemoted = try snapshot.isDemoted(text)
        switch text {
        case "name": target = .name
        case "service": target = .service
        case "kind": target = .kind
        case "status": target = .status
        case "duration": target = .duration
        case "traceDuration": target = .traceDuration
        case "rootName": target = .rootName
        case "rootServiceName": target = .rootService
        case "childCount": target = .childCount
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

    /// As a filter names it.
    ///
    /// - Throws: ``UnknownFieldError`` for an attribute of spans or resources that does not occur in the file.
    init(_ field: Field, in snapshot: StoreSnapshot) throws {
        switch field {
        case .attribute(.bare, let key): try self.init(key, in: snapshot)
        case .attribute(.span, let key): try self.init("span." + key, in: snapshot)
        case .attribute(.resource, let key): try self.init("resource." + key, in: snapshot)
        case .attribute(.any, let key):
            let keys = try snapshot.attributeKeys()
            if !keys.span.contains(key), !keys.resource.contains(key) {
                let known = (keys.span + keys.resource).map { "." + $0 }
                throw UnknownFieldError(name: "." + key, nearest: Spelling.nearest(to: "." + key, among: known))
            }
            self.init(.anyAttribute(key), field)
        case .attribute(.event, let key): self.init(.eventAttribute(key), field)
        case .attribute(.link, let key): self.init(.linkAttribute(key), field)
        case .attribute(.instrumentation, let key): self.init(.scopeAttribute(key), field)
        case .intrinsic(let intrinsic):
            switch intrinsic {
            case .name, .service, .kind, .status, .duration:
                try self.init(intrinsic.shortName ?? intrinsic.rawValue, in: snapshot)
            case .statusMessage: self.init(.statusMessage, field)
            case .spanID: self.init(.spanID, field)
            case .parentID: self.init(.parentID, field)
            case .traceID: self.init(.traceID, field)
            case .instrumentationName: self.init(.scopeName, field)
            case .instrumentationVersion: self.init(.scopeVersion, field)
            case .eventName: self.init(.eventName, field)
            case .linkTraceID: self.init(.linkTraceID, field)
            case .linkSpanID: self.init(.linkSpanID, field)
            case .eventTime: self.init(.eventTime, field)
            case .childCount: self.init(.childCount, field)
            case .traceDuration: self.init(.traceDuration, field)
            case .rootName: self.init(.rootName, field)
            case .rootService: self.init(.rootService, field)
            }
        }
    }

    private init(_ target: Target, _ field: Field) {
        text = field.description
        self.target = target
        isDemoted = false
    }

    /// A meaning under its own name.
    package init(_ meaning: OperationField, in snapshot: StoreSnapshot) throws {
        text = meaning.name
        target = .meaning(.operation(meaning))
        isDemoted = try snapshot.isDemoted(text)
    }

    /// Whether all spans of one operation have the same value, which the operation has.
    var isOfOperation: Bool {
        switch target {
        case .name, .service, .kind, .status, .meaning(.operation): !isDemoted
        default: false
        }
    }

    /// The field of the context that has the value, `nil` for anything else.
    var contextField: ContextField? {
        if case .meaning(.context(let field)) = target { field } else { nil }
    }

    /// The attribute that it is as it was sent, `nil` for anything else.
    var attribute: AttributeScan.Subject? {
        switch target {
        case .spanAttribute(let key): .spanAttribute(key)
        case .resourceAttribute(let key): .resourceAttribute(key)
        case .anyAttribute(let key): .anyAttribute(key)
        default: nil
        }
    }

    /// The value of each operation of the table.
    ///
    /// - Precondition: ``isOfOperation``.
    func values(_ operations: OperationTable) throws -> [AttributeValue?] {
        func texts(_ column: OperationTable.Column) throws -> [AttributeValue?] {
            let texts = try operations.texts(column)
            let values = texts.texts.map { AttributeValue.string($0) }
            return texts.codes.map { $0 < 0 ? nil : values[Int($0)] }
        }
        switch target {
        case .name: return try texts(.name)
        case .service: return try texts(.service)
        case .kind: return try operations.kindsAndStatusCodes().map { .string(SpanKind.name($0.kind)) }
        case .status: return try operations.kindsAndStatusCodes().map { .string(StatusCode.name($0.statusCode)) }
        case .meaning(.operation(let field)): return try texts(.field(field))
        default: preconditionFailure("\(text) is not of the operation")
        }
    }

    /// - Precondition: The span alone tells it: what is of its trace or its children it does not.
    func value(_ stored: StoredSpan) -> AttributeValue? {
        let row = stored.row
        switch target {
        case .name: return .string(stored.span.name)
        case .service: return stored.resource.serviceName.map { .string($0) }
        case .kind: return .string(SpanKind.name(row.operation.kind))
        case .status: return .string(StatusCode.name(row.operation.statusCode))
        case .duration: return row.durationNanos.map { .int(Int64(clamping: $0)) }
        case .meaning(.operation(let field)): return stored.text(field).map { .string($0) }
        case .meaning(.context(let field)): return row.context[field].map { .string($0) }
        case .meaning(.number(let field)):
            if field == .cacheHit { return row.integer(field).map { .bool($0 != 0) } }
            return row.integer(field).map { .int($0) } ?? row[field].map { .double($0) }
        case .spanAttribute(let key): return stored.span.attributes[key]
        case .resourceAttribute(let key): return stored.resource.attributes[key]
        case .anyAttribute(let key): return stored.span.attributes[key] ?? stored.resource.attributes[key]
        case .spanID: return .string(row.spanID.hex)
        case .parentID: return row.parent.map { .string($0.hex) }
        case .traceID: return .string(row.traceID.hex)
        case .scopeName, .scopeVersion, .scopeAttribute: return value(stored.scope)
        case .statusMessage, .eventName, .eventAttribute, .eventTime, .linkTraceID, .linkSpanID, .linkAttribute:
            return value(FlatSpans.Extra(stored.span), startNanos: row.startNanos)
        case .childCount, .traceDuration, .rootName, .rootService: preconditionFailure("\(text) is not of one span")
        }
    }

    func value(_ scope: Scope) -> AttributeValue? {
        switch target {
        case .scopeName: .string(scope.name)
        case .scopeVersion: .string(scope.version)
        case .scopeAttribute(let key): scope.attributes[key]
        default: preconditionFailure("\(text) is not of the scope")
        }
    }

    func value(_ extra: FlatSpans.Extra, startNanos: UInt64) -> AttributeValue? {
        switch target {
        case .statusMessage: .string(extra.statusMessage)
        case .eventName: Self.list(extra.events.map { .string($0.name) })
        case .eventAttribute(let key): Self.list(extra.events.compactMap { $0.attributes[key] })
        case .eventTime:
            Self.list(
                extra.events.map {
                    let (after, before) = (
                        $0.timeNanos.subtractingReportingOverflow(startNanos), startNanos &- $0.timeNanos
                    )
                    return .int(after.overflow ? -Int64(clamping: before) : Int64(clamping: after.partialValue))
                })
        case .linkTraceID: Self.list(extra.links.map { .string(Hex.encode($0.traceID)) })
        case .linkSpanID: Self.list(extra.links.map { .string(Hex.encode($0.spanID)) })
        case .linkAttribute(let key): Self.list(extra.links.compactMap { $0.attributes[key] })
        default: preconditionFailure("\(text) is not of the extras")
        }
    }

    private static func list(_ values: [AttributeValue]) -> AttributeValue? {
        values.isEmpty ? nil : .array(values)
    }
}

extension StoreSnapshot {
    /// What people group spans by: `primitive.name` in a file in which any span has one, else the span's name.
    package func usualGroup() throws -> FieldName {
        let field = try FieldName(.primitiveName, in: self)
        return try operations.texts(.field(.primitiveName)).texts.isEmpty ? FieldName("name", in: self) : field
    }

    /// - Parameter name: An intrinsic, or any name of a meaning.
    fileprivate func isDemoted(_ name: String) throws -> Bool {
        var name = name
        if let entry = AliasTable.standard[name], case .operation(let field) = entry.meaning { name = field.name }
        return try demotedFields().contains(name)
    }
}

extension String {
    fileprivate func afterPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
