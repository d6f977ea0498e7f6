import TraceQuery

extension ConnectionGraph {
    /// The graph in Graphviz' language (https://graphviz.org/doc/info/lang.html).
    package var dot: String {
        let graph = DrawnGraph(self)
        var lines = [
            "digraph {", "  node [shape=box, style=rounded, fontname=\"sans-serif\"];",
            "  edge [fontname=\"sans-serif\", fontsize=10];",
        ]
        lines += graph.names.enumerated().map { "  n\($0) [label=\(dotText($1))];" }
        lines += graph.edges.map { edge in
            var attributes = ["label=" + dotText([edge.says, edge.latency])]
            switch edge.connection.type {
            case .calls: break
            case .sequential: attributes.append("style=dashed")
            case .parallel: attributes.append("style=bold")
            }
            if edge.connection.errors > 0 { attributes.append("color=\"#b42318\", fontcolor=\"#b42318\"") }
            return "  n\(edge.source) -> n\(edge.target) [\(attributes.joined(separator: ", "))];"
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// The graph as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html).
    package var mermaid: String {
        let graph = DrawnGraph(self)
        var lines = ["flowchart TD"]
        lines += graph.names.enumerated().map { "  n\($0)[\"\(mermaidText($1))\"]" }
        lines += graph.edges.map { edge in
            let arrow =
                switch edge.connection.type {
                case .calls: "-->"
                case .sequential: "-.->"
                case .parallel: "==>"
                }
            let label = [edge.says, edge.latency].filter { !$0.isEmpty }.map(mermaidText).joined(separator: "<br/>")
            return "  n\(edge.source) \(arrow)|\"\(label)\"| n\(edge.target)"
        }
        let failing = graph.edges.indices.filter { graph.edges[$0].connection.errors > 0 }.map(String.init)
        if !failing.isEmpty {
            lines.append("  linkStyle \(failing.joined(separator: ",")) stroke:#b42318,color:#b42318")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// How many edges Mermaid draws unless its configuration says more (`maxEdges`).
    package static let mostMermaidEdges = 500
}

/// A quoted string; a backslash would begin an escape of Graphviz' own, an ampersand one of HTML's.
private func dotText(_ lines: String...) -> String { dotText(lines) }

private func dotText(_ lines: [String]) -> String {
    let escaped = lines.filter { !$0.isEmpty }.map { line in
        line.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "&": result += "&amp;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
    return "\"\(escaped.joined(separator: "\\n"))\""
}

/// Text inside quotes: everything that means something to Mermaid, to Markdown or to HTML as an entity code.
private func mermaidText(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
        let isPlain = !scalar.isASCII || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        result += isPlain || " ,./-_".unicodeScalars.contains(scalar) ? String(scalar) : "#\(scalar.value);"
    }
}
