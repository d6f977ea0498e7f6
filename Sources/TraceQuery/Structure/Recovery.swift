import TraceModel
import TraceStore

/// What recovery did, and what it cost: retries, fallbacks, circuit breakers, timeouts and sagas of TTA.dev's names, and calls that
/// were made again after they had failed, whatever they are called.
package struct Recovery: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Spans `…retry.attempt…` of one parent and name, up to the first that went well.
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
        var groupings = [try RecoveryRoles.groups(in: snapshot)]
        var sums = RecoverySums()
        try snapshot.mapRuns(window, where: filter, groups: &groupings, withNumbers: true) {
            RecoverySums($0)
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

/// What spans are in recovery, by the numbers of ``groups(in:)``.
struct RecoveryRoles: Sendable {
    enum Role: Sendable {
        case attempt, primary, alternative, forward, compensation
        case breaker(isRefused: Bool)
        case timeout(isOver: Bool)
    }

    let roles: [Role?]
    /// What tells calls of one kind apart: a number for the service with the name up to the part that says the role.
    let calls: [Int32]
    /// Which attempt of a retry it is, where its name says.
    let attempts: [Int?]
    private let keys: [GroupKey]

    static func groups(in snapshot: StoreSnapshot) throws -> Groups {
        let fields = try ["service", "name"].map { try FieldName($0, in: snapshot) }
        let meanings: [OperationField] = [.primitiveName, .errorType, .executionStatus]
        return Groups(fields + (try meanings.map { try FieldName($0, in: snapshot) }), keepsEmpty: true, in: snapshot)
    }

    /// - Parameters:
    ///   - keys: Of ``groups(in:)``, as far as they are known.
    ///   - groups: Those that occur; others are nothing. In a file with a name a span all together would be too many for each block.
    init(_ keys: [GroupKey], of groups: [Int32]) {
        self.keys = keys
        var numbers: [[String?]: Int32] = [:]
        var roles = [Role?](repeating: nil, count: keys.count)
        var calls = [Int32](repeating: -1, count: keys.count)
        var attempts = [Int?](repeating: nil, count: keys.count)
        for group in groups where group >= 0 && calls[Int(group)] < 0 {
            let (place, key) = (Int(group), keys[Int(group)])
            let texts = key.map { $0?.scalarText }
            let name = texts[1] ?? ""
            let role = Self.role(name, error: texts[3], status: texts[4])
            let parts = name.split(separator: ".")
            let call = [texts[0], role == nil ? name : parts.dropLast().joined(separator: ".")]
            roles[place] = role
            calls[place] = numbers[call] ?? Int32(numbers.count)
            numbers[call] = calls[place]
            attempts[place] = parts.last?.split(separator: "_").last.flatMap { Int($0) }
        }
        (self.roles, self.calls, self.attempts) = (roles, calls, attempts)
    }

    /// The primitive's name, else the span's.
    func label(_ group: Int32) -> String {
        let key = keys[Int(group)]
        return key[2]?.scalarText ?? key[1]?.scalarText ?? ""
    }

    private static func role(_ name: String, error: String?, status: String?) -> Role? {
        let parts = name.split(separator: ".")
        guard let last = parts.last else { return nil }
        switch parts.dropLast().last {
        case "retry" where last.hasPrefix("attempt"): return .attempt
        case "fallback" where last == "primary": return .primary
        case "fallback" where last == "fallback": return .alternative
        case "saga" where last == "forward": return .forward
        case "saga" where last == "compensation": return .compensation
        case "circuit_breaker" where last == "execute": return .breaker(isRefused: error == "CircuitOpenError")
        case "timeout" where last == "execute":
            return .timeout(isOver: status == "timeout" || error == "TimeoutError")
        default: return nil
        }
    }
}

private struct RecoverySums: Sendable {
    struct Key: Hashable {
        let kind: Recovery.Kind
        let name: String
    }

    private(set) var runs = 0
    private(set) var sums: [Key: Recovery.Sum] = [:]

    init() {}

    init(_ shape: RunShape) {
        let roles = RecoveryRoles(shape.keys[0], of: shape.groups[0])
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

    private func role(_ place: Int) -> RecoveryRoles.Role? { roles.roles[Int(shape.groups[0][place])] }

    private func call(_ place: Int) -> Int32 { roles.calls[Int(shape.groups[0][place])] }

    private func attempt(_ place: Int) -> Int? { roles.attempts[Int(shape.groups[0][place])] }

    private mutating func add(_ kind: Recovery.Kind, _ named: Int, _ sum: Recovery.Sum) {
        var sum = sum
        sum.executions = 1
        if sum.used > 0 { sum.keep(example) }
        executions.append((RecoverySums.Key(kind: kind, name: roles.label(shape.groups[0][named])), sum))
    }

    /// What one span tells.
    private mutating func addAlone(_ place: Int) {
        var sum = Recovery.Sum()
        sum.succeeded = shape.isError[place] ? 0 : 1
        switch role(place) {
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

    /// What the children of one span, by start, tell together. They are called as their parent is, the primitive that recovers.
    private mutating func addTogether(_ children: [Int], parent: Int?) {
        // Most spans have nothing to do with recovery.
        guard children.contains(where: { role($0) != nil || shape.isError[$0] }) else { return }
        func all(_ isWanted: (RecoveryRoles.Role) -> Bool) -> [Int] {
            children.filter { role($0).map(isWanted) ?? false }
        }
        let attempts = all { if case .attempt = $0 { true } else { false } }
        /// Whether an attempt's number is greater than that of the one before, where their names say them.
        func isNext(_ place: Int, _ last: Int) -> Bool {
            guard let number = attempt(place), let before = attempt(last) else { return true }
            return number > before
        }
        for chain in chains(attempts, isNext: isNext) {
            add(.retry, parent ?? chain[0], self.attempts(chain))
        }
        let ways = all {
            switch $0 {
            case .primary, .alternative: true
            default: false
            }
        }
        for pair in pairs(ways, isSecond: { if case .alternative = role($0) { true } else { false } }) {
            add(.fallback, parent ?? pair.all[0], takenOver(pair.first, by: pair.second, isSaga: false))
        }
        let steps = all {
            switch $0 {
            case .forward, .compensation: true
            default: false
            }
        }
        for pair in pairs(steps, isSecond: { if case .compensation = role($0) { true } else { false } }) {
            add(.saga, parent ?? pair.all[0], takenOver(pair.first, by: pair.second, isSaga: true))
        }
        let others = children.filter { role($0) == nil }
        if others.contains(where: { shape.isError[$0] }) {
            for chain in chains(others, isNext: { _, _ in true }) where chain.count > 1 {
                add(.repeated, chain[0], self.attempts(chain))
            }
        }
    }

    /// Spans of one kind of call, each after one that failed and had ended.
    ///
    /// - Parameters:
    ///   - places: By start.
    ///   - isNext: Whether the first may follow the second besides.
    private func chains(_ places: [Int], isNext: (Int, Int) -> Bool) -> [[Int]] {
        var chains: [[Int]] = []
        // Of each kind of call the chain that is not ended.
        var open: [Int32: Int] = [:]
        for place in places {
            let call = call(place)
            if let chain = open[call], let last = chains[chain].last, shape.isError[last],
                let end = shape.ends[last], end <= shape.starts[place], isNext(place, last)
            {
                chains[chain].append(place)
            } else {
                open[call] = chains.count
                chains.append([place])
            }
        }
        return chains
    }

    private struct Pair {
        let first: [Int]
        let second: [Int]
        var all: [Int] { first + second }
    }

    /// Each that came first with the one that took over, where one did before the next came.
    private func pairs(_ places: [Int], isSecond: (Int) -> Bool) -> [Pair] {
        var pairs: [Pair] = []
        // By what the names have in common.
        var open: [Int32: Int] = [:]
        for place in places {
            let call = call(place)
            if isSecond(place), let known = open.removeValue(forKey: call) {
                pairs[known] = Pair(first: pairs[known].first, second: [place])
            } else {
                if !isSecond(place) { open[call] = pairs.count }
                pairs.append(isSecond(place) ? Pair(first: [], second: [place]) : Pair(first: [place], second: []))
            }
        }
        return pairs
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
}
