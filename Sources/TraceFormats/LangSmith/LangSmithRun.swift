import JSONText
import TraceModel
import TraceOTLP

/// One run of LangSmith's: a span.
struct LangSmithRun {
    private let type: String
    private var attributes: AttributeGatherer
    private var span: TraceSpan
    private var resource = Resource()
    private var events = EventGatherer()
    private var isFailed = false
    private var isDone = false
    private var error = ""

    /// Where the ids of the UUIDs that lead to a run stand: `TIMEZUUID.TIMEZUUID`, the root's first.
    private static func path(_ dottedOrder: String) -> [String] {
        dottedOrder.split(separator: ".").map { String($0.suffix(36)) }
    }

    /// - Throws: ``RejectedSpan``; `JSONSyntaxError` for a value of another type than expected.
    init(_ members: JSONMembers, _ limits: DecodingLimits) throws {
        type = try members.text("run_type")
        let id = try members.text(members["id"] == nil ? "run_id" : "id")
        let path = Self.path(try members.text("dotted_order"))
        var (trace, parent) = (try members.text("trace_id"), try members.text("parent_run_id"))
        if parent.isEmpty, path.count > 1 { parent = path[path.count - 2] }
        if trace.isEmpty { trace = path.first ?? (parent.isEmpty ? id : "") }
        attributes = AttributeGatherer(limits)
        span = TraceSpan(traceID: try DerivedID.traceID(trace), spanID: try DerivedID.spanID(id))
        span.parentSpanID = try DerivedID.parentSpanID(parent)
        span.kind = 1
        events = EventGatherer()
        attributes.add("langsmith.span.kind", .string(type))
        attributes.add("langsmith.run.id", .string(id))
        resource.attributes = [Attribute("service.name", .string("langsmith"))]
        for (key, value) in members.all { try member(key, value, limits) }
        try addModel(members["extra"])
        try addUsage(members)
        guard members["start_time"] != nil else { throw RejectedSpan(.timeMissing) }
        if isFailed || !error.isEmpty {
            span.status = SpanStatus(code: StatusCode.error, message: error)
        } else if isDone {
            span.status.code = StatusCode.ok
        }
    }

    /// - Throws: ``RejectedSpan``.
    func finished() throws -> ReadSpan {
        var span = span
        span.attributes = attributes.list
        span.events = events.list
        if let reason = attributes.violation ?? events.violation { throw RejectedSpan(reason) }
        return .kept(span, resource, Scope())
    }

    private mutating func member(_ key: String, _ value: JSONReader, _ limits: DecodingLimits) throws {
        var value = value
        switch key {
        case "id", "run_id", "trace_id", "parent_run_id", "run_type": break
        case "name":
            span.name = try value.text()
            if type == "tool" { attributes.add("gen_ai.tool.name", .string(span.name)) }
        case "start_time": span.startNanos = try value.timeText() ?? 0
        case "end_time": span.endNanos = try value.timeText() ?? 0
        case "inputs": try attributes.readText(names.input, value)
        case "outputs": try attributes.readText(names.output, value)
        case "error": error = try value.text()
        case "status":
            let status = try value.text()
            isFailed = status == "error"
            isDone = status == "success"
            attributes.add("langsmith.status", .string(status))
        case "extra": try addExtra(value)
        case "tags": try attributes.read("langsmith.span.tags", value)
        case "session_id": try attributes.read("langsmith.trace.session_id", value)
        case "session_name":
            let name = try value.text()
            attributes.add("langsmith.trace.session_name", .string(name))
            if !name.isEmpty { resource.attributes = [Attribute("service.name", .string(name))] }
        case "events": try value.list { events.add(try LangSmithRun.event(&$0, limits)) }
        default: try attributes.read("langsmith.\(key)", value)
        }
    }

    private var names: (input: String, output: String) {
        switch type {
        case "llm": ("gen_ai.prompt", "gen_ai.completion")
        case "tool": ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result")
        default: ("input.value", "output.value")
        }
    }

    private mutating func addExtra(_ extra: JSONReader) throws {
        var extra = extra
        guard extra.isObject else { return try attributes.read("langsmith.extra", extra) }
        for (key, value) in try JSONMembers(&extra).all {
            if key == "metadata" {
                try attributes.readMembers("langsmith.metadata", value)
            } else {
                try attributes.read("langsmith.extra.\(key)", value)
            }
        }
    }

    private static func event(_ reader: inout JSONReader, _ limits: DecodingLimits) throws -> (
        SpanEvent, AttributeGatherer
    ) {
        var event = SpanEvent()
        var attributes = AttributeGatherer(limits)
        for (key, value) in try JSONMembers(&reader).all {
            var value = value
            switch key {
            case "name": event.name = try value.text()
            case "time": event.timeNanos = try value.timeText() ?? 0
            default: try attributes.read(key, value)
            }
        }
        event.attributes = attributes.list
        return (event, attributes)
    }

    /// The events, and the first limit that one of them broke.
    private struct EventGatherer {
        private(set) var list: [SpanEvent] = []
        private(set) var violation: SpanRejection.Reason?

        mutating func add(_ read: (event: SpanEvent, attributes: AttributeGatherer)) {
            let most = DecodingLimits.standard.itemsPerSpan
            if list.count >= most { violation = violation ?? .tooManyEvents(limit: most) }
            violation = violation ?? read.attributes.violation
            if violation == nil { list.append(read.event) }
        }
    }
}

// MARK: - Model and usage
extension LangSmithRun {
    /// From the metadata that LangChain writes (`ls_…`), else from the call's parameters; whom it was for from the
    /// metadata's keys by which LangSmith makes threads.
    private mutating func addModel(_ extra: JSONReader?) throws {
        guard var extra, extra.isObject else { return }
        let members = try JSONMembers(&extra)
        let metadata = try members.object("metadata")
        let parameters = try members.object("invocation_params")
        let thread = ["session_id", "conversation_id", "thread_id"].lazy.compactMap { metadata?[$0] }.first
        try attributes.readText("session.id", thread)
        try attributes.readText("user.id", metadata?["user_id"])
        guard type == "llm" || type == "embedding" else { return }
        try attributes.read("gen_ai.provider.name", metadata?["ls_provider"])
        try attributes.read(
            "gen_ai.request.model", metadata?["ls_model_name"] ?? parameters?["model"] ?? parameters?["model_name"])
        try attributes.read("gen_ai.request.temperature", metadata?["ls_temperature"] ?? parameters?["temperature"])
        try attributes.read("gen_ai.request.max_tokens", metadata?["ls_max_tokens"] ?? parameters?["max_tokens"])
    }

    private mutating func addUsage(_ members: JSONMembers) throws {
        try addTokens("input", members["prompt_tokens"])
        try addTokens("output", members["completion_tokens"])
        if type == "llm", members["prompt_tokens"] == nil, members["completion_tokens"] == nil {
            try addUsageOfAnswer(members)
        }
        try addDetails(members["prompt_token_details"], members["completion_token_details"])
        if var cost = members["total_cost"] { attributes.add("gen_ai.usage.cost", .double(try cost.double())) }
    }

    private mutating func addTokens(_ name: String, _ count: JSONReader?) throws {
        guard var count else { return }
        attributes.add("gen_ai.usage.\(name)_tokens", .int(try count.int64()))
    }

    private mutating func addDetails(_ input: JSONReader?, _ output: JSONReader?) throws {
        let known = [
            "cache_read": "gen_ai.usage.cache_read.input_tokens",
            "cache_creation": "gen_ai.usage.cache_creation.input_tokens",
            "reasoning": "gen_ai.usage.reasoning.output_tokens",
        ]
        for var details in [input, output].compactMap({ $0 }) where details.isObject {
            for (key, value) in try JSONMembers(&details).all {
                guard let name = known[key] else { continue }
                try attributes.read(name, value)
            }
        }
    }

    /// Runs that were written to a file before LangSmith counted their tokens have them in the model's answer only.
    private mutating func addUsageOfAnswer(_ members: JSONMembers) throws {
        guard var outputs = members["outputs"], outputs.isObject else { return }
        let answer = try outputs.value()
        let message = answer["generations"]?.array?.first.map { $0.array?.first ?? $0 }?["message"]
        let candidates = [
            answer["usage_metadata"], answer["usage"], message?["kwargs"]?["usage_metadata"],
            message?["usage_metadata"], answer["llm_output"]?["token_usage"],
        ]
        guard let usage = candidates.lazy.compactMap({ $0 }).first(where: { !$0.isNull }) else { return }
        for (name, keys) in [
            ("input", ["input_tokens", "prompt_tokens"]), ("output", ["output_tokens", "completion_tokens"]),
        ] {
            if case .number(let digits)? = keys.lazy.compactMap({ usage[$0] }).first, let count = Int64(digits) {
                attributes.add("gen_ai.usage.\(name)_tokens", .int(count))
            }
        }
    }
}

extension JSONMembers {
    /// The members of the object under `key`; `nil` when there is no object.
    fileprivate func object(_ key: String) throws -> JSONMembers? {
        guard var reader = self[key], reader.isObject else { return nil }
        return try JSONMembers(&reader)
    }
}
