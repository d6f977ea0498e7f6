import TraceModel

/// Three thousand runs of agents in two hours, with a fault of which the cause is known in the second one.
package struct FaultWorkload {
    package enum Fault: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case slowModelInOneWorkflow, coldCache, retryStorm, newSlowBranch, oneSession, release, region, skewedClock,
            none

        package var testDescription: String { rawValue }

        /// What explains it; any of them, where they say the same.
        package var culprits: [(key: String, value: AttributeValue)] {
            switch self {
            case .slowModelInOneWorkflow: [("llm.model_name", "large"), ("workflow.name", "refund")]
            case .coldCache: [("cache.hit", false)]
            case .retryStorm: [("tool.name", "order_lookup")]
            case .newSlowBranch: [("branch.name", "audit"), ("name", "audit")]
            case .oneSession: [("session.id", "session-x")]
            case .release: [("resource.service.version", "1.1")]
            case .region: [("resource.cloud.region", "ap")]
            case .skewedClock: [("resource.host.name", "cache-3")]
            case .none: []
            }
        }
    }

    package static let runs = 3_000
    /// When the fault begins.
    package static let faultStart = base + 3_600_000_000_000

    private let fault: Fault
    private var random: SplitMix64
    private var groups: [String: SpanGroup] = [:]
    private var nextID: UInt64 = 1

    package init(_ fault: Fault, seed: UInt64) {
        self.fault = fault
        random = SplitMix64(seed: seed &* 7_919 &+ 17)
    }

    package var batch: SpanBatch {
        var copy = self
        for number in 0..<Self.runs { copy.addRun(number) }
        var batch = SpanBatch()
        batch.groups = copy.groups.sorted { $0.key < $1.key }.map(\.value)
        return batch
    }

    private struct Run {
        let trace: UInt64
        let isFaulty: Bool
        let workflow: String
        var session: String
        let region: String
        let version: String
        var attributes: [Attribute] = []
        var time: UInt64
    }

    private mutating func addRun(_ number: Int) {
        let start = UInt64(Double(number) / Double(Self.runs) * 7_200_000) + random.next() % 2_000
        let time = base + start * 1_000_000
        let isLate = time >= Self.faultStart
        let conversation = Int(random.next() % 900)
        var run = Run(
            trace: UInt64(number + 1), isFaulty: isLate,
            workflow: ["refund", "order", "product", "billing"][conversation % 4], session: "session-\(conversation)",
            region: ["eu", "us", "ap"][conversation % 3],
            version: isLate && fault == .release && happens(40) ? "1.1" : "1.0",
            time: time)
        let isGreedy = isLate && fault == .oneSession && happens(15)
        if isGreedy { run.session = "session-x" }
        run.attributes = [
            Attribute("session.id", .string(run.session)), Attribute("user.id", .string("user-of-" + run.session)),
            Attribute("workflow.name", .string(run.workflow)),
            Attribute("tenant", .string("tenant-\(conversation % 12)")),
        ]
        let root = nextID
        nextID += 1
        call(&run, root, "classify", "mini", 180, slower: isGreedy ? 3 : 1)
        lookUp(&run, root)
        order(&run, root)
        if isLate, fault == .newSlowBranch {
            add(&run, root, "audit", "work", 1_500, [Attribute("branch.name", "audit")])
        }
        let model = happens(50) ? "large" : "medium"
        let isSlow =
            fault == .slowModelInOneWorkflow && isLate && model == "large" && run.workflow == "refund"
            || fault == .release && run.version == "1.1" || fault == .region && isLate && run.region == "ap"
        call(&run, root, "answer", model, 900, slower: isSlow ? 2.5 : isGreedy ? 3 : 1)
        put(run, root, nil, "flow", "desk", from: time, run.time, [Attribute("primitive.name", "flow")], isError: false)
    }

    private mutating func call(
        _ run: inout Run, _ root: UInt64, _ name: String, _ model: String, _ mean: Double, slower: Double
    ) {
        add(
            &run, root, "llm." + name, "gateway", mean * slower,
            [
                Attribute("primitive.name", .string(name)), Attribute("llm.model_name", .string(model)),
                Attribute("gen_ai.operation.name", "chat"),
                Attribute("llm.prompt_tokens", .int(Int64(100 + random.next() % 900))),
            ])
    }

    /// What is not found is searched for.
    private mutating func lookUp(_ run: inout Run, _ root: UInt64) {
        let isHit = happens(run.isFaulty && fault == .coldCache ? 2 : 60)
        add(
            &run, root, "cache.semantic.lookup", "cache", 5,
            [
                Attribute("cache.hit", .bool(isHit)), Attribute("cache.type", "semantic"),
                Attribute("primitive.name", "policies"),
            ])
        if !isHit {
            add(
                &run, root, "tool.search", "work", 200,
                [Attribute("tool.name", "search"), Attribute("primitive.name", "search")])
        }
    }

    /// A tool with up to three tries.
    private mutating func order(_ run: inout Run, _ root: UInt64) {
        guard happens(50) else { return }
        for attempt in 1...3 {
            let fails = happens(run.isFaulty && fault == .retryStorm ? 60 : 2)
            add(
                &run, root, "tool.order_lookup", "work", 60,
                [
                    Attribute("tool.name", "order_lookup"), Attribute("primitive.name", "order_lookup"),
                    Attribute("retry.attempt", .int(Int64(attempt))),
                ], isError: fails)
            if !fails { return }
            run.time += 400_000_000
        }
    }

    private mutating func add(
        _ run: inout Run, _ parent: UInt64, _ name: String, _ service: String, _ mean: Double,
        _ attributes: [Attribute],
        isError: Bool = false
    ) {
        let nanos = UInt64(mean * spread() * 1e6)
        let id = nextID
        nextID += 1
        put(run, id, parent, name, service, from: run.time, run.time + nanos, attributes, isError: isError)
        run.time += nanos + 1_000_000
    }

    private mutating func put(
        _ run: Run, _ id: UInt64, _ parent: UInt64?, _ name: String, _ service: String, from start: UInt64,
        _ end: UInt64,
        _ attributes: [Attribute], isError: Bool
    ) {
        let host = "\(service)-\(random.next() % 6)"
        let isSkewed = fault == .skewedClock && run.isFaulty && host == "cache-3"
        var span = TraceSpan(traceID: TraceID(high: 1, low: run.trace), spanID: SpanID(value: id))
        span.parentSpanID = parent.map { SpanID(value: $0) }
        span.name = name
        (span.startNanos, span.endNanos) = (start, end)
        if isSkewed { (span.startNanos, span.endNanos) = (start - 4_000_000_000, end - 4_000_000_000) }
        span.attributes = run.attributes + attributes
        span.status = SpanStatus(code: isError ? StatusCode.error : StatusCode.ok)
        if isError { span.attributes.append(Attribute("error.type", "Unavailable")) }
        let place = "\(service) \(host) \(run.region) \(run.version)"
        if groups[place] == nil {
            var resource = Resource()
            resource.attributes = [
                Attribute("service.name", .string(service)), Attribute("host.name", .string(host)),
                Attribute("cloud.region", .string(run.region)), Attribute("service.version", .string(run.version)),
            ]
            groups[place] = SpanGroup(resource: resource, scope: Scope(), spans: [])
        }
        groups[place]?.spans.append(span)
    }

    private mutating func happens(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

    /// Around 1, mostly between 0.7 and 1.4.
    private mutating func spread() -> Double {
        0.55 + (0..<3).reduce(0.0) { sum, _ in sum + Double.random(in: 0..<0.3, using: &random) }
    }
}
