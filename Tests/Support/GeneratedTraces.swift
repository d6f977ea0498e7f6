import TraceModel

/// Traces with everything in them that answers add up, and the ways in which they may arrive.
package struct TraceGenerator {
    private var random: SplitMix64
    private let seed: UInt64

    package init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        self.seed = seed
    }

    package mutating func below(_ bound: Int) -> Int { Int(random.next(upperBound: UInt64(bound))) }

    /// Spans that are finished but for a few, in order of their traces; many start when an hour begins or ends.
    package mutating func traces(_ count: Int, mostSpans: Int = 12) -> [ArrivingSpan] {
        (0..<count).flatMap { number in
            let size = 1 + below(mostSpans)
            return (0..<size).map { sent(UInt64($0 + 1), of: size, trace: seed << 32 | UInt64(number + 1)) }
        }
    }

    private mutating func sent(_ id: UInt64, of size: Int, trace: UInt64) -> ArrivingSpan {
        let hour: UInt64 = 3_600_000
        let start = UInt64(below(4)) * hour + [0, 0, hour - 1, UInt64(below(Int(hour)))][below(4)]
        // No circles; some parents are not there.
        let parent: UInt64? = id == 1 ? nil : below(9) == 0 ? 99 : UInt64(1 + below(Int(id) - 1))
        var attributes: [String: AttributeValue] = [
            "session.id": .string("session \(below(5))"), "step": .int(Int64(id)),
        ]
        switch below(6) {
        case 0:
            attributes["gen_ai.operation.name"] = "chat"
            attributes["llm.prompt_tokens"] = .int(Int64(below(1000)))
            attributes["llm.completion_tokens"] = .int(Int64(below(1000)))
        case 1:
            attributes["gen_ai.operation.name"] = "invoke_agent"
            attributes["llm.prompt_tokens"] = .int(Int64(below(1000)))
        case 2: attributes["cache.hit"] = .bool(below(2) == 0)
        case 3: attributes["execution.status"] = .string(["success", "error"][below(2)])
        case 4: attributes["text"] = .string(String(repeating: "long text \(below(3)) ", count: 60))
        default: break
        }
        let end: UInt64? = below(25) == 0 ? nil : below(25) == 0 ? start / 2 : start + UInt64(below(5000))
        let status = [0, 0, 0, 1, 2][below(5)]
        return ArrivingSpan(
            ["shop", "bank", "post", nil][below(4)],
            span(
                id, trace: trace, parent: parent, "work \(below(4))", from: start, to: end, status: Int32(status),
                attributes))
    }

    /// In another order, some twice, some first unfinished under another name.
    package mutating func delivery(of spans: [ArrivingSpan]) -> [ArrivingSpan] {
        var order: [(place: UInt64, sent: ArrivingSpan)] = []
        for sent in spans {
            let place = random.next() >> 1
            order.append((place, sent))
            if below(5) == 0, sent.span.endNanos != 0 { order.append((place + random.next() >> 2, sent)) }
            if below(5) == 0, sent.span.endNanos != 0 {
                var early = sent.span
                early.endNanos = 0
                early.name = "not yet known"
                early.attributes = []
                order.append((place / 2, ArrivingSpan(sent.service, early)))
            }
        }
        return order.sorted { $0.place < $1.place }.map(\.sent)
    }

    /// Pieces of up to `most`, in order.
    package mutating func pieces(of spans: [ArrivingSpan], most: Int) -> [[ArrivingSpan]] {
        var (pieces, rest): ([[ArrivingSpan]], ArraySlice<ArrivingSpan>) = ([], spans[...])
        while !rest.isEmpty {
            let size = 1 + below(most)
            pieces.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return pieces
    }
}

extension SpanBatch {
    /// One group a run of spans of one service.
    package init(_ sent: some Sequence<ArrivingSpan>) {
        self.init()
        for sent in sent {
            var resource = Resource()
            if let service = sent.service { resource.attributes = [Attribute("service.name", .string(service))] }
            if groups.last?.resource != resource {
                groups.append(SpanGroup(resource: resource, scope: Scope(), spans: []))
            }
            groups[groups.count - 1].spans.append(sent.span)
        }
    }
}
