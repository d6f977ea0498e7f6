import TestSupport
import Testing
import TraceModel
import TraceQuery
import TraceStore

@Suite struct Agreement {
    /// After every step of a store's life: the file is sound, its rows are what was sent, and what is answered from
    /// blocks, sealed or not yet, is what the rows add up to.
    @Test(arguments: StoreLife.all) func ofBlocksWithRowsAndWithWhatWasSent(_ life: StoreLife) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("life.db")
        var writers = [try StoreWriter(path: path), try StoreWriter(path: path)]
        var sent = SentSpans()
        for (number, step) in life.steps.enumerated() {
            switch step {
            case .add(let spans, let writer): try writers[writer].add(request(spans))
            case .finish: try writers[0].finish()
            case .newSession:
                for writer in writers { try writer.finish() }
                writers = [try StoreWriter(path: path), try StoreWriter(path: path)]
            case .retain(let horizon):
                let removed = try writers[0].retain(endingSince: horizon)
                #expect(removed.spans > 0 && removed.spans < sent.spans.count, "some, not all")
            case .compact: _ = try writers[0].compact()
            }
            sent.apply(step)
            try expect(path, holds: sent, "\(life.name), step \(number + 1)")
        }
        for writer in writers { try writer.finish() }
        try expect(path, holds: sent, "\(life.name), at the end")
    }

    private func expect(_ path: String, holds sent: SentSpans, _ when: Comment) throws {
        try Store(path: path).read { snapshot throws -> Void in
            let check = try snapshot.check()
            #expect(check.problems == [], when)
            #expect(check.spans == sent.spans.count, when)
            var rows: [SentSpan] = []
            try snapshot.scanWithDetail(.all) {
                rows.append(SentSpan(service: $0.resource.serviceName, span: $0.span))
            }
            #expect(rows.count == sent.spans.count && Set(rows) == Set(sent.spans.values), when)
            let summary = try snapshot.summary()
            #expect(summary.spans == rows.count, when)
            #expect(summary.traces == Set(rows.map(\.span.traceID)).count, when)
            let cut = rows.isEmpty ? 0 : rows[rows.count / 2].span.startNanos
            let windows = [.all, TimeWindow(from: cut), TimeWindow(to: cut), TimeWindow(from: hour(1), to: hour(3))]
            for window in windows {
                let answers = try Recount(asking: snapshot, isExact: true, window: window)
                #expect(answers == Recount(rows, window: window), when)
            }
            // The same by the hour, where spans that were removed count too; of an hour that has lost spans all or none.
            snapshot.mostCountedOneByOne = 0
            let everCounted = Array(sent.spans.values) + sent.removed
            for window in sent.horizon == 0 ? windows : [.all, TimeWindow(from: hour(1)), TimeWindow(to: hour(2))] {
                let answers = try Recount(asking: snapshot, isExact: false, window: window)
                #expect(answers == Recount(everCounted, window: window), when)
            }
        }
    }
}

private func hour(_ number: UInt64) -> UInt64 { milliseconds(number * 3_600_000) }

/// One request in the order given, a group for each run of one service's spans.
private func request(_ spans: [SentSpan]) -> SpanBatch {
    var request = SpanBatch()
    var service: String?
    for sent in spans {
        if request.groups.isEmpty || service != sent.service {
            request.groups += batch(service: sent.service, []).groups
            service = sent.service
        }
        request.groups[request.groups.count - 1].spans.append(sent.span)
    }
    return request
}

/// What a store has to hold: the first finished copy of each span, else the first.
private struct SentSpans {
    private(set) var spans: [SpanKey: SentSpan] = [:]
    /// What was removed, which rollups go on counting.
    private(set) var removed: [SentSpan] = []
    /// Spans that had ended before it are refused, unless their trace was there when it was set.
    private(set) var horizon: UInt64 = 0
    private var newTraces: Set<TraceID> = []

    mutating func apply(_ step: StoreLife.Step) {
        switch step {
        case .add(let sent, _):
            let known = Set(spans.keys.map(\.trace)).subtracting(newTraces)
            newTraces.formUnion(sent.map(\.span.traceID).filter { !known.contains($0) })
            for sent in sent
            where known.contains(sent.span.traceID) || max(sent.span.startNanos, sent.span.endNanos) >= horizon {
                let known = spans[SpanKey(sent.span)]
                if known == nil || known?.span.endNanos == 0 && sent.span.endNanos != 0 {
                    spans[SpanKey(sent.span)] = sent
                }
            }
        case .retain(let horizon):
            let ends = Self.ends(of: spans.values.map(\.span))
            removed += spans.filter { (ends[$0.key.trace] ?? 0) < horizon }.values
            spans = spans.filter { (ends[$0.key.trace] ?? 0) >= horizon }
            let raised = max(self.horizon, min(horizon, (ends.values.max() ?? 0) + 1))
            if raised > self.horizon { newTraces = [] }
            self.horizon = raised
        case .finish, .newSession, .compact: break
        }
    }

    private static func ends(of spans: [TraceSpan]) -> [TraceID: UInt64] {
        spans.reduce(into: [:]) { $0[$1.traceID] = max($0[$1.traceID] ?? 0, $1.endNanos, $1.startNanos) }
    }
}
