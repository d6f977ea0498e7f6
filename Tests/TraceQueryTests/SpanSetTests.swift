import TestSupport
import Testing
import TraceModel
import TraceQL
import TraceQuery
import TraceStore

/// All spans of one trace as another decoder has read them, and who is whose child by looking at every pair.
private struct Family {
    let spans: [ReferenceSpan]

    func take(_ holds: (ReferenceSpan) -> Bool) -> Set<SpanKey> { Set(spans.filter(holds).map { SpanKey($0.span) }) }

    private func parent(_ sent: ReferenceSpan) -> ReferenceSpan? {
        spans.first { $0.span.spanID == sent.span.parent && $0.span.spanID != sent.span.spanID }
    }

    private func ancestors(_ sent: ReferenceSpan) -> [ReferenceSpan] {
        var (found, next): ([ReferenceSpan], ReferenceSpan?) = ([], parent(sent))
        while let here = next, found.count <= spans.count {
            found.append(here)
            next = parent(here)
        }
        return found
    }

    func isChild(_ a: ReferenceSpan, _ b: ReferenceSpan) -> Bool { parent(a)?.span.spanID == b.span.spanID }

    func isDescendant(_ a: ReferenceSpan, _ b: ReferenceSpan) -> Bool {
        ancestors(a).contains { $0.span.spanID == b.span.spanID }
    }

    func isSibling(_ a: ReferenceSpan, _ b: ReferenceSpan) -> Bool {
        a.span.spanID != b.span.spanID && a.span.parent != nil && a.span.parent == b.span.parent
    }

    /// The spans of `right` that are `related` to one of `left`.
    func related(
        _ left: (ReferenceSpan) -> Bool, _ right: (ReferenceSpan) -> Bool,
        _ related: (ReferenceSpan, ReferenceSpan) -> Bool
    ) -> Set<SpanKey> {
        let others = spans.filter(left)
        return take { sent in right(sent) && others.contains { related(sent, $0) } }
    }

    var nanos: UInt64 { (spans.map(\.span.endNanos).max() ?? 0) - (spans.map(\.span.startNanos).min() ?? 0) }
}

private func isError(_ sent: ReferenceSpan) -> Bool { sent.span.status.code == 2 }
private func isRoot(_ sent: ReferenceSpan) -> Bool { sent.span.parent == nil }
private func isStep(_ sent: ReferenceSpan) -> Bool { sent.span.name.hasPrefix("primitive.sequential.step_") }
private func isModel(_ sent: ReferenceSpan) -> Bool { sent.span.attributes["llm.model_name"] != nil }
private func nanos(_ sent: ReferenceSpan) -> UInt64 { sent.span.endNanos - sent.span.startNanos }

private typealias Rule = @Sendable (Family) -> Set<SpanKey>

@Suite struct SpanSets {
    private static let model = "{ llm.model_name != nil }"
    private static let errors = "{ status = error }"
    private static let step = "{ name =~ `primitive.sequential.step_.*` }"

    private static let rules: [(String, Rule)] = [
        ("{ }", { $0.take { _ in true } }),
        (
            "\(errors) && \(step)",
            { family in
                family.spans.contains(where: isError) && family.spans.contains(where: isStep)
                    ? family.take { isError($0) || isStep($0) } : []
            }
        ),
        ("\(errors) || \(step)", { $0.take { isError($0) || isStep($0) } }),
        ("\(errors) > { }", { family in family.related(isError, { _ in true }, family.isChild) }),
        ("{ } > \(model)", { family in family.related({ _ in true }, isModel, family.isChild) }),
        ("\(errors) >> \(model)", { family in family.related(isError, isModel, family.isDescendant) }),
        ("\(step) >> \(errors)", { family in family.related(isStep, isError, family.isDescendant) }),
        ("\(errors) < { }", { family in family.related(isError, { _ in true }) { family.isChild($1, $0) } }),
        ("\(errors) << { }", { family in family.related(isError, { _ in true }) { family.isDescendant($1, $0) } }),
        ("\(errors) ~ \(errors)", { family in family.related(isError, isError, family.isSibling) }),
        ("\(step) ~ { }", { family in family.related(isStep, { _ in true }, family.isSibling) }),
        (
            "\(errors) !> \(model)",
            { family in
                family.take(isModel).subtracting(family.related(isError, isModel, family.isChild))
            }
        ),
        (
            "\(errors) !>> { }",
            { family in
                family.take { _ in true }.subtracting(family.related(isError, { _ in true }, family.isDescendant))
            }
        ),
        (
            "{ } !< { }",
            { family in
                family.take { _ in true }.subtracting(
                    family.related({ _ in true }, { _ in true }) { family.isChild($1, $0) })
            }
        ),
        (
            "\(errors) !<< \(errors)",
            { family in
                family.take(isError).subtracting(family.related(isError, isError) { family.isDescendant($1, $0) })
            }
        ),
        (
            "\(model) !~ \(model)",
            { family in
                family.take(isModel).subtracting(family.related(isModel, isModel, family.isSibling))
            }
        ),
        (
            "\(step) &>> \(model)",
            { family in
                family.related(isStep, isModel, family.isDescendant)
                    .union(family.related(isModel, isStep) { family.isDescendant($1, $0) })
            }
        ),
        (
            "\(errors) &< { }",
            { family in
                family.related(isError, { _ in true }) { family.isChild($1, $0) }
                    .union(family.related({ _ in true }, isError, family.isChild))
            }
        ),
        (
            "{ span:parentID = nil } >> \(step) >> \(model)",
            { family in
                let caches = family.related(isRoot, isStep, family.isDescendant)
                return family.related({ caches.contains(SpanKey($0.span)) }, isModel, family.isDescendant)
            }
        ),
        ("\(errors) | count() > 2", { $0.spans.count(where: isError) > 2 ? $0.take(isError) : [] }),
        ("count() < 9", { family in family.spans.count < 9 ? family.take { _ in true } : [] }),
        (
            "{ } | avg(duration) > 100ms",
            { family in
                let total = family.spans.reduce(0.0) { $0 + Double(nanos($1)) }
                return total / Double(family.spans.count) > 1e8 ? family.take { _ in true } : []
            }
        ),
        (
            "{ } | max(duration) - min(duration) > 1s",
            { family in
                let all = family.spans.map(nanos)
                return (all.max() ?? 0) - (all.min() ?? 0) > 1_000_000_000 ? family.take { _ in true } : []
            }
        ),
        (
            "\(model) | sum(llm.prompt_tokens + llm.completion_tokens) >= 4000",
            { family in
                let total = family.spans.filter(isModel).reduce(Int64(0)) { sum, sent in
                    guard case .int(let a) = sent.span.attributes["llm.prompt_tokens"],
                        case .int(let b) = sent.span.attributes["llm.completion_tokens"]
                    else { return sum }
                    return sum + a + b
                }
                return total >= 4000 ? family.take(isModel) : []
            }
        ),
        (
            "{ } | by(name) | count() > 2",
            { family in
                let groups = Dictionary(grouping: family.spans, by: \.span.name)
                return family.take { groups[$0.span.name, default: []].count > 2 }
            }
        ),
        (
            "{ } | by(status) | count() > 3 | coalesce() | count() > 8 | \(model)",
            { family in
                let groups = Dictionary(grouping: family.spans, by: \.span.status.code)
                let left = family.spans.filter { groups[$0.span.status.code, default: []].count > 3 }
                return left.count > 8 ? Set(left.filter(isModel).map { SpanKey($0.span) }) : []
            }
        ),
        (
            "(\(errors) | count() > 1) && (\(step) | count() > 0)",
            { family in
                family.spans.count(where: isError) > 1 && family.spans.contains(where: isStep)
                    ? family.take { isError($0) || isStep($0) } : []
            }
        ),
        ("\(errors) | select(name, span.error.type)", { $0.take(isError) }),
        ("traceDuration > 2s", { $0.nanos > 2_000_000_000 ? $0.take { _ in true } : [] }),
        ("{ traceDuration > 2s && status = error }", { $0.nanos > 2_000_000_000 ? $0.take(isError) : [] }),
        ("duration * 2 > traceDuration", { family in family.take { 2 * nanos($0) > family.nanos } }),
        (
            "rootName = span:name",
            { family in
                let root = family.spans.filter(isRoot).min { $0.span.startNanos < $1.span.startNanos }
                return family.take { $0.span.name == root?.span.name }
            }
        ),
        (
            "rootServiceName != service",
            { family in
                let root = family.spans.filter(isRoot).min { $0.span.startNanos < $1.span.startNanos }
                return family.take {
                    $0.resource.attributes["service.name"] != root?.resource.attributes["service.name"]
                }
            }
        ),
        (
            "childCount > 1",
            { family in
                family.take { sent in family.spans.count { family.isChild($0, sent) } > 1 }
            }
        ),
        (
            "childCount = 0 && status = error",
            { family in
                family.take { sent in isError(sent) && !family.spans.contains { family.isChild($0, sent) } }
            }
        ),
        (
            "event:timeSinceStart > 1ms",
            { family in
                family.take { sent in
                    sent.span.events.contains { $0.timeNanos > sent.span.startNanos + 1_000_000 }
                }
            }
        ),
        ("span:parentID = nil", { $0.take(isRoot) }), ("span:parentID != nil", { $0.take { !isRoot($0) } }),
    ]

    @Test(arguments: [Sample.workload, .ttaWorkflows])
    func takeTheSpansOfTheirTraces(_ sample: Sample) throws {
        let folder = try TemporaryFolder()
        let families = Dictionary(grouping: try sample.spans(), by: \.span.traceID).values.map(Family.init)
        try Store(path: sample.store(in: folder)).read { snapshot in
            for (text, rule) in Self.rules {
                let expected = families.reduce(into: Set<SpanKey>()) { $0.formUnion(rule($1)) }
                let found = try keys(text, snapshot)
                #expect(found == expected, "\(text): \(found.count) of \(expected.count)")
                #expect(
                    sample != .workload
                        || !expected.isEmpty && expected.count < families.reduce(0) { $0 + $1.spans.count }
                        || text == "{ }", "\(text) says nothing here: \(expected.count)")
            }
        }
    }

    private func keys(_ text: String, _ snapshot: StoreSnapshot, window: TimeWindow = .all) throws -> Set<SpanKey> {
        var found: Set<SpanKey> = []
        let filter = try SpanFilter([SpanQuery(parsing: text)], in: snapshot)
        try snapshot.scanWithDetail(window, where: filter.selection) { found.insert(SpanKey($0.span)) }
        return found
    }

    /// What a window leaves out still makes a trace what it is.
    @Test func lookAtWholeTracesWhateverTheWindow() throws {
        try withStore([
            span(1, "root", from: 0, to: 100), span(2, parent: 1, "step", from: 50, to: 60, status: 2),
            span(3, trace: 2, "root", from: 50, to: 60),
        ]) { (snapshot) throws in
            let window = TimeWindow(from: milliseconds(40), to: milliseconds(55))
            func ids(_ text: String) throws -> [UInt64] {
                try keys(text, snapshot, window: window).map(\.span.value).sorted()
            }
            #expect(try ids("{ name = root } >> { }") == [2])
            #expect(try ids("{ } | count() = 2") == [2])
            #expect(try ids("traceDuration = 100ms") == [2])
            #expect(try ids("{ }") == [2, 3])
        }
    }

    /// Circles of parents, spans that are their own parent, and parents that are not there.
    @Test func endInCirclesOfParents() throws {
        try withStore([
            span(1, parent: 2, "a"), span(2, parent: 1, "b"), span(3, parent: 3, "c"), span(4, parent: 9, "d"),
            span(5, parent: 9, "e"), span(6, parent: 2, "f"),
        ]) { (snapshot) throws in
            func ids(_ text: String) throws -> [UInt64] { try keys(text, snapshot).map(\.span.value).sorted() }
            #expect(try ids("{ name = a } >> { }") == [1, 2, 6])
            #expect(try ids("{ name = f } << { }") == [1, 2])
            #expect(try ids("{ name = c } > { }") == [])
            #expect(try ids("{ name = d } ~ { }") == [5])
            #expect(try ids("{ name = d } < { }") == [])
            #expect(try ids("childCount > 1") == [2])
        }
    }

    /// One trace in three blocks, with others around it.
    @Test func lookAtTracesThatTakeSeveralBlocks() throws {
        let count: UInt64 = 140_000
        var spans = [span(1, trace: 2, "before")]
        spans += (1...count).map { id in
            span(
                id, parent: id == 1 ? nil : id % 1000 == 0 ? 1 : id / 1000 * 1000 + (id < 1000 ? 1 : 0),
                id == 1 ? "root" : id % 1000 == 0 ? "step" : "leaf", from: id, to: id + 1, status: id == count ? 2 : 0)
        }
        spans.append(span(1, trace: 3, "after"))
        try withStore(spans) { (snapshot) throws in
            #expect(try keys("{ name = root } >> { name = leaf }", snapshot).count == 139_859)
            #expect(try keys("{ status = error } << { }", snapshot).map(\.span.value) == [1])
            #expect(try keys("{ name = leaf } < { name = step }", snapshot).count == 139)
            #expect(try keys("{ status = error } ~ { }", snapshot).count == 139 + 998)
            #expect(try keys("{ name = step } | count() = 140", snapshot).count == 140)
            #expect(try keys("childCount = 1138", snapshot).map(\.span.value) == [1])
            #expect(try keys("traceDuration = 140s && name = step", snapshot).count == 140)
            #expect(try keys("rootName = after || rootName = before", snapshot).count == 2)
            #expect(try keys("rootName = root && status = error", snapshot).map(\.span.value) == [count])
        }
    }

    @Test func areExplained() throws {
        let folder = try TemporaryFolder()
        try Store(path: Sample.workload.store(in: folder)).read { snapshot in
            func lines(_ text: String) throws -> String {
                try SpanFilter([SpanQuery(parsing: text)], in: snapshot).explanation(in: snapshot).joined(
                    separator: "\n")
            }
            let operations = try snapshot.operations.count
            #expect(
                try lines("{ name = root && duration > 1s } >> { statusMessage = x } | count() > 2") == """
                    { name = "root" && duration > 1000000000ns } >> { statusMessage = "x" } | count() > 2
                      whole traces, span by span:
                        of the second the descendants of the first, by ids and parents in rows of spans
                          all of, from first to last
                            name = "root"  by operations: 0 of \(operations) hold
                            duration > 1000000000ns  by columns of blocks
                        and
                          statusMessage = "x"  by rows of spans that have status messages, events or links
                        then sets of which it holds
                    """)
            #expect(
                try lines("trace:id = 00000000000000000000000000000001").hasSuffix(
                    "by the index of trace ids: there is none"))
        }
    }

    @Test func chooseRunsByName() throws {
        try withStore([
            span(1, trace: 1, "root", from: 0, to: 100, status: 2), span(2, trace: 1, parent: 1, "a", from: 5, to: 9),
            span(1, trace: 2, "root", from: 200, to: 220, status: 2),
            span(2, trace: 2, parent: 1, "b", from: 210, to: 220),
            span(1, trace: 3, "root", from: 300, to: 310), span(2, trace: 3, parent: 1, "a", from: 301, to: 302),
        ]) { (snapshot) throws in
            func run(_ name: String, _ text: String, _ window: TimeWindow = .all) throws -> UInt64 {
                let filter = try SpanFilter([SpanQuery(parsing: text)], in: snapshot)
                return try RunName(name).traceID(window: window, where: filter, in: snapshot).low
            }
            #expect(try run("last", "name = b") == 2 && run("last", "name = a") == 3)
            #expect(try run("failed", "name = a") == 1 && run("failed", "name = root") == 2)
            #expect(try run("slowest", "name = a") == 1 && run("slowest", "name = b") == 2)
            #expect(try run("slowest", "{ }", TimeWindow(from: milliseconds(100), to: nil)) == 2)
            let third = TraceID(high: 0, low: 3)
            #expect(try run(third.hex, "name = a") == 3)
            _ = #expect(throws: RunNameError.notChosen(third)) { try run(third.hex, "name = b") }
            _ = #expect(throws: RunNameError.noneChosen) { try run("last", "name = c") }
            let late = TimeWindow(from: milliseconds(300), to: nil)
            _ = #expect(throws: RunNameError.noFailedRun) { try run("failed", "name = a", late) }
        }
    }

    @Test func areListedOneByOne() throws {
        try withStore([
            span(1, "root", from: 0, to: 100), span(2, parent: 1, "a", from: 5, to: 50, ["k": 7]),
            span(3, parent: 1, "b", from: 6, to: 9), span(4, parent: 2, "c", from: 5, to: nil),
        ]) { (snapshot) throws in
            func list(_ order: SpanList.Order, _ limit: Int, _ fields: String...) throws -> SpanList {
                try SpanList(
                    sortedBy: order, limit: limit, showing: fields.map { try FieldName($0, in: snapshot) },
                    window: .all,
                    in: snapshot)
            }
            #expect(try list(.start, 9).rows.map(\.stored.row.spanID.value) == [3, 2, 4, 1])
            #expect(try list(.duration, 2).rows.map(\.stored.row.spanID.value) == [1, 2])
            #expect(try list(.duration, 2).count == 4)
            let row = try list(.duration, 2, "k", "childCount", "rootName", "traceDuration", "duration").rows[1]
            #expect(row.values == [.int(7), .int(1), .string("root"), .int(100_000_000), .int(45_000_000)])
        }
    }

    @Test func narrowDownATreeWithThePathsToThem() throws {
        try withStore([
            span(1, "root", from: 0, to: 100), span(2, parent: 1, "a", from: 5, to: 50),
            span(3, parent: 2, "b", from: 6, to: 9), span(4, parent: 1, "c", from: 60, to: 70),
            span(5, parent: 4, "b", from: 61, to: 62), span(6, parent: 1, "d", from: 80, to: 81),
        ]) { (snapshot) throws in
            let id = TraceID(high: 0, low: 1)
            let rows = try snapshot.rows(of: id, where: SpanFilter([SpanQuery(parsing: "name = b")], in: snapshot))
            let tree = try TraceTree(id, in: snapshot)
            func ids(_ keepsPaths: Bool) -> [UInt64] {
                tree.narrowed(to: rows, keepsPaths: keepsPaths).nodes.map(\.stored.row.spanID.value)
            }
            #expect(ids(true) == [1, 2, 3, 4, 5] && ids(false) == [3, 5])
            #expect(tree.narrowed(to: [], keepsPaths: true).nodes.isEmpty)
        }
    }
}
