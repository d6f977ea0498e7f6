import Foundation
import Gzip
import JSONText
import TraceFormats
import TraceModel
import TraceStore

/// The payloads in `Tests/Samples` and their reference answers in `Tests/Reference/Golden`.
package enum Sample: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case langgraph = "langgraph-openinference"
    case otelGzip = "otel-python-gzip-delta"
    case otelJSON = "otel-python-json"
    case otelPlain = "otel-python-plain"
    case pydanticAI = "pydantic-ai"
    case ttaExamples = "tta-examples"
    case ttaWorkflows = "tta-workflows"
    case workload
    case workloadPrompts = "workload-prompts"

    package var testDescription: String { rawValue }

    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    package static func path(_ name: String) -> String { tests.appendingPathComponent("Samples/\(name)").path }

    package var folder: String { Self.path(rawValue) }

    /// The payload files, in order of their names.
    package func inputs() throws -> [Input] {
        InputList([folder]).inputs.filter { !$0.name.hasSuffix("manifest.json") }
    }

    package func answers() throws -> JSONValue {
        try JSONValue(parsing: String(decoding: Self.golden("\(rawValue).answers.json"), as: UTF8.self))
    }

    /// Every span as an independent decoder read it, by (trace, span) id.
    package func spans() throws -> [ReferenceSpan] {
        let compressed = try Self.golden("\(rawValue).spans.json.gz")
        var rest = compressed[...]
        let decoder = GzipDecoder { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        var bytes: [UInt8] = []
        while case let piece = try decoder.read(1 << 16), !piece.isEmpty { bytes += piece }
        let json = try JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
        return try (json["spans"]?.array ?? []).map(ReferenceSpan.init)
    }

    private static func golden(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: tests.appendingPathComponent("Reference/Golden/\(name)")))
    }

    /// A store with the sample in it, in a folder of its own.
    package func store(in folder: TemporaryFolder) throws -> String {
        let path = folder.path("\(rawValue).db")
        let writer = try StoreWriter(path: path)
        for input in try inputs() {
            var failures: [InputError] = []
            try PayloadReader(input).forEach { payload in
                if case .spans(let batch) = payload { try writer.add(batch) }
            } failure: {
                failures.append($0)
            }
            if let failure = failures.first { throw failure }
        }
        try writer.finish()
        return path
    }
}

/// Prints itself in test reports, without importing the testing library here.
package protocol CustomTestStringConvertible: CustomStringConvertible {
    var testDescription: String { get }
}

extension CustomTestStringConvertible {
    package var description: String { testDescription }
}

/// A span of a golden file.
package struct ReferenceSpan: Hashable {
    package let span: TraceSpan
    package let resource: Resource
    package let scope: Scope

    package init(span: TraceSpan, resource: Resource, scope: Scope) {
        self.span = span
        self.resource = resource
        self.scope = scope
    }

    init(_ json: JSONValue) throws {
        guard let trace = TraceID(bytes: (Hex.decode(json.text("traceId")) ?? [])[...]),
            let id = SpanID(bytes: (Hex.decode(json.text("spanId")) ?? [])[...])
        else { throw MalformedGolden(what: "ids") }
        var span = TraceSpan(traceID: trace, spanID: id)
        let parent = json.text("parentSpanId")
        if !parent.isEmpty { span.parentSpanID = SpanID(bytes: (Hex.decode(parent) ?? [])[...]) }
        span.traceState = json.text("traceState")
        span.flags = UInt32(json.number("flags"))
        span.name = json.text("name")
        span.kind = Int32(json.number("kind"))
        span.startNanos = UInt64(json.text("startTimeUnixNano")) ?? 0
        span.endNanos = UInt64(json.text("endTimeUnixNano")) ?? 0
        span.attributes = try json.attributes()
        span.droppedAttributesCount = UInt32(json.number("droppedAttributesCount"))
        span.events = try (json["events"]?.array ?? []).map { json in
            var event = SpanEvent()
            event.timeNanos = UInt64(json.text("timeUnixNano")) ?? 0
            event.name = json.text("name")
            event.attributes = try json.attributes()
            event.droppedAttributesCount = UInt32(json.number("droppedAttributesCount"))
            return event
        }
        span.droppedEventsCount = UInt32(json.number("droppedEventsCount"))
        span.links = try (json["links"]?.array ?? []).map { json in
            var link = SpanLink()
            link.traceID = Hex.decode(json.text("traceId")) ?? []
            link.spanID = Hex.decode(json.text("spanId")) ?? []
            link.traceState = json.text("traceState")
            link.attributes = try json.attributes()
            link.droppedAttributesCount = UInt32(json.number("droppedAttributesCount"))
            link.flags = UInt32(json.number("flags"))
            return link
        }
        span.droppedLinksCount = UInt32(json.number("droppedLinksCount"))
        if let status = json["status"] {
            span.status = SpanStatus(code: Int32(status.number("code")), message: status.text("message"))
        }
        self.span = span
        var resource = Resource()
        if let json = json["resource"] {
            resource.attributes = try json.attributes()
            resource.droppedAttributesCount = UInt32(json.number("droppedAttributesCount"))
            resource.schemaURL = json.text("schemaUrl")
        }
        self.resource = resource
        var scope = Scope()
        if let json = json["scope"] {
            scope.name = json.text("name")
            scope.version = json.text("version")
            scope.attributes = try json.attributes()
            scope.droppedAttributesCount = UInt32(json.number("droppedAttributesCount"))
            scope.schemaURL = json.text("schemaUrl")
        }
        self.scope = scope
    }
}

package struct MalformedGolden: Error {
    let what: String
}

extension JSONValue {
    /// The text under `key`, empty when there is none.
    package func text(_ key: String) -> String { self[key]?.string ?? "" }

    /// The number under `key`, NaN when there is none.
    package func number(_ key: String) -> Double { self[key]?.asNumber ?? .nan }

    /// `nil` for what is no number.
    package var asNumber: Double? {
        if case .number(let digits) = self { Double(digits) } else { nil }
    }

    /// The number under `key`; `nil` for null.
    package func optionalNumber(_ key: String) -> Double? {
        number(key).isNaN ? nil : number(key)
    }

    fileprivate func attributes() throws -> [Attribute] {
        try (self["attributes"]?.array ?? []).map { try $0.attribute() }
    }

    private func attribute() throws -> Attribute {
        guard let pair = array, pair.count == 2, let key = pair[0].string else {
            throw MalformedGolden(what: "attribute")
        }
        return Attribute(key, try pair[1].typedValue())
    }

    private func typedValue() throws -> AttributeValue {
        guard case .object(let members) = self, let (kind, value) = members.first else {
            throw MalformedGolden(what: "value")
        }
        switch (kind, value) {
        case ("s", .string(let text)): return .string(text)
        case ("b", .bool(let flag)): return .bool(flag)
        case ("i", .string(let digits)): return .int(Int64(digits) ?? 0)
        case ("d", .string("nan")): return .double(.nan)
        case ("d", .string(let text)): return .double(Double(text) ?? 0)
        case ("y", .string(let text)): return .bytes(Array(Data(base64Encoded: text) ?? Data()))
        case ("a", .array(let values)): return .array(try values.map { try $0.typedValue() })
        case ("m", .array(let members)): return .map(try members.map { try $0.attribute() })
        case ("n", _): return .empty
        default: throw MalformedGolden(what: "value of kind \(kind)")
        }
    }
}
