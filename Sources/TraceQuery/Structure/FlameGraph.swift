import TraceModel
import TraceStore

/// Where runs spend: all their stacks of calls laid over each other.
package struct FlameGraph: Sendable {
    package enum Measure: String, Sendable, CaseIterable {
        /// Time in which no child ran; children side by side count each.
        case time
        /// Time that the runs waited for: it adds up to their durations.
        case critical
        case tokens, cost
    }

    package struct Frame: Sendable {
        package let group: GroupKey
        /// In ``FlameGraph/frames``; `nil` for the frame of a root.
        package let parent: Int?
        /// Spans of the frame, and those of them that are errors.
        package fileprivate(set) var spans: Int
        package fileprivate(set) var errors: Int
        /// In nanoseconds, tokens or US dollars, without what is below.
        package fileprivate(set) var own: Double
        /// With what is below.
        package fileprivate(set) var total: Double
    }

    package let measure: Measure
    package let by: [FieldName]
    /// Each behind the one that it is in, the frames in one frame in the order of their names.
    package let frames: [Frame]
    package let runs: Int
    /// Spans in circles of parents: no root leads to them.
    package let unreachedSpans: Int
    /// Spans deeper than ``deepest``, which count for the frame that they are in there.
    package let deeperSpans: Int

    /// Model calls whose tokens or cost are below 0 or infinite: they count as 0.
    package let impossibleNumbers: Int

    /// Levels of frames.
    package static let deepest = 256

    package var total: Double { frames.reduce(0) { $0 + ($1.parent == nil ? $1.total : 0) } }

    /// - Parameters:
    ///   - by: Spans that have none of the fields count for what they are in.
    ///   - filter: Takes the runs of which any span meets it.
    package init(
        _ measure: Measure, by: [FieldName], window: TimeWindow, where filter: SpanFilter? = nil,
        in snapshot: StoreSnapshot
    ) throws {
        var groupings = [Groups(by, keepsEmpty: false, in: snapshot)]
        var stacks = Stacks()
        let withNumbers = measure == .tokens || measure == .cost
        try snapshot.mapRuns(window, where: filter, groups: &groupings, withNumbers: withNumbers) {
            Stacks($0, measure)
        } _: {
            stacks.add($0)
        }
        self.measure = measure
        self.by = by
        (runs, unreachedSpans, deeperSpans) = (stacks.runs, stacks.unreached, stacks.deeper)
        impossibleNumbers = stacks.impossible
        let keys = groupings[0].keys
        frames = stacks.frames { $0 < 0 ? by.map { _ in nil } : keys[Int($0)] }
    }
}

/// A tree of frames, by the numbers of groups.
private struct Stacks: Sendable {
    struct Node: Sendable {
        let group: Int32
        /// -1 for a root.
        let parent: Int
        let depth: Int
        var spans = 0
        var errors = 0
        var own = 0.0
    }

    struct Place: Hashable {
        let parent: Int
        let group: Int32
    }

    private(set) var runs = 0
    private(set) var unreached = 0
    private(set) var deeper = 0
    private(set) var impossible = 0
    /// Each behind the one that it is in.
    private var nodes: [Node] = []
    private var places: [Place: Int] = [:]

    init() {}

    init(_ shape: RunShape, _ measure: FlameGraph.Measure) {
        for run in shape.runs { add(run, shape, measure) }
    }

    private mutating func node(_ group: Int32, in parent: Int) -> Int {
        let place = Place(parent: parent, group: group)
        if let known = places[place] { return known }
        places[place] = nodes.count
        nodes.append(Node(group: group, parent: parent, depth: parent < 0 ? 0 : nodes[parent].depth + 1))
        return nodes.count - 1
    }

    private mutating func add(_ run: Range<Int>, _ shape: RunShape, _ measure: FlameGraph.Measure) {
        runs += 1
        let children = shape.children(in: run)
        var critical: [Int: UInt64] = [:]
        if measure == .critical {
            for step in RunPath(run, shape).steps { critical[step.place] = step.own }
        }
        func own(_ place: Int) -> Double {
            switch measure {
            case .time: Double(shape.selfNanos(place, children[place - run.lowerBound]) ?? 0)
            case .critical: Double(critical[place] ?? 0)
            case .tokens: shape.numbers?.tokens[place] ?? .nan
            case .cost: shape.numbers?.costUSD[place] ?? .nan
            }
        }
        var stack = run.filter { shape.parents[$0] < 0 }.map { (place: $0, parent: -1) }
        var reached = 0
        while let (place, parent) = stack.popLast() {
            reached += 1
            let group = shape.groups[0][place]
            var here = parent
            if group >= 0, parent >= 0, nodes[parent].depth + 1 >= FlameGraph.deepest {
                deeper += 1
            } else if group >= 0 || parent < 0 {
                here = node(max(group, -1), in: parent)
                nodes[here].spans += 1
                nodes[here].errors += shape.isError[place] ? 1 : 0
            }
            let value = own(place)
            if value >= 0, value < .infinity { nodes[here].own += value } else if !value.isNaN { impossible += 1 }
            for child in children[place - run.lowerBound] { stack.append((child, here)) }
        }
        unreached += run.count - reached
    }

    mutating func add(_ other: Stacks) {
        runs += other.runs
        unreached += other.unreached
        deeper += other.deeper
        impossible += other.impossible
        var here: [Int] = []
        for node in other.nodes {
            let place = self.node(node.group, in: node.parent < 0 ? -1 : here[node.parent])
            here.append(place)
            nodes[place].spans += node.spans
            nodes[place].errors += node.errors
            nodes[place].own += node.own
        }
    }

    func frames(_ key: (Int32) -> GroupKey) -> [FlameGraph.Frame] {
        var totals = nodes.map(\.own)
        for index in nodes.indices.reversed() where nodes[index].parent >= 0 {
            totals[nodes[index].parent] += totals[index]
        }
        var children: [Int: [Int]] = [:]
        for index in nodes.indices { children[nodes[index].parent, default: []].append(index) }
        func ordered(_ parent: Int) -> [Int] {
            (children[parent] ?? []).sorted { isOrdered(key(nodes[$0].group), before: key(nodes[$1].group)) }
        }
        var frames: [FlameGraph.Frame] = []
        var stack = ordered(-1).reversed().map { (node: $0, parent: Int?.none) }
        while let (node, parent) = stack.popLast() {
            let sum = nodes[node]
            stack += ordered(node).reversed().map { ($0, frames.count) }
            frames.append(
                FlameGraph.Frame(
                    group: key(sum.group), parent: parent, spans: sum.spans, errors: sum.errors, own: sum.own,
                    total: totals[node]))
        }
        return frames
    }
}
