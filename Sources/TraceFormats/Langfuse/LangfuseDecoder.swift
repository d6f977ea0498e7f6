import JSONText
import TraceModel
import TraceOTLP

/// Decodes what Langfuse hands out: traces and observations of its API and of the exports of its UI (names in
/// camelCase) and of its blob storage (in snake_case). Attributes get the names that Langfuse's own SDK sends over OTLP
/// (langfuse.com/integrations/native/opentelemetry, property mapping), so that both are read alike; what has no such
/// name is `langfuse.observation.…` or `langfuse.trace.…`.
///
/// A trace with its observations becomes their root span, unless exactly one observation has no parent: that one is it
/// then, and has the trace's attributes too.
struct LangfuseDecoder {
    private let limits: DecodingLimits
    private let trace: JSONMembers
    private let id: String

    /// Reads an object with traces or observations under `data`.
    ///
    /// - Throws: `JSONSyntaxError` where it is no JSON or no such object.
    static func readAnswer(_ reader: inout JSONReader, limits: DecodingLimits) throws -> [ReadSpan] {
        var spans: [ReadSpan] = []
        try reader.object { reader, key in
            guard key == "data" else { return try reader.skip() }
            try reader.list { spans += try read(&$0, limits: limits) }
        }
        return spans
    }

    /// Reads a trace, an observation, or an object that has a trace under `trace` and its `observations`.
    ///
    /// - Throws: `JSONSyntaxError` where it is no JSON or no object.
    static func read(_ reader: inout JSONReader, limits: DecodingLimits) throws -> [ReadSpan] {
        let members = try JSONMembers(&reader, name: camelCase)
        if members["startTime"] != nil || members["parentObservationId"] != nil {
            return [try ReadSpan { try LangfuseObservation(members, limits).finished() }]
        }
        guard var inner = members["trace"], inner.isObject else {
            return try ReadSpan.all { try LangfuseDecoder(members, limits).spans(members) }
        }
        let trace = try JSONMembers(&inner, name: camelCase)
        return try ReadSpan.all {
            try LangfuseDecoder(trace, limits).spans(members["observations"] == nil ? trace : members)
        }
    }

    private init(_ trace: JSONMembers, _ limits: DecodingLimits) throws {
        self.trace = trace
        self.limits = limits
        id = try trace.text("id")
    }

    /// - Parameter holder: What has the list of observations.
    private func spans(_ holder: JSONMembers) throws -> [ReadSpan] {
        let scores = try LangfuseScores(holder["scores"] == nil ? trace : holder)
        let shared = try sharedAttributes()
        var rejected: [ReadSpan] = []
        var observations: [LangfuseObservation] = []
        for var element in try holder.elements("observations") where element.isObject {
            let members = try JSONMembers(&element, name: Self.camelCase)
            switch try Result(reading: { try LangfuseObservation(members, limits, traceID: id) }) {
            case .success(var observation):
                try scores.add(to: &observation.attributes, observation: observation.id)
                observation.attributes.add(shared)
                observations.append(observation)
            case .failure(let reason): rejected.append(.rejected(reason.reason))
            }
        }
        let roots = observations.indices.filter { observations[$0].isRoot(ofTrace: id) }
        if roots.count == 1, rejected.isEmpty {
            var own = AttributeGatherer(limits)
            try addOwnAttributes(to: &own, scores, holder)
            observations[roots[0]].attributes.add(own.list)
            observations[roots[0]].parentID = ""
        } else {
            let root = try ReadSpan { try self.root(of: observations, scores, holder) }
            for place in roots { observations[place].parentID = LangfuseTraceID.rootText(id) }
            rejected.insert(root, at: 0)
        }
        return try rejected + observations.map { observation in try ReadSpan { try observation.finished() } }
    }

    /// The trace as a span.
    private func root(
        of observations: [LangfuseObservation], _ scores: LangfuseScores, _ holder: JSONMembers
    ) throws -> ReadSpan {
        var span = TraceSpan(
            traceID: try DerivedID.traceID(id), spanID: try DerivedID.spanID(LangfuseTraceID.rootText(id)))
        span.kind = 1
        span.name = try trace.text("name")
        var time = trace["timestamp"]
        let told = try time?.timeText()
        guard let start = ([told].compactMap { $0 } + observations.map(\.span.startNanos)).min() else {
            throw RejectedSpan(.timeMissing)
        }
        span.startNanos = start
        var latency = trace["latency"]
        if let last = observations.map(\.span.endNanos).max(), last > 0 {
            span.endNanos = last
        } else if let seconds = try latency?.double(), seconds >= 0, seconds < 1e9 {
            span.endNanos = start + UInt64((seconds * 1e9).rounded())
        }
        var attributes = AttributeGatherer(limits)
        try addOwnAttributes(to: &attributes, scores, holder)
        attributes.add(try sharedAttributes())
        span.attributes = attributes.list
        if let reason = attributes.violation { throw RejectedSpan(reason) }
        return .kept(span, Resource.langfuse, Scope())
    }

    /// What the SDK writes on every span of a trace.
    private func sharedAttributes() throws -> [Attribute] {
        var shared = AttributeGatherer(limits)
        shared.add("session.id", .string(try trace.text("sessionId")))
        shared.add("user.id", .string(try trace.text("userId")))
        return shared.list
    }

    private func addOwnAttributes(
        to attributes: inout AttributeGatherer, _ scores: LangfuseScores, _ holder: JSONMembers
    ) throws {
        if try DerivedID.traceID(id).hex != id { attributes.add("langfuse.trace.id", .string(id)) }
        for (key, value) in trace.all {
            switch key {
            case "id", "timestamp", "sessionId", "userId": break
            case "input", "output": try attributes.readText("langfuse.trace.\(key)", value)
            case "metadata": try attributes.readMembers("langfuse.trace.metadata", value)
            case "version", "release", "environment": try attributes.read("langfuse.\(key)", value)
            case "scores": break
            // With ids instead of objects.
            case "observations":
                var list = value
                if try !list.isListOfObjects() { try attributes.read("langfuse.trace.observations", value) }
            default: try attributes.read("langfuse.trace." + snakeCase(key), value)
            }
        }
        // Of a download: what stands beside the trace.
        for (key, value) in holder.all
        where holder["trace"] != nil && !["trace", "observations", "scores"].contains(key) {
            try attributes.read("langfuse.trace." + snakeCase(key), value)
        }
        try scores.add(to: &attributes, observation: nil)
    }
}

/// The span that stands for a trace.
enum LangfuseTraceID {
    /// Of what its id is derived.
    static func rootText(_ id: String) -> String { "langfuse trace \(id)" }
}

extension Resource {
    /// Langfuse keeps no resource.
    static let langfuse: Resource = {
        var resource = Resource()
        resource.attributes = [Attribute("service.name", .string("langfuse"))]
        return resource
    }()
}

extension LangfuseDecoder {
    /// `parent_observation_id` → `parentObservationId`
    static func camelCase(_ key: String) -> String {
        guard key.utf8.contains(UInt8(ascii: "_")) else { return key }
        let words = key.split(separator: "_")
        return (words.first ?? "") + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}

/// `timeToFirstToken` → `time_to_first_token`
func snakeCase(_ key: String) -> String {
    key.reduce(into: "") { text, character in
        if character.isUppercase { text += "_" }
        text += character.lowercased()
    }
}

extension JSONReader {
    /// Whether a list comes next whose first element is an object, or that is empty.
    fileprivate mutating func isListOfObjects() throws -> Bool {
        var reader = self
        guard try reader.peek() == .array else { return false }
        var isObjects = true
        var isFirst = true
        try reader.array { reader in
            if isFirst { isObjects = reader.isObject }
            isFirst = false
            try reader.skip()
        }
        return isObjects
    }
}
