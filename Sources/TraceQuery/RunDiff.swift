import TraceModel
import TraceStore

/// Two runs side by side, span by span, as far as they went the same way.
///
/// Children of aligned spans are aligned by what they are (span name, step, branch, primitive, tool), in the longest common
/// sequence, so that one retry more does not move everything behind it.
package struct RunDiff: Sendable {
    package enum State: String, Sendable {
        case same
        /// Longer by a fifth, and by 2% of the longer run.
        case slower, faster
        /// An error in b only, or in a only.
        case failed, recovered
        /// In b only, or in a only.
        case added, missing
    }

    package struct Row: Sendable {
        /// 0 for the roots.
        package let depth: Int
        package let state: State
        /// Not both `nil`.
        package let a: StoredSpan?
        package let b: StoredSpan?
        /// Of model calls that are in both: how what was said differs; nothing where it does not.
        package let said: [SaidLine]
    }

    /// One message of a model call, on one side only where they differ.
    package struct SaidLine: Hashable, Sendable {
        package enum Side: String, Sendable { case both, a, b }
        package let side: Side
        package let role: String
        package let text: String
    }

    package let a: RunList.Run
    package let b: RunList.Run
    /// In the order of the tree, each span before those below it.
    package let rows: [Row]
    /// Where the runs part: the first row with a failure or a span of one side only, below which nothing differs; else the first
    /// that is slower; else the first that says something else; else the first that is faster.
    package let parting: Int?
    /// What the span there, or its service, was told differently: models, releases, regions.
    package let settings: [(key: String, a: AttributeValue?, b: AttributeValue?)]

    package init(_ a: [StoredSpan], _ b: [StoredSpan]) {
        self.init(TraceTree(a), TraceTree(b))
    }

    init(_ a: TraceTree, _ b: TraceTree) {
        (self.a, self.b) = (a.run, b.run)
        let (treeA, treeB) = (AlignedTree(a), AlignedTree(b))
        let longer = max(a.run.durationNanos ?? 0, b.run.durationNanos ?? 0)
        var rows: [Row] = []
        // From the last to the first, so that the stack gives them in order.
        var stack = Self.pairs(treeA.roots, treeB.roots, treeA, treeB).reversed().map { ($0, 0) }
        while let (pair, depth) = stack.popLast() {
            let spans = (a: pair.a.map { a.nodes[$0].stored }, b: pair.b.map { b.nodes[$0].stored })
            let state = Self.state(spans.a, spans.b, longer: longer)
            var said: [SaidLine] = []
            if let inA = spans.a, let inB = spans.b, inA.row.operation.usageRole == .inference {
                said = Self.said(inA, inB)
            }
            rows.append(Row(depth: depth, state: state, a: spans.a, b: spans.b, said: said))
            let below = Self.pairs(
                pair.a.map { treeA.children[$0] } ?? [], pair.b.map { treeB.children[$0] } ?? [], treeA, treeB)
            stack += below.reversed().map { ($0, depth + 1) }
        }
        self.rows = rows
        parting = Self.parting(rows)
        settings = parting.map { Self.settings(rows[$0]) } ?? []
    }

    private static func settings(_ row: Row) -> [(key: String, a: AttributeValue?, b: AttributeValue?)] {
        guard let a = row.a, let b = row.b else { return [] }
        func values(_ stored: StoredSpan) -> [String: AttributeValue] {
            let own = stored.span.attributes.filter { AttributeKind.of($0.key) == .setting }.map { ($0.key, $0.value) }
            let shared = stored.resource.attributes.map { ("resource." + $0.key, $0.value) }
            return Dictionary(own + shared, uniquingKeysWith: { first, _ in first })
        }
        let (inA, inB) = (values(a), values(b))
        return Set(inA.keys).union(inB.keys).sorted().filter { inA[$0] != inB[$0] }.map { ($0, inA[$0], inB[$0]) }
    }

    /// Callers differ because what they called does: those come last that have a like difference below them.
    private static func parting(_ rows: [Row]) -> Int? {
        func first(_ differs: (Row) -> Bool) -> Int? {
            rows.indices.first { place in
                guard differs(rows[place]) else { return false }
                let isOneSided = rows[place].a == nil || rows[place].b == nil
                return isOneSided
                    || !rows[(place + 1)...].prefix { $0.depth > rows[place].depth }.contains(where: differs)
            }
        }
        return first { [.failed, .recovered, .added, .missing].contains($0.state) } ?? first { $0.state == .slower }
            ?? first { !$0.said.isEmpty } ?? first { $0.state == .faster }
    }

    private static func state(_ a: StoredSpan?, _ b: StoredSpan?, longer: UInt64) -> State {
        guard let a else { return .added }
        guard let b else { return .missing }
        let (failedA, failedB) = (a.row.operation.isError, b.row.operation.isError)
        if failedA != failedB { return failedB ? .failed : .recovered }
        guard let before = a.row.durationNanos, let after = b.row.durationNanos else { return .same }
        let (short, long) = (min(before, after), max(before, after))
        guard long - short > short / 5, long - short > longer / 50 else { return .same }
        return after > before ? .slower : .faster
    }

    private struct Pair {
        let a: Int?
        let b: Int?
    }

    /// The longest common sequence of what the spans are, with all others in between: those of a first.
    private static func pairs(_ a: [Int], _ b: [Int], _ treeA: AlignedTree, _ treeB: AlignedTree) -> [Pair] {
        let (labelsA, labelsB) = (a.map { treeA.labels[$0] }, b.map { treeB.labels[$0] })
        var pairs: [Pair] = []
        var (nextA, nextB) = (0, 0)
        func skip(to endA: Int, _ endB: Int) {
            while nextA < endA {
                pairs.append(Pair(a: a[nextA], b: nil))
                nextA += 1
            }
            while nextB < endB {
                pairs.append(Pair(a: nil, b: b[nextB]))
                nextB += 1
            }
        }
        for (placeA, placeB) in CommonSequence.places(labelsA, labelsB) {
            skip(to: placeA, placeB)
            pairs.append(Pair(a: a[placeA], b: b[placeB]))
            (nextA, nextB) = (placeA + 1, placeB + 1)
        }
        skip(to: a.count, b.count)
        return pairs
    }

    private static func said(_ a: StoredSpan, _ b: StoredSpan) -> [SaidLine] {
        func lines(_ stored: StoredSpan) -> [SaidLine] {
            let content = SpanContent(stored.span)
            return (content.input + content.output).map { SaidLine(side: .both, role: $0.role, text: $0.plainText) }
        }
        let (linesA, linesB) = (lines(a), lines(b))
        if linesA == linesB { return [] }
        var result: [SaidLine] = []
        var (nextA, nextB) = (0, 0)
        func skip(to endA: Int, _ endB: Int) {
            result += linesA[nextA..<endA].map { SaidLine(side: .a, role: $0.role, text: $0.text) }
            result += linesB[nextB..<endB].map { SaidLine(side: .b, role: $0.role, text: $0.text) }
        }
        for (placeA, placeB) in CommonSequence.places(linesA, linesB) {
            skip(to: placeA, placeB)
            result.append(linesA[placeA])
            (nextA, nextB) = (placeA + 1, placeB + 1)
        }
        skip(to: linesA.count, linesB.count)
        return result
    }
}

/// A run's tree with what tells its spans apart.
private struct AlignedTree {
    /// By place in the tree's nodes.
    let labels: [[String?]]
    let children: [[Int]]
    let roots: [Int]

    init(_ tree: TraceTree) {
        labels = tree.nodes.map { node in
            let stored = node.stored
            return [
                stored.span.name, stored.text(.stepName), stored.text(.branchName), stored.text(.primitiveName),
                stored.text(.tool),
            ]
        }
        var children = [[Int]](repeating: [], count: tree.nodes.count)
        var roots: [Int] = []
        var path: [Int] = []
        for (place, node) in tree.nodes.enumerated() {
            path.removeLast(max(0, path.count - node.depth))
            if let parent = path.last { children[parent].append(place) } else { roots.append(place) }
            path.append(place)
        }
        self.children = children
        self.roots = roots
    }
}

/// The longest common subsequence of two lists.
enum CommonSequence {
    /// Cells of the table; of longer lists the common beginning and end are paired, and of the rest what is left in turn.
    private static let mostCells = 4_000_000

    /// Places of equal elements, ascending in both.
    static func places<Element: Equatable>(_ a: [Element], _ b: [Element]) -> [(Int, Int)] {
        let most = min(a.count, b.count)
        let front = (0..<most).first { a[$0] != b[$0] } ?? most
        let back = (0..<most - front).first { a[a.count - 1 - $0] != b[b.count - 1 - $0] } ?? most - front
        let (restA, restB) = (Array(a[front..<a.count - back]), Array(b[front..<b.count - back]))
        let middle = restA.count * restB.count <= mostCells ? table(restA, restB) : []
        return (0..<front).map { ($0, $0) } + middle.map { ($0 + front, $1 + front) }
            + (0..<back).reversed().map { (a.count - 1 - $0, b.count - 1 - $0) }
    }

    private static func table<Element: Equatable>(_ a: [Element], _ b: [Element]) -> [(Int, Int)] {
        if a.isEmpty || b.isEmpty { return [] }
        let width = b.count + 1
        var lengths = [Int32](repeating: 0, count: (a.count + 1) * width)
        for i in a.indices.reversed() {
            for j in b.indices.reversed() {
                lengths[i * width + j] =
                    a[i] == b[j]
                    ? lengths[(i + 1) * width + j + 1] + 1
                    : max(lengths[(i + 1) * width + j], lengths[i * width + j + 1])
            }
        }
        var (i, j, places): (Int, Int, [(Int, Int)]) = (0, 0, [])
        while i < a.count, j < b.count {
            if a[i] == b[j] {
                places.append((i, j))
                (i, j) = (i + 1, j + 1)
            } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
                i += 1
            } else {
                j += 1
            }
        }
        return places
    }
}

extension Message {
    /// All that it says, a part a line.
    fileprivate var plainText: String {
        parts.map { part in
            switch part {
            case .text(let text), .reasoning(let text): text
            case .toolCall(_, let name, let arguments): "\(name)(\(arguments))"
            case .toolResult(_, let name, let result): "\(name.map { $0 + ": " } ?? "")\(result)"
            case .other(let type, let json): "\(type) \(json)"
            }
        }.joined(separator: "\n")
    }
}
