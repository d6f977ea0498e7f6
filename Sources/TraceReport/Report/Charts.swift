import TraceModel
import TraceQuery

/// Pictures of numbers over time, for panels: each as wide as the others, time from left to right.
struct TimeChart {
    struct Series {
        let name: String
        /// By step; `nil` where nothing is known.
        let values: [Double?]
        /// A color of the page: `failed`, `slow`, `fine`, `waited`, `c1` to `c6`.
        let color: String
    }

    /// What to draw: lines, or bars on top of each other.
    enum Kind { case lines, stacked }

    let kind: Kind
    let series: [Series]
    /// The period before, step by step, as a pale line; of stacked series their sum.
    let before: [Double?]
    let window: Range<UInt64>
    /// How a value reads.
    let says: (Double) -> String
    let style: TextStyle

    private static let width = 460.0
    private static let height = 110.0
    private static let letter = 6.4

    init(
        _ kind: Kind, _ series: [Series], before: [Double?] = [], window: Range<UInt64>, style: TextStyle,
        says: @escaping (Double) -> String
    ) {
        self.kind = kind
        self.series = series
        self.before = before
        self.window = window
        self.style = style
        self.says = says
    }

    var picture: ReportDocument.Picture { ReportDocument.Picture(svg: svg, text: text) }

    private var steps: Int { series.first?.values.count ?? 0 }

    private var sums: [Double] {
        (0..<steps).map { step in series.reduce(0) { $0 + ($1.values[step] ?? 0) } }
    }

    private var most: Double {
        let own = kind == .stacked ? sums : series.flatMap { $0.values.compactMap { $0 } }
        return (own + before.compactMap { $0 }).max() ?? 0
    }

    /// Where the drawing begins: below the names, which have a line of their own where they are long.
    private var legend: Double { areNamesLong ? 36 : 20 }

    private var areNamesLong: Bool {
        let letters = names.reduce(0) { $0 + DisplayWidth.of($1.text) + 3 } + DisplayWidth.of(says(most)) + 8
        return Double(letters) * Self.letter > Self.width
    }

    private var svg: String {
        let bottom = legend + Self.height
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(SVG.number(Self.width)) \(SVG.number(bottom + 18))" role="img" \
            font-family="system-ui, sans-serif" font-size="11">
            """,
            "<title>\(series.map(\.name).joined(separator: ", ").escapedForMarkup), at most \(says(most).escapedForMarkup)</title>",
            #"<line x1="0" y1="\#(SVG.number(bottom))" x2="\#(SVG.number(Self.width))" y2="\#(SVG.number(bottom))" stroke="var(--line)"/>"#,
            label(0, 12, "start", "at most \(says(most))"), namesLine,
            label(0, bottom + 14, "start", style.time(window.lowerBound)),
            label(Self.width, bottom + 14, "end", style.time(window.upperBound)),
        ]
        // Bars would hide the pale line, it would cross lines.
        let pale = before.isEmpty ? [] : line(before, "soft", isPale: true)
        let own = kind == .stacked ? bars : series.flatMap { line($0.values, $0.color, isPale: false) }
        parts += kind == .stacked ? own + pale : pale + own
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    private func label(_ x: Double, _ y: Double, _ anchor: String, _ text: String) -> String {
        #"<text x="\#(SVG.number(x))" y="\#(SVG.number(y))" text-anchor="\#(anchor)" fill="var(--soft)">\#(text.escapedForMarkup)</text>"#
    }

    private var names: [(text: String, color: String)] {
        let count = series.count + (before.isEmpty ? 0 : 1)
        let most = min(18, max(4, Int(Self.width / Self.letter) / max(count, 1) - 2))
        return series.map { (DisplayWidth.cut(HumanText.printable($0.name), to: most), $0.color) }
            + (before.isEmpty ? [] : [("before, pale", "soft")])
    }

    /// At the right, in their colors.
    private var namesLine: String {
        let parts = names.map { text, color in
            #"<tspan fill="var(--\#(color))" font-weight="600">\#(text.escapedForMarkup)</tspan>"#
        }
        return
            #"<text x="\#(SVG.number(Self.width))" y="\#(areNamesLong ? "28" : "12")" text-anchor="end">\#(parts.joined(separator: " · "))</text>"#
    }

    private func y(_ value: Double) -> Double { legend + Self.height * (1 - (most > 0 ? value / most : 0)) }

    /// A line for each stretch without gaps.
    private func line(_ values: [Double?], _ color: String, isPale: Bool) -> [String] {
        let step = Self.width / Double(max(values.count, 1))
        var stretches: [[String]] = [[]]
        for (index, value) in values.enumerated() {
            guard let value else {
                stretches.append([])
                continue
            }
            let x = SVG.number((Double(index) + 0.5) * step)
            stretches[stretches.count - 1].append("\(x) \(SVG.number(y(value)))")
        }
        return stretches.filter { !$0.isEmpty }.map { points in
            // A point alone is a line of no length with round ends.
            let path = points.count == 1 ? points + points : points
            return
                #"<polyline points="\#(path.joined(separator: ", "))" fill="none" stroke="var(--\#(color))" stroke-width="\#(isPale ? "2" : "1.6")" stroke-linecap="round" stroke-linejoin="round"\#(isPale ? #" stroke-opacity="0.45""# : "")/>"#
        }
    }

    private var bars: [String] {
        let step = Self.width / Double(max(steps, 1))
        var parts: [String] = []
        for index in 0..<steps {
            var top = legend + Self.height
            for series in series {
                let height = most > 0 ? (series.values[index] ?? 0) / most * Self.height : 0
                if height <= 0 { continue }
                top -= height
                parts.append(
                    #"<rect x="\#(SVG.number(Double(index) * step + 0.5))" y="\#(SVG.number(top))" width="\#(SVG.number(max(step - 1, 0.5)))" height="\#(SVG.number(height))" fill="var(--\#(series.color))"/>"#
                )
            }
        }
        return parts
    }

    private var text: String {
        let all = series.map { ($0.name, $0.values) } + (before.isEmpty ? [] : [("before", before)])
        let width = all.reduce(0) { max($0, DisplayWidth.of(HumanText.printable($1.0))) } + 2
        return all.map { name, values in
            let numbers = values.map { max(0, $0 ?? 0) }
            return DisplayWidth.padded(HumanText.printable(name), to: width)
                + Sparkline.text(numbers, width: max(numbers.count, 1)) + "  at most \(says(numbers.max() ?? 0))"
        }.joined(separator: "\n")
    }
}

/// How long each of some things took over time: a row each, the stronger the longer, by orders of magnitude.
struct HeatChart {
    let rows: [Activity.Heat]
    let window: Range<UInt64>
    let style: TextStyle

    private static let width = 940.0
    private static let names = 190.0
    private static let values = 64.0
    private static let line = 18.0

    var picture: ReportDocument.Picture { ReportDocument.Picture(svg: svg, text: text) }

    /// 0 for a hundredth of the longest or less, 1 for the longest.
    private func strength(_ nanos: Double, _ most: Double) -> Double {
        var (share, strength) = (nanos / max(most, 1), 1.0)
        while share < 0.999, strength > 0 {
            share *= 1.584893192461113  // The fifth root of ten: ten steps over two orders of magnitude.
            strength -= 0.1
        }
        return max(0, strength)
    }

    private var most: Double { rows.reduce(0) { $1.p95Nanos.reduce($0) { max($0, $1 ?? 0) } } }

    private var svg: String {
        let height = Double(rows.count) * Self.line + 22
        let room = Self.width - Self.names - Self.values
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(SVG.number(Self.width)) \(SVG.number(height))" role="img" \
            font-family="system-ui, sans-serif" font-size="11.5">
            """, "<title>p95 over time; the stronger the longer</title>",
        ]
        for (index, row) in rows.enumerated() {
            let y = Double(index) * Self.line
            let step = room / Double(max(row.p95Nanos.count, 1))
            let name = DisplayWidth.cut(HumanText.printable(row.name), to: 28)
            parts.append(
                #"<text x="0" y="\#(SVG.number(y + 13))" fill="var(--ink)">\#(name.escapedForMarkup)</text>"#)
            for (place, value) in row.p95Nanos.enumerated() {
                guard let value else { continue }
                let opacity = 0.08 + 0.92 * strength(value, most)
                parts.append(
                    #"<rect x="\#(SVG.number(Self.names + Double(place) * step))" y="\#(SVG.number(y + 1))" width="\#(SVG.number(max(step - 0.6, 0.5)))" height="16" fill="var(--waited)" fill-opacity="\#(SVG.number(opacity))"/>"#
                )
            }
            let longest = row.p95Nanos.compactMap { $0 }.max().map { DurationText.human(nanos: $0) } ?? "-"
            parts.append(
                #"<text x="\#(SVG.number(Self.width))" y="\#(SVG.number(y + 13))" text-anchor="end" fill="var(--soft)">\#(longest)</text>"#
            )
        }
        for (x, anchor, nanos) in [
            (Self.names, "start", window.lowerBound), (Self.names + room, "end", window.upperBound),
        ] {
            parts.append(
                #"<text x="\#(SVG.number(x))" y="\#(SVG.number(height - 6))" text-anchor="\#(anchor)" fill="var(--soft)">\#(style.time(nanos))</text>"#
            )
        }
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    private var text: String {
        let width = rows.reduce(0) { max($0, DisplayWidth.of(HumanText.printable($1.name))) } + 2
        return rows.map { row in
            let numbers = row.p95Nanos.map { $0 ?? 0 }
            return DisplayWidth.padded(HumanText.printable(row.name), to: width)
                + Sparkline.text(numbers, width: max(numbers.count, 1))
                + "  at most \(DurationText.human(nanos: numbers.max() ?? 0))"
        }.joined(separator: "\n")
    }
}

/// One number with a bar from nothing to all, and lines that say what it is made of.
struct Gauge {
    /// 0 to 1; `nil` where nothing was measured.
    let value: Double?
    /// A color of the page.
    let color: String
    let says: [String]

    var picture: ReportDocument.Picture {
        let number = value.map { HumanText.percent($0) } ?? "no data"
        let bar = 460 * min(max(value ?? 0, 0), 1)
        let height = 62 + 15 * says.count
        let lines = says.enumerated().map { index, line in
            #"<text x="0" y="\#(72 + 15 * index)" font-size="11" fill="var(--soft)">\#(line.escapedForMarkup)</text>"#
        }
        let svg = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 \(height)" role="img" font-family="system-ui, sans-serif">
            <title>\(number.escapedForMarkup)</title>
            <text x="0" y="36" font-size="34" font-weight="600" fill="var(--\(color))">\(number.escapedForMarkup)</text>
            <rect x="0" y="48" width="460" height="8" fill="var(--panel)"/>
            <rect x="0" y="48" width="\(SVG.number(bar))" height="8" fill="var(--\(color))"/>
            \(lines.joined(separator: "\n"))
            </svg>
            """
        return ReportDocument.Picture(svg: svg, text: ([number] + says).joined(separator: "\n"))
    }
}
