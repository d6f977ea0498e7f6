import JSONText
import TraceModel
import TraceOTLP

/// Decodes spans of Zipkin's v2 JSON: OpenTelemetry's transformation to Zipkin, the other way round. Keys that it does
/// not know become attributes `zipkin.KEY`.
struct ZipkinDecoder {
    private var keeper: LimitKeeper
    private var span = TraceSpan(traceID: TraceID(high: 0, low: 0), spanID: SpanID(value: 0))
    private var ids = (trace: "", span: "", parent: "")
    private var kind: String?
    private var start: UInt64?
    private var duration: UInt64?
    private var local = ZipkinEndpoint()
    private var remote = ZipkinEndpoint()
    private var tags: [Attribute] = []
    private var others: [Attribute] = []
    private var isShared = false

    /// Reads a span, or a list of spans or of such lists.
    ///
    /// - Throws: `JSONSyntaxError` where it is no JSON.
    static func read(_ reader: inout JSONReader, limits: DecodingLimits, depth: Int = 0) throws -> [ReadSpan] {
        if depth < 2, try reader.peek() == .array {
            var spans: [ReadSpan] = []
            try reader.array { spans += try read(&$0, limits: limits, depth: depth + 1) }
            return spans
        }
        let span = try reader.readSpan { reader in
            var decoder = ZipkinDecoder(limits)
            return try decoder.span(&reader)
        }
        return [span]
    }

    private init(_ limits: DecodingLimits) { keeper = LimitKeeper(limits) }

    private mutating func span(_ reader: inout JSONReader) throws -> ReadSpan {
        try reader.object { try member(&$0, $1) }
        try complete()
        let (resource, scope) = restore()
        if let reason = keeper.violation { throw RejectedSpan(reason) }
        return .kept(span, resource, scope)
    }

    private mutating func member(_ reader: inout JSONReader, _ key: String) throws {
        switch key {
        case "traceId": ids.trace = try reader.text()
        case "id": ids.span = try reader.text()
        case "parentId": ids.parent = try reader.text()
        case "name": span.name = try reader.text()
        case "kind": kind = try reader.text()
        case "timestamp": start = try reader.microseconds()
        case "duration": duration = try reader.microseconds()
        case "localEndpoint": if try !reader.takeNull() { local = try ZipkinEndpoint(&reader) }
        case "remoteEndpoint": if try !reader.takeNull() { remote = try ZipkinEndpoint(&reader) }
        case "shared": isShared = try !reader.takeNull() && reader.bool()
        case "annotations":
            try reader.list { reader in
                guard keeper.takeEvent(after: span.events.count) else { return try reader.skip() }
                span.events.append(try ZipkinAnnotation.event(&reader, &keeper))
            }
        case "tags":
            if try reader.takeNull() { return }
            try reader.object { try $0.append($1, to: &tags, &keeper) }
        case "binaryAnnotations":
            throw JSONSyntaxError(
                offset: reader.position, expected: "a span of Zipkin's version 2",
                found: "binaryAnnotations of version 1")
        default: try reader.append("zipkin.\(key)", to: &others, &keeper)
        }
    }

    /// Ids and times.
    private mutating func complete() throws(RejectedSpan) {
        span.traceID = try PaddedID.traceID(ids.trace)
        span.spanID = try PaddedID.spanID(ids.span)
        span.parentSpanID = try PaddedID.parentSpanID(ids.parent)
        if isShared { setApart() }
        // An unfinished span may lack its start too.
        guard let start = start ?? span.events.map(\.timeNanos).filter({ $0 > 0 }).min() else {
            throw RejectedSpan(.timeMissing)
        }
        span.startNanos = start
        guard let duration else { return }
        let (end, isTooLarge) = start.addingReportingOverflow(duration)
        if isTooLarge { throw RejectedSpan(.timeOutOfRange) }
        span.endNanos = end
    }

    /// A server's span that shares the id of its client's gets an id of its own, always the same one, and becomes the
    /// child of the client's: two spans of one id would be taken for copies.
    private mutating func setApart() {
        others.append(Attribute("zipkin.shared", .bool(true)))
        if let parent = span.parent { others.append(Attribute("zipkin.parentId", .string(parent.hex))) }
        span.parentSpanID = span.spanID
        var numbers = SplitMix64(seed: span.spanID.value)
        var own = numbers.next()
        while own == 0 { own = numbers.next() }
        span.spanID = SpanID(value: own)
    }

    /// Puts tags and endpoints back where they came from; what is left are attributes.
    private mutating func restore() -> (Resource, Scope) {
        var tags = ReservedTags(tags)
        let scope = tags.takeScope()
        tags.takeFields(of: &span)
        takeError(&tags)
        switch ZipkinDecoder.kinds[kind ?? ""] {
        case let known?: span.kind = known
        case nil where kind?.isEmpty ?? true: span.kind = tags.takeKind()
        case nil: others.append(Attribute("zipkin.kind", .string(kind ?? "")))
        }
        var resource = Resource()
        let service = local.serviceName
        // Some exporters add the resource's attributes to the tags.
        let tagged = tags.take("service.name") { value in
            service.isEmpty || value.string == service ? value.string : nil
        }
        if let name = service.isEmpty ? tagged : service {
            resource.attributes = [Attribute("service.name", .string(name))]
        }
        var attributes = tags.rest
        attributes += remote.attributes(of: .remote, besides: attributes)
        attributes += local.attributes(of: .local, besides: attributes)
        span.attributes = attributes + others
        return (resource, scope)
    }

    /// The tag `error` is the status' description; on a span without `otel.status_code` it says that it failed.
    private mutating func takeError(_ tags: inout ReservedTags) {
        guard span.status.code != StatusCode.ok, let error = tags["error"]?.string else { return }
        if span.status.code == StatusCode.unset, error == "false" { return }
        let isFlag = error == "true" || error.isEmpty
        guard isFlag || span.status.message.isEmpty || span.status.message == error else { return }
        _ = tags.take("error") { $0 }
        span.status.code = StatusCode.error
        if !isFlag { span.status.message = error }
    }

    private static let kinds: [String: Int32] = ["SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5]
}
