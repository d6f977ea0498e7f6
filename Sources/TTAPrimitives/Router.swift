import Tracing

/// Which way a ``Router`` goes, and why.
public struct RouteDecision: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Of the route.
    public let key: String
    /// In words, for `route.reason`.
    public let reason: String?

    /// - Parameters:
    ///   - key: Of the route.
    ///   - reason: In words, for `route.reason`.
    public init(_ key: String, reason: String? = nil) {
        self.key = key
        self.reason = reason
    }

    /// Without a reason.
    public init(stringLiteral key: String) { self.init(key) }
}

/// One of several routes, as a function decides that may take its time, such as asking a model.
///
/// The span `primitive.router.route_decision` covers the decision, with all that this does below it; the spans of the chosen
/// route follow beside it. As a workflow's outermost primitive it has a span `primitive.router.execute` around both.
public struct Router<Input: Sendable, Output: Sendable>: IdentifiedPrimitive {
    let identity: PrimitiveIdentity
    private let routes: [String: any WorkflowPrimitive<Input, Output>]
    private let defaultRoute: (any WorkflowPrimitive<Input, Output>)?
    private let decide: WorkflowFunction<Input, RouteDecision>
    private let keys: [String]

    /// - Parameters:
    ///   - name: `primitive.name`.
    ///   - routes: By key.
    ///   - defaultRoute: For all other keys. When `nil`, they are an ``UnknownKeyError``.
    ///   - decide: Gets the context of the decision.
    public init(
        name: String = "Router", routes: [String: any WorkflowPrimitive<Input, Output>],
        default defaultRoute: (any WorkflowPrimitive<Input, Output>)? = nil,
        by decide: @escaping WorkflowFunction<Input, RouteDecision>
    ) {
        identity = PrimitiveIdentity(name: name, type: "router", action: "route_decision")
        self.routes = routes
        self.defaultRoute = defaultRoute
        self.decide = decide
        keys = routes.keys.sorted()
    }

    /// Decides, then takes the route.
    public nonisolated(nonsending) func execute(_ input: Input, in context: WorkflowContext) async throws -> Output {
        try await identity.asOneRun(in: context) { context in
            let route = try await identity.execute(in: context) { try await chooseRoute(for: input, in: $0) }
            PrimitiveMetrics.current?.recordConnection(.conditional, from: identity.label, to: route.label)
            return try await route.execute(input, in: context)
        }
    }

    private nonisolated(nonsending) func chooseRoute(
        for input: Input, in context: WorkflowContext
    ) async throws -> any WorkflowPrimitive<Input, Output> {
        context.annotate(["route.available_routes": .stringArray(keys)])
        let decision = try await decide(input, context)
        context.annotate(["route.key": .string(decision.key)])
        if let reason = decision.reason { context.annotate(["route.reason": .string(reason)]) }
        guard let route = routes[decision.key] ?? defaultRoute else {
            throw UnknownKeyError(key: decision.key, known: keys)
        }
        context.annotate(["route.used_default": .bool(routes[decision.key] == nil)])
        return route
    }
}
