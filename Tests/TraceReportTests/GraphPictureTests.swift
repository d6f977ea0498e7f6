import Foundation
import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceReport

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct GraphPictures {
    /// A root that calls each name; names that mean something to Graphviz, Mermaid, HTML or XML.
    private func graph(_ names: [String]) throws -> ConnectionGraph {
        let children = names.enumerated().map { place, name in span(UInt64(place + 2), parent: 1, name) }
        return try graph([span(1, "root")] + children)
    }

    private func graph(_ spans: [TraceSpan]) throws -> ConnectionGraph {
        let named = spans.map { span in
            var span = span
            span.attributes.append(Attribute("agent.type", .string(span.name)))
            return span
        }
        return try withStore(named) { try ConnectionGraph(of: .agents, window: .all, in: $0) }
    }

    /// Rendered by Mermaid 11 and Graphviz 2.43: both show the names as they are.
    @Test func escapeWhatMeansSomethingToTheLanguage() throws {
        let graph = try graph([#"a"b]|{}\n &amp; #35; `x`: <b>"#])
        #expect(
            graph.mermaid.contains(
                #"n0["a#34;b#93;#124;#123;#125;#92;n #38;amp#59; #35;35#59; #96;x#96;#58; #60;b#62;"]"#))
        #expect(graph.dot.contains(#"n0 [label="a\"b]|{}\\n &amp;amp; #35; `x`: <b>"];"#))
    }

    @Test func areWellFormedXMLWithoutScripts() throws {
        let names = ["<script>alert(1)</script>", "a&b\"c'", "]]>", "\u{1B}[31m", "line\nbreak", "\u{FFFE}", "漢字"]
        let svg = try graph(names).svg
        let parser = XMLParser(data: Data(svg.utf8))
        let texts = Texts()
        parser.delegate = texts
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(!texts.elements.contains("script"))
        #expect(texts.titles.contains("<script>alert(1)</script>"))
        #expect(texts.titles.contains(#"line\nbreak"#))
    }

    @Test func areTheSameForTheSameGraph() throws {
        let names = (0..<40).map { "node \($0)" }
        #expect(try graph(names).svg == graph(names.reversed()).svg)
    }

    /// Boxes neither overlap nor leave the page, in a graph with circles and a layer wider than the page.
    @Test func keepBoxesApartAndOnThePage() throws {
        var spans = [span(1, "root")]
        for place in 2...30 {
            spans.append(span(UInt64(place), parent: UInt64(place / 3 + 1), "name number \(place % 17)"))
        }
        let parser = XMLParser(data: Data(try graph(spans).svg.utf8))
        let texts = Texts()
        parser.delegate = texts
        #expect(parser.parse())
        let boxes = texts.boxes
        #expect(boxes.count == 18)
        for (place, box) in boxes.enumerated() {
            #expect(box.minX >= 0 && box.maxX <= 800)
            for other in boxes[(place + 1)...] { #expect(!box.intersects(other)) }
        }
    }

    @Test func openANodeWhereItHangsHighestAndMarkCircles() throws {
        let spans = [
            span(1, "a"), span(2, parent: 1, "b"), span(3, parent: 2, "c"), span(4, parent: 3, "a"),
            span(5, parent: 1, "c", status: 2), span(6, parent: 3, "c"), span(7, parent: 5, "d"),
        ]
        #expect(
            try graph(spans).tree(.plain) == """
                a
                ├─ b       1 call    50%           p95 10 ms
                │  └─ c ↑  1 call   100%           p95 10 ms
                └─ c       1 call    50%  1 error  p95 10 ms
                   ├─ a ↻  1 call  33.3%           p95 10 ms
                   ├─ c ↻  1 call  33.3%           p95 10 ms
                   └─ d    1 call  33.3%           p95 10 ms

                """)
    }

    /// What an SVG says, by an XML parser.
    private final class Texts: NSObject, XMLParserDelegate {
        private(set) var elements: [String] = []
        private(set) var titles: [String] = []
        private(set) var boxes: [CGRect] = []
        private var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements.append(name)
            text = ""
            func number(_ key: String) -> Double { attributes[key].flatMap(Double.init) ?? .nan }
            if name == "rect", attributes["class"] == nil {
                boxes.append(CGRect(x: number("x"), y: number("y"), width: number("width"), height: number("height")))
            }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            if name == "title" { titles.append(text) }
        }
    }
}
