import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceStore

@testable import TraceReport

@Suite struct Markup {
    /// Signs of markup that are one character with what stands before or behind them.
    @Test(arguments: [
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"), ("\u{0600}<img", "\u{0600}&lt;img"),
        ("\"\u{0301} onerror", "&quot;\u{0301} onerror"), ("\u{FFFE}\u{1}", "\u{FFFD}\u{FFFD}"),
    ])
    func isEscapedScalarByScalar(_ text: String, _ escaped: String) {
        #expect(text.escapedForMarkup.unicodeScalars.elementsEqual(escaped.unicodeScalars))
    }

    @Test func aPageAndItsPicturesHaveNoMarkupOfOthers() throws {
        let evil = "\u{0600}<img src=x onerror=alert(1)>\"\u{0301}' & `code`"
        let spans = (1...40 as ClosedRange<UInt64>).map { id in
            span(
                id, trace: id, evil, from: id * 1000, to: id * 1000 + 10, status: id > 20 ? 2 : 0,
                [
                    "workflow.name": .string(evil), "primitive.name": .string(evil), "llm.model_name": .string(evil),
                    "llm.prompt_tokens": .int(id > 20 ? .max : 5), "error.type": .string(evil),
                    "llm.cost_usd": .double(id > 20 ? 1e300 : 0.5),
                ])
        }
        let pages = try withStore(spans) { snapshot in
            let style = TextStyle.plain
            let range = try #require(try snapshot.startRange())
            let review = try ActivityReview(
                range.lowerBound..<range.upperBound + 1, level: .usual, in: snapshot)
            let report = ActivityReport(review, of: .all, style: style) { $0 }
            let postmortem = try Postmortem(
                incident: TimeWindow(from: milliseconds(21_000), to: nil), baseline: nil,
                levels: [.usual], in: snapshot)
            let other = PostmortemReport(postmortem, config: "a b.yaml", style: style) { $0 }
            let flame = try FlameGraph(
                .tokens, by: [FieldName("name", in: snapshot)], window: .all, in: snapshot)
            return [
                try report.document(of: evil, in: snapshot).html(style),
                try other.document(of: evil, in: snapshot).html(style), flame.svg,
            ]
        }
        for page in pages {
            let scalars = Array(page.unicodeScalars)
            for (place, scalar) in scalars.enumerated() where scalar == "<" {
                let next = String(String.UnicodeScalarView(scalars[place + 1..<min(place + 4, scalars.count)]))
                #expect(next != "img", "\(place)")
            }
            #expect(!page.contains("nan") && !page.contains("inf\""))
        }
        #expect(pages[1].contains("--config &#39;a b.yaml&#39;"))
    }

    @Test(
        arguments: [
            (0.0, 0), (.nan, 0), (1e300, .max), (-1e300, .min), (2.5, 3), (-2.4, -2),
        ] as [(Double, Int64)])
    func wholeNumbersAreTheNearestThatThereAre(_ value: Double, _ nearest: Int64) {
        #expect(Int64(nearest: value) == nearest)
    }
}
