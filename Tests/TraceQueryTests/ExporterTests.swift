import TestSupport
import Testing
import TraceFormats
import TraceModel
import TraceQuery
import TraceStore

/// Captures of instrumentations that ran against a model server whose answers are known: what it said is what must be
/// shown and counted. `Tests/Samples/exporters/README.md` says what made each.
@Suite struct OtherExporters {
    private func ask<Answer>(_ name: String, _ body: (StoreSnapshot) throws -> Answer) throws -> Answer {
        let folder = try TemporaryFolder()
        let path = folder.path("e.db")
        let writer = try StoreWriter(path: path)
        let input = Input(name: name, path: Sample.path("exporters/\(name).pb.gz"))
        var failures: [InputError] = []
        try PayloadReader(input).forEach { payload in
            if case .spans(let batch) = payload { try writer.add(batch) }
        } failure: {
            failures.append($0)
        }
        try writer.finish()
        #expect(failures.isEmpty)
        return try Store(path: path).read(body)
    }

    /// Calls, prompt and completion tokens, and cost as the server has them.
    @Test(
        arguments: [
            ("traceloop-sdk", 4, 306, 36, nil), ("litellm", 5, 313, 36, 0.000705415), ("strands", 3, 203, 23, nil),
        ] as [(String, Int, Int64, Int64, Double?)])
    func countEachCallOnce(
        _ name: String, _ calls: Int, _ prompt: Int64, _ completion: Int64, _ cost: Double?
    ) throws {
        let totals = try ask(name) { try TokenUse(by: [], window: .all, in: $0) }.rows.map(\.totals)
        #expect(totals.map(\.calls) == [calls])
        #expect(totals.map(\.promptTokens) == [prompt])
        #expect(totals.map(\.completionTokens) == [completion])
        if let cost {
            let sum = try #require(totals.first?.costUSD)
            #expect(abs(sum - cost) < 1e-12)
        }
    }

    /// Every capture asks for the weather in Paris and Rome, with a tool call each, and has a call that fails with 429.
    @Test(arguments: ["traceloop-sdk", "litellm", "strands", "openinference"])
    func showToolCallsResultsAndTheFailure(_ name: String) throws {
        let runs = try ask(name) { snapshot in
            try RunList(window: .all, in: snapshot).runs.map { RunConversation(try snapshot.trace($0.traceID)) }
        }
        let parts = runs.flatMap(\.turns).flatMap { $0.newInput + $0.output }.flatMap(\.parts)
        var cities: [String] = []
        var results = 0
        for part in parts {
            if case .toolCall(_, "get_weather", let arguments) = part {
                cities.append(arguments.contains("Paris") ? "Paris" : "Rome")
            }
            if case .toolResult = part { results += 1 }
            if case .text(let text) = part { #expect(!text.hasPrefix("[{"), "parts are read, not shown as JSON") }
        }
        #expect(cities.contains("Paris"))
        #expect(results > 0)
        let errors = runs.flatMap { $0.turns.compactMap(\.stored.errorText) + $0.errors.compactMap(\.errorText) }
        #expect(errors.contains { $0.contains("quota of the day") || $0.contains("daily rate limit") })
    }
}

@Suite struct ErrorTexts {
    private func text(_ status: String, _ attributes: [String: AttributeValue]) throws -> String? {
        var one = span(1, status: 2, attributes)
        one.status.message = status
        return try withStore([one]) { try $0.trace(TraceID(high: 0, low: 1)).first?.errorText }
    }

    @Test func nameTheTypeOnceAndLeaveTracebacksOut() throws {
        #expect(try text("RateLimitError: 429", ["error.type": "openai.RateLimitError"]) == "RateLimitError: 429")
        #expect(try text("429", ["error.type": "openai.RateLimitError"]) == "RateLimitError: 429")
        #expect(try text("ValueError('x')Traceback (most recent call last):\n a", [:]) == "ValueError('x')")
        #expect(try text("", ["error.type": "Timeout"]) == "Timeout")
        #expect(try text("", ["http.response.status_code": 503]) == "HTTP 503")
        #expect(try text("", [:]) == "failed, no message")
    }
}
