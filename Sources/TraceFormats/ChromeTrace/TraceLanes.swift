import TraceModel

/// Spreads spans over lanes, so that on one lane a span lies within those that are open when it starts, and those are
/// all above it in its trace.
struct TraceLanes {
    /// By start, the longer first.
    let order: [Int]
    /// By span: its lane, from 0.
    let lanes: [Int]
    let count: Int

    init(_ spans: [TraceSpan]) {
        let ends = spans.map { max($0.startNanos, $0.endNanos) }
        let places = Dictionary(
            spans.enumerated().map { ($1.spanID, $0) }, uniquingKeysWith: { first, _ in first })
        let depths = Self.depths(spans, places)
        order = spans.indices.sorted { a, b in
            if spans[a].startNanos != spans[b].startNanos { return spans[a].startNanos < spans[b].startNanos }
            if ends[a] != ends[b] { return ends[a] > ends[b] }
            return (depths[a], spans[a].spanID) < (depths[b], spans[b].spanID)
        }
        var lanes = [Int](repeating: 0, count: spans.count)
        // By lane: the spans that are open, the innermost last.
        var open: [[Int]] = []
        for index in order {
            let span = spans[index]
            for lane in open.indices {
                while let last = open[lane].last, ends[last] <= span.startNanos { open[lane].removeLast() }
            }
            func fits(_ lane: Int) -> Bool {
                guard let last = open[lane].last else { return true }
                return ends[index] <= ends[last] && Self.isAbove(last, index, spans, places)
            }
            let parent = span.parent.flatMap { places[$0] }
            let wanted = parent.map { lanes[$0] }.flatMap { open.indices.contains($0) && fits($0) ? $0 : nil }
            let lane = wanted ?? open.indices.first(where: fits) ?? open.count
            if lane == open.count { open.append([]) }
            open[lane].append(index)
            lanes[index] = lane
        }
        self.lanes = lanes
        count = open.count
    }

    /// Whether `ancestor` is above a span. Ends in a circle of parents too.
    private static func isAbove(
        _ ancestor: Int, _ index: Int, _ spans: [TraceSpan], _ places: [SpanID: Int]
    ) -> Bool {
        var (next, left) = (spans[index].parent, spans.count)
        while let id = next, let place = places[id], left > 0 {
            if place == ancestor { return true }
            next = spans[place].parent
            left -= 1
        }
        return false
    }

    /// How many spans stand above each, at most as many as there are.
    private static func depths(_ spans: [TraceSpan], _ places: [SpanID: Int]) -> [Int] {
        var depths = [Int?](repeating: nil, count: spans.count)
        for index in spans.indices where depths[index] == nil {
            var path: [Int] = []
            var next: Int? = index
            while let place = next, depths[place] == nil, path.count <= spans.count {
                path.append(place)
                depths[place] = 0
                next = spans[place].parent.flatMap { places[$0] }
            }
            var depth = next.flatMap { path.contains($0) ? nil : depths[$0] } ?? -1
            for place in path.reversed() {
                depth += 1
                depths[place] = depth
            }
        }
        return depths.map { $0 ?? 0 }
    }
}
