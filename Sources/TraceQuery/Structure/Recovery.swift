import TraceModel
import TraceStore

/// What recovery did, and what it cost: retries, fallbacks, circuit breakers, timeouts and sagas of TTA.dev's names, and calls that
/// were made again after they had failed, whatever they are called.
package struct Recovery: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Spans `…retry.attempt…` of one parent.
        case retry
        /// Spans of one service, name and parent, one after another, each of them after one that failed.
        case repeated = "repeated call"
        /// `…fallback.primary` and, beside it, `…fallback.fallback`.
        case fallback
        /// `…circuit_breaker.execute`; used where it refused.
        case circuitBreaker = "circuit breaker"
        /// `…timeout.execute`; used where the time was over.
        case timeout
        /// `…saga.forward` and, beside it, `…saga.compensation`.
        case saga
    }

    package struct Row: Sendable {
        package let kind: Kind
        /// The primitive's, else the span's.
        package let name: String
        package fileprivate(set) var sum = Sum()
        package fileprivate(set) var example: TraceID?
        /// Times at which a circuit breaker began to refuse.
        package fileprivate(set) var openings = 0
    }

    package struct Sum: Sendable {
        package fileprivate(set) var executions = 0
        /// Those that went well in the end.
        package fileprivate(set) var succeeded = 0
        package fileprivate(set) var attempts = 0
        package fileprivate(set) var failedAttempts = 0
        /// On attempts that failed.
        package fileprivate(set) var wasted = Spent()
        /// Executions in which something else took over: another attempt, the alternative, a refusal, the limit, a compensation.
        package fileprivate(set) var used = 0
        /// On what took over: further attempts, alternatives, compensations.
        package fileprivate(set) var added = Spent()
        /// Of the first run in which it was used.
        fileprivate var example: (startNanos: UInt64, trace: Int64)?
        /// Of a circuit breaker: when it was asked, and whether it refused.
        fileprivate var asked: [(nanos: UInt64, isRefused: Bool)] = []

        /// `nil` where none succeeded.
        package var attemptsPerSuccess: Double? { succeeded == 0 ? nil : Double(attempts) / Double(succeeded) }

        fileprivate mutating func add(_ other: Sum) {
            executions += other.executions
            succeeded += other.succeeded
            attempts += other.attempts
            failedAttempts += other.failedAttempts
            wasted += other.wasted
            used += other.used
            added += other.added
            keep(other.example)
            asked += other.asked
        }

        fileprivate mutating func keep(_ other: (startNanos: UInt64, trace: Int64)?) {
            guard let other else { return }
            if let known = example, known <= other { return }
            example = other
        }
    }

    /// By kind, then what was wasted and added most.
    package let rows: [Row]
    package let runs: Int

    /// - Parameter filter: Takes the runs of which any span meets it.
    package init(window: TimeWindow, where filter: SpanFilter? = nil, in snapshot: StoreSnapshot) throws {
        let roles = try RecoveryRoles(in: snapshot)
        var none: [Groups] = []
        var sums = RecoverySums()
        try snapshot.mapRuns(window, where: filter, groups: &none, withNumbers: true) {
            RecoverySums($0, roles)
        } _: {
            sums.add($0)
        }
        runs = sums.runs
        rows = try sums.sums.map { key, sum in
            var row = Row(kind: key.kind, name: key.name, sum: sum)
            row.example = try sum.example.map { try snapshot.traceID($0.trace) }
            let asked = sum.asked.sorted { ($0.nanos, $0.isRefused ? 1 : 0) < ($1.nanos, $1.isRefused ? 1 : 0) }
            row.openings = asked.indices.count { asked[$0].isRefused && ($0 == 0 || !asked[$0 - 1].isRefused) }
            return row
        }.sorted { left, right in
            let places = [left, right].map { Kind.allCases.firstIndex(of: $0.kind) ?? 0 }
            if places[0] != places[1] { return places[0] < places[1] }
            let spent = [left, right].map { $0.sum.wasted.nanos.saturating($0.sum.added.nanos) }
            return spent[0] == spent[1] ? left.name < right.name : spent[0] > spent[1]
        }
    }
}

/// What spans are in recovery, by an operation's place in the table of operations.
struct RecoveryRoles: Sendable {
    enum Role: Sendable {
        case attempt, primary, alternative, forward, compensation
        case breaker(isRefused: Bool)
        case timeout(isOver: Bool)
    }

    let roles: [Role?]
    /// Of the service and the name: what tells calls of one kind apart.
    let calls: [Int]
    let labels: OperationLabels

    init(in snapshot: StoreSnapshot) throws {
        let (names, services) = (try snapshot.operations.texts(.name), try snapshot.operations.texts(.service))
        let errors = try snapshot.operations.texts(.field(.errorType))
        let statuses = try snapshot.operations.texts(.field(.executionStatus))
        labels = try OperationLabels([.primitiveName], in: snapshot)
        calls = names.codes.indices.map { Int(services.codes[$0] + 1) << 32 | Int(names.codes[$0] + 1) }
        roles = names.codes.indices.map { place in
            let parts = (names.text(place) ?? "").split(separator: ".")
            guard let last = parts.last else { return nil }
            switch parts.dropLast().last {
            case "retry" where last.hasPrefix("attempt"): return .attempt
            case "fallback" where last == "primary": return .primary
            case "fallback" where last == "fallback": return .alternative
            case "saga" where last == "forward": return .forward
            case "saga" where last == "compensation": return .compensation
            case "circuit_breaker" where last == "execute":
                return .breaker(isRefused: errors.text(place) == "CircuitOpenError")
            case "timeout" where last == "execute":
                return .timeout(isOver: statuses.text(place) == "timeout" || errors.text(place) == "TimeoutError")
            default: return nil
            }
        }
    }

    func role(_ operation: Int32) -> Role? { roles[Int(operation)] }
}

private struct RecoverySums: Sendable {
    struct Key: Hashable {
        let kind: Recovery.Kind
        let name: String
    }

    private(set) var runs = 0
    private(set) var sums: [Key: Recovery.Sum] = [:]

    init() {}

    init(_ shape: RunShape, _ roles: RecoveryRoles) {
        for (run, trace) in zip(shape.runs, shape.traces) { add(RecoveryOfRun(run, trace, shape, roles)) }
    }

    mutating func add(_ other: RecoverySums) {
        runs += other.runs
        for (key, sum) in other.sums { sums[key, default: Recovery.Sum()].add(sum) }
    }

    private mutating func add(_ run: RecoveryOfRun) {
        runs += 1
        for (key, sum) in run.executions { sums[key, default: Recovery.Sum()].add(sum) }
    }
}

/// What one run has of it, an execution each.
private struct RecoveryOfRun {
    private(set) var executions: [(RecoverySums.Key, Recovery.Sum)] = []
    private let shape: RunShape
    private let roles: RecoveryRoles
    private let spent: [Spent]
    private let run: Range<Int>
    private let example: (startNanos: UInt64, trace: Int64)

    init(_ run: Range<Int>, _ trace: Int64, _ shape: RunShape, _ roles: RecoveryRoles) {
        let children = shape.children(in: run)
        self.run = run
        self.shape = shape
        self.roles = roles
        spent = shape.spent(in: run, children)
        example = (shape.starts[shape.root(of: run)], trace)
        for place in run {
            addAlone(place)
            addTogether(children[place - run.lowerBound], parent: place)
        }
        addTogether(run.filter { shape.parents[$0] < 0 }.sorted { shape.starts[$0] < shape.starts[$1] }, parent: nil)
    }

    private func spent(_ place: Int) -> Spent { spent[place - run.lowerBound] }

    private mutating func add(_ kind: Recovery.Kind, _ named: Int, _ sum: Recovery.Sum) {
        var sum = sum
        sum.executions = 1
        if sum.used > 0 { sum.keep(example) }
        executions.append((RecoverySums.Key(kind: kind, name: roles.labels[shape.operations[named]]), sum))
    }

    /// What one span tells.
    private mutating func addAlone(_ place: Int) {
        var sum = Recovery.Sum()
        sum.succeeded = shape.isError[place] ? 0 : 1
        switch roles.role(shape.operations[place]) {
        case .breaker(let isRefused):
            sum.used = isRefused ? 1 : 0
            sum.asked = [(shape.starts[place], isRefused)]
            add(.circuitBreaker, place, sum)
        case .timeout(let isOver):
            sum.used = isOver ? 1 : 0
            if isOver { sum.wasted = spent(place) }
            add(.timeout, place, sum)
        default: break
        }
    }

    /// What the children of one span, by start, tell together.
    private mutating func addTogether(_ children: [Int], parent: Int?) {
        func all(_ isWanted: (RecoveryRoles.Role) -> Bool) -> [Int] {
            children.filter { roles.role(shape.operations[$0]).map(isWanted) ?? false }
        }
        let attempts = all { if case .attempt = $0 { true } else { false } }
        if let first = attempts.first { add(.retry, parent ?? first, self.attempts(attempts)) }
        let primary = all { if case .primary = $0 { true } else { false } }
        let alternative = all { if case .alternative = $0 { true } else { false } }
        if let first = (primary + alternative).first {
            add(.fallback, parent ?? first, takenOver(primary, by: alternative, isSaga: false))
        }
        let forward = all { if case .forward = $0 { true } else { false } }
        let compensation = all { if case .compensation = $0 { true } else { false } }
        if let first = (forward + compensation).first {
            add(.saga, parent ?? first, takenOver(forward, by: compensation, isSaga: true))
        }
        addRepeated(children.filter { roles.role(shape.operations[$0]) == nil })
    }

    private func attempts(_ places: [Int]) -> Recovery.Sum {
        var sum = Recovery.Sum()
        sum.attempts = places.count
        sum.succeeded = places.last.map { shape.isError[$0] } ?? true ? 0 : 1
        sum.used = places.count > 1 ? 1 : 0
        for place in places where shape.isError[place] {
            sum.failedAttempts += 1
            sum.wasted += spent(place)
        }
        for place in places.dropFirst() { sum.added += spent(place) }
        return sum
    }

    /// - Parameter isSaga: Whether what takes over only undoes, so that all went well only where it was not needed.
    private func takenOver(_ first: [Int], by second: [Int], isSaga: Bool) -> Recovery.Sum {
        var sum = Recovery.Sum()
        sum.attempts = first.count + second.count
        let ends = isSaga ? first : second.isEmpty ? first : second
        sum.succeeded = ends.allSatisfy { !shape.isError[$0] } ? 1 : 0
        sum.used = second.isEmpty ? 0 : 1
        for place in first where shape.isError[place] {
            sum.failedAttempts += 1
            sum.wasted += spent(place)
        }
        for place in second { sum.added += spent(place) }
        return sum
    }

    /// Calls that follow one of their kind that failed.
    private mutating func addRepeated(_ children: [Int]) {
        if !children.contains(where: { shape.isError[$0] }) { return }
        var chains: [Int: [Int]] = [:]
        func call(_ place: Int) -> Int { roles.calls[Int(shape.operations[place])] }
        var ended: [[Int]] = []
        for place in children {
            let chain = chains[call(place)] ?? []
            let isNext = chain.last.map { last in
                shape.isError[last] && (shape.ends[last].map { $0 <= shape.starts[place] } ?? false)
            }
            if isNext ?? false {
                chains[call(place)] = chain + [place]
            } else {
                ended.append(chain)
                chains[call(place)] = [place]
            }
        }
        for chain in ended + chains.values where chain.count > 1 { add(.repeated, chain[0], attempts(chain)) }
    }
}
