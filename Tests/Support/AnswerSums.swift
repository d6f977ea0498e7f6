import TraceModel
import TraceQuery
import TraceStore

/// A span and the service that sent it.
package struct ArrivingSpan: Hashable, Sendable {
    package let service: String?
    package let span: TraceSpan

    package init(_ service: String?, _ span: TraceSpan) {
        self.service = service
        self.span = span
    }
}

/// Every count and whole sum that questions answer, by a name that says what it is: from the columns of a store, or
/// from spans in plain loops that share no code with the program. Zeros are left out; no service is `-`, which
/// percentiles leave out.
package enum AnswerSums {
    package typealias Answers = [String: Int]

    /// - Precondition: Meanings go by their own names, and model calls say `gen_ai.operation.name` = `chat`.
    package static func answers(of sent: some Sequence<ArrivingSpan>) -> Answers {
        var answers: Answers = [:]
        for trace in Dictionary(grouping: sent, by: \.span.traceID).values { add(trace, to: &answers) }
        return answers.filter { $1 != 0 }
    }

    private static func add(_ trace: [ArrivingSpan], to answers: inout Answers) {
        func count(_ name: String, _ by: Int = 1) { answers[name, default: 0] += by }
        let byID = Dictionary(trace.map { ($0.span.spanID, $0) }, uniquingKeysWith: { first, _ in first })
        func parentID(_ span: TraceSpan) -> SpanID? {
            span.parentSpanID.flatMap { $0.value == 0 ? nil : $0 }
        }
        let calls = trace.filter { $0.span.attributes["gen_ai.operation.name"]?.string == "chat" }
        var repeating: Set<SpanID> = []
        for call in calls where call.span.attributes["llm.prompt_tokens"] != nil {
            var next = parentID(call.span).flatMap { byID[$0] }
            while let ancestor = next, repeating.insert(ancestor.span.spanID).inserted {
                next = parentID(ancestor.span).flatMap { byID[$0] }
            }
        }
        count("traces")
        for sent in trace {
            let (span, service) = (sent.span, sent.service ?? "-")
            func whole(_ key: String) -> Int { Int(span.attributes[key]?.wholeNumber ?? 0) }
            let isError = span.isError
            count("spans")
            count("hour \(span.startNanos / 3_600_000_000_000) spans", span.durationNanos == nil ? 0 : 1)
            if span.endNanos == 0 { count("unfinished") }
            if let nanos = span.durationNanos {
                for group in ["service \(service)", "name \(span.name)"] where group != "service -" {
                    count("\(group) spans")
                    count("\(group) nanos", nanos)
                    count("\(group) errors", isError ? 1 : 0)
                }
                if let session = span.attributes["session.id"]?.string { count("session \(session) spans") }
                if parentID(span) == nil {
                    count("roots")
                    count("good roots", isError ? 0 : 1)
                }
            } else if span.endNanos != 0 {
                count("negative")
            }
            if let hit = span.attributes["cache.hit"]?.bool {
                count("service \(service) look-ups")
                count("service \(service) hits", hit ? 1 : 0)
            }
            if span.attributes["gen_ai.operation.name"]?.string == "chat", !repeating.contains(span.spanID) {
                count("service \(service) calls")
                count("service \(service) prompt", whole("llm.prompt_tokens"))
                count("service \(service) completion", whole("llm.completion_tokens"))
            }
            guard let parent = parentID(span) else { continue }
            guard let source = byID[parent] else {
                count("missing parents")
                continue
            }
            if let from = source.service, let to = sent.service {
                count("\(from) → \(to) calls")
                count("\(from) → \(to) errors", isError ? 1 : 0)
            }
        }
    }

    /// What the program's questions say.
    package static func answers(in snapshot: StoreSnapshot) throws -> Answers {
        var answers: Answers = [:]
        func note(_ name: String, _ value: Int) { if value != 0 { answers[name, default: 0] += value } }
        func text(_ group: GroupKey) -> String { group.first??.string ?? "-" }
        let summary = try snapshot.summary()
        note("spans", summary.spans)
        note("traces", summary.traces)
        note("unfinished", summary.unfinished)
        note("negative", summary.negativeDurations)
        for field in ["service", "name"] {
            let by = [try FieldName(field, in: snapshot)]
            let answer = try Percentiles(by: by, window: .all, in: snapshot)
            for row in answer.rows {
                note("\(field) \(text(row.group)) spans", row.count)
                note("\(field) \(text(row.group)) nanos", Int((row.meanNanos * Double(row.count)).rounded()))
                note("\(field) \(text(row.group)) errors", row.errors)
            }
        }
        let session = [try FieldName("session.id", in: snapshot)]
        for row in try Percentiles(by: session, window: .all, in: snapshot).rows {
            note("session \(text(row.group)) spans", row.count)
        }
        let service = [try FieldName("service", in: snapshot)]
        for row in try CacheUse(by: service, window: .all, in: snapshot).rows {
            note("service \(text(row.group)) look-ups", row.totals.lookups)
            note("service \(text(row.group)) hits", row.totals.hits)
        }
        for row in try TokenUse(by: service, window: .all, in: snapshot).rows {
            note("service \(text(row.group)) calls", row.totals.calls)
            note("service \(text(row.group)) prompt", Int(row.totals.promptTokens))
            note("service \(text(row.group)) completion", Int(row.totals.completionTokens))
        }
        let graph = try ConnectionGraph(of: .services, window: .all, in: snapshot)
        note("missing parents", graph.spansWithMissingParent)
        for edge in graph.edges {
            note("\(edge.source) → \(edge.target) calls", edge.count)
            note("\(edge.source) → \(edge.target) errors", edge.errors)
        }
        let objective = Compliance.Objective(target: 0.9, thresholdNanos: .max)
        for row in try Compliance(objective, by: [], rootsOnly: true, window: .all, in: snapshot).rows {
            note("roots", row.total)
            note("good roots", row.good)
        }
        try addHours(in: snapshot, note)
        return answers
    }

    private static func addHours(in snapshot: StoreSnapshot, _ note: (String, Int) -> Void) throws {
        guard let range = try snapshot.startRange() else { return }
        let hourNanos: UInt64 = 3_600_000_000_000
        let name = [try FieldName("name", in: snapshot)]
        for hour in range.lowerBound / hourNanos...range.upperBound / hourNanos {
            let window = TimeWindow(from: hour * hourNanos, to: (hour + 1) * hourNanos)
            let rows = try Percentiles(by: name, window: window, in: snapshot).rows
            note("hour \(hour) spans", rows.reduce(0) { $0 + $1.count })
        }
    }
}

extension TraceSpan {
    fileprivate var durationNanos: Int? { endNanos == 0 || endNanos < startNanos ? nil : Int(endNanos - startNanos) }

    fileprivate var isError: Bool {
        if status.code != 0 { return status.code == 2 }
        return attributes["execution.status"]?.string.map { $0 != "success" } ?? false
    }
}
