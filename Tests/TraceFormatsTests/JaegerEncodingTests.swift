import TestSupport
import Testing
import TraceFormats
import TraceModel

@Suite struct JaegerEncoding {
    /// Every trace of real exporters, through Jaeger's form and our reader of it: all comes back that the form can carry.
    @Test(arguments: Sample.allCases)
    func comesBackAsFarAsTheFormCanCarry(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        let traces = Dictionary(grouping: try sample.spans(), by: \.span.traceID)
        for (number, (trace, spans)) in traces.enumerated() where number < 40 {
            let groups = spans.map { SpanGroup(resource: $0.resource, scope: $0.scope, spans: [$0.span]) }
            let reading = try Reading(path: folder.write(JaegerEncoder.encode(trace, groups), to: "t.json"))
            #expect(reading.failures.isEmpty && reading.rejections.isEmpty)
            #expect(reading.byID == Dictionary(uniqueKeysWithValues: spans.map { ($0.span.spanID.value, $0.carried) }))
        }
    }

    @Test func keepsNumbersThatJSONCannotHold() throws {
        let values: [String: AttributeValue] = [
            "large": .int(.max), "nan": .double(.nan), "endless": .double(-.infinity), "bytes": .bytes([0, 255]),
            "whole": .double(3),
        ]
        let sent = span(1, values)
        let json = JaegerEncoder.encode(sent.traceID, [SpanGroup(resource: Resource(), scope: Scope(), spans: [sent])])
        let reading = try Reading(String(decoding: json, as: UTF8.self))
        #expect(reading.spans.first?.attributes == sent.attributes)
        #expect(reading.groups.first?.resource == Resource())
    }

    @Test func saysInAWarningThatASpanHasNoDuration() throws {
        let sent = span(1, to: nil)
        let json = JaegerEncoder.encode(sent.traceID, [SpanGroup(resource: Resource(), scope: Scope(), spans: [sent])])
        #expect(String(decoding: json, as: UTF8.self).contains(#""warnings":["unfinished: no duration"]"#))
    }
}

extension ReferenceSpan {
    /// What Jaeger's form can carry of it: the specification's list of tags, microseconds, text for lists and maps.
    fileprivate var carried: ReferenceSpan {
        var (span, resource, scope) = (span, resource, Scope())
        span.flags &= 1
        span.startNanos -= span.startNanos % 1000
        span.endNanos -= span.endNanos % 1000
        // No kind is internal.
        if span.kind == 0 { span.kind = 1 }
        if span.parentSpanID?.value == 0 { span.parentSpanID = nil }
        span.attributes = span.attributes.map(\.asTag)
        if span.endNanos < span.startNanos {
            let warning = span.endNanos == 0 ? "unfinished: no duration" : "ends before it starts"
            span.attributes.append(Attribute("jaeger.warnings", .array([.string(warning)])))
            span.endNanos = span.startNanos
        }
        for index in span.events.indices {
            span.events[index].timeNanos -= span.events[index].timeNanos % 1000
            span.events[index].attributes = span.events[index].attributes.map(\.asTag)
        }
        for index in span.links.indices {
            span.links[index].attributes = []
            span.links[index].traceState = ""
            span.links[index].flags = 0
            span.links[index].droppedAttributesCount = 0
        }
        (resource.schemaURL, resource.droppedAttributesCount) = ("", 0)
        resource.attributes = resource.attributes.map(\.asTag)
        if let name = resource.serviceName {
            resource.attributes.removeAll { $0.key == "service.name" }
            resource.attributes.insert(Attribute("service.name", .string(name)), at: 0)
        }
        scope.name = self.scope.name
        scope.version = self.scope.version
        return ReferenceSpan(span: span, resource: resource, scope: scope)
    }
}

extension Attribute {
    fileprivate var asTag: Attribute {
        switch value {
        case .array(let values): Attribute(key, .string("[" + values.map(\.json).joined(separator: ",") + "]"))
        case .empty: Attribute(key, "")
        default: self
        }
    }
}

extension AttributeValue {
    /// Of the scalars that stand in lists of the samples.
    fileprivate var json: String {
        if case .string(let text) = self { "\"\(text)\"" } else { scalarText ?? "?" }
    }
}
