import TTAPrimitives
import TraceExport
import TraceModel

/// A live agent system, from which a store is filled: a support desk on the morning of 20 November 2026 (UTC). In its second hour a
/// new release of one service goes to half of the customers; the model that it asks has a quota, which is used up.
///
/// The agents, tools and models are made of ``TTAPrimitives`` and really run, on a clock that jumps over the time in which
/// everybody waits. The same spans and metric points every time.
package struct Demo: Sendable {
    /// How often a question is answered.
    package let runs: Int
    private let seed: UInt64

    /// - Parameters:
    ///   - runs: How often a question is answered: 1 or more.
    ///   - seed: Of all that is left to chance.
    package init(runs: Int = 1_000, seed: UInt64 = 20_261_120) {
        self.runs = runs
        // Each number of runs is a story of its own, so that two of them in one store have no ids in common.
        self.seed = seed &+ UInt64(truncatingIfNeeded: runs - 1_000)
    }

    /// 2026-11-20 09:00 UTC, in nanoseconds since 1970.
    private static let startNanos: UInt64 = 1_795_165_200_000_000_000
    private static let second: UInt64 = 1_000_000_000
    /// In which conversations begin.
    private static let length: UInt64 = 7_000 * second
    private static let releaseStart = startNanos + 4_800 * second
    /// Between writings to the store.
    private static let flushInterval: UInt64 = 300 * second

    /// Runs the system, whose services write to the store.
    ///
    /// - Throws: ``StoreFailure``.
    package func fill(store path: String) throws {
        let time = VirtualTime(startNanos: Self.startNanos)
        let services = try DemoServices(store: path, seed: seed, time: time)
        let random = DemoRandom(seed: seed)
        let desk = SupportDesk(services, random)
        let old = desk.triage(services.workflows, .large)
        let new = desk.triage(services.newWorkflows, .largeTwo)
        let conversations = conversations(random)
        var flushDue = Self.startNanos + Self.flushInterval
        try time.run { now in
            while now >= flushDue {
                try services.flush()
                flushDue += Self.flushInterval
            }
        } _: {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for conversation in conversations {
                    group.addTask {
                        let triage = conversation.isNew ? new : old
                        try await hold(conversation, time, random, services.orchestrator, triage)
                    }
                }
                try await group.waitForAll()
            }
        }
        try services.shutdown()
    }

    private func conversations(_ random: DemoRandom) -> [Conversation] {
        var conversations: [Conversation] = []
        var left = runs
        while left > 0 {
            let topic = random.pick(Topic.allCases)
            let turns = min(left, 1 + random.next(below: topic.turns.count))
            let start = Self.startNanos + UInt64(random.next() * Double(Self.length))
            let isNew = start >= Self.releaseStart && random.happens(percent: 50)
            conversations.append(
                Conversation(
                    number: conversations.count, topic: topic, turns: turns, startNanos: start,
                    customer: "customer-\(random.next(below: 160))", order: "\(4_000 + random.next(below: 3_000))",
                    isNew: isNew))
            left -= turns
        }
        return conversations
    }

    /// One question after the other. Who gets no answer asks the next one all the same.
    private func hold(
        _ conversation: Conversation, _ time: VirtualTime, _ random: DemoRandom, _ service: DemoService,
        _ triage: Agent<Turn, String>
    ) async throws {
        try await time.sleep(untilNanos: conversation.startNanos)
        var history: [ModelMessage] = []
        for number in 0..<conversation.turns {
            let turn = conversation.turn(number, after: history, random)
            let context = conversation.context(number, time)
            let answer: String
            do {
                answer = try await service.running { try await triage.execute(turn, in: context) }
            } catch {
                // What happened is in the store, in the spans of the run that failed.
                answer = "I am sorry, please ask again later."
            }
            history += [ModelMessage(.user, turn.question), ModelMessage(.assistant, answer)]
            try await time.sleep(for: random.around(40_000))
        }
    }
}

/// One customer with one concern.
private struct Conversation: Sendable {
    let number: Int
    let topic: Topic
    let turns: Int
    let startNanos: UInt64
    let customer: String
    let order: String
    /// Whether the newer release answers.
    let isNew: Bool

    func turn(_ number: Int, after history: [ModelMessage], _ random: DemoRandom) -> Turn {
        func filled(_ text: String) -> String {
            text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: order)
        }
        let (questions, answer) = topic.turns[number]
        return Turn(
            topic: topic, customer: customer, order: order, question: filled(random.pick(questions)), history: history,
            answer: filled(answer))
    }

    func context(_ turn: Int, _ time: VirtualTime) -> WorkflowContext {
        let run = "session-\(number)/\(turn + 1)"
        var context = WorkflowContext(
            workflowID: run, workflowName: topic.rawValue, sessionID: "session-\(number)", playerID: customer,
            correlationID: run, clock: time)
        context.objectives = [ServiceObjective(.workflow(topic.rawValue), target: 0.99, threshold: .seconds(5))]
        return context
    }
}
