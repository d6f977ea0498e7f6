import TestSupport
import Testing
import TraceModel
import TraceQL
import TraceQuery
import TraceStore

@Suite struct Filters {
    /// A condition, and the same by hand on spans that another decoder has read.
    private static let conditions: [(String, @Sendable (ReferenceSpan) -> Bool)] = [
        ("true", { _ in true }), ("false", { _ in false }), ("1 = 1", { _ in true }), ("nil = nil", { _ in true }),
        ("status = error", { $0.span.status.code == 2 }), ("status != error", { $0.span.status.code != 2 }),
        ("name = primitive.cache.execute", { $0.span.name == "primitive.cache.execute" }),
        ("name != 'x'", { _ in true }), ("name > m && name < q", { $0.span.name > "m" && $0.span.name < "q" }),
        ("kind = client", { $0.span.kind == 3 }), ("service = tta-llm-gateway", { $0.service == "tta-llm-gateway" }),
        ("resource.service.name = tta-llm-gateway", { $0.service == "tta-llm-gateway" }),
        (".service.name = tta-llm-gateway", { $0.service == "tta-llm-gateway" }),
        ("duration > 1s", { $0.nanos > 1_000_000_000 }), ("duration <= 2500us", { $0.nanos <= 2_500_000 }),
        ("duration > 1s || duration < 1ms", { $0.nanos > 1_000_000_000 || $0.nanos < 1_000_000 }),
        ("!(duration > 1s)", { $0.nanos <= 1_000_000_000 }),
        ("duration * 2 > 1s + 500ms", { $0.nanos > 750_000_000 }),
        ("llm.model_name = gpt-4o", { $0.text("llm.model_name") == "gpt-4o" }),
        ("llm.model_name != gpt-4o", { $0.text("llm.model_name").map { $0 != "gpt-4o" } ?? false }),
        ("!(llm.model_name = gpt-4o)", { $0.text("llm.model_name") != "gpt-4o" }),
        ("llm.model_name = nil", { $0.text("llm.model_name") == nil }),
        ("llm.model_name != nil", { $0.text("llm.model_name") != nil }),
        ("nil = llm.model_name", { $0.text("llm.model_name") == nil }),
        ("llm.prompt_tokens > 1000", { $0.number("llm.prompt_tokens").map { $0 > 1000 } ?? false }),
        ("llm.prompt_tokens = nil", { $0.number("llm.prompt_tokens") == nil }),
        (
            "llm.prompt_tokens + llm.completion_tokens >= 2000",
            { sent in
                guard let a = sent.number("llm.prompt_tokens"), let b = sent.number("llm.completion_tokens") else {
                    return false
                }
                return a + b >= 2000
            }
        ),
        ("llm.cost_usd >= 0.01", { $0.number("llm.cost_usd").map { $0 >= 0.01 } ?? false }),
        ("cache.hit", { $0.span.attributes["cache.hit"] == .bool(true) }),
        ("cache.hit = false", { $0.span.attributes["cache.hit"] == .bool(false) }),
        ("!cache.hit", { $0.span.attributes["cache.hit"] != .bool(true) }),
        (
            "span.cache.hit != nil && cache.type = redis",
            { $0.span.attributes["cache.hit"] != nil && $0.text("cache.type") == "redis" }
        ),
        ("session.id = nil", { $0.text("session.id") == nil }),
        ("agent.id = agent-reviewer-03", { $0.text("agent.id") == "agent-reviewer-03" }),
        (
            "agent.id = agent-reviewer-03 && status = error && duration > 10ms",
            { $0.text("agent.id") == "agent-reviewer-03" && $0.span.status.code == 2 && $0.nanos > 10_000_000 }
        ),
        ("span.route.key = fast", { $0.text("route.key") == "fast" }),
        ("span.processor.input_bytes >= 5000", { $0.number("processor.input_bytes").map { $0 >= 5000 } ?? false }),
        ("span.processor.input_bytes = 5", { $0.number("processor.input_bytes") == 5 }),
        ("span.processor.input_bytes > '5'", { _ in false }),
        (
            "span.processor.input_bytes < span.processor.output_bytes",
            { sent in
                guard let a = sent.number("processor.input_bytes"), let b = sent.number("processor.output_bytes") else {
                    return false
                }
                return a < b
            }
        ),
        ("event:name = exception", { $0.span.events.contains { $0.name == "exception" } }),
        (
            "event:name != exception",
            { !$0.span.events.isEmpty && $0.span.events.allSatisfy { $0.name != "exception" } }
        ),
        (
            "event.exception.type = TimeoutError",
            { $0.span.events.contains { $0.attributes["exception.type"]?.string == "TimeoutError" } }
        ),
        (
            "event.exception.message =~ 'provider returned \\d+:.*'",
            {
                $0.span.events.contains {
                    $0.attributes["exception.message"]?.string?.hasPrefix("provider returned 429:") == true
                }
            }
        ),
        (
            "event.exception.message !~ '.*limit.*'",
            {
                !$0.span.events.isEmpty
                    && $0.span.events.allSatisfy {
                        $0.attributes["exception.message"]?.string?.contains("limit") == false
                    }
            }
        ),
        ("name =~ 'primitive.*'", { $0.span.name.hasPrefix("primitive") }),
        ("name !~ 'primitive.*'", { !$0.span.name.hasPrefix("primitive") }), ("name =~ primitive", { _ in false }),
        ("llm.model_name =~ 'gpt-4o(-mini)?'", { $0.text("llm.model_name")?.hasPrefix("gpt-4o") == true }),
        ("llm.model_name !~ 'gpt.*'", { $0.text("llm.model_name").map { !$0.hasPrefix("gpt") } ?? false }),
        ("llm.prompt_tokens =~ '.*'", { _ in false }),
        ("session.id =~ 'session-.*a'", { $0.text("session.id")?.hasSuffix("a") == true }),
        ("span.route.key =~ 'fa.t|local'", { ["fast", "local"].contains($0.text("route.key")) }),
        ("event:name = nil", { $0.span.events.isEmpty }),
        ("statusMessage != ''", { $0.span.status.message != "" }),
        ("instrumentation:name = tta_dev_primitives", { $0.scope.name == "tta_dev_primitives" }),
        ("span:parentID = nil", { ($0.span.parentSpanID?.value ?? 0) == 0 }),
        (
            "(status = error || cache.hit) && duration < 100ms",
            {
                ($0.span.status.code == 2 || $0.span.attributes["cache.hit"] == .bool(true)) && $0.nanos < 100_000_000
            }
        ),
    ]

    @Test func takeTheSpansThatMeetThem() throws {
        let folder = try TemporaryFolder()
        let sent = try Sample.workload.spans()
        try Store(path: Sample.workload.store(in: folder)).read { snapshot in
            for (text, holds) in Self.conditions {
                let filter = try filter([text], snapshot)
                var found: Set<SpanKey> = []
                try snapshot.scanWithDetail(.all, where: filter.selection) { found.insert(SpanKey($0.span)) }
                let expected = Set(sent.filter(holds).map { SpanKey($0.span) })
                #expect(found == expected, "\(text): \(found.count) of \(expected.count)")
            }
        }
    }

    private func filter(_ texts: [String], _ snapshot: StoreSnapshot) throws -> SpanFilter {
        try SpanFilter(
            texts.map {
                try SpanQuery(
                    parsing: $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "\""))
            }, in: snapshot)
    }

    /// Each question of the spans that meet a condition is the question of a store of only those.
    @Test(arguments: ["status = error", "llm.model_name = gpt-4o", "duration > 50ms && workflow.name = code_review"])
    func narrowDownEveryQuestion(_ condition: String) throws {
        let folder = try TemporaryFolder()
        try Store(path: Sample.workload.store(in: folder)).read { snapshot in
            let chosen = try filter([condition], snapshot)
            var (nanos, errors, prompt, hits): ([UInt64], Int, Int64, Int) = ([], 0, 0, 0)
            var traces: Set<TraceID> = []
            try snapshot.scanWithDetail(.all, where: chosen.selection) { span in
                if let duration = span.row.durationNanos { nanos.append(duration) }
                if span.row.operation.isError { errors += 1 }
                prompt += span.row.integer(.promptTokens) ?? 0
                hits += span.row.integer(.cacheHit) == 1 ? 1 : 0
                traces.insert(span.row.traceID)
            }
            #expect(!nanos.isEmpty)
            // Above any limit, too: rollups know nothing of conditions.
            snapshot.mostCountedOneByOne = 0
            let service = [try FieldName("service", in: snapshot)]
            let latency = try Percentiles(by: service, window: .all, where: chosen, in: snapshot)
            #expect(latency.rows.reduce(0) { $0 + $1.count } == nanos.count)
            #expect(latency.rows.map(\.maxNanos).max() == nanos.max() && !latency.rows.contains { !$0.isExact })
            #expect(try ErrorGroups(by: [], window: .all, where: chosen, in: snapshot).rows.first?.count ?? 0 == errors)
            let tokens = try TokenUse(by: [], window: .all, where: chosen, in: snapshot).rows
            #expect(tokens.first?.totals.promptTokens ?? 0 == prompt)
            #expect(
                try CacheUse(by: [], window: .all, where: chosen, in: snapshot).rows.first?.totals.hits ?? 0 == hits)
            let objective = Compliance.Objective(target: 0.9, thresholdNanos: 1000)
            let compliance = try Compliance(
                objective, by: [], rootsOnly: false, window: .all, where: chosen, in: snapshot)
            #expect(compliance.rows.map(\.total) == [nanos.count])
            let runs = try RunList(window: .all, where: chosen, in: snapshot).runs
            #expect(Set(runs.map(\.traceID)) == traces && runs.count == traces.count)
        }
    }

    /// As long as 64 bits allow, and without a duration.
    @Test(arguments: ["duration > 1h", "duration * 2 > 1h", "duration + 1 > 1h"])
    func holdForAnyDuration(_ condition: String) throws {
        var endless = span(1)
        (endless.startNanos, endless.endNanos) = (0, .max)
        try withStore([endless, span(2), span(3, to: nil), span(4, from: 9, to: 3)]) { snapshot in
            var found: [UInt64] = []
            try snapshot.scanWithDetail(.all, where: filter([condition], snapshot).selection) {
                found.append($0.row.spanID.value)
            }
            #expect(found == [1])
        }
    }

    @Test func severalMustAllHold() throws {
        let folder = try TemporaryFolder()
        try Store(path: Sample.workload.store(in: folder)).read { snapshot in
            func count(_ conditions: String...) throws -> Int {
                var count = 0
                try snapshot.scanWithDetail(.all, where: filter(conditions, snapshot).selection) { _ in count += 1 }
                return count
            }
            let both = try count("status = error", "duration > 1s")
            #expect(try both == count("status = error && duration > 1s"))
            #expect(try both > 0 && both < count("status = error"))
        }
    }

    @Test(arguments: [
        ("spn.route.key = fast", "spn.route.key", "route.key"),
        ("llm.modle_name = x", "llm.modle_name", "llm.model_name"),
        (".route.kye = fast", ".route.kye", ".route.key"), ("duration > 1s && nmae = x", "nmae", "name"),
    ])
    func nameTheNearestOfAnUnknownName(_ condition: String, _ name: String, _ nearest: String) throws {
        let folder = try TemporaryFolder()
        try Store(path: Sample.workload.store(in: folder)).read { snapshot in
            _ = #expect(throws: UnknownFieldError(name: name, nearest: nearest)) { try filter([condition], snapshot) }
        }
    }
}

extension ReferenceSpan {
    fileprivate var service: String? { resource.attributes["service.name"]?.string }

    fileprivate var nanos: UInt64 { span.endNanos - span.startNanos }

    fileprivate func text(_ key: String) -> String? { span.attributes[key]?.string }

    fileprivate func number(_ key: String) -> Double? {
        switch span.attributes[key] {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
