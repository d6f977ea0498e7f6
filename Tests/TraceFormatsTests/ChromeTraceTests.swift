import JSONText
import TestSupport
import Testing
import TraceFormats
import TraceModel

@Suite struct ChromeTrace {
    private func events(_ groups: [SpanGroup]) throws -> [JSONValue] {
        let trace = try #require(groups.first?.spans.first?.traceID)
        let json = try JSONValue(parsing: String(decoding: ChromeTraceEncoder.encode(trace, groups), as: UTF8.self))
        return try #require(json["traceEvents"]?.array)
    }

    private func group(_ service: String?, _ spans: [TraceSpan]) -> SpanGroup {
        batch(service: service, spans).groups[0]
    }

    @Test func givesTimesAndArgumentsToTheNanosecond() throws {
        var root = span(1, "root", from: 0, to: 5, status: 2, ["n": 1])
        root.endNanos += 7
        root.attributes.append(Attribute("n", "again"))
        var child = span(2, parent: 1, "child", from: 1, to: nil)
        child.startNanos += 1
        var event = SpanEvent()
        event.name = "thought"
        event.timeNanos = milliseconds(2)
        child.events = [event]
        let events = try events([group("a", [root]), group("b", [child])])
        let texts = events.map(\.text)
        #expect(
            texts == [
                #"{"ph":"M","name":"process_name","pid":1,"tid":0,"args":{"name":"a"}}"#,
                #"{"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"lane 1"}}"#,
                #"{"ph":"X","name":"root","pid":1,"tid":1,"cat":"span,error","ts":0.000,"dur":5000.007,"cname":"terrible","args":{"span:id":"0000000000000001","kind":"unspecified","status":"error","n":1,"n#2":"again"}}"#,
                #"{"ph":"M","name":"process_name","pid":2,"tid":0,"args":{"name":"b"}}"#,
                #"{"ph":"M","name":"thread_name","pid":2,"tid":1,"args":{"name":"lane 1"}}"#,
                #"{"ph":"X","name":"child","pid":2,"tid":1,"cat":"span","ts":1000.001,"dur":0.000,"args":{"span:id":"0000000000000002","span:parentID":"0000000000000001","kind":"unspecified","status":"unset","unfinished":true}}"#,
                #"{"ph":"i","name":"thought","pid":2,"tid":1,"ts":2000.000,"s":"t","args":{}}"#,
            ])
    }

    @Test func putsSpansThatOverlapAndAreNotNestedOnLanesOfTheirOwn() throws {
        let spans = [
            span(1, "root", to: 100), span(2, parent: 1, "left", from: 10, to: 50),
            span(3, parent: 1, "right", from: 20, to: 40), span(4, parent: 2, "below left", from: 20, to: 30),
            span(5, parent: 1, "later", from: 60, to: 70),
            span(6, parent: 1, "longer than its parent", from: 80, to: 120),
        ]
        let lanes = try events([group("a", spans)]).filter { $0["ph"]?.string == "X" }.map {
            "\($0.text("name")) \(Int($0.number("tid")))"
        }
        #expect(
            lanes == [
                "root 1", "left 1", "right 2", "below left 1", "later 1", "longer than its parent 2",
            ])
    }

    /// What the viewer needs: on one lane two spans are apart, or the one is above the other in the trace and around it.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func neverHidesASpan(_ seed: UInt64) throws {
        var generator = TraceGenerator(seed: seed)
        let trace = generator.traces(1, mostSpans: 60)
        let spans = trace.map(\.span)
        let parents = Dictionary(uniqueKeysWithValues: spans.map { ($0.spanID.hex, $0.parent?.hex) })
        let drawn = try events(spans.map { group("a", [$0]) }).filter { $0["ph"]?.string == "X" }
        #expect(drawn.count == spans.count)
        func isAbove(_ a: String, _ b: String) -> Bool {
            var next = parents[b] ?? nil
            while let id = next {
                if id == a { return true }
                next = parents[id] ?? nil
            }
            return false
        }
        for (place, first) in drawn.enumerated() {
            for second in drawn[(place + 1)...] where first.number("tid") == second.number("tid") {
                let (a, b) = (first.number("ts"), second.number("ts"))
                let (endA, endB) = (a + first.number("dur"), b + second.number("dur"))
                if endA <= b || endB <= a { continue }
                let (idA, idB) = (first["args"]?.text("span:id") ?? "", second["args"]?.text("span:id") ?? "")
                #expect(isAbove(idA, idB) && a <= b && endA >= endB - 0.001)
            }
        }
    }

    @Test func endsInACircleOfParents() throws {
        let spans = [span(1, parent: 2), span(2, parent: 1), span(3, parent: 3)]
        #expect(try events([group(nil, spans)]).count { $0["ph"]?.string == "X" } == 3)
    }
}
