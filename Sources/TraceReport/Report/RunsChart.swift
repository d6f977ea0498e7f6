import TraceModel
import TraceQuery

/// Runs over time, failed and slow ones in their colours, with the incident marked.
struct RunsChart {
    let steps: [Postmortem.Step]
    let incident: TimeWindow
    let style: TextStyle

    private static let width = 900.0
    private static let height = 150.0
    private static let top = 28.0

    var picture: ReportDocument.Picture { ReportDocument.Picture(svg: svg, text: text) }

    private var most: Int { max(1, steps.reduce(0) { max($0, $1.counts.runs) }) }

    private var svg: String {
        let step = Self.width / Double(max(steps.count, 1))
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(SVG.number(Self.width)) \(SVG.number(Self.top + Self.height + 26))" class="chart" role="img" \
            font-family="system-ui, sans-serif" font-size="12">
            """,
            "<title>Runs over time: failed, slow and fine ones; the incident is shaded</title>",
        ]
        for (index, element) in steps.enumerated() {
            let counts = element.counts
            var y = Self.top + Self.height
            for (count, color) in [
                (counts.failed, "failed"), (counts.slow, "slow"), (counts.runs - counts.failed - counts.slow, "fine"),
            ] where count > 0 {
                let height = Double(count) / Double(most) * Self.height
                y -= height
                lines.append(
                    #"<rect x="\#(SVG.number(Double(index) * step + 0.5))" y="\#(SVG.number(y))" width="\#(SVG.number(max(step - 1, 0.5)))" height="\#(SVG.number(height))" fill="var(--\#(color))"/>"#
                )
            }
        }
        if let (from, to) = incidentPlace {
            let (top, bottom) = (SVG.number(Self.top), SVG.number(Self.top + Self.height))
            lines.append(
                #"<rect x="\#(SVG.number(from))" y="\#(top)" width="\#(SVG.number(max(to - from, 1)))" height="\#(SVG.number(Self.height))" fill="var(--failed)" fill-opacity="0.1"/>"#
            )
            for x in [from, to] {
                lines.append(
                    #"<line x1="\#(SVG.number(x))" y1="\#(top)" x2="\#(SVG.number(x))" y2="\#(bottom)" stroke="var(--failed)" stroke-width="1.5"/>"#
                )
            }
        }
        lines += labels
        return (lines + ["</svg>"]).joined(separator: "\n")
    }

    private var labels: [String] {
        let bottom = Self.top + Self.height + 19
        /// - Parameter kind: `between` for what narrow screens have no room for.
        func label(
            _ x: Double, _ y: Double, _ anchor: String, _ text: String, _ color: String = "soft", kind: String = ""
        ) -> String {
            #"<text\#(kind.isEmpty ? "" : #" class="\#(kind)""#) x="\#(SVG.number(x))" y="\#(SVG.number(y))" text-anchor="\#(anchor)" fill="var(--\#(color))">\#(text)</text>"#
        }
        var lines = [
            label(0, 19, "start", "at most \(HumanText.plural(most, "run")) a bar"),
            label(Self.width - 150, 19, "end", "failed", "failed"), label(Self.width - 75, 19, "end", "slow", "slow"),
            label(Self.width, 19, "end", "fine"),
        ]
        if let first = steps.first?.window.lowerBound, let last = steps.last?.window.upperBound {
            lines += [label(0, bottom, "start", style.time(first)), label(Self.width, bottom, "end", style.time(last))]
        }
        if let (from, _) = incidentPlace, let time = incident.from, from > 230, from < Self.width - 230 {
            lines.append(label(from, bottom, "middle", style.time(time), "failed", kind: "between"))
        }
        return lines
    }

    /// Where the incident begins and ends.
    private var incidentPlace: (Double, Double)? {
        guard let first = steps.first?.window.lowerBound, let last = steps.last?.window.upperBound, last > first else {
            return nil
        }
        func place(_ nanos: UInt64) -> Double {
            Double(min(max(nanos, first), last) - first) / Double(last - first) * Self.width
        }
        return (place(incident.from ?? first), place(incident.to ?? last))
    }

    private var text: String {
        let lines = [
            ("runs", steps.map { Double($0.counts.runs) }), ("failed", steps.map { Double($0.counts.failed) }),
            ("slow", steps.map { Double($0.counts.slow) }),
        ]
        return lines.map { name, values in
            DisplayWidth.padded(name, to: 8) + Sparkline.text(values, width: values.count)
                + "  at most \(HumanText.count(Int(values.max() ?? 0)))"
        }.joined(separator: "\n")
    }
}
