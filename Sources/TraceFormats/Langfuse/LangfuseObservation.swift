import JSONText
import TraceModel
import TraceOTLP

/// An observation of Langfuse's, of whatever type: a span.
struct LangfuseObservation {
    let id: String
    /// As given; empty for a root.
    var parentID: String
    var attributes: AttributeGatherer
    private(set) var span: TraceSpan
    private let traceID: String
    private var type = ""
    private var statusMessage = ""
    private var isError = false
    private var hasUsage = false
    private var hasCost = false

    /// - Parameters:
    ///   - members: By names in camelCase.
    ///   - traceID: Of the trace it stands in, where it does not tell itself.
    /// - Throws: ``RejectedSpan``; `JSONSyntaxError` for a value of another type than expected.
    init(_ members: JSONMembers, _ limits: DecodingLimits, traceID: String = "") throws {
        id = try members.text("id")
        parentID = try members.text("parentObservationId")
        let own = try members.text("traceId")
        // An observation may stand for itself.
        self.traceID = own.isEmpty ? (traceID.isEmpty ? id : traceID) : own
        attributes = AttributeGatherer(limits)
        span = TraceSpan(traceID: try DerivedID.traceID(self.traceID), spanID: try DerivedID.spanID(id))
        span.kind = 1
        if span.spanID.hex != id { attributes.add("langfuse.observation.id", .string(id)) }
        for (key, value) in members.all { try member(key, value) }
        try addUsage(members)
        guard members["startTime"] != nil else { throw RejectedSpan(.timeMissing) }
        // An event is a moment.
        if type == "event", span.endNanos == 0 { span.endNanos = span.startNanos }
        if isError {
            span.status = SpanStatus(code: StatusCode.error, message: statusMessage)
        } else {
            attributes.add("langfuse.observation.status_message", .string(statusMessage))
        }
    }

    /// Whether it hangs under no other observation.
    func isRoot(ofTrace id: String) -> Bool { parentID.isEmpty || parentID == id }

    /// - Throws: ``RejectedSpan``.
    func finished() throws -> ReadSpan {
        var span = span
        span.parentSpanID = try DerivedID.parentSpanID(parentID)
        var attributes = attributes
        if let parent = span.parentSpanID, parent.hex != parentID, parentID != LangfuseTraceID.rootText(traceID) {
            attributes.add("langfuse.observation.parent_id", .string(parentID))
        }
        if span.traceID.hex != traceID { attributes.add([Attribute("langfuse.trace.id", .string(traceID))]) }
        if let reason = attributes.violation { throw RejectedSpan(reason) }
        span.attributes = attributes.list
        return .kept(span, Resource.langfuse, Scope())
    }

    private mutating func member(_ key: String, _ value: JSONReader) throws {
        var value = value
        switch key {
        case "id", "traceId", "parentObservationId", "usageDetails", "costDetails", "usage": break
        case "name": span.name = try value.text()
        case "startTime": span.startNanos = try value.timeText() ?? 0
        case "endTime": span.endNanos = try value.timeText() ?? 0
        case "type":
            type = try value.text().lowercased()
            attributes.add("langfuse.observation.type", .string(type))
        case "model", "providedModelName":
            attributes.add([Attribute("langfuse.observation.model.name", .string(try value.text()))])
        case "modelParameters": try attributes.readText("langfuse.observation.model.parameters", value)
        case "input", "output": try attributes.readText("langfuse.observation.\(key)", value)
        case "metadata": try attributes.readMembers("langfuse.observation.metadata", value)
        case "level":
            let level = try value.text()
            isError = level == "ERROR"
            attributes.add("langfuse.observation.level", .string(level))
        case "statusMessage": statusMessage = try value.text()
        case "promptName": try attributes.read("langfuse.observation.prompt.name", value)
        case "promptVersion": try attributes.read("langfuse.observation.prompt.version", value)
        case "version", "release", "environment": try attributes.read("langfuse.\(key)", value)
        case "userId": attributes.add("user.id", .string(try value.text()))
        case "sessionId": attributes.add("session.id", .string(try value.text()))
        case "traceName": try attributes.read("langfuse.trace.name", value)
        case "tags": try attributes.read("langfuse.trace.tags", value)
        default: try attributes.read("langfuse.observation." + snakeCase(key), value)
        }
    }

    /// The newest of the forms in which usage and cost are handed out.
    private mutating func addUsage(_ members: JSONMembers) throws {
        hasUsage = try addDetails("usage", members["usageDetails"])
        hasCost = try addDetails("cost", members["costDetails"])
        if var usage = members["usage"], !hasUsage {
            try attributes.readText("langfuse.observation.usage", usage)
            if usage.isObject { try addOlderUsage(try JSONMembers(&usage, name: LangfuseDecoder.camelCase)) }
        }
        if !hasUsage {
            try addTokens(members["promptTokens"], members["completionTokens"])
        }
        if !hasCost { try addCost(members["calculatedTotalCost"] ?? members["totalCost"]) }
    }

    private mutating func addDetails(_ name: String, _ details: JSONReader?) throws -> Bool {
        guard var reader = details else { return false }
        let text = try reader.compactText()
        if text.isEmpty || text == "{}" { return false }
        attributes.add("langfuse.observation.\(name)_details", .string(text))
        return true
    }

    /// Characters, images and seconds are no tokens.
    private mutating func addOlderUsage(_ usage: JSONMembers) throws {
        let unit = try usage.text("unit")
        if unit.isEmpty || unit == "TOKENS" { try addTokens(usage["input"], usage["output"]) }
        if !hasCost { try addCost(usage["totalCost"]) }
    }

    private mutating func addTokens(_ input: JSONReader?, _ output: JSONReader?) throws {
        var (input, output) = (input, output)
        if let count = try input?.int64() { attributes.add("gen_ai.usage.input_tokens", .int(count)) }
        if let count = try output?.int64() { attributes.add("gen_ai.usage.output_tokens", .int(count)) }
        hasUsage = hasUsage || input != nil || output != nil
    }

    private mutating func addCost(_ cost: JSONReader?) throws {
        var cost = cost
        guard let usd = try cost?.double() else { return }
        attributes.add("gen_ai.usage.cost", .double(usd))
        hasCost = true
    }
}
