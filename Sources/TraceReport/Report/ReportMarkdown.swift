extension ReportDocument {
    /// As Markdown, with the tables of GitHub's.
    package func markdown(_ style: TextStyle) -> String {
        var parts = ["# \(title)", subtitle]
        for block in blocks {
            switch block {
            case .heading(let text, let isPart): parts.append((isPart ? "### " : "## ") + text)
            case .text(let text): parts.append(text)
            case .list(let items): parts.append(items.map { "- " + $0 }.joined(separator: "\n"))
            case .table(let table): parts.append(Self.table(table, style))
            case .columns(let text): parts.append(Self.fenced(text))
            case .picture(let picture): parts.append(Self.fenced(picture.text))
            case .panels(let panels):
                for panel in panels {
                    parts += ["### \(panel.title)", Self.fenced(panel.picture.text), "`\(panel.command)`"]
                }
            case .command(let command): parts.append("`\(command)`")
            }
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func table(_ table: ResultTable, _ style: TextStyle) -> String {
        var writer = RowWriter(table.columns, format: .markdown, style: style)
        var text = writer.begin()
        for row in table.rows { text += writer.row(row) }
        return (text + writer.end().text).trimmingNewlines
    }

    /// In a fence that is longer than any in the text.
    private static func fenced(_ text: String) -> String {
        var fence = "```"
        while text.contains(fence) { fence += "`" }
        return fence + "\n" + text.trimmingNewlines + "\n" + fence
    }
}

extension String {
    fileprivate var trimmingNewlines: String {
        var text = self[...]
        while text.last == "\n" { text = text.dropLast() }
        return String(text)
    }
}
