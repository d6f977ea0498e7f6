import Tracing

/// Keeps what a primitive gave, by key. Copies of it are the same cache.
///
/// The span `cache.{type}.lookup` covers the look-up only; on a miss the spans of the wrapped primitive follow beside it. As a
/// workflow's outermost primitive it has a span `primitive.cache.execute` around both. When
/// several look for the same missing key at once, the first computes it, and the others wait in their look-ups: they are hits,
/// with `cache.coalesced`, or fail with the same error. When the one who computes is cancelled, another takes its place. Errors
/// are not kept.
///
/// The wrapped primitive must not ask the same cache for the key that it is computing: it would wait for itself.
public struct Cache<Wrapped: WorkflowPrimitive, Key: Hashable & Sendable>: IdentifiedPrimitive {
    /// What the wrapped primitive takes.
    public typealias Input = Wrapped.Input
    /// What the wrapped primitive gives.
    public typealias Output = Wrapped.Output

    let identity: PrimitiveIdentity
    let store: CacheStore<Key, Output>
    private let wrapped: Wrapped
    private let makeKey: @Sendable (Input) -> Key
    private let type: String
    private let ttl: Duration?
    private let savings: (@Sendable (Output) -> Double)?

    /// - Parameters:
    ///   - wrapped: Computes what is missing.
    ///   - key: By which outputs are kept. Spans have a hash of its description.
    ///   - name: `primitive.name`.
    ///   - type: `cache.type`, a part of the span's name: what kind of thing is kept, or where.
    ///   - capacity: How many outputs are kept; one more pushes out the one not used for the longest time. Less than 1 means 1.
    ///   - ttl: How long an output counts, by the context's clock, half-open; when `nil`, for ever.
    ///   - savings: What a hit saves, in US dollars.
    public init(
        _ wrapped: Wrapped, key: @escaping @Sendable (Input) -> Key, name: String = "Cache",
        type: String = "memory", capacity: Int = 1_000, ttl: Duration? = nil,
        savings: (@Sendable (Output) -> Double)? = nil
    ) {
        identity = PrimitiveIdentity(name: name, type: "cache", action: "lookup", spanName: "cache.\(type).lookup")
        store = CacheStore(capacity: capacity, ttl: ttl)
        self.wrapped = wrapped
        makeKey = key
        self.type = type
        self.ttl = ttl
        self.savings = savings
    }

    /// Gives what is kept, else what the wrapped primitive computes.
    public nonisolated(nonsending) func execute(
        _ input: Input, in context: WorkflowContext
    ) async throws -> Output {
        try await identity.asOneRun(in: context) { try await output(for: input, in: $0) }
    }

    private nonisolated(nonsending) func output(for input: Input, in context: WorkflowContext) async throws -> Output {
        let key = makeKey(input)
        switch try await identity.execute(in: context, { try await lookUp(key, in: $0) }) {
        case .stored(let output, _), .shared(let output): return output
        case .missing: break
        }
        do {
            let output = try await wrapped.execute(input, in: context)
            store.finish(key, with: output, at: context.clock.nowNanos)
            return output
        } catch {
            store.fail(key, with: error, isCancelled: error is CancellationError || Task.isCancelled)
            throw error
        }
    }

    private nonisolated(nonsending) func lookUp(
        _ key: Key, in context: WorkflowContext
    ) async throws -> CacheFinding<Output> {
        let start = context.clock.nowNanos
        context.annotate(settings(key))
        defer { context.annotate(["cache.lookup_time_ms": .double(context.clock.milliseconds(since: start))]) }
        do {
            let found = try await store.find(key, at: start)
            if case .missing = found {
                recordLookup(hit: false, in: context)
            } else {
                recordLookup(hit: true, in: context)
            }
            context.annotate(details(found))
            return found
        } catch  where !(error is CancellationError) {
            recordLookup(hit: false, in: context)
            context.annotate(["cache.coalesced": true])
            throw error
        }
    }

    /// Where every look-up is counted, but those that were cancelled: nobody knows what they'd have been.
    private func recordLookup(hit: Bool, in context: WorkflowContext) {
        context.annotate(["cache.hit": .bool(hit)])
        PrimitiveMetrics.current?.recordLookUp(hit: hit, name: identity.name, type: type)
    }

    private func settings(_ key: Key) -> SpanAttributes {
        var attributes: SpanAttributes = [
            "cache.type": .string(type), "cache.key": .string(StableHash.text("\(key)")),
            "cache.eviction_policy": "lru",
        ]
        if let ttl { attributes.set("cache.ttl_seconds", value: .double(ttl.milliseconds / 1e3)) }
        return attributes
    }

    private func details(_ found: CacheFinding<Output>) -> SpanAttributes {
        var attributes = SpanAttributes()
        switch found {
        case .stored(let output, let age):
            attributes.set("cache.age_seconds", value: .double(age.milliseconds / 1e3))
            if let savings { attributes.set("cache.savings_usd", value: .double(savings(output))) }
        case .shared(let output):
            attributes.set("cache.coalesced", value: true)
            if let savings { attributes.set("cache.savings_usd", value: .double(savings(output))) }
        case .missing: break
        }
        return attributes
    }
}

extension Cache where Key == Wrapped.Input {
    /// The input is the key.
    ///
    /// - Parameters:
    ///   - wrapped: Computes what is missing.
    ///   - name: `primitive.name`.
    ///   - type: `cache.type`, a part of the span's name: what kind of thing is kept, or where.
    ///   - capacity: How many outputs are kept; one more pushes out the one not used for the longest time. Less than 1 means 1.
    ///   - ttl: How long an output counts, by the context's clock, half-open; when `nil`, for ever.
    ///   - savings: What a hit saves, in US dollars.
    public init(
        _ wrapped: Wrapped, name: String = "Cache", type: String = "memory", capacity: Int = 1_000,
        ttl: Duration? = nil, savings: (@Sendable (Wrapped.Output) -> Double)? = nil
    ) {
        self.init(wrapped, key: { $0 }, name: name, type: type, capacity: capacity, ttl: ttl, savings: savings)
    }
}

/// A hash that is the same in every run of every program: FNV-1a of 64 bits. It hides nothing that can be guessed.
enum StableHash {
    /// 16 hexadecimal digits in lowercase.
    static func text(_ text: String) -> String {
        let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
