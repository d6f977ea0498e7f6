import TestSupport
import TraceModel

/// What befalls a store, step by step.
struct StoreLife: CustomStringConvertible, Sendable {
    enum Step: Sendable {
        /// By the first or the second of two writers.
        case add([SentSpan], writer: Int = 0)
        /// The first writer makes the file whole, and goes on.
        case finish
        /// Both writers finish, and two new ones take their places.
        case newSession
        case retain(endingSince: UInt64)
        case compact
    }

    let name: String
    let steps: [Step]

    var description: String { name }

    static let all = copies + orders + removals + crowds
}

/// Five spans of three services: a root, a step, a model call in it, a look-up, and one whose parent is never sent.
private func trace(_ number: UInt64, from start: UInt64? = nil) -> [SentSpan] {
    let start = start ?? 100 * number
    let status: Int32 = number.isMultiple(of: 3) ? 2 : 0
    let spans = [
        span(1, trace: number, "root", from: start, to: start + 50 + number, status: status),
        span(2, trace: number, parent: 1, "step \(number % 2)", from: start + 1, to: start + 20, status: status),
        span(
            3, trace: number, parent: 2, "chat", from: start + 2, to: start + 10,
            ["openinference.span.kind": "LLM", "llm.prompt_tokens": .int(Int64(number))]),
        span(
            4, trace: number, parent: 1, "look-up", from: start + 30, to: start + 31,
            ["cache.hit": .bool(number.isMultiple(of: 2)), "session.id": .string("session \(number)")]),
        span(5, trace: number, parent: 99, "orphan", from: start + 40, to: number.isMultiple(of: 4) ? nil : start + 45),
    ]
    return zip(["shop", "shop", "model", "cache", "shop"], spans).map { SentSpan(service: $0, span: $1) }
}

private func traces(_ numbers: ClosedRange<UInt64>) -> [SentSpan] { numbers.flatMap { trace($0) } }

/// One at each hour, and each third goes on for two hours.
private func hourly(_ hours: ClosedRange<UInt64>) -> [SentSpan] {
    hours.flatMap { hour in
        var spans = trace(hour, from: hour * 3_600_000 - 20)
        if hour.isMultiple(of: 3) { spans[0].span.endNanos += 2 * 3_600_000_000_000 }
        return spans
    }
}

extension [SentSpan] {
    /// The same spans before they ended: they say less, and less sure.
    fileprivate var unfinished: [SentSpan] {
        map {
            var open = $0
            open.span.endNanos = 0
            open.span.status.code = 0
            open.span.name += ", open"
            open.span.attributes = open.span.attributes.filter { $0.key != "llm.prompt_tokens" }
            return open
        }
    }

    /// Those of some places in each trace.
    fileprivate func only(_ ids: UInt64...) -> [SentSpan] { filter { ids.contains($0.span.spanID.value) } }
}

extension StoreLife {
    private static let copies = [
        StoreLife(
            name: "spans sent again, in the batch, in a later one and in a later session",
            steps: [
                .add(traces(1...5) + traces(1...3)), .add(traces(3...6)), .newSession, .add(traces(1...8)), .newSession,
                .add(traces(1...8)),
            ]),
        StoreLife(
            name: "spans that end in the same batch",
            steps: [.add(traces(1...9).unfinished + traces(1...9) + traces(1...9).unfinished)]),
        StoreLife(
            name: "spans that end in a later batch",
            steps: [.add(traces(1...9).unfinished), .add(traces(2...4)), .add(traces(1...9).reversed())]),
        StoreLife(
            name: "spans that end in a later session",
            steps: [
                .add(traces(1...9).unfinished), .newSession, .add(traces(2...4)), .newSession,
                .add(traces(1...9).only(3, 1)), .add(traces(1...9)),
            ]),
        StoreLife(
            name: "spans that end before they start",
            steps: [
                .add([SentSpan(service: "shop", span: span(1, "early", from: 9, to: 3))] + traces(2...3)), .newSession,
                .add([SentSpan(service: nil, span: span(2, parent: 1, "late", from: 9, to: 4))]),
            ]),
    ]

    private static let orders = [
        StoreLife(
            name: "children in earlier batches than their parents",
            steps: [.add(traces(1...9).only(3)), .add(traces(1...9).only(2, 4)), .add(traces(1...9).only(1, 5))]),
        StoreLife(
            name: "children in earlier sessions than their parents",
            steps: [
                .add(traces(1...9).only(3)), .newSession, .add(traces(1...9).only(2, 4)), .newSession,
                .add(traces(1...9).only(1, 5)),
            ]),
        StoreLife(
            name: "late spans of sealed traces, from one writer that goes on after it has finished",
            steps: [
                .add(traces(1...9).only(1, 2)), .finish, .add(traces(4...6).only(3, 4)), .finish, .finish,
                .add(traces(1...9)), .finish, .add(traces(9...10)),
            ]),
        StoreLife(
            name: "two writers in turns",
            steps: [
                .add(traces(1...5).only(1, 4)), .add(traces(3...9).only(2, 3), writer: 1), .add(traces(2...7)),
                .finish, .add(traces(8...11).unfinished, writer: 1), .add(traces(8...12)), .newSession,
                .add(traces(10...14), writer: 1), .add(traces(1...15)),
            ]),
        StoreLife(
            name: "spans that start on whole hours",
            steps: [
                .add((0...9).flatMap { hour in trace(hour + 1, from: hour * 3_600_000) }), .newSession,
                .add((0...9).flatMap { hour in trace(hour + 21, from: hour * 3_600_000) }.reversed()),
            ]),
        StoreLife(
            name: "many traces, a span of each at a time",
            steps: (1...5 as ClosedRange<UInt64>).map { .add(traces(1...60).only($0)) }),
    ]

    private static let half = milliseconds(100 * 21)

    private static let removals = [
        StoreLife(
            name: "the older half removed, and the file made small",
            steps: [.add(traces(1...40)), .retain(endingSince: half), .compact, .compact]),
        StoreLife(
            name: "the older half of many small sessions removed",
            steps: (0..<8).flatMap { [.add(traces($0 * 5 + 1...$0 * 5 + 5)), .newSession] }
                + [.retain(endingSince: half), .add(traces(30...45)), .compact, .add(traces(41...50))]),
        StoreLife(
            name: "late spans of removed traces",
            steps: [
                .add(traces(1...40)), .retain(endingSince: half), .add(traces(3...5).only(2, 3)), .compact,
                .add(traces(3...6)), .newSession, .retain(endingSince: milliseconds(100 * 31)), .newSession,
                .add(traces(1...40)),
            ]),
        StoreLife(
            name: "hours removed, with runs that last from before into after",
            steps: [
                .add(hourly(1...12)), .newSession, .retain(endingSince: milliseconds(5 * 3_600_000 + 1000)),
                .add(hourly(1...14)), .newSession, .add(hourly(20...24)),
                .retain(endingSince: milliseconds(9 * 3_600_000 + 1000)), .compact, .add(hourly(1...24)),
            ]),
        StoreLife(
            name: "everything removed but one run",
            steps: [
                .add(traces(1...9)), .retain(endingSince: milliseconds(100 * 9)), .add(traces(1...9)), .newSession,
                .add(hourly(2...5)),
            ]),
        StoreLife(
            name: "traces that change between removal and compaction, by another writer",
            steps: [
                .add(traces(1...40)), .retain(endingSince: half), .add(traces(20...30).unfinished, writer: 1),
                .add(traces(38...44), writer: 1), .compact, .add(traces(1...44), writer: 1),
            ]),
    ]

    private static let crowds = [
        StoreLife(
            name: "3,000 names over two sessions",
            steps: [
                .add((1...1500).map { SentSpan(service: "shop", span: span($0, trace: $0 % 9 + 1, "n\($0)", to: $0)) }),
                .newSession,
                .add(
                    (1400...3000).map { SentSpan(service: "shop", span: span($0, trace: $0 % 9 + 1, "n\($0)", to: $0)) }
                ),
            ]),
        StoreLife(
            name: "3,000 contexts over two sessions",
            steps: [
                .add((1...2000).map { inContext($0) }), .newSession, .add((1500...3000).map { inContext($0) }),
                .retain(endingSince: milliseconds(1500)), .compact,
            ]),
    ]

    private static func inContext(_ id: UInt64) -> SentSpan {
        SentSpan(
            service: "shop",
            span: span(
                id, trace: id / 10 + 1, parent: id.isMultiple(of: 10) ? nil : id - 1, from: id, to: id + 5,
                ["session.id": .string("s\(id)"), "user.id": .string("u\(id % 100)")]))
    }
}
