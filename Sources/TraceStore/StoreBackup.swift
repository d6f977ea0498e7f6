import GRDB
import TraceModel
import TraceSchema

/// What is in a store that ``Store/backUp(to:)`` or ``Store/copyRuns(to:where:rewriting:)`` made.
package struct BackupCounts: Hashable, Sendable {
    package let traces: Int
    package let spans: Int
    package let bytes: Int
}

extension Store {
    /// Makes a store of the same pages as one file, while others write: one unchanging state of it.
    ///
    /// - Throws: ``StoreError``; then there is no new file.
    package func backUp(to path: String) throws -> BackupCounts {
        try StoreFile.making(path) { unfinished in
            try StoreFile.mapping(path) { try StoreFile.copy(self, to: unfinished) }
        }
    }

    /// Makes a store of the runs in which any span meets a filter, from their spans: nothing else of the file gets into
    /// the new one. Of removed runs it knows nothing, and it has no metric points, which belong to no run.
    ///
    /// - Parameters:
    ///   - filter: `nil` for all runs.
    ///   - rewriters: Change each span, in order.
    /// - Throws: ``StoreError``; then there is no new file.
    package func copyRuns(
        to path: String, where filter: (StoreSnapshot) throws -> BlockFilter?, rewriting rewriters: [any SpanRewriter]
    ) throws -> BackupCounts {
        try StoreFile.making(path) { unfinished in
            try read { snapshot in
                let writer = try StoreWriter(path: unfinished)
                var copy = RunCopy(writer, rewriters)
                let chosen = try filter(snapshot)
                for trace in try snapshot.traceNumbers(where: chosen) {
                    try snapshot.forEachSpan(ofTrace: trace) { try copy.add($0) }
                    if chosen != nil {
                        try snapshot.logs(ofTrace: snapshot.traceID(trace)).forEach { try copy.add($0) }
                    }
                }
                if chosen == nil { try snapshot.forEachLog { try copy.add($0) } }
                try copy.finish()
                if writer.committed.spans != copy.spans {
                    throw StoreError.copyDiffers(
                        path: path, problem: "\(copy.spans - writer.committed.spans) spans less")
                }
            }
        }
    }
}

extension StoreFile {
    /// Makes a new store by `body`, which fills the file of a name that it gets; checks it, and gives it its own name.
    fileprivate static func making(_ path: String, _ body: (String) throws -> Void) throws -> BackupCounts {
        let file = try NewStoreFile(path: path)
        do {
            try body(file.unfinishedPath)
            let counts = try Store(path: file.unfinishedPath).read { snapshot in
                let check = try snapshot.check()
                if let problem = check.problems.first { throw StoreError.copyDiffers(path: path, problem: problem) }
                let summary = try snapshot.summary()
                return BackupCounts(traces: summary.traces, spans: summary.spans, bytes: summary.bytes)
            }
            try file.publish()
            return counts
        } catch {
            file.discard()
            throw error
        }
    }
}

extension StoreSnapshot {
    /// Of the traces in which any span meets a filter, in the order in which they came.
    package func traceNumbers(where filter: BlockFilter?) throws -> [Int64] {
        var numbers: Set<Int64> = []
        try forEachBlock(.all, where: filter) { block, selection in
            for trace in try block.traces() where !trace.isRemoved {
                if trace.spans.contains(where: { selection?[$0] ?? true }) { numbers.insert(trace.number) }
            }
        }
        return numbers.sorted()
    }
}

/// Hands spans over to a writer, some thousand at a time.
private struct RunCopy {
    private let writer: StoreWriter
    private let rewriters: [any SpanRewriter]
    private var batch = SpanBatch()
    private var logs = LogBatch()
    private var waiting = 0
    private(set) var spans = 0
    private var rewritten: [SourceDefinition: SourceDefinition] = [:]
    private var last: (from: SourceDefinition, to: SourceDefinition)?

    private static let spansAtOnce = 4096
    private static let mostSources = 4096

    init(_ writer: StoreWriter, _ rewriters: [any SpanRewriter]) {
        self.writer = writer
        self.rewriters = rewriters
    }

    mutating func add(_ stored: StoredSpan) throws {
        let source = source(SourceDefinition(resource: stored.resource, scope: stored.scope))
        var span = stored.span
        for rewriter in rewriters { rewriter.rewrite(&span) }
        if batch.groups.last?.resource != source.resource || batch.groups.last?.scope != source.scope {
            batch.groups.append(SpanGroup(resource: source.resource, scope: source.scope))
        }
        batch.groups[batch.groups.count - 1].spans.append(span)
        waiting += 1
        if waiting >= Self.spansAtOnce { try flush() }
    }

    mutating func add(_ stored: StoredLog) throws {
        let source = source(SourceDefinition(resource: stored.resource, scope: stored.scope))
        var record = stored.record
        for rewriter in rewriters { rewriter.rewrite(&record) }
        if logs.groups.last?.resource != source.resource || logs.groups.last?.scope != source.scope {
            logs.groups.append(LogGroup(resource: source.resource, scope: source.scope))
        }
        logs.groups[logs.groups.count - 1].records.append(record)
        if logs.recordCount >= Self.spansAtOnce { try flushLogs() }
    }

    private mutating func flushLogs() throws {
        if !logs.groups.isEmpty { try writer.add(logs) }
        logs = LogBatch()
    }

    mutating func finish() throws {
        try flush()
        try flushLogs()
        try writer.finish()
    }

    private mutating func flush() throws {
        if waiting > 0 { try writer.add(batch) }
        spans += waiting
        waiting = 0
        batch = SpanBatch()
    }

    private mutating func source(_ source: SourceDefinition) -> SourceDefinition {
        if let last, last.from == source { return last.to }
        let known = rewritten[source]
        var (resource, scope) = (known?.resource ?? source.resource, known?.scope ?? source.scope)
        if known == nil {
            for rewriter in rewriters {
                rewriter.rewrite(&resource)
                rewriter.rewrite(&scope)
            }
        }
        let result = SourceDefinition(resource: resource, scope: scope)
        if rewritten.count >= Self.mostSources { rewritten.removeAll() }
        rewritten[source] = result
        last = (source, result)
        return result
    }
}
