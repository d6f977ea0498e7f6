import TraceModel
import TraceStore

/// The sessions of a window: the runs that carry the same `session.id`. A run counts where its first span starts.
package struct SessionList: Sendable {
    package enum Order: String, Sendable, CaseIterable { case start, runs, cost, failures, tokens, growth }

    package struct Session: Sendable {
        package let id: String
        /// Of its first failed run that names one beside the session, else of its first run that does.
        package fileprivate(set) var userID: String?
        package fileprivate(set) var runs = 0
        /// Runs whose root is an error.
        package fileprivate(set) var failedRuns = 0
        package fileprivate(set) var spans = 0
        package fileprivate(set) var usage = UsageTotals()
        /// When its first run started.
        package fileprivate(set) var firstNanos = UInt64.max
        /// When the last of its spans ended; `nil` when none has.
        package fileprivate(set) var lastNanos: UInt64?
        /// Prompt tokens a model call, of its first run with calls and of its last.
        package var firstPromptTokens: Double? { firstPrompt?.tokens }
        package var lastPromptTokens: Double? { lastPrompt?.tokens }
        fileprivate var firstPrompt: (startNanos: UInt64, tokens: Double)?
        fileprivate var lastPrompt: (startNanos: UInt64, tokens: Double)?
        /// Whether the run that names the user went well, and when it started.
        fileprivate var userSince: (isFine: Int, startNanos: UInt64) = (2, .max)
    }

    /// Largest first (that with the newest first run first for `.start`); at most as many as asked for.
    package let sessions: [Session]
    /// Sessions of the window, listed or not.
    package let count: Int
    /// Runs of the window of which no span names a session.
    package let runsWithoutSession: Int

    /// - Parameter limit: `nil` for all.
    package init(
        sortedBy order: Order = .start, limit: Int? = nil, window: TimeWindow, where filter: SpanFilter? = nil,
        in snapshot: StoreSnapshot
    ) throws {
        let people = try SessionContexts(in: snapshot)
        var sessions: [String: Session] = [:]
        var without = 0
        // Of other runs more spans than the root must be asked.
        var unclear: [RunSummary] = []
        func add(_ run: RunSummary, _ session: String, _ user: String?) {
            sessions[session, default: Session(id: session)].add(run, user)
        }
        try RunScan.forEach(window, where: filter, in: snapshot) { run in
            let (session, user) = run.root.map { people.of($0.context) } ?? (nil, nil)
            if let session {
                add(run, session, user)
            } else if run.contexts.map(people.mayHaveSession) ?? false {
                unclear.append(run)
            } else {
                without += 1
            }
        }
        for run in unclear {
            let whole = RunList.Run(try snapshot.trace(snapshot.traceID(run.trace)))
            if let session = whole.sessionID { add(run, session, whole.userID) } else { without += 1 }
        }
        count = sessions.count
        runsWithoutSession = without
        self.sessions = Array(sessions.values.sorted { order.puts($0, before: $1) }.prefix(limit ?? .max))
    }
}

extension SessionList.Session {
    fileprivate init(id: String) { self.id = id }

    fileprivate mutating func add(_ run: RunSummary, _ user: String?) {
        runs += 1
        if run.isFailed { failedRuns += 1 }
        spans += run.spans
        usage += run.usage
        firstNanos = min(firstNanos, run.startNanos)
        if let end = run.lastEnd { lastNanos = max(lastNanos ?? end, end) }
        if run.usage.calls > 0 {
            let prompt = (run.startNanos, Double(run.usage.promptTokens) / Double(run.usage.calls))
            if firstPrompt.map({ prompt < $0 }) ?? true { firstPrompt = prompt }
            if lastPrompt.map({ $0 < prompt }) ?? true { lastPrompt = prompt }
        }
        let since = (run.isFailed ? 0 : 1, run.startNanos)
        if let user, since < userSince || since == userSince && user < userID ?? user {
            (userID, userSince) = (user, since)
        }
    }
}

extension SessionList.Order {
    fileprivate func puts(_ left: SessionList.Session, before right: SessionList.Session) -> Bool {
        switch self {
        case .start: break
        case .runs: if left.runs != right.runs { return left.runs > right.runs }
        case .cost:
            let (a, b) = (left.usage.costUSD ?? -1, right.usage.costUSD ?? -1)
            if a != b { return a > b }
        case .failures: if left.failedRuns != right.failedRuns { return left.failedRuns > right.failedRuns }
        case .growth:
            // Those without model calls come last.
            let growth = [left, right].map { session in
                session.lastPromptTokens.map { $0 - (session.firstPromptTokens ?? 0) } ?? -.infinity
            }
            if growth[0] != growth[1] { return growth[0] > growth[1] }
        case .tokens: if left.usage.tokens != right.usage.tokens { return left.usage.tokens > right.usage.tokens }
        }
        return left.firstNanos == right.firstNanos ? left.id < right.id : left.firstNanos > right.firstNanos
    }
}

/// The session and the user of every context.
private struct SessionContexts {
    private var numbers: [Int64: Int] = [:]
    private var texts: [(session: String?, user: String?)] = []

    init(in snapshot: StoreSnapshot) throws {
        var known = ContextNumbers()
        try snapshot.forEachContext(0...Int64.max, [.sessionID, .userID], &known) { id, number, new in
            if let new { texts.append((new[0], new[1])) }
            numbers[id] = number
        }
    }

    /// Whether a run whose root names no session has contexts that may.
    func mayHaveSession(_ contexts: ClosedRange<Int64>) -> Bool {
        if contexts.lowerBound == contexts.upperBound { return false }
        return contexts.upperBound - contexts.lowerBound > 64 || contexts.contains { of($0).session != nil }
    }

    func of(_ context: Int64) -> (session: String?, user: String?) {
        numbers[context].map { texts[$0] } ?? (nil, nil)
    }
}
